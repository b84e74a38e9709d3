"""One offer: the slot is held for longer than usual, and a notice asks for a yes that an ordinary turn redeems."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.bookings.availability import Slot
from backend.bookings.cards import hold_card
from backend.bookings.diary import Diary
from backend.bookings.holds import place_hold
from backend.bookings.models import Hold, Service, StaffMember
from backend.conversations.models import Author
from backend.conversations.notices import tongue
from backend.conversations.outgoing import post
from backend.conversations.proposals import present
from backend.conversations.sending import send_template
from backend.database import tenant_of
from backend.errors import Unprocessable
from backend.waiting_list.asking import TEMPLATE, Way, way_to_ask
from backend.waiting_list.models import WaitingEntry, WaitingStatus
from backend.waiting_list.service import wish_of
from backend.waiting_list.wording import Told, offer_words, template_variables

SHORTEST = timedelta(minutes=5)
"""A slot that must be answered sooner is not worth asking for."""
SPARE = timedelta(minutes=2)
"""A hold outlives the hour that was named by this much: a yes of the last minute is still answered."""
_TRIES = 12


async def offer_first(
    session: AsyncSession, diary: Diary, service: Service, entry: WaitingEntry, fresh: Sequence[Slot]
) -> bool:
    """Offer the first of these slots that can be held. False if none can, or they cannot be asked now: the reason is
    on the entry, and the slots stay news."""
    way = await way_to_ask(session, diary, entry)
    if not isinstance(way, Way):
        entry.reason = way
        return False
    try:
        async with session.begin_nested():
            hold = await _offer(session, diary, service, entry, way, fresh)
    except Unprocessable:
        entry.reason = "template"
        return False
    if hold is None:
        return False
    entry.status, entry.reason, entry.hold_id = WaitingStatus.OFFERED.value, None, hold.id
    entry.offered_at, entry.offers, entry.look_at = diary.now, entry.offers + 1, hold.expires_at
    entry.declined = [*entry.declined, hold.starts_at]
    await session.flush()
    return True


async def _offer(
    session: AsyncSession, diary: Diary, service: Service, entry: WaitingEntry, way: Way, fresh: Sequence[Slot]
) -> Hold | None:
    """Hold, notice and proposal; Unprocessable if the channel's template cannot be filled."""
    hold = await _held(session, diary, service, entry, way, fresh)
    if hold is None:
        return None
    member = await session.get_one(StaffMember, (tenant_of(session), hold.staff_id))
    told = Told(
        service=service.name,
        staff=member.name,
        start=diary.local(hold.starts_at),
        before=diary.local(hold.expires_at - SPARE),
        now=diary.local(diary.now),
        price=hold.price,
        currency=diary.tenant.currency,
        deposit=hold.deposit,
    )
    message_id = await _tell(session, diary, way, told)
    card = hold_card(diary, hold, service, member) | {"waiting_list": str(entry.id)}
    covers = ["confirm_booking"]
    await present(session, message_id, entry.contact_id, "booking", covers, hold.id, card, hold.expires_at)
    return hold


async def _held(
    session: AsyncSession, diary: Diary, service: Service, entry: WaitingEntry, way: Way, fresh: Sequence[Slot]
) -> Hold | None:
    """The first slot that nobody else takes meanwhile, until the answer is due: never past its minimum notice."""
    wish = wish_of(entry)
    for slot in fresh[:_TRIES]:
        lasts = min(
            timedelta(minutes=diary.settings.waiting_offer_minutes), slot.start - diary.rules.notice - diary.now
        )
        if lasts < SHORTEST + SPARE:
            continue
        hold = await place_hold(
            session,
            diary,
            service,
            slot.start,
            wish.people(slot),
            contact_id=entry.contact_id,
            conversation_id=way.target.conversation_id,
            lasts=lasts,
        )
        if hold is not None:
            return hold
    return None


async def _tell(session: AsyncSession, diary: Diary, way: Way, told: Told) -> UUID:
    if way.by_template:
        variables = template_variables(told, diary.tenant.locale)
        return await send_template(session, way.target, Author.SYSTEM, TEMPLATE, variables)
    spoken = await tongue(session, way.target.conversation_id)
    words = offer_words(told, spoken.words, spoken.figures)
    return await post(session, way.target.conversation_id, Author.SYSTEM, words)
