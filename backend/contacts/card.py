"""A contact as the agent is told of them: bounded, whatever was written down."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from backend.contacts.models import Contact, Stage

MOST_DETAILS = 40
MOST_FIELDS = 30
MOST_CHOICES = 20
LONGEST_VALUE = 200
LONGEST_LABEL = 60


class Memory(StrEnum):
    """Whether details may be kept, and if not, whether the agent may ask for that now."""

    AGREED = "agreed"
    MAY_ASK = "may_ask"
    DO_NOT_ASK = "do_not_ask"


def contact_card(
    contact: Contact, memory: Memory, fields: Sequence[Mapping[str, Any]], stage: str | None = None
) -> dict[str, Any]:
    """`fields` are the business's custom fields ({key, label, kind, choices?}), told as long as something may be kept
    in them, each with its value once the contact agreed; `details` are the newest other values, key -> value. `stage`
    is told of whoever is not new."""
    known = {
        key: _short(kept.get("value"), LONGEST_VALUE)
        for key, kept in sorted(contact.details.items(), key=_age, reverse=True)
        if isinstance(kept, dict)
    }
    card: dict[str, Any] = {
        "id": str(contact.id),
        "name": contact.name,
        "locale": contact.locale,
        "details": {},
        "memory": memory,
    }
    if stage not in (None, Stage.NEW):
        card["stage"] = stage
    if memory is not Memory.DO_NOT_ASK:
        first = sorted(fields, key=lambda field: field["key"] not in known)[:MOST_FIELDS]
        told = known if memory is Memory.AGREED else {}
        card["fields"] = [_field(field, told) for field in first]
    if memory is Memory.AGREED:
        named = {field["key"] for field in card.get("fields", [])}
        others = [(key, value) for key, value in known.items() if key not in named]
        card["details"] = dict(others[:MOST_DETAILS])
    return card


def _field(field: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    shown = {**field, "label": _short(field["label"], LONGEST_LABEL)}
    if field.get("choices"):
        shown["choices"] = [_short(choice, LONGEST_LABEL) for choice in field["choices"][:MOST_CHOICES]]
    return shown | ({"value": told[field["key"]]} if field["key"] in told else {})


def _age(item: tuple[str, Any]) -> str:
    return str(item[1].get("at", "")) if isinstance(item[1], dict) else ""


def _short(value: Any, longest: int) -> Any:
    return f"{value[:longest]}…" if isinstance(value, str) and len(value) > longest else value
