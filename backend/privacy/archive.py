"""Everything there is of a contact, as one JSON archive (LGPD art. 18, GDPR art. 15 and 20)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import LargeBinary, Table, text
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.audit.ddl import hidden_columns
from backend.database import Record, tenant_of
from backend.privacy.declared import HOLDINGS
from backend.privacy.erasing import Subject, look_up

VERSION = 1
_UNSAID = frozenset({"tenant_id", "words"})
"""Columns that say nothing: whose business it is, and the search index of messages."""


async def read_archive(session: AsyncSession, contact_id: UUID) -> tuple[dict[str, Any], Subject]:
    """Rows by table, oldest first, as the database holds them. NotFound."""
    subject = await look_up(session, contact_id)
    tables = {}
    for name, holding in HOLDINGS.items():
        table = Record.metadata.tables[name]
        if holding.found is None or name == "idempotency":
            continue
        shown = ", ".join(f'"{column}"' for column in shown_columns(table))
        rows = await session.execute(
            text(f'SELECT {shown} FROM "{name}" WHERE tenant_id = :tenant_id AND {holding.found} ORDER BY id'),  # noqa: S608
            subject.values(),
        )
        tables[name] = [{key: _plain(value) for key, value in row._mapping.items()} for row in rows]
    archive = {
        "version": VERSION,
        "made_at": clock.now().isoformat(),
        "tenant_id": str(tenant_of(session)),
        "contact_id": str(contact_id),
        "tables": {name: rows for name, rows in tables.items() if rows},
    }
    return archive, subject


def shown_columns(table: Table) -> list[str]:
    """Columns that speak of the person; secrets and bytes are the business's own."""
    hidden = _UNSAID | set(hidden_columns(table))
    return [
        column.name
        for column in table.columns
        if column.name not in hidden and not isinstance(column.type, LargeBinary)
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
