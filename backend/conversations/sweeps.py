"""What falls due besides sending: follow-ups, and holds that ran out."""

from uuid import UUID

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.bookings.allocations import give_back
from backend.bookings.models import Allocation, Hold
from backend.conversations.models import Author, Conversation, FollowUp
from backend.conversations.notices import notify
from backend.database import Database
from backend.errors import is_outage
from backend.tenants.models import Tenant, TenantStatus
from backend.waiting_list.following import freed

log = structlog.get_logger()

_BATCH = 200


async def send_follow_ups(database: Database) -> int:
    """Queue the follow-ups that are due; the 24 h window is judged when they are sent. Returns how many were due."""
    async with database.queue() as session:
        due = (
            await session.execute(
                select(FollowUp.tenant_id, FollowUp.id)
                .where(
                    FollowUp.status == "scheduled",
                    FollowUp.due_at <= clock.now(),
                    FollowUp.tenant_id.not_in(select(Tenant.id).where(Tenant.status != TenantStatus.ACTIVE)),
                )
                .order_by(FollowUp.due_at)
                .limit(_BATCH)
            )
        ).all()
    for row in due:
        try:
            async with database.tenant(row.tenant_id) as session:
                await _send_follow_up(session, row.id)
        except Exception as error:
            log.error("follow_up.failed", tenant=str(row.tenant_id), follow_up=str(row.id), error=type(error).__name__)
    return len(due)


async def _send_follow_up(session: AsyncSession, follow_up_id: UUID) -> None:
    taken = await session.scalar(
        select(FollowUp)
        .where(FollowUp.id == follow_up_id, FollowUp.status == "scheduled")
        .with_for_update(skip_locked=True)
    )
    if taken is None:
        return
    in_charge = await session.scalar(select(Conversation.in_charge).where(Conversation.id == taken.conversation_id))
    if in_charge == Author.PERSON:
        taken.status, taken.reason = "held", "a person is in charge"
        return
    taken.status = "sent"
    await notify(session, taken.conversation_id, "follow_up", topic=taken.topic)


async def expire_holds(database: Database) -> int:
    """Let go of the slots of holds that ran out. Claims do so too for the slots they want; this keeps the list true."""
    async with database.queue() as session:
        tenants = (
            await session.scalars(
                select(Hold.tenant_id).where(Hold.status == "held", Hold.expires_at <= clock.now()).distinct()
            )
        ).all()
    for tenant_id in tenants:
        try:
            async with database.tenant(tenant_id) as session:
                await _expire(session)
        except Exception as error:
            if is_outage(error):
                raise
            log.error("holds.not_expired", tenant=str(tenant_id), error=type(error).__name__)
    return len(tenants)


async def _expire(session: AsyncSession) -> None:
    """Of one business, in the order in which a new wish locks what it replaces."""
    ran_out = (Hold.status == "held", Hold.expires_at <= clock.now())
    locked = (await session.scalars(select(Hold.id).where(*ran_out).order_by(Hold.id).with_for_update())).all()
    expired = update(Hold).where(Hold.id.in_(locked)).values(status="expired").returning(Hold)
    gone = (await session.scalars(expired)).all()
    await give_back(session, Allocation.hold_id.in_(locked))
    await freed(session, [hold.starts_at for hold in gone])
