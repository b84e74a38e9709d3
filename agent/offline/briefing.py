"""What the system prompt says, read by its headings: the page of `prompts/vendor` and the block "This turn"."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

HEADING = re.compile(r"^#{1,2} (.+)$", re.MULTILINE)
NOTHING = ("(none)", "(none given: do not state any)")
MOMENT = re.compile(r"\((\d{4}-\d\d-\d\dT[^)]+)\)")


@dataclass(frozen=True)
class Proposal:
    """Something offered that waits for the customer's yes."""

    id: str
    covers: tuple[str, ...]
    details: dict[str, Any]
    answerable: bool


@dataclass(frozen=True)
class Shown:
    """A product the customer was shown."""

    id: str
    name: str
    price: int
    """Minor units, as they were then."""


@dataclass(frozen=True)
class Briefing:
    """The business and the state of things as the prompt tells them."""

    business: str = ""
    locale: str = "es"
    currency: str = ""
    now: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    hours: tuple[tuple[str, str], ...] = ()
    """("mon", "09:00-14:00, 16:00-20:00" or "closed"), Monday first."""
    opening: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    customer: str = ""
    """The name, if it is known."""
    customer_locale: str = ""
    memory: str = ""
    """agreed, may_ask or do_not_ask."""
    cards: tuple[tuple[str, dict[str, Any]], ...] = ()
    """("booking", card): what is open with the customer."""
    proposals: tuple[Proposal, ...] = ()
    shown: tuple[tuple[date, tuple[Shown, ...]], ...] = ()
    """What the customer was shown lately, by turns with the day of each; the latest last."""
    summary: str = ""
    sections: dict[str, str] = field(default_factory=dict)


@lru_cache(maxsize=256)
def brief(page: str) -> Briefing:
    """Missing sections leave the defaults: another prompt makes the rules poorer, not wrong."""
    sections = _sections(page)
    about = dict(_pairs(sections.get("The business", "")))
    right_now = sections.get("Right now", "")
    moment = MOMENT.search(right_now)
    customer = _object(sections.get("The customer", ""))
    return Briefing(
        business=about.get("Name", ""),
        locale=about.get("Language", "es"),
        currency=about.get("Currency", ""),
        now=datetime.fromisoformat(moment[1]) if moment else Briefing.now,
        hours=tuple(_pairs(sections.get("Opening hours", ""))),
        opening=right_now.rpartition("\n")[2],
        facts=tuple(_pairs(sections.get("Facts it vouches for", ""))),
        customer=str(customer.get("name") or ""),
        customer_locale=str(customer.get("locale") or ""),
        memory=str(customer.get("memory") or ""),
        cards=tuple(_cards(sections.get("Open with this customer", ""))),
        proposals=tuple(_proposals(sections.get("Open proposals", ""))),
        shown=tuple(_shown(sections.get("Shown lately", ""))),
        summary=sections.get("Summary of the conversation so far", ""),
        sections=sections,
    )


def _sections(page: str) -> dict[str, str]:
    parts = HEADING.split(page)
    return {title.strip(): body.strip() for title, body in zip(parts[1::2], parts[2::2], strict=True)}


def _pairs(body: str) -> Iterator[tuple[str, str]]:
    for line in body.splitlines():
        key, colon, value = line.removeprefix("- ").partition(": ")
        if line.startswith("- ") and colon:
            yield key, value


def _cards(body: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for line in body.splitlines():
        noun, _, card = line.removeprefix("- ").partition(" ")
        if found := _object(card):
            yield noun, found


def _shown(body: str) -> Iterator[tuple[date, tuple[Shown, ...]]]:
    for line in body.splitlines():
        group = _object(line.removeprefix("- "))
        if "products" in group:
            products = tuple(
                Shown(str(item["id"]), str(item["name"]), int(item.get("price", {}).get("amount", 0)))
                for item in group["products"]
            )
            yield date.fromisoformat(str(group["at"]).split()[1]), products


def _proposals(body: str) -> Iterator[Proposal]:
    for line in body.splitlines():
        card = _object(line.removeprefix("- "))
        if "proposal_id" in card:
            yield Proposal(
                id=str(card["proposal_id"]),
                covers=tuple(card.get("covers") or ()),
                details=dict(card.get("details") or {}),
                answerable=bool(card.get("answerable")),
            )


def _object(text: str) -> dict[str, Any]:
    if text in NOTHING:
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
