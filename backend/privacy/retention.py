"""Retention: what outlived a tenant's `retention_days` is erased, in batches, each of which commits by itself.

What somebody still works on stays until it is done. Once the last message of a conversation has gone, its thread goes
too. Ids begin with the time of their making (UUID version 7, RFC 9562), so that the oldest rows are met first.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import exists, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.conversations.models import Conversation, Message, Turn, TurnStatus
from backend.database import Database, new_id, tenant_of
from backend.privacy.declared import HOLDINGS, Holding
from backend.privacy.media import item_of
from backend.privacy.models import Erasure, ErasureStatus
from backend.tenants.models import Tenant
from backend.tenants.service import load_settings

BATCH = 1000
_MOST_BATCHES = 200
"""Of one table in one round; the rest has an hour's patience."""
_DEDUPE_DAYS = 30
"""No provider tells the same again after so long (Meta: 7 days, Stripe: 3)."""
_OLD_EVENTS = text("""
DELETE FROM channel_events WHERE tenant_id = :tenant_id AND id IN (
    SELECT id FROM channel_events WHERE tenant_id = :tenant_id AND id < :bound AND received_at < :before
    ORDER BY id LIMIT :batch FOR UPDATE SKIP LOCKED
)
""")

log = structlog.get_logger()


async def erase_what_outlived(database: Database) -> int:
    """One round over all tenants; returns how many rows went or were blanked."""
    async with database.queue() as session:
        tenants = (await session.scalars(select(Tenant.id).order_by(Tenant.id))).all()
    done = 0
    for tenant_id in tenants:
        try:
            done += await _of_tenant(database, tenant_id)
        except Exception as error:
            log.warning("retention.trouble", tenant=str(tenant_id), error=type(error).__name__)
    return done


async def _of_tenant(database: Database, tenant_id: UUID) -> int:
    async with database.tenant(tenant_id) as session:
        days = (await load_settings(session)).retention_days
    if days is None:
        return 0
    before = clock.now() - timedelta(days=days)
    counts: dict[str, dict[str, int]] = {}
    silent: set[UUID] = set()
    sent: list[tuple[UUID, str, Any]] = []
    for name, holding in HOLDINGS.items():
        if holding.aged is None:
            continue
        for _ in range(_MOST_BATCHES):
            async with database.tenant(tenant_id) as session:
                rows = await _batch(session, name, holding, before)
            if rows:
                verb = "deleted" if holding.then == "delete" else "blanked"
                counts[name] = {verb: counts.get(name, {}).get(verb, 0) + len(rows)}
            if name == "messages":
                silent |= {row.conversation_id for row in rows}
                sent += [
                    (row.conversation_id, row.provider_id, row.attachments)
                    for row in rows
                    if row.provider_id and row.attachments
                ]
            if len(rows) < BATCH:
                break
    async with database.tenant(tenant_id) as session:
        await _forget_deliveries(session, before)
        threads = await _silent(session, silent)
        if counts:
            session.add(_receipt(tenant_id, counts, threads, await _files(session, sent)))
    return sum(sum(told.values()) for told in counts.values())


async def _batch(session: AsyncSession, name: str, holding: Holding, before: datetime) -> list[Any]:
    gone = holding.then == "delete"
    still = "" if gone else f" AND ({holding.blank.replace(' = ', ' IS DISTINCT FROM ').replace(', ', ' OR ')})"
    verb = "DELETE FROM {0}" if gone else "UPDATE {0} SET {1}"
    shown = "id, conversation_id, provider_id, attachments" if name == "messages" else "id"
    statement = (
        f"{verb.format(name, holding.blank)} WHERE tenant_id = :tenant_id AND id IN ("  # noqa: S608
        f"SELECT id FROM {name} WHERE tenant_id = :tenant_id AND id < :bound AND {holding.aged} < :before"
        f" AND NOT ({holding.used}){still} ORDER BY id LIMIT :batch FOR UPDATE SKIP LOCKED) RETURNING {shown}"
    )
    return list(await session.execute(text(statement), _scope(session, before)))


def _scope(session: AsyncSession, before: datetime) -> dict[str, Any]:
    return {"tenant_id": tenant_of(session), "before": before, "bound": first_id(before), "batch": BATCH}


def first_id(moment: datetime) -> UUID:
    """No id made at `moment` or later is smaller."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


async def _forget_deliveries(session: AsyncSession, before: datetime) -> None:
    await session.execute(_OLD_EVENTS, _scope(session, min(before, clock.now() - timedelta(days=_DEDUPE_DAYS))))


async def _silent(session: AsyncSession, conversations: set[UUID]) -> list[dict[str, Any]]:
    """Threads of conversations in which nothing is left."""
    said = exists().where(Message.tenant_id == Conversation.tenant_id, Message.conversation_id == Conversation.id)
    open_turn = exists().where(
        Turn.tenant_id == Conversation.tenant_id,
        Turn.conversation_id == Conversation.id,
        Turn.status.not_in((TurnStatus.DONE, TurnStatus.QUARANTINED)),
    )
    query = select(Conversation.id, Conversation.fence).where(~said, ~open_turn)
    asked = sorted(conversations)
    threads = []
    for start in range(0, len(asked), BATCH):
        some = Conversation.id.in_(asked[start : start + BATCH])
        threads += [{"id": str(row.id), "fence": row.fence} for row in await session.execute(query.where(some))]
    return threads


async def _files(session: AsyncSession, sent: list[tuple[UUID, str, Any]]) -> list[dict[str, Any]]:
    """Files that came with messages which are gone now."""
    asked = sorted({conversation_id for conversation_id, _, _ in sent})
    channels: dict[UUID, UUID] = {}
    for start in range(0, len(asked), BATCH):
        some = Conversation.id.in_(asked[start : start + BATCH])
        rows = await session.execute(select(Conversation.id, Conversation.channel_id).where(some))
        channels |= {row.id: row.channel_id for row in rows}
    return [item_of(channels[of], provider_id, told) for of, provider_id, told in sent if of in channels]


def _receipt(
    tenant_id: UUID, counts: dict[str, dict[str, int]], threads: list[dict[str, Any]], media: list[dict[str, Any]]
) -> Erasure:
    now = clock.machine_now()
    left = bool(threads or media)
    return Erasure(
        tenant_id=tenant_id,
        id=new_id(),
        reason="retention",
        requested_by="system",
        counts=counts,
        threads=threads,
        media=media,
        status=ErasureStatus.RUNNING if left else ErasureStatus.DONE,
        due_at=now,
        finished_at=None if left else now,
    )
