"""What is known about a contact: values with where they came from, and the custom fields that give them a shape.

A person's word (`manual`) stands above what a tool was told (`tool`), and that above what a model inferred (`model`);
among equals the newer one wins, but what a model is less sure of than it was of what stands there. A key with a custom
field takes only values of its kind.
"""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.contacts.models import Contact, ContactField, FieldKind
from backend.errors import Unprocessable

MANUAL, TOOL, MODEL = "manual", "tool", "model"
_RANK = {MODEL: 0, TOOL: 1, MANUAL: 2}
MOST_DETAILS = 200
_DECIMAL_COMMA = re.compile(r"^([+-]?\d+),(\d{1,2})$")
""" "38,5", as most of our customers write it; "1,000" may be a thousand and is no number here."""


def may_keep(contact: Contact, needs_consent: bool) -> bool:
    """Whether details of the contact may be kept and told to the agent; a withdrawal counts whatever the business's
    terms (`memory_needs_consent`) say."""
    return contact.memory_consent_at is not None or not (needs_consent or contact.memory_withdrawn_at)


async def fields_by_key(session: AsyncSession) -> dict[str, ContactField]:
    """The tenant's custom fields."""
    return {field.key: field for field in await session.scalars(select(ContactField))}


def named(key: str, fields: Mapping[str, ContactField]) -> str:
    """The key of the field that is meant: by its key or its label, however they are written; else the key itself."""
    if key in fields:
        return key
    meant = _letters(key)
    return next((one.key for one in fields.values() if meant in (_letters(one.key), _letters(one.label))), key)


def put(
    contact: Contact,
    given: Mapping[str, Any],
    source: str,
    fields: Mapping[str, ContactField],
    confidence: float = 1.0,
) -> list[str]:
    """Take values as `source` tells them; None forgets one. Returns the keys whose higher or surer value stood.

    Raises `Unprocessable` of type detail-unfit for a value that is not of its field's kind.
    """
    details, stood = dict(contact.details), []
    for key, value in given.items():
        if stands(details.get(key), source, confidence):
            stood.append(key)
        elif value is None:
            details.pop(key, None)
        else:
            fitted = fit(fields[key], value) if key in fields else value
            at = clock.now().isoformat()
            details[key] = {"value": fitted, "source": source, "confidence": confidence, "at": at}
    if len(details) > MOST_DETAILS:
        raise Unprocessable(f"A contact holds {MOST_DETAILS} details at most; remove some.", type="too-many-details")
    contact.details = details
    return stood


def stands(kept: Mapping[str, Any] | None, source: str, confidence: float) -> bool:
    """Whether what is kept stays, whatever `source` tells now."""
    if kept is None:
        return False
    if _rank(kept) != _RANK[source]:
        return _rank(kept) > _RANK[source]
    return source == MODEL and kept.get("confidence", 0) > confidence


def fit(field: ContactField, value: Any) -> str | int | float:
    """The value as a field keeps it. Raises `Unprocessable` of type detail-unfit, which says what would fit."""
    if field.kind == FieldKind.CHOICE:
        wanted = str(value).strip().casefold()
        for choice in field.choices:
            if str(choice).casefold() == wanted:
                return str(choice)
        raise _unfit(field, f"one of: {', '.join(str(choice) for choice in field.choices)}")
    if field.kind == FieldKind.NUMBER:
        try:
            number = Decimal(_DECIMAL_COMMA.sub(r"\1.\2", str(value).strip()))
        except InvalidOperation:
            raise _unfit(field, "a number such as 38 or 1.75") from None
        if isinstance(value, bool) or not number.is_finite() or abs(number) > Decimal(10) ** 15:
            raise _unfit(field, "a number such as 38 or 1.75")
        return int(number) if number == number.to_integral_value() else float(number)
    if field.kind == FieldKind.DATE:
        try:
            return date.fromisoformat(str(value).strip()).isoformat()
        except ValueError:
            raise _unfit(field, "a date such as 1990-08-07") from None
    return str(value)


def joined_details(kept: Mapping[str, Any], merged: Mapping[str, Any], *, learnt: bool) -> dict[str, Any]:
    """The details of two who are one person: by key that of the higher source, among equals the kept one's; without
    `learnt`, what people of the business wrote alone."""
    joined = dict(kept)
    for key, value in merged.items():
        if key not in joined or _rank(value) > _rank(joined[key]):
            joined[key] = value
    return dict(list((joined if learnt else written(joined)).items())[:MOST_DETAILS])


def _rank(detail: Mapping[str, Any]) -> int:
    return _RANK.get(detail.get("source", MODEL), 0)


def forget_learnt(contact: Contact) -> None:
    """Drop what the agent learnt; what people of the business wrote stays."""
    contact.details = written(contact.details)


def written(details: Mapping[str, Any]) -> dict[str, Any]:
    """What people of the business wrote."""
    return {key: kept for key, kept in details.items() if kept.get("source") == MANUAL}


def _letters(words: str) -> str:
    return "".join(sign for sign in words.casefold() if sign.isalnum())


def _unfit(field: ContactField, fitting: str) -> Unprocessable:
    return Unprocessable(f"{field.key} takes {fitting}.", type="detail-unfit", field=field.key)
