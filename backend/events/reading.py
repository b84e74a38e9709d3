"""Reading a tenant's events in the order of their commits. No reader can miss one.

A transaction's id is taken when it first writes, and it may commit after one with a higher id. So readers take only
what lies below the oldest transaction that still runs (`pg_snapshot_xmin`): nothing can commit behind their position.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.database import Database
from backend.events.positions import Position
from backend.statements import Statement

# A position from beyond the server's newest transaction was given by another server, before a restore: such a reader
# starts from the beginning. The horizon comes along, so that a reader of few kinds need not look at the rest again.
_PAGE = Statement("""
WITH told AS (
    SELECT pg_snapshot_xmin(snapshot)::text::bigint AS settled, pg_snapshot_xmax(snapshot)::text::bigint AS next
    FROM pg_current_snapshot() AS snapshot
), start AS (
    SELECT settled, CASE WHEN :transaction <= next THEN :transaction ELSE 0 END AS transaction,
        CASE WHEN :transaction <= next THEN :sequence ELSE 0 END AS sequence
    FROM told
)
SELECT start.settled, found.* FROM start LEFT JOIN LATERAL (
    SELECT events.transaction, events.sequence, events.id, events.kind, events.subject_id, events.conversation_id,
        events.contact_id, events.data, events.created_at
    FROM events
    WHERE events.tenant_id = :tenant_id AND events.transaction < start.settled
        AND (events.transaction, events.sequence) > (start.transaction, start.sequence)
        AND (CAST(:kinds AS text[]) IS NULL OR events.kind = ANY(CAST(:kinds AS text[])))
        AND (CAST(:conversation_id AS uuid) IS NULL OR events.conversation_id = :conversation_id)
    ORDER BY events.transaction, events.sequence LIMIT :limit
) AS found ON true
ORDER BY found.transaction, found.sequence
""")

_NEWEST = Statement("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS settled")

# Of many tenants at once, each from its own position.
_NEWS = Statement("""
SELECT given.tenant_id, found.* FROM unnest(
    CAST(:tenant_ids AS uuid[]), CAST(:transactions AS bigint[]), CAST(:sequences AS bigint[])
) AS given(tenant_id, transaction, sequence)
CROSS JOIN LATERAL (
    SELECT events.transaction, events.sequence, events.id, events.kind, events.subject_id, events.conversation_id,
        events.contact_id, events.data, events.created_at
    FROM events
    WHERE events.tenant_id = given.tenant_id
        AND (events.transaction, events.sequence) > (given.transaction, given.sequence)
        AND events.transaction < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    ORDER BY events.transaction, events.sequence LIMIT :limit
) AS found
ORDER BY found.transaction, found.sequence
""")


@dataclass(frozen=True, slots=True)
class Happened:
    """One event and where it stands."""

    position: Position
    id: UUID
    kind: str
    subject_id: UUID | None
    conversation_id: UUID | None
    contact_id: UUID | None
    data: dict[str, Any]
    at: datetime

    def document(self) -> dict[str, Any]:
        """As everybody outside reads it; the position apart."""
        return {
            "id": str(self.id),
            "type": self.kind,
            "at": self.at.isoformat(),
            "subject_id": _text(self.subject_id),
            "conversation_id": _text(self.conversation_id),
            "contact_id": _text(self.contact_id),
            "data": self.data,
        }


async def read_page(
    database: Database,
    tenant_id: UUID,
    after: Position,
    limit: int,
    *,
    kinds: Sequence[str] | None = None,
    conversation_id: UUID | None = None,
) -> tuple[list[Happened], Position, bool]:
    """Up to `limit` events after a position, oldest first; the position to go on from, and whether more are there."""
    async with database.statements(tenant_id) as statements:
        rows = await statements.all(
            _PAGE,
            {
                "tenant_id": tenant_id,
                "transaction": after.transaction,
                "sequence": after.sequence,
                "kinds": list(kinds) if kinds else None,
                "conversation_id": conversation_id,
                "limit": limit + 1,
            },
        )
    found = [_happened(row) for row in rows if row["id"] is not None]
    if len(found) > limit:
        return found[:limit], found[limit - 1].position, True
    return found, Position(rows[0]["settled"], 0), False


async def newest(database: Database) -> Position:
    """Behind everything that is settled at this moment: a reader who starts here sees what comes from now on."""
    [row] = await database.look(_NEWEST, {})
    return Position(row["settled"], 0)


async def read_news(database: Database, positions: Mapping[UUID, Position], limit: int) -> list[tuple[UUID, Happened]]:
    """What came after each tenant's position, `limit` of each at most, each tenant's oldest first."""
    rows = await database.look(
        _NEWS,
        {
            "tenant_ids": list(positions),
            "transactions": [position.transaction for position in positions.values()],
            "sequences": [position.sequence for position in positions.values()],
            "limit": limit,
        },
    )
    return [(row["tenant_id"], _happened(row)) for row in rows]


def _happened(row: Any) -> Happened:
    return Happened(
        position=Position(row["transaction"], row["sequence"]),
        id=row["id"],
        kind=row["kind"],
        subject_id=row["subject_id"],
        conversation_id=row["conversation_id"],
        contact_id=row["contact_id"],
        data=json.loads(row["data"]),
        at=row["created_at"],
    )


def _text(one: UUID | None) -> str | None:
    return None if one is None else str(one)
