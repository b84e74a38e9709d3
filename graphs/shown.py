"""What a customer was shown lately: "the cheap one from yesterday" names a product that the window may have lost.

It is kept in the thread, by turns, from what a reply named: the id to read it again by, and the price as it was then,
which supports no claim. A price or stock is stated anew only once a tool has read it.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from graphs.claims.text import fold
from graphs.evidence import Claim, Evidence, EvidenceKind

MOST = 12
"""Products that are kept; each costs the model some 40 tokens a turn."""
LONGEST = timedelta(days=30)

Group = dict[str, Any]
"""{"at": ISO 8601, "products": [{"id", "name", "price": money or None}]}, in the order of the reply."""


def kept(
    before: Sequence[Group], text: str, claims: Sequence[Claim], evidence: Sequence[Evidence], now: datetime
) -> list[Group]:
    """The groups with what this reply showed at the end; of a day each product once, where it was shown last."""
    products = _named(text, claims, evidence)
    fresh = [{"at": now.isoformat(timespec="minutes"), "products": products}] if products else []
    known: set[tuple[str, str]] = set()
    groups: list[Group] = []
    for group in [*fresh, *reversed(before)]:
        day = group["at"][:10]
        left = [item for item in group["products"] if (day, item["id"]) not in known][: MOST - len(known)]
        known |= {(day, item["id"]) for item in left}
        if left and now - datetime.fromisoformat(group["at"]) < LONGEST:
            groups.insert(0, {**group, "products": left})
    return groups


def told(groups: Sequence[Group], zone: str) -> list[Group]:
    """The groups as the model reads them: moments by the business's clock."""
    return [
        {
            "at": f"{datetime.fromisoformat(group['at']).astimezone(ZoneInfo(zone)):%a %Y-%m-%d %H:%M}",
            "products": [
                {"id": item["id"], "name": item["name"], **({"price": item["price"]} if item["price"] else {})}
                for item in group["products"]
            ],
        }
        for group in groups
    ]


def _named(text: str, claims: Sequence[Claim], evidence: Sequence[Evidence]) -> list[dict[str, Any]]:
    """Products that a reply names, or whose figures it states, in its order."""
    plain, by_id = fold(text), {item.id: item for item in evidence}
    prices = {item.subject.id: item.value for item in evidence if item.kind is EvidenceKind.PRICE}
    stated: dict[str, int] = {}
    for claim in claims:
        subject = by_id[claim.evidence_id].subject if claim.evidence_id in by_id else None
        for name in (subject.name, *subject.aliases) if subject is not None else ():
            stated.setdefault(fold(name), plain.find(fold(claim.quote)))
    found: dict[str, tuple[int, dict[str, Any]]] = {}
    for item in sorted(evidence, key=lambda item: -len(item.subject.name)):
        name = fold(item.subject.name)
        if item.kind is not EvidenceKind.PRODUCT or item.subject.type != "product" or not name:
            continue
        whole = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")  # no `Pan` in `pantalla`
        if (there := whole.search(plain)) is not None:
            place = there.start()
            plain = whole.sub(" " * len(name), plain)  # `Veloz 3` is not named by `Veloz 3 mujer`
        else:
            place = stated.get(name, -1)
        if place >= 0 and item.subject.id not in found:
            card = {"id": item.subject.id, "name": item.subject.name, "price": prices.get(item.subject.id)}
            found[item.subject.id] = (place, card)
    return [card for _, card in sorted(found.values(), key=lambda pair: pair[0])]
