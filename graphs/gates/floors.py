"""The price floor: no price is named below what the business set, be it the catalog's own mistake.

Orders and bookings that exist were agreed, so their amounts are told as they are; fees of a fact ("envío $99") are
prices of nothing that is sold, unless the sentence names what a floor is for.
"""

from collections.abc import Iterator
from decimal import Decimal

from babel.numbers import get_currency_precision

from graphs.claims.text import fold
from graphs.evidence import Claim, Evidence, EvidenceKind
from graphs.gates.case import Case
from graphs.gates.words import phrases_of

_OFFERED = frozenset({EvidenceKind.PRICE, EvidenceKind.QUOTE, EvidenceKind.SLOT})


def judge(case: Case) -> Iterator[str]:
    floors = case.policy.price_floors
    if not floors:
        return
    precision = get_currency_precision(case.context.business.currency)
    by_id = {item.id: item for item in case.evidence}
    for claim in case.claims:
        if claim.kind != "money" or claim.support not in ("evidence", "fact", "playbook"):
            continue
        prices = list(_prices(claim, by_id.get(claim.evidence_id or ""), case))
        for floor in floors if prices else ():
            least = Decimal(floor.amount).scaleb(-precision)
            if any(price < least and _meant(floor.of, words) for price, words in prices):
                what = f' for "{floor.of}"' if floor.of else ""
                yield (
                    f'The draft names "{claim.quote}"; this business names no price below {least} '
                    f"{case.context.business.currency}{what}. Leave the price out and offer a person of the team."
                )
                return


def _prices(claim: Claim, item: Evidence | None, case: Case) -> Iterator[tuple[Decimal, str]]:
    """What a claim says that something costs: the price, and the folded words that tell what of."""
    if item is None:
        if claim.support != "evidence" and (at := case.draft.raw.find(claim.quote)) >= 0:
            words = case.draft.of(case.draft.sentence(at))
            if any(name and fold(name) in words for name in _sold(case)):
                yield Decimal(str(claim.value["amount"])), words
        return
    if item.kind not in _OFFERED:
        return
    if item.kind is EvidenceKind.QUOTE:
        precision = get_currency_precision(str(item.value.get("currency") or case.context.business.currency))
        for line in item.value.get("lines") or []:
            if isinstance(line.get("unit_price"), int):
                yield Decimal(line["unit_price"]).scaleb(-precision), fold(str(line.get("name", "")))
        return
    about = [item.subject.name, *item.subject.aliases, str(item.value.get("service") or "")]
    for other in case.evidence:
        if other.kind is EvidenceKind.PRODUCT and other.subject.name in about:
            about += [str(other.value.get("brand") or ""), str(other.value.get("category") or "")]
    yield Decimal(str(claim.value["amount"])), fold(" . ".join(about))


def _sold(case: Case) -> set[str]:
    priced = (EvidenceKind.PRODUCT, EvidenceKind.PRICE, EvidenceKind.SERVICE)
    return {item.subject.name for item in case.evidence if item.kind in priced} | {
        floor.of for floor in case.policy.price_floors
    }


def _meant(of: str, words: str) -> bool:
    return not of or next(phrases_of(((of,),)).find(words), None) is not None
