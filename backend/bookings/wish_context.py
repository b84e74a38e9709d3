"""What a wish means in its conversation: the time the talk is about, a slot that is held for it already, and whose
booking a code names, typos included."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from rapidfuzz.distance import Levenshtein
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bookings.diary import Diary
from backend.bookings.models import Booking, Hold
from backend.bookings.service import CODE_PREFIX, contact_booking, upcoming
from backend.codes import read_code
from backend.conversations.turn_models import Proposal
from backend.errors import NotFound
from backend.scopes import TurnScope

_TALK = timedelta(hours=24)
"""How long after a slot was held "later that day" still means the day of that slot."""


async def talked_about(
    session: AsyncSession, turn: TurnScope, diary: Diary, booking: Booking | None
) -> datetime | None:
    """The wall time of the slot that was held last, else of the booking to be moved; None if there is neither."""
    query = select(Hold.starts_at).where(
        Hold.conversation_id == turn.conversation_id, Hold.expires_at > diary.now - _TALK
    )
    if booking is not None:
        query = query.where(Hold.booking_id == booking.id, Hold.status == "held")
    latest = await session.scalar(query.order_by(Hold.created_at.desc()).limit(1))
    start = latest or (booking.starts_at if booking else None)
    return diary.local(start).replace(tzinfo=None) if start else None


async def held_already(
    session: AsyncSession,
    turn: TurnScope,
    diary: Diary,
    hold_ids: Collection[UUID],
    service_id: UUID,
    staff_ids: Collection[UUID],
    start: datetime,
) -> tuple[Hold, Proposal] | None:
    """The live hold of that very slot and its open proposal: asking again must not make the customer agree again."""
    row = (
        await session.execute(
            select(Hold, Proposal)
            .join(Proposal, (Proposal.tenant_id == Hold.tenant_id) & (Proposal.subject_id == Hold.id))
            .where(
                Hold.id.in_(hold_ids),
                Hold.service_id == service_id,
                Hold.staff_id.in_(staff_ids),
                Hold.starts_at == start,
                Hold.expires_at > diary.now,
                Proposal.conversation_id == turn.conversation_id,
                Proposal.status == "open",
                Proposal.expires_at > diary.now,
            )
            .limit(1)
        )
    ).first()
    return (row[0], row[1]) if row else None


async def own_booking(session: AsyncSession, contact_id: UUID, code: str) -> Booking:
    """The contact's booking with this code; with one character mistyped, the one upcoming booking of theirs that it can
    be. NotFound, also for another contact's."""
    try:
        return await contact_booking(session, contact_id, code)
    except NotFound:
        typed = read_code(CODE_PREFIX, code)
        close = [
            booking
            for booking in await upcoming(session, contact_id)
            if Levenshtein.distance(booking.code, typed, score_cutoff=1) <= 1
        ]
        if len(close) != 1:
            raise
        return close[0]
