"""Amounts of money: found in a draft, and held against the price of what they are said of.

A price belongs to the subject named nearest; a total comes from a quote, an order or a payment; the customer's budget
may be repeated as a bound ("menos de $500") but supports no price.
"""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from graphs.claims import likeness
from graphs.claims.amounts import Amount, find
from graphs.claims.findings import Finding, Place, backed, unbacked
from graphs.claims.ground import WRITTEN, Ground, MoneyFact, ref
from graphs.claims.names import Mention, Subjects, refs_of
from graphs.claims.numbers import FIGURE, figure
from graphs.claims.options import contradicts_options, siblings_named, variant_options
from graphs.claims.text import BRINGING, Draft, Span

_TOTAL = re.compile(
    r"\b(?:totais|totales|total|suman?|somam?|adds? up to|comes to|asciende a|"
    r"juntos|juntas|together|altogether|in all|tudo junto|todo junto|"
    r"ambos|ambas|los dos|las dos|both|os dois|as duas)\b"
)
_SUBTOTAL = re.compile(r"\bsub-?total\b")
_WHOLE = re.compile(
    r"\b(?:total|suma|queda en|quedaria|importe|monto|anticipo|sena|sinal|deposito?|pagar|pago|pagas|"
    r"pagado|pedido|orden|order|compra|amount|valor|cobr\w+|cotizacion|cotacao|orcamento|quote|link|enlace|pagamento|payment|pay|reserva|booking|cita|"
    r"son|seriam?|fica em|sale en)\b"
)
_BOUND = re.compile(
    r"\b(?:menos de|por debajo de|abaixo de|menos que|under|below|less than|up to|hasta|ate|maximo|max|dentro del?|"
    r"presupuesto|orcamento|budget|tope|limite|limit|no mas de|nao mais que|alrededor de|around|cerca de|within|"
    r"tus|tu|seus|seu|your|los|os|esos|esses|those)\b[^.!?\n]{0,18}$"
)
_SOLD = re.compile(
    r"\b(?:cuest\w+|vale|llev\w+|vend\w+|qued\w+ en|sale en|sale a|preci\w+|preco|cost\w*|price|custa\w*|sai "
    r"por|fica por|"
    r"fica em|aparto|deal|trato|fech\w+|acept\w+|aceit\w+|accept\w*|take|(?:for|por) (?:your|those|the|los|tus|"
    r"esos|os|seus))\b"
)
_SPENDING = re.compile(r"\b(?:con|com|with|compr\w+|gast\w+|spend\w*|buy\w*)\s(?:de |for |tus |seus |your |los |os )?$")
_BUDGET = re.compile(r"\s?(?:budget|de presupuesto|de orcamento|que (?:mencion|busc|dij|diss|fal|quer)\w*)")
_LOWERED = re.compile(
    r"\b(?:dejo|bajar|bajo|rebaj\w+|descuento|desconto|discount|deixo|baixo|faco|hago|precio especial|preco especial)\b"
)
_FROM = re.compile(r"\b(?:desde|a partir de|a partir dos?|from|starting at|starts? at|arranca en|comeca em)\s*$")
_ANY_VARIANT = re.compile(
    r"\b(?:cualquier|qualquer|any|all|every|tod[oa]s (?:los|las|os|as)) (?:colou?r(?:es)?|cor(?:es)?|tallas?|"
    r"tamanhos?|sizes?)\b"
)
_FREE = re.compile(r"\b(?:gratis|gratuit[oa]s?|free|sin costo|sem custo)\b")
_BEFORE = re.compile(
    r"\b(?:antes|before|was|were|originally|originalmente|(?:precio|preco) (?:normal|regular|de lista)|regular(?:ly)?|"
    r"normal(?:ly|mente)?|list price|en (?:lugar|vez) de|em vez de|instead of|era|estaba|estava)\b"
)
"""Says that the amount behind it is what something cost without the sale that holds."""
_NOW = re.compile(
    r"\b(?:hoy|ahora|now|today|agora|hoje)\b|, (?:(?:te|le|lhe|it|ele|ela) )?(?:cuest|cust|costs?|sale|sai|vale)"
)
_WAS = re.compile(
    r"\s?\(?(?:antes|before|originally|originalmente|(?:precio|preco|price)? ?(?:normal|regular|de lista))\b"
)
"""Says it of the amount in front of it, if no other amount follows at once."""
_TELLING = re.compile(r"[a-z]{4,}")
_PRICE_WORDS = frozenset(
    [
        "cuesta",
        "cuestan",
        "vale",
        "custa",
        "custam",
        "cost",
        "costs",
        "price",
        "precio",
        "preco",
        "valor",
        "total",
        "pesos",
        "reais",
        "dollars",
    ]
)


def judge(draft: Draft, subjects: Subjects, ground: Ground) -> Iterator[Finding]:
    """Every amount and everything said to be free."""
    amounts = find(draft, ground.context.business.currency)
    budget: list[Amount] | None = None
    for amount in amounts:
        place = Place(draft, *amount.span)
        if _is_bound(draft, amount.span):
            if budget is None:
                budget = find(Draft(ground.said), ground.context.business.currency)
                budget += [Amount(Span(0, 0), figure(one), frozenset()) for one in re.findall(FIGURE, ground.said)]
            if any(amount.value == one.value for one in budget):
                yield backed(place, "money", _value(amount), "customer")
                continue
        yield _price(place, amount, subjects, ground, _peers(draft, amounts, amount), _was(draft, amounts, amount))
    yield from likeness.judge(draft, subjects, ground, amounts)


def _price(
    place: Place, amount: Amount, subjects: Subjects, ground: Ground, peers: Sequence[Span], was: bool
) -> Finding:
    draft, span = place.draft, amount.span
    value = _value(amount)
    same = [fact for fact in ground.money if fact.amount == amount.value and fact.currency in amount.currencies]
    clause = draft.folded[draft.clause(span.start).start : draft.clause(span.end - 1).end]
    line = draft.of(draft.line(span.start))
    sentence = draft.of(draft.sentence(span.start))
    if not was:
        same = [fact for fact in same if fact.role != "regular"]
    if _SUBTOTAL.search(clause):
        same = [fact for fact in same if fact.role in ("total", "line", "payment")]
        return backed(place, "money", value, same[0].item) if same else _unknown_total(place, value)
    if _TOTAL.search(clause) or re.match(r"\W*total\b", line):
        total = [fact for fact in same if fact.role in ("total", "payment", "booking") or _of_service(fact)]
        return backed(place, "money", value, total[0].item) if total else _unknown_total(place, value)
    if vouched := _vouched(amount, subjects, draft, ground):
        return backed(place, "money", value, *vouched)
    named = subjects.nearest(span, peers)
    whole = [fact for fact in same if fact.role in ("total", "payment")]
    if not named and whole:
        return backed(place, "money", value, whole[0].item)
    named = named or subjects.asked
    if named:
        chosen = _supporting(same, named, draft, span, ground)
        if not chosen and not peers[1:]:
            chosen = _supporting(same, subjects.contrasted(span), draft, span, ground)
        if not chosen and not subjects.within(Span(draft.sentence(span.start).start, span.start)):
            chosen = _named_by_option(same, draft, span, ground)
        if chosen and _FROM.search(draft.folded[: span.start]) and amount.value != _lowest(named, draft, span, ground):
            chosen = []
        if chosen and _ANY_VARIANT.search(sentence):
            prices = {fact.amount for fact in ground.money if fact.role == "price" and fact.refs & refs_of(named)}
            chosen = chosen if len(prices) == 1 else []
        if chosen:
            return backed(place, "money", value, chosen[0].item)
        if whole and (_WHOLE.search(sentence + line) or _sums_up(draft, span, subjects)):
            return backed(place, "money", value, whole[0].item)
        if _nothing_known(named, ground) and same:
            return backed(place, "money", value, same[0].item)
        return unbacked(place, "money", value, _wrong(place, named, subjects.asked, ground))
    if same:
        return backed(place, "money", value, same[0].item)
    return unbacked(
        place, "money", value,
        (
            f'The draft says "{place.quote}", but no tool result has that amount. Read the price or the total with '
            f'a tool, or leave the figure out.'
        ),
    )  # fmt: skip


def _was(draft: Draft, amounts: Sequence[Amount], amount: Amount) -> bool:
    """Whether an amount is told as what something cost before; "antes $99, hoy $129" says it of the first alone."""
    span, sentence = amount.span, draft.sentence(amount.span.start)
    start = max([sentence.start, *(one.span.end for one in amounts if one.span.end <= span.start)])
    end = min([sentence.end, *(one.span.start for one in amounts if one.span.start >= span.end)])
    before, after = draft.folded[start : span.start], draft.folded[span.end : end]
    told = next(reversed(list(_BEFORE.finditer(before))), None)
    if told is not None:
        return _NOW.search(before, told.end()) is None
    if re.search(r"\bde\s?$", before) and re.match(r"\s?(?:por|a)\b", after):
        return True
    behind = _WAS.match(after)
    return behind is not None and (end == sentence.end or bool(after[behind.end() :].strip()))


def _supporting(
    same: Sequence[MoneyFact], named: Sequence[Mention], draft: Draft, span: Span, ground: Ground
) -> list[MoneyFact]:
    refs = refs_of(named) | siblings_named(refs_of(named), draft, span, ground)
    return [
        fact
        for fact in same
        if fact.refs & refs and fact.role != "total" and not contradicts_options(fact.item, draft, span, ground)
    ]


def _named_by_option(same: Sequence[MoneyFact], draft: Draft, span: Span, ground: Ground) -> list[MoneyFact]:
    """Prices of variants that only their option names: "2 pacotes de 3 kg (R$ 89,90 cada)"."""
    before = draft.folded[draft.sentence(span.start).start : span.start]
    options = variant_options(ground)
    return [
        fact
        for fact in same
        if fact.role == "price"
        and any(len(value) > 3 and value in before for value in options.get(ref(fact.item.subject), {}).values())
    ]


def _sums_up(draft: Draft, span: Span, subjects: Subjects) -> bool:
    """Whether an amount closes a list of several things: "2 cascos y 1 candado: $3,347.50"."""
    sentence = draft.sentence(span.start)
    before = draft.folded[sentence.start : span.start].rstrip(" -")
    return before.endswith((":", "=", ",")) and len(subjects.within(Span(sentence.start, span.start))) > 1


def _lowest(named: Sequence[Mention], draft: Draft, span: Span, ground: Ground) -> Decimal | None:
    """The price that "from ..." may name: the lowest of what is meant."""
    refs = refs_of(named)
    prices = [
        fact.amount
        for fact in ground.money
        if fact.role in ("price", "booking")
        and fact.refs & refs
        and not contradicts_options(fact.item, draft, span, ground)
    ]
    return min(prices, default=None)


def _nothing_known(named: Sequence[Mention], ground: Ground) -> bool:
    """Whether the named things have no price of their own, so that they cannot be what the figure is said of."""
    refs = refs_of(named)
    return not any(fact.refs & refs for fact in ground.money)


def _wrong(place: Place, named: Sequence[Mention], asked: Sequence[Mention], ground: Ground) -> str:
    refs = refs_of(named)
    names = " / ".join(dict.fromkeys(place.draft.quote(one.start, one.end) for one in named))
    if list(named) == list(asked):
        names = "what the customer asked about"
    facts = [fact for fact in ground.money if fact.refs & refs and fact.role != "regular"]
    known = sorted({f"{fact.amount} {fact.currency}" for fact in facts})[:6]
    told = f"tool results say {', '.join(known)}" if known else "no tool result gives it a price"
    return f'The draft says "{place.quote}" of {names}; {told}. Correct the figure or leave it out.'


def _unknown_total(place: Place, value: dict[str, object]) -> Finding:
    return unbacked(
        place, "money", value,
        (
            f'The draft states the total "{place.quote}"; totals come from a quote or an order only. Create a '
            f'quote, or leave the total out.'
        ),
    )  # fmt: skip


def _is_bound(draft: Draft, span: Span) -> bool:
    """Whether an amount is the customer's own budget, repeated; nothing that was lowered for them."""
    clause = draft.clause(span.start)
    before = draft.folded[clause.start : span.start]
    if _SPENDING.search(before) and not _SOLD.search(draft.of(clause)):
        return True
    if _LOWERED.search(draft.of(draft.sentence(span.start))):
        return False
    if _SOLD.search(before):
        return False
    return bool(_BOUND.search(before) or _BUDGET.match(draft.folded, span.end))


def _peers(draft: Draft, amounts: Sequence[Amount], amount: Amount) -> list[Span]:
    """The amounts listed in one breath with this one, itself included."""
    run = [amount.span]
    index = amounts.index(amount)
    for step in (-1, 1):
        at = index
        while 0 <= at + step < len(amounts):
            left, right = sorted((amounts[at], amounts[at + step]), key=lambda one: one.span)
            if not re.fullmatch(
                r"[\s,;]*(?:y|e|and|o|ou|or)?\s*(?:de\s)?", draft.folded[left.span.end : right.span.start]
            ):
                break
            run.append(amounts[at + step].span)
            at += step
    return sorted(run)


def _of_service(fact: MoneyFact) -> bool:
    return fact.role == "price" and fact.item.subject.type == "service"


def _vouched(amount: Amount, subjects: Subjects, draft: Draft, ground: Ground) -> tuple[str, str | None] | None:
    """Support by a fact or the playbook that names the amount and speaks of the same thing ("envío $99"); something
    with a price of its own is not meant."""
    at = amount.span.start
    sentence, clause = draft.sentence(at), draft.clause(at)
    near = [*subjects.within(Span(sentence.start, at)), *subjects.within(clause)]
    if any(one.exact and not _nothing_known([one], ground) for one in near):
        return None
    words = set(_TELLING.findall(draft.of(sentence))) - _PRICE_WORDS
    for text, support, item in ground.texts:
        if support in WRITTEN or not _on_topic(words, set(_TELLING.findall(text))):
            continue
        told = find(Draft(text), ground.context.business.currency)
        if any(one.value == amount.value for one in told) and not _waived(amount, text, told, draft, ground):
            return support, item
    return None


def _on_topic(words: set[str], told: set[str]) -> bool:
    """Whether two sentences share a word; all words for bringing something are one."""
    return bool(words & told or (words & BRINGING and told & BRINGING))


def _waived(amount: Amount, text: str, told: Sequence[Amount], draft: Draft, ground: Ground) -> bool:
    """Whether a fee is no longer due: "shipping costs $120, free from $1,500", and the order comes to more."""
    free = _FREE.search(text)
    if free is None or _FREE.search(draft.folded):
        return False
    end = re.search(r"[.;\n](?!\d)", text[free.start() :])
    stretch = range(free.start(), free.start() + end.start() if end else len(text))
    limits = [one.value for one in told if one.span.start in stretch]
    totals = [fact.amount for fact in ground.money if fact.role == "total"]
    return amount.value not in limits and any(total >= one for total in totals for one in limits)


def _value(amount: Amount) -> dict[str, object]:
    return {"amount": str(amount.value), "currencies": sorted(amount.currencies)}
