"""Leasing what is to be thought over after a reply: kind `reflect`. Its id is the turn's; nobody waits for it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.conversations.models import Claim, Conversation, Message, Observation, Reflection, Turn
from backend.database import Database, new_id, tenant_of
from backend.errors import Conflict
from backend.security import TurnTicket, issue_turn_token
from backend.settings import Settings
from backend.statements import Statement
from backend.tenants.service import load_tenant

_MOST_CLAIMS = 5

_CLAIM = Statement("""
WITH picked AS (
    SELECT tenant_id, id, attempt FROM reflections
    WHERE status = 'waiting' AND due_at <= :now AND (lease_until IS NULL OR lease_until < :machine_now)
    ORDER BY attempt, due_at LIMIT :limit
    FOR UPDATE SKIP LOCKED
)
UPDATE reflections SET attempt = reflections.attempt + 1, lease_owner = :worker, updated_at = :now,
    lease_until = :lease_until, status = CASE WHEN picked.attempt >= :most THEN 'failed' ELSE 'waiting' END
FROM picked WHERE reflections.tenant_id = picked.tenant_id AND reflections.id = picked.id
RETURNING reflections.tenant_id, reflections.id, reflections.attempt, reflections.status
""")

_NEXT = Statement("SELECT min(due_at) AS due_at FROM reflections WHERE status = 'waiting' AND due_at > :now")

_RENEW = Statement("""
UPDATE reflections SET lease_until = :lease_until
FROM unnest(CAST(:ids AS uuid[]), CAST(:attempts AS integer[])) AS held(id, attempt)
WHERE reflections.status = 'waiting' AND reflections.lease_until IS NOT NULL
    AND reflections.id = held.id AND reflections.attempt = held.attempt
RETURNING reflections.id
""")

_RELEASE = Statement("""
UPDATE reflections SET lease_until = NULL, lease_owner = NULL
FROM unnest(CAST(:ids AS uuid[]), CAST(:attempts AS integer[])) AS held(id, attempt)
WHERE reflections.status = 'waiting' AND reflections.lease_until IS NOT NULL
    AND reflections.id = held.id AND reflections.attempt = held.attempt
RETURNING reflections.id
""")


class ReflectWork:
    """Kind `reflect`."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    async def claim(self, worker: str, limit: int) -> list[dict[str, Any]]:
        """What was said and why, for the observer's notes; one that killed its holders five times is given up."""
        machine_now = clock.machine_now()
        claimed = await self._database.look(
            _CLAIM,
            {
                "now": clock.now(),
                "machine_now": machine_now,
                "lease_until": machine_now + timedelta(seconds=self._settings.first_lease_seconds),
                "worker": worker,
                "limit": limit,
                "most": _MOST_CLAIMS,
            },
        )
        rows = [row for row in claimed if row["status"] == "waiting"]
        items = []
        for row in rows:
            async with self._database.tenant(row["tenant_id"]) as session:
                items.append(await _bundle(session, self._settings, row["id"], row["attempt"]))
        return items

    async def seconds_until_due(self) -> float | None:
        now = clock.now()
        [row] = await self._database.look(_NEXT, {"now": now})
        return None if row["due_at"] is None else float((row["due_at"] - now).total_seconds())

    async def renew(self, leases: Mapping[UUID, int]) -> set[UUID]:
        lease_until = clock.machine_now() + timedelta(seconds=self._settings.lease_seconds)
        held = {"ids": list(leases), "attempts": list(leases.values())}
        return {row["id"] for row in await self._database.look(_RENEW, {**held, "lease_until": lease_until})}

    async def release(self, leases: Mapping[UUID, int]) -> set[UUID]:
        held = {"ids": list(leases), "attempts": list(leases.values())}
        return {row["id"] for row in await self._database.look(_RELEASE, held)}


async def _bundle(session: AsyncSession, settings: Settings, turn_id: UUID, attempt: int) -> dict[str, Any]:
    tenant = await load_tenant(session)
    turn = await session.get_one(Turn, (tenant.id, turn_id))
    conversation = await session.get_one(Conversation, (tenant.id, turn.conversation_id))
    said = await session.scalars(select(Message).where(Message.turn_id == turn_id).order_by(Message.sequence))
    claims = await session.scalars(select(Claim).where(Claim.turn_id == turn_id).order_by(Claim.id))
    ticket = TurnTicket(tenant.id, turn_id, attempt, turn.conversation_id, turn.contact_id)
    return {
        "kind": "reflect",
        "id": str(turn_id),
        "attempt": attempt,
        "token": issue_turn_token(settings, ticket),
        "lease_seconds": settings.first_lease_seconds,
        "now": clock.now().isoformat(),
        "tenant": {"id": str(tenant.id), "name": tenant.name, "mode": tenant.mode, "locale": tenant.locale},
        "conversation": {"id": str(conversation.id), "debug": conversation.debug},
        "outcome": turn.outcome,
        "messages": [{"author": one.author, "body": one.body, "at": one.sent_at.isoformat()} for one in said],
        "claims": [{"kind": one.kind, "quote": one.quote, "support": one.support} for one in claims],
        "tool_calls": turn.trace.get("tool_calls", []),
        "rejected": turn.trace.get("rejected", []),
    }


async def record_observations(session: AsyncSession, ticket: TurnTicket, notes: list[dict[str, Any]]) -> int:
    """Take the notes of a reflection and close it; the same notes again change nothing.

    Raises `Conflict` of type lease-lost for another attempt's.
    """
    status = await session.scalar(
        update(Reflection)
        .where(Reflection.id == ticket.turn_id, Reflection.attempt == ticket.attempt)
        .values(status="done", lease_until=None)
        .returning(Reflection.status)
    )
    if status is None:
        raise Conflict("These notes belong to another holder now; drop them.", type="lease-lost")
    noted = await session.scalar(select(Observation.id).where(Observation.turn_id == ticket.turn_id).limit(1))
    if noted is not None:
        return 0
    session.add_all(
        Observation(
            id=new_id(),
            tenant_id=tenant_of(session),
            conversation_id=ticket.conversation_id,
            turn_id=ticket.turn_id,
            **note,
        )
        for note in notes
    )
    await session.flush()
    return len(notes)
