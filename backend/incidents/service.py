"""Telling the operator, and reading what was told.

`await note(session, Severity.WARNING, "hooks", "endpoint.disabled", "No delivery for five days.", endpoint_id=...)`
works in a tenant's transaction (the incident is about that tenant) and in the queue's (about none, or about the
`tenant_id` that is given), and is stored if that transaction is.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.database import new_id
from backend.incidents.models import Incident, Severity


@dataclass(frozen=True)
class Wanted:
    """Which incidents to show; None does not narrow. `since` is included, `until` is not."""

    severity: str | None = None
    source: str | None = None
    tenant_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    search: str | None = None


async def note(
    session: AsyncSession,
    severity: Severity,
    source: str,
    kind: str,
    message: str,
    *,
    tenant_id: UUID | None = None,
    **details: Any,
) -> None:
    """One incident. `message` says what to do; `details` hold ids and figures (made plain JSON), never a body, a
    number, a name or a secret."""
    of: UUID | None = session.info.get("tenant_id", tenant_id)
    await session.execute(
        insert(Incident).values(
            id=new_id(),
            tenant_id=of,
            at=clock.machine_now(),
            severity=severity.value,
            source=source,
            kind=kind,
            message=message,
            details={key: _plain(value) for key, value in details.items()},
        )
    )


async def list_incidents(session: AsyncSession, wanted: Wanted, before: UUID | None, limit: int) -> list[Incident]:
    """Incidents of every tenant (in the queue's transaction), newest first; `search` looks into kind and message."""
    query = select(Incident).order_by(Incident.id.desc()).limit(limit)
    if before is not None:
        query = query.where(Incident.id < before)
    for column, value in (
        (Incident.severity, wanted.severity),
        (Incident.source, wanted.source),
        (Incident.tenant_id, wanted.tenant_id),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.since is not None:
        query = query.where(Incident.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(Incident.at < wanted.until)
    if wanted.search is not None:
        query = query.where(
            or_(
                Incident.kind.icontains(wanted.search, autoescape=True),
                Incident.message.icontains(wanted.search, autoescape=True),
            )
        )
    return list(await session.scalars(query))


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | float) or value is None else str(value)
