"""The rules by which a diary is used and hurt: holds, bookings, moves, time that passes, capacity that changes."""

from asyncio import Runner
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.bookings import offer, public, service
from backend.bookings.diary import able_staff, open_diary
from backend.bookings.holds import place_hold, release
from backend.bookings.models import Booking, BookingStatus, Hold
from backend.bookings.schemas import NewBooking, NewHold, NewTime, ServiceChange
from backend.conversations.sweeps import expire_holds
from backend.database import Database
from backend.errors import Conflict, NotFound
from tests.backend.bookings.conftest import ZONE, Calendar

NOW = datetime(2026, 8, 5, 10, tzinfo=ZONE)
OPENING = datetime(2026, 8, 7, 9, tzinfo=ZONE)
GROUP_SIZES = (1, 2, 3)
WRONG = {
    "somebody is taken twice": """
        SELECT a.id FROM allocations a JOIN allocations b ON a.subject_id = b.subject_id AND a.seat = b.seat
            AND a.id < b.id AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at""",
    "time belongs to nobody who may have it": """
        SELECT a.id FROM allocations a LEFT JOIN holds h ON h.id = a.hold_id LEFT JOIN bookings b ON b.id = a.booking_id
        WHERE a.subject_id IS NOT DISTINCT FROM coalesce(a.session_id, a.subject_id)
            AND coalesce(h.status = 'held', false) = coalesce(b.status IN ('CONFIRMED', 'IN_PROGRESS'), false)""",
    "a session without a seat": """
        SELECT id FROM group_sessions g WHERE NOT EXISTS (SELECT FROM allocations WHERE subject_id = g.id)""",
    "a session's own time does not last as long as its seats": """
        SELECT g.id FROM group_sessions g JOIN allocations a ON a.session_id = g.id AND a.subject_id <> g.id
        WHERE coalesce(a.expires_at, 'infinity') IS DISTINCT FROM (
            SELECT max(coalesce(expires_at, 'infinity')) FROM allocations WHERE subject_id = g.id)""",
    "a session whose person could be taken by another": """
        SELECT g.id FROM group_sessions g
        WHERE EXISTS (SELECT FROM allocations WHERE subject_id = g.id AND (expires_at IS NULL OR expires_at > :now))
            AND NOT provisional AND NOT EXISTS (
                SELECT FROM allocations a WHERE a.session_id = g.id AND a.staff_id = g.staff_id
                    AND a.starts_at <= g.starts_at AND a.ends_at >= g.ends_at)""",
    "a session with more seats taken than it ever had": """
        SELECT subject_id FROM allocations WHERE subject_id = session_id GROUP BY subject_id HAVING count(*) > :most""",
    "a confirmed booking without its time": """
        SELECT b.id FROM bookings b WHERE status = 'CONFIRMED' AND NOT EXISTS (
            SELECT FROM allocations a WHERE a.booking_id = b.id AND a.expires_at IS NULL
                AND a.starts_at <= b.starts_at AND a.ends_at >= b.ends_at
                AND a.subject_id = coalesce(b.session_id, b.staff_id))""",
    "a booking that needs a room and has none": """
        SELECT b.id FROM bookings b JOIN service_resources n ON n.service_id = b.service_id
        WHERE b.status = 'CONFIRMED' AND NOT EXISTS (
            SELECT FROM allocations a WHERE a.resource_id = n.resource_id AND a.expires_at IS NULL
                AND (a.booking_id = b.id OR a.session_id = b.session_id)
                AND a.starts_at <= b.starts_at AND a.ends_at >= b.ends_at)""",
    "a hold that still counts without its time": """
        SELECT h.id FROM holds h WHERE status = 'held' AND expires_at > :now AND booking_id IS NULL
            AND NOT EXISTS (SELECT FROM allocations a WHERE a.hold_id = h.id AND a.starts_at <= h.starts_at
                AND a.ends_at >= h.ends_at)""",
}
"""What must not be found, after any step."""

which = st.integers(0, 7)
quarters = st.integers(0, 9)
people = st.sampled_from(["Ana", "Bia", None])
services = st.sampled_from(["Corte", "Yoga", "Yoga", "Massagem"])


class DiaryMachine(RuleBasedStateMachine):
    """One business of two people: a cut, a class of at most three and a massage, the last two in the only room."""

    def __init__(self, runner: Runner, database: Database, calendar: Calendar, tenant_id: UUID) -> None:
        super().__init__()
        self.runner, self.database, self.calendar, self.tenant_id = runner, database, calendar, tenant_id
        self.done: set[str] = set()

    @initialize()
    def empty(self) -> None:
        self.calendar.set(NOW)
        self.do(_emptied)

    @rule(name=services, quarter=quarters, person=people)
    def hold(self, name: str, quarter: int, person: str | None) -> None:
        async def held(session: AsyncSession) -> None:
            await public.hold(session, await _wish(session, name, quarter, person))

        self.do(held)

    @rule(number=which)
    def confirm(self, number: int) -> None:
        async def confirmed(session: AsyncSession) -> None:
            hold = await _one_of(session, select(Hold.id).where(Hold.status != "confirmed").order_by(Hold.id), number)
            moves = await session.scalar(select(Hold.booking_id).where(Hold.id == hold))
            if moves is None:
                await public.book(session, NewBooking(hold_id=hold, contact_id=await _id(session, "contacts", "Carla")))
            else:
                await service.reschedule(session, hold)

        self.do(confirmed)

    @rule(name=services, quarter=quarters, person=people)
    def book(self, name: str, quarter: int, person: str | None) -> None:
        async def booked(session: AsyncSession) -> None:
            held = await public.hold(session, await _wish(session, name, quarter, person))
            carla = await _id(session, "contacts", "Carla")
            await public.book(session, NewBooking(hold_id=held.id, contact_id=carla))

        self.do(booked)

    @rule(number=which)
    def let_go(self, number: int) -> None:
        async def let_go(session: AsyncSession) -> None:
            held = select(Hold.id).where(Hold.status == "held").order_by(Hold.id)
            await release(session, [await _one_of(session, held, number)])

        self.do(let_go)

    @rule(number=which, quarter=quarters, person=people)
    def move(self, number: int, quarter: int, person: str | None) -> None:
        async def moved(session: AsyncSession) -> None:
            staff_id = await _id(session, "staff", person) if person else None
            booking_id = await _booking(session, number, BookingStatus.CONFIRMED)
            await public.move(session, booking_id, NewTime(start=_at(quarter), staff_id=staff_id))

        self.do(moved)

    @rule(number=which, quarter=quarters)
    def hold_to_move(self, number: int, quarter: int) -> None:
        """As the agent does it: the new time is held, and the customer is asked."""

        async def held(session: AsyncSession) -> None:
            booking = await service.get_booking(session, await _booking(session, number, BookingStatus.CONFIRMED))
            chosen = await service.movable(session, booking)
            staff = [member.id for member in await able_staff(session, chosen.id)]
            await place_hold(session, await open_diary(session), chosen, _at(quarter), staff, booking_id=booking.id)

        self.do(held)

    @rule(number=which, status=st.sampled_from(list(BookingStatus)))
    def change(self, number: int, status: BookingStatus) -> None:
        async def changed(session: AsyncSession) -> None:
            await service.transition(session, await _booking(session, number), status)

        self.do(changed)

    @rule(number=which)
    def delete(self, number: int) -> None:
        async def deleted(session: AsyncSession) -> None:
            await service.delete_booking(session, await _booking(session, number))

        self.do(deleted)

    @rule(size=st.sampled_from(GROUP_SIZES))
    def resize(self, size: int) -> None:
        async def resized(session: AsyncSession) -> None:
            await offer.change_service(session, await _id(session, "services", "Yoga"), ServiceChange(capacity=size))

        self.do(resized)

    @rule(minutes=st.sampled_from([4, 11]))
    def pass_time(self, minutes: int) -> None:
        self.calendar.advance(timedelta(minutes=minutes))

    @rule()
    def sweep(self) -> None:
        self.runner.run(expire_holds(self.database))

    @invariant()
    def nothing_is_wrong(self) -> None:
        self.runner.run(self._look())

    def do(self, step: Callable[[AsyncSession], Awaitable[None]]) -> None:
        """One request: its transaction, which a refusal rolls back."""

        async def transaction() -> None:
            async with self.database.tenant(self.tenant_id) as session:
                await step(session)

        try:
            self.runner.run(transaction())
            self.done.add(step.__name__)
        except (Conflict, NotFound) as refused:
            self.done.add(refused.type)

    async def _look(self) -> None:
        async with self.database.tenant(self.tenant_id) as session:
            for wrong, query in WRONG.items():
                given = {"now": clock.now(), "most": max(GROUP_SIZES)}
                asked = {name: value for name, value in given.items() if f":{name}" in query}
                assert not (await session.execute(text(query), asked)).all(), wrong


def _at(quarter: int) -> datetime:
    return OPENING + timedelta(minutes=15 * quarter)


async def _wish(session: AsyncSession, name: str, quarter: int, person: str | None) -> NewHold:
    return NewHold(
        service_id=await _id(session, "services", name),
        start=_at(quarter),
        staff_id=await _id(session, "staff", person) if person else None,
    )


async def _emptied(session: AsyncSession) -> None:
    for table in ("holds", "bookings", "group_sessions"):
        await session.execute(text(f"DELETE FROM {table}"))


async def _id(session: AsyncSession, table: str, name: str) -> UUID:
    found: UUID = await session.scalar(text(f"SELECT id FROM {table} WHERE name = :name"), {"name": name})
    return found


async def _booking(session: AsyncSession, number: int, *statuses: BookingStatus) -> UUID:
    wanted = Booking.status.in_(statuses or list(BookingStatus))
    return await _one_of(session, select(Booking.id).where(wanted).order_by(Booking.id), number)


async def _one_of(session: AsyncSession, ids: Select[tuple[UUID]], number: int) -> UUID:
    """The newest but `number`; there must be one."""
    found = (await session.scalars(ids)).all()
    if not found:
        raise NotFound("There is none.")
    return found[-1 - number % len(found)]
