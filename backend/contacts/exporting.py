"""Contacts as files: CSV for spreadsheets (RFC 4180) and JSON, written page by page, however many there are.

A cell that a spreadsheet would take for a formula begins with an apostrophe (OWASP, CSV injection); telephone
numbers in E.164 are left as they are.
"""

import csv
import io
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from backend.contacts.details import fields_by_key
from backend.contacts.listing import Wanted, list_contacts
from backend.contacts.models import Contact, Identity, IdentityKind
from backend.contacts.schemas import ContactView
from backend.contacts.service import identities_of, plain_details, region
from backend.contacts.stages import stages_of

BATCH = 500
COLUMNS = (
    *("id", "name", "email", "phones", "whatsapp_ids", "locale", "tags", "bot_enabled"),
    *("opted_out_at", "opted_in_at", "memory_consent_at", "archived_at", "first_seen_at", "last_seen_at", "stage"),
)
_FORMULA = re.compile(r"[=+\-@\t\r\n|%＝＋－＠]")
_NUMBERS = re.compile(r"\+\d{7,15}( \+\d{7,15})*")
Begin = Callable[[], AbstractAsyncContextManager[AsyncSession]]


async def as_csv(begin: Begin, wanted: Wanted) -> AsyncIterator[str]:
    """Lines with a heading, many at once; a column for each custom field, `details.<key>`."""
    async with begin() as session:
        keys = sorted(await fields_by_key(session))
    yield _line([*COLUMNS, *(f"details.{key}" for key in keys)])
    async for page in _pages(begin, wanted):
        lines = []
        for contact, identities, stage in page:
            details = plain_details(contact)
            lines.append(_line([*_cells(contact, identities, stage), *(details.get(key) for key in keys)]))
        yield "".join(lines)


async def as_json(begin: Begin, wanted: Wanted) -> AsyncIterator[str]:
    """An array of contacts as the API shows them."""
    mark = "["
    async for page in _pages(begin, wanted):
        yield mark + ",\n".join(ContactView.of(*known).model_dump_json() for known in page)
        mark = ",\n"
    yield "[]" if mark == "[" else "]"


async def _pages(begin: Begin, wanted: Wanted) -> AsyncIterator[list[tuple[Contact, list[Identity], str]]]:
    """Never more than a page in memory, each read in a transaction of its own: a slow reader holds none open."""
    cursor: str | None = None
    while True:
        async with begin() as session:
            contacts, cursor = await list_contacts(session, wanted, cursor, BATCH, await region(session))
            ids = [contact.id for contact in contacts]
            known, stages = await identities_of(session, ids), await stages_of(session, ids)
        if contacts:
            yield [(contact, known[contact.id], stages[contact.id]) for contact in contacts]
        if cursor is None:
            return


def _cells(contact: Contact, identities: list[Identity], stage: str) -> list[Any]:
    own = {
        "phones": [identity.value for identity in identities if identity.kind == IdentityKind.PHONE],
        "whatsapp_ids": [identity.value for identity in identities if identity.kind == IdentityKind.WA_ID],
        "tags": contact.tags,
        "stage": stage,
    }
    return [own[name] if name in own else getattr(contact, name) for name in COLUMNS]


def _line(cells: list[Any]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow([_cell(cell) for cell in cells])
    return written.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return json.dumps(value)
    if isinstance(value, list):
        value = " ".join(value) if all(_NUMBERS.fullmatch(one) for one in value) else "; ".join(value)
    words = value if isinstance(value, str) else value.isoformat() if hasattr(value, "isoformat") else str(value)
    words = words.replace("\0", "")
    return f"'{words}" if _FORMULA.match(words) and not _NUMBERS.fullmatch(words) else words
