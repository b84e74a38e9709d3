"""Things said to cost the same: the figure, or the price of the one, must be the price of each of them.

"The pump costs the same as the ball, $299", "$299, just like the pump", "the pump too", "the ball and the pump cost
$99 each". A price of one of them supports nothing about the others.
"""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from graphs.claims.amounts import Amount
from graphs.claims.findings import Finding, Place, unbacked
from graphs.claims.ground import Ground, MoneyFact
from graphs.claims.names import Mention, Subjects
from graphs.claims.text import Draft, negated

_SAME = re.compile(
    r"\b(?:cuest\w+|vale[n]?|salen?|custam?|sai|saem|ficam?|costs?|priced)(?: (?:exactamente|exatamente|exactly|justo|"
    r"tambien|tambem|also|just))? (?:lo mismo|igual|o mesmo|the same|as much)\b|"
    r"\b(?:mism[oa]|mesmo|same|identico|equal) (?:precio|costo|preco|valor|price|cost)\b"
)
_LIKE = re.compile(
    r"(?: ?(?:mxn|brl|usd|pesos|reais|dollars))?[\s,(]*(?:(?:y|e|and) )?(?:al igual que|igual (?:que|al?|a|ao|as|aos)|"
    r"lo mismo que|o mesmo que|(?:just |same |exactly |the same )?(?:like|as)|como|assim como|asi como)"
    r"(?: (?:el|la|los|las|o|a|os|as|the))? ?$"
)
_NEXT = re.compile(
    r"(?: ?(?:mxn|brl|usd|pesos|reais|dollars))?[\s,;.:(\-]*(?:(?:y|e|and) )?(?:so )?(?:(?:is|does|are|do) )?"
    r"(?:(?:lo mismo|igual|o mesmo|the same) )?(?:(?:el|la|los|las|o|a|os|as|the) )?$"
)
_TOO = re.compile(
    r"(?: (?:cuest\w+|vale[n]?|salen?|custam?|sai|saem|ficam?|costs?))? ?,? ?(?:tambien|lo mismo|igual|tambem|o mesmo|"
    r"too|as well|the same)\s*(?:[.!;,)\n]|$)"
)
_SO_IS = re.compile(r"\bso (?:is|are|does|do)\b|\b(?:lo mismo|igual|o mesmo|the same)\b")
_CLOSED = re.compile(r"\s*(?:[.!;,)\n]|$)")
_EACH = re.compile(
    r"\s?,?\s?(?:(?:ambos|ambas|both|todos|todas|all|each|cada)\s)?(?:cuestan|valen|salen(?: en| a| por)?|custam|saem"
    r"(?: por| a)?|ficam(?: em| por)?|cost|are|are priced at|go for)"
    r"(?: (?:un[oa]s?|only|just|solo|so|apenas|each))?\s?:?\s?$"
)
_PAIRED = re.compile(r"[\s,]+(?:(?:y|e|and)\s)?(?:a\s)?")
"""Between two amounts: each has its own thing."""
_AS_WELL_AS = re.compile(r"\btant[oa]\b[^.!?\n]*\b(?:como|quanto)\b|\bboth\b[^.!?\n]*\band\b")


def judge(draft: Draft, subjects: Subjects, ground: Ground, amounts: Sequence[Amount]) -> Iterator[Finding]:
    """Everything said to have one price: whether it is the price of all that is named (`money` asks whose at all)."""
    priced = [one for one in subjects.mentions if _prices(one, ground)]
    if len(priced) < 2:
        return
    for match in _SAME.finditer(draft.folded):
        sentence = draft.sentence(match.start())
        named = [one for one in priced if sentence.start <= one.start < sentence.end]
        before = draft.folded[draft.clause(match.start()).start : match.start()]
        if not _apart(named) or negated(before) or draft.asks(match.start()):
            continue
        said = {one.value for one in amounts if sentence.start <= one.span.start < sentence.end}
        if len(said) < 2:
            yield from _differing(Place(draft, *match.span()), named, said, ground)
    for number, amount in enumerate(amounts):
        after = amounts[number + 1].span.start if number + 1 < len(amounts) else amount.span.end
        if _PAIRED.fullmatch(draft.folded[amount.span.end : after]):
            continue
        if named := _sharing(draft, priced, amount):
            yield from _differing(Place(draft, *amount.span), named, {amount.value}, ground)


def _sharing(draft: Draft, priced: Sequence[Mention], amount: Amount) -> list[Mention]:
    """What an amount is said of besides the thing named nearest."""
    behind = next((one for one in priced if one.start >= amount.span.end), None)
    if behind is not None and "\n" not in (between := draft.folded[amount.span.end : behind.start]):
        if _LIKE.match(between) and _CLOSED.match(draft.folded, behind.end):
            return [behind]
        if _NEXT.fullmatch(between) and (
            _TOO.match(draft.folded, behind.end) or (_SO_IS.search(between) and _CLOSED.match(draft.folded, behind.end))
        ):
            return [behind]
    sentence = draft.sentence(amount.span.start)
    before = [one for one in priced if sentence.start <= one.start and one.end <= amount.span.start]
    if not before or not _EACH.fullmatch(draft.folded[before[-1].end : amount.span.start]):
        return []
    words = draft.folded[sentence.start : before[-1].start]
    chain = [before[-1]]
    for one in before[-2::-1]:
        gap = draft.folded[one.end : chain[-1].start]
        if not re.fullmatch(r"[\s,]*(?:(?:y|e|and|&|como|quanto)\s)?(?:(?:el|la|los|las|o|a|os|as|the)\s)?", gap):
            break
        if re.search(r"\b(?:como|quanto)\b", gap) and not _AS_WELL_AS.search(words):
            break
        chain.append(one)
    return chain if _apart(chain) else []


def _differing(place: Place, named: Sequence[Mention], said: set[Decimal], ground: Ground) -> Iterator[Finding]:
    """A fault if the things named do not all have the price said, or, without a figure, one in common."""
    totals = {fact.amount for fact in ground.money if fact.role in ("total", "payment")}
    if said & totals:
        return
    prices = [{fact.amount for fact in _prices(one, ground)} for one in named]
    if said <= prices[0].intersection(*prices[1:]) and (said or prices[0].intersection(*prices[1:])):
        return
    told = "; ".join(
        f"{place.draft.quote(one.start, one.end)}: {', '.join(sorted(map(str, own)))}"
        for one, own in zip(named, prices, strict=True)
    )
    yield unbacked(
        place,
        "money",
        {"same": sorted(map(str, said))},
        f'The draft gives "{place.quote}" to things of other prices ({told}). Give each its own price.',
    )


def _prices(mention: Mention, ground: Ground) -> list[MoneyFact]:
    return [fact for fact in ground.money if fact.role in ("price", "line") and fact.refs & mention.refs]


def _apart(named: Sequence[Mention]) -> bool:
    """Whether several things are named, and not one of them several times."""
    return any(not one.refs & named[0].refs for one in named[1:])
