"""The discount ceiling: everything that a draft takes off a price, together, against the most a business allows.

The ledger asks whether anybody vouches for a discount; this gate asks how much it comes to, whoever vouches. Percent
and amounts add up where the draft adds them ("10% y además $100 menos"); an amount is held against the price it is
taken off: one named beside it, the cheapest of what is named, a quote's total.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from babel.numbers import get_currency_precision

from graphs.claims.amounts import Amount, find
from graphs.claims.numbers import SMALL_WORDS, small
from graphs.claims.text import Draft, Span, fold, negated
from graphs.evidence import Evidence, EvidenceKind
from graphs.gates.case import Case

_WORDS = (
    r"descuent\w*|descont\w*|discount\w*|rebaj\w*|bonific\w*|cashback|abatiment\w*|ahorr\w+|economiz\w+|"
    r"sav(?:e|es|ings?)\b|promo\w*|ofertas?\b|cupon\w*|cupom|coupons?"
)
_SPEAKS = re.compile(rf"\b(?:{_WORDS})")
_CHEAPER = r"menos|less|off|mas barat[oa]s?|mais barat[oa]s?|cheaper"
_BEHIND = re.compile(
    rf"\s(?:{_CHEAPER}|por (?:ser|pagar|comprar|tu|su|sua)|if you|when you|for (?:paying|new|first)|no pix|a vista|"
    r"(?:en|in|em|con|com|with|por) (?:efectivo|dinheiro|cash|transferencia|transfer))\b"
)
_BEFORE = re.compile(r"\b(?:bajo|bajamos|baixo|abaixo|ganhas?|te doy|te hago|te dejo|dou|faco|knock)\s(?:\w+\s){0,2}\Z")
_REDUCED = re.compile(r"\b(?:reduc\w+|reduz\w+|lower\w+|marked down|baj[aoe]\w*|baix\w+|down)\b")
_DOWN_TO = re.compile(r"\s(?:to|a|para|hasta|ate)\s(?:solo |apenas |just |only )?\Z")
_PERCENT = re.compile(
    rf"(?P<n>\d{{1,3}}(?:[.,]\d{{1,2}})?|\b(?:{SMALL_WORDS}))\s?(?:%|por ?ciento\b|por ?cento\b|per ?cent\b)"
)
_NO_DISCOUNT = re.compile(
    r"\s*(?:(?:de|do|of|en|em|in|for)\s)?(?:iva|impuesto\w*|imposto\w*|tax\w*|vat|interes\w*|juros|interest|recargo|"
    r"comision|comissao|fee\w*|anticipo|adelanto|sinal|entrada|deposit\w*|algod\w+|cotton|cuero|couro|leather|lana|"
    r"poliester|polyester|natural\w*|organic\w*|puro|pura|pure|seguro|segura|sure|satisf\w+|bateria|battery|"
    r"(?:mas|mais|more)(?! (?:de |em |of |off )?(?:descuento|desconto|discount|barat|off))|bigger|larger|mayor|maior)\b"
)
_HALF = re.compile(
    r"\b(?:2 ?x ?1\b(?!\s?(?:cm|m|mm))|dos por uno|dois por um|two for one|leve 2 pague 1|lleva 2 (?:y )?paga 1|bogo|"
    r"buy one,? get one(?: free)?|(?:a )?mitad de precio|metade do preco|half[ -]price|half off)"
)
_THIRD = re.compile(r"\b(?:3 ?x ?2\b(?!\s?(?:cm|m|mm))|tres por dos|tres por dois|three for two|leve 3 pague 2)")
_TAKEN_OFF = re.compile(
    rf"\s?(?:(?:de|em|en|in)\s)?(?:descuento|desconto|discount|rebaja|bonificacion|cashback|ahorro|economia|"
    rf"{_CHEAPER})\b"
)
_TAKING = re.compile(
    r"\b(?:descuento|desconto|discount|rebaja|cupon|cupom|coupon|bonificacion|ahorr\w+|economiz\w+|save|te (?:quito|"
    r"descuento|rebajo)|tiro|take)\s(?:(?:de|of|por|hasta|ate|up to|un|otros|another)\s){0,2}\Z"
)
_WAS = re.compile(
    r"\b(?:antes|eran?|was|were|normally|normalmente|precio (?:normal|regular|de lista)|usually|de)"
    r"\W{0,3}(?:\w+\s){0,2}\Z"
)
_IS = re.compile(
    r"\b(?:ahora|por|now|agora|hoy|hoje|quedan?|ficam?|salen?|sai|just|only|solo|apenas)\W{0,3}(?:\w+\s){0,2}\Z"
)
_ADDS = re.compile(
    r"\b(?:ademas|tambien|extra|adicional\w*|mas|encima|aparte|sum\w+|acumul\w+|combin\w+|plus|on top|another|"
    r"additional\w*|also|together|further|alem|tambem|mais|ainda|junt\w+|som\w+|otros?|outros?)\b|\+"
)
_JOINS = re.compile(
    rf"[\s,]*(?:(?:{_WORDS}|{_CHEAPER}|y|e|and|de|do|con|com|with|un|una|um|uma|a|el|la|o(?= )|the|your|tu|"
    rf"seu)\b[\s,]*)*"
)
_EITHER = re.compile(r"\b(?:o|ou|or|u)\b")
_MEANS = {
    "cash": r"efectivo|dinheiro|cash|especie",
    "transfer": r"transfer\w+|spei|deposito|wire",
    "pix": r"pix",
    "card": r"tarjetas?|cart(?:ao|oes)|cards?|credito|credit|debito|debit",
}
_HINT = re.compile(
    rf"%|\bde (?:r?\$|\d)|\b(?:por ?ciento|por ?cento|per ?cent|{_WORDS}|{_CHEAPER}|antes|eran?|was|were|"
    r"normal\w*|usually|regular|de lista|quito|rebajo|tiro|take|reduc\w+|reduz\w+|lower\w+|marked|baj[aoe]\w*|"
    r"baix\w+|down|[23] ?x ?[12]|por uno|por um|"
    r"for one|for two|por dos|por dois|pague|paga|mitad|metade|half|bogo|buy one)\b"
)
"""Without one of these, nothing is taken off: most drafts need no second reading of their amounts."""


@dataclass(frozen=True)
class Off:
    """Something taken off: where the draft says so, and its share of the price; None if the price is not known."""

    span: Span
    percent: Decimal | None


def judge(case: Case) -> Iterator[str]:
    ceiling = case.policy.discount_ceiling_percent
    if ceiling is None or not _HINT.search(case.draft.folded):
        return
    draft = case.draft
    most, together = Decimal(0), list[Off]()
    for group in _groups(draft, _offers(case)):
        percent = sum((one.percent for one in group if one.percent is not None), Decimal(0))
        if percent > most:
            most, together = percent, group
    if most > Decimal(str(ceiling)) + Decimal("0.01"):
        said = " + ".join(f'"{draft.quote(*one.span)}"' for one in together)
        yield (
            f"The draft takes {most:.4g} % off ({said}); this business allows {ceiling:g} % at most, all together. "
            f"Offer no more than that, and only what a fact or a tool result supports."
        )


def _offers(case: Case) -> list[Off]:
    """Everything taken off, in order."""
    draft = case.draft
    amounts = find(Draft(case.text), case.context.business.currency)
    found = [*_percents(draft), *_fixed(draft), *_taken(case, amounts), *_lowered(draft, amounts)]
    return sorted((one for one in found if not _denied(draft, one.span)), key=lambda one: one.span)


def _percents(draft: Draft) -> Iterator[Off]:
    for match in _PERCENT.finditer(draft.folded):
        sentence = draft.of(draft.sentence(match.start()))
        before = draft.folded[max(0, match.start() - 30) : match.start()]
        speaks = _SPEAKS.search(sentence) or _BEHIND.match(draft.folded, match.end()) or _BEFORE.search(before)
        if speaks and not _NO_DISCOUNT.match(draft.folded, match.end()):
            said = match["n"]
            value = Decimal(said.replace(",", ".")) if said[0].isdigit() else Decimal(small(said))
            yield Off(Span(*match.span()), value)


def _fixed(draft: Draft) -> Iterator[Off]:
    for pattern, percent in ((_HALF, Decimal(50)), (_THIRD, Decimal(100) / 3)):
        for match in pattern.finditer(draft.folded):
            yield Off(Span(*match.span()), percent)


def _taken(case: Case, amounts: Sequence[Amount]) -> Iterator[Off]:
    """Amounts off a price."""
    draft = case.draft
    off = [one for one in amounts if _is_off(draft, one)]
    for one in off:
        price = _price(case, one, [other for other in amounts if other not in off])
        yield Off(one.span, one.value * 100 / price if price else None)


def _is_off(draft: Draft, one: Amount) -> bool:
    before = draft.folded[max(0, one.span.start - 30) : one.span.start]
    return bool(_TAKEN_OFF.match(draft.folded, one.span.end) or _TAKING.search(before))


def _lowered(draft: Draft, amounts: Sequence[Amount]) -> Iterator[Off]:
    """ "Antes $500, ahora $400"."""
    for first, second in pairwise(amounts):
        sentence = draft.sentence(first.span.start)
        if not sentence.start <= second.span.start < sentence.end or not 0 < second.value < first.value:
            continue
        before = draft.folded[max(sentence.start, first.span.start - 30) : first.span.start]
        between = draft.folded[first.span.end : second.span.start]
        reduced = _REDUCED.search(draft.of(sentence)) and _DOWN_TO.fullmatch(between)
        if reduced or (_WAS.search(before) and _IS.search(between)):
            percent = (first.value - second.value) * 100 / first.value
            yield Off(Span(first.span.start, second.span.end), percent)


def _price(case: Case, off: Amount, others: Sequence[Amount]) -> Decimal | None:
    """What an amount is taken off."""
    draft = case.draft
    sentence = draft.sentence(off.span.start)
    beside = [one.value for one in others if sentence.start <= one.span.start < sentence.end and one.value > off.value]
    if beside:
        return max(beside)
    live = [item for item in case.evidence if item.live(case.context.now)]
    words = draft.of(sentence)
    priced = [item for item in live if item.kind is EvidenceKind.PRICE]
    named = [item for item in priced if any(fold(name) in words for name in _names(item))]
    totals = [item for item in live if item.kind is EvidenceKind.QUOTE]
    for items in (named, totals, priced if len({_owner(item) for item in priced}) == 1 else []):
        found = [value for item in items if (value := _amount(item, case)) is not None and value > 0]
        if found:
            return min(found)
    return None


def _names(item: Evidence) -> list[str]:
    return [name for name in (item.subject.name, *item.subject.aliases) if name]


def _owner(item: Evidence) -> str:
    """A product and its variants are one thing."""
    return fold(
        item.subject.aliases[0] if item.subject.type == "variant" and item.subject.aliases else item.subject.name
    )


def _amount(item: Evidence, case: Case) -> Decimal | None:
    raw = item.value.get("total" if item.kind is EvidenceKind.QUOTE else "amount")
    currency = str(item.value.get("currency") or case.context.business.currency)
    return Decimal(raw).scaleb(-get_currency_precision(currency)) if isinstance(raw, int) else None


def _denied(draft: Draft, span: Span) -> bool:
    return negated(draft.of(draft.clause(span.start)).replace("no total", " ").replace("no pix", " "))


def _groups(draft: Draft, offers: Sequence[Off]) -> Iterator[list[Off]]:
    """What a customer gets together."""
    group: list[Off] = []
    for one in offers:
        if group and not _together(draft, group[-1].span, one.span):
            yield group
            group = []
        group.append(one)
    if group:
        yield group


def _together(draft: Draft, first: Span, second: Span) -> bool:
    gap = draft.folded[first.end : second.start]
    behind = draft.folded[second.end : second.end + 14]
    if _EITHER.search(gap.rpartition(",")[2]) and not _ADDS.search(gap):
        return False
    ways = [_ways(draft.of(draft.clause(span.start))) for span in (first, second)]
    if ways[0] and ways[1] and not ways[0] & ways[1]:
        return False
    return bool(
        _ADDS.search(gap) or re.match(r"\s(?:extra|adicional|mas|mais|more)\b", behind) or _JOINS.fullmatch(gap)
    )


def _ways(words: str) -> set[str]:
    return {name for name, pattern in _MEANS.items() if re.search(rf"\b(?:{pattern})\b", words)}
