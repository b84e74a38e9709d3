"""How far a contact has come, derived from what happened, unless a person said otherwise.

    new -> interested -> quoted -> customer
             `--------------`--------`--> lost, dormant

Something that happens (a quote, a hold, an order, a booking, a reply that was thought over, an opt-out) makes the row
due; the dispatcher looks at it. So does the day on which silence would change it. A person's word stands until it is
taken back.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import case, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.contacts.models import ContactStage, Stage
from backend.database import Database, tenant_of
from backend.statements import Statement
from backend.tenants.service import load_settings

DERIVED, MANUAL = "derived", "manual"
_BATCH = 200

log = structlog.get_logger()

# A finished turn says something new of those alone who have not come further yet, or whom silence had taken away.
MARK = Statement("""
INSERT INTO contact_stages (tenant_id, id, stage, source, reason, since, due_at, created_at, updated_at)
SELECT tenant_id, id, 'new', 'derived', 'unknown', :now, :now, :now, :now FROM contacts
WHERE tenant_id = :tenant_id AND id = ANY(CAST(:contact_ids AS uuid[])) AND erased_at IS NULL
ORDER BY id
ON CONFLICT (tenant_id, id) DO UPDATE SET due_at = EXCLUDED.due_at
    WHERE contact_stages.source = 'derived' AND contact_stages.stage IN ('new', 'lost', 'dormant')
""")
"""Takes `tenant_id`, `contact_ids` and `now`."""

_DUE = text("""
SELECT tenant_id, id FROM contact_stages
WHERE due_at <= :now AND tenant_id NOT IN (SELECT id FROM tenants WHERE status <> 'active')
ORDER BY due_at LIMIT :limit
""")

_SIGNS = text("""
SELECT contacts.id, contacts.opted_out_at, contacts.last_seen_at,
    (SELECT max(created_at) FROM orders
     WHERE tenant_id = :tenant_id AND contact_id = contacts.id AND status <> 'cancelled') AS ordered_at,
    (SELECT max(updated_at) FROM orders
     WHERE tenant_id = :tenant_id AND contact_id = contacts.id AND status = 'cancelled') AS order_ended_at,
    (SELECT max(greatest(created_at, ends_at)) FROM bookings
     WHERE tenant_id = :tenant_id AND contact_id = contacts.id AND status NOT IN ('CANCELLED', 'NO_SHOW')) AS booked_at,
    (SELECT max(updated_at) FROM bookings
     WHERE tenant_id = :tenant_id AND contact_id = contacts.id AND status IN ('CANCELLED', 'NO_SHOW')) AS missed_at,
    greatest(
        (SELECT max(created_at) FROM quotes WHERE tenant_id = :tenant_id AND contact_id = contacts.id),
        (SELECT max(created_at) FROM holds WHERE tenant_id = :tenant_id AND contact_id = contacts.id)
    ) AS quoted_at,
    EXISTS (
        SELECT FROM conversations JOIN evidence
            ON evidence.tenant_id = :tenant_id AND evidence.conversation_id = conversations.id
        WHERE conversations.tenant_id = :tenant_id AND conversations.contact_id = contacts.id
            AND evidence.kind IN ('product', 'price', 'stock', 'service', 'slot')
    ) AS asked
FROM contacts
WHERE contacts.tenant_id = :tenant_id AND contacts.id = ANY(CAST(:contact_ids AS uuid[]))
    AND contacts.erased_at IS NULL AND contacts.merged_into IS NULL
""")


@dataclass(frozen=True, slots=True)
class Signs:
    """What happened with a contact; each the last time, or None."""

    last_seen_at: datetime
    opted_out_at: datetime | None = None
    ordered_at: datetime | None = None
    """An order that was not cancelled."""
    booked_at: datetime | None = None
    """A booking that was not cancelled nor missed, or its end."""
    ended_at: datetime | None = None
    """An order or booking was cancelled, or they did not come."""
    quoted_at: datetime | None = None
    """A quote, or a slot that was held for them."""
    asked: bool = False
    """The agent looked something up for them that is sold."""


@dataclass(frozen=True, slots=True)
class Derived:
    """A stage with what it was read off, and when silence alone would change it."""

    stage: Stage
    reason: str
    until: datetime | None = None


def stage_of(signs: Signs, now: datetime, quiet: timedelta) -> Derived:
    """The one place that says what makes a stage."""
    if signs.opted_out_at is not None:
        return Derived(Stage.LOST, "opted_out")
    latest = max(one for one in (signs.last_seen_at, signs.ordered_at, signs.booked_at, signs.quoted_at) if one)
    until = latest + quiet
    silent = until <= now
    if signs.ordered_at is not None or signs.booked_at is not None:
        reason = "ordered" if signs.ordered_at is not None else "booked"
        return Derived(Stage.DORMANT, "silent") if silent else Derived(Stage.CUSTOMER, reason, until)
    if signs.ended_at is not None and (signs.quoted_at is None or signs.quoted_at < signs.ended_at):
        return Derived(Stage.LOST, "called_off")
    if signs.quoted_at is not None:
        return Derived(Stage.LOST, "silent") if silent else Derived(Stage.QUOTED, "quoted", until)
    if signs.asked:
        return Derived(Stage.DORMANT, "silent") if silent else Derived(Stage.INTERESTED, "asked", until)
    return Derived(Stage.DORMANT, "silent") if silent else Derived(Stage.NEW, "wrote", until)


async def derive(session: AsyncSession, contact_ids: Collection[UUID]) -> dict[UUID, Derived]:
    """What the records say of each; whoever was erased or merged is left out."""
    quiet = timedelta(days=(await load_settings(session)).quiet_days)
    rows = await session.execute(_SIGNS, {"tenant_id": tenant_of(session), "contact_ids": list(contact_ids)})
    return {row.id: stage_of(_signs(row), clock.now(), quiet) for row in rows}


async def settle(session: AsyncSession, contact_ids: Sequence[UUID]) -> None:
    """Bring rows to what the records say; a person's word stays."""
    query = select(ContactStage).where(ContactStage.tenant_id == tenant_of(session), ContactStage.id.in_(contact_ids))
    rows = list(await session.scalars(query.order_by(ContactStage.id).with_for_update(skip_locked=True)))
    derived = await derive(session, [row.id for row in rows if row.source == DERIVED])
    for row in rows:
        found = derived.get(row.id)
        row.due_at = found.until if found else None
        if found and (found.stage, found.reason) != (row.stage, row.reason):
            row.since = row.since if found.stage == row.stage else clock.now()
            row.stage, row.reason = found.stage, found.reason
    await session.flush()


async def settle_due(database: Database) -> int:
    """Look at what is due, in batches a business at a time. Returns how many were."""
    async with database.queue() as session:
        due = (await session.execute(_DUE, {"now": clock.now(), "limit": _BATCH})).all()
    of: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for row in due:
        of[row.tenant_id].append(row.id)
    for tenant_id, contact_ids in of.items():
        try:
            async with database.tenant(tenant_id) as session:
                await settle(session, contact_ids)
        except Exception as error:
            log.warning("stage.trouble", tenant=str(tenant_id), error=type(error).__name__)
    return len(due)


async def stage_row(session: AsyncSession, contact_id: UUID) -> ContactStage | None:
    """None: new."""
    return await session.get(ContactStage, (tenant_of(session), contact_id), populate_existing=True)


async def stages_of(session: AsyncSession, contact_ids: Collection[UUID]) -> dict[UUID, str]:
    """By contact."""
    rows = await session.execute(
        select(ContactStage.id, ContactStage.stage).where(
            ContactStage.tenant_id == tenant_of(session), ContactStage.id.in_(contact_ids)
        )
    )
    found = {row.id: row.stage for row in rows}
    return {contact_id: found.get(contact_id, Stage.NEW.value) for contact_id in contact_ids}


async def say(session: AsyncSession, contact_id: UUID, stage: Stage) -> None:
    """A person's word."""
    now = clock.now()
    values = {"stage": stage.value, "source": MANUAL, "reason": "said", "due_at": None, "updated_at": now}
    made = insert(ContactStage).values(tenant_id=tenant_of(session), id=contact_id, since=now, created_at=now, **values)
    since = case((ContactStage.stage == stage.value, ContactStage.since), else_=now)
    upsert = made.on_conflict_do_update(index_elements=["tenant_id", "id"], set_={**values, "since": since})
    await session.execute(upsert)


async def take_back(session: AsyncSession, contact_id: UUID) -> None:
    """What the records say counts again."""
    row = await stage_row(session, contact_id)
    if row is not None and row.source == MANUAL:
        row.source = DERIVED
        await session.flush()
        await settle(session, [contact_id])


def _signs(row: Any) -> Signs:
    ended = [one for one in (row.order_ended_at, row.missed_at) if one is not None]
    return Signs(
        last_seen_at=row.last_seen_at,
        opted_out_at=row.opted_out_at,
        ordered_at=row.ordered_at,
        booked_at=row.booked_at,
        ended_at=max(ended, default=None),
        quoted_at=row.quoted_at,
        asked=row.asked,
    )
