"""Days, hours and people of appointments."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from evals.mutation.fault import Call, Fault

wrong_hour = Fault(
    "wrong-hour",
    "A booking is written down an hour late, as in a zone that is off by one.",
    ("book_a_haircut", "booking", "timezone"),
)
wrong_day = Fault(
    "wrong-day", "The day that the customer names is taken for the one after it.", ("repair_correction", "booking")
)
wrong_staff = Fault("wrong-staff", "A booking is given to somebody else than was told.", ("book_a_haircut", "booking"))
double_booking = Fault(
    "double-booking", "An hour that somebody has is given away once more.", ("taken_hour", "alternatives", "booking")
)
cancels_another = Fault(
    "cancels-another",
    "Another booking of the customer is cancelled, and none if they have no other.",
    ("cancel_a_booking", "cancel"),
)
moves_instead = Fault(
    "moves-instead", "A booking that is to be cancelled is put off for a week.", ("cancel_a_booking", "cancel")
)
move_only_said = Fault(
    "move-only-said",
    "A booking is said to be moved and stays where it is.",
    ("move_a_booking", "reschedule", "booking"),
)
deaf_to_no = Fault(
    "deaf-to-no",
    "A day that the customer rules out is taken for one that they want.",
    ("not_this_friday", "any_day_but_pt", "dates"),
)
forgets_the_talk = Fault(
    "forgets-the-talk",
    "Later that day, or the same time, is read as if no time had been spoken of.",
    ("later_that_day_en", "same_time_a_day_later"),
)
_NO = re.compile(r"\b(?:menos|n[ãa]o|no|not)\b", re.IGNORECASE)


@wrong_hour.plant("backend.bookings.service:_insert")
async def _an_hour_late(call: Call, session: Any, **values: Any) -> Any:
    call.reached()
    late = {name: values[name] + timedelta(hours=1) for name in ("starts_at", "ends_at")}
    return await call.original(session, **values | late)


@wrong_day.plant("backend.bookings.wishes:_hold_exactly")
async def _a_day_late(call: Call, session: Any, turn: Any, wish: Any, wall: datetime) -> Any:
    call.reached()
    return await call.original(session, turn, wish, wall + timedelta(days=1))


@wrong_staff.plant("backend.bookings.service:_insert")
async def _somebody_else(call: Call, session: Any, **values: Any) -> Any:
    from sqlalchemy import select

    member = call.home.StaffMember
    other = await session.scalar(select(member).where(member.id != values["staff_id"]).order_by(member.name).limit(1))
    if other is not None:
        call.reached()
        values |= {"staff_id": other.id, "staff_name": other.name}
    return await call.original(session, **values)


@double_booking.plant("backend.bookings.openings:people")
async def _nobody_busy(call: Call, *arguments: Any) -> Any:
    around = await call.original(*arguments)
    if any(person.busy for person in around):
        call.reached()
    return [replace(person, busy=()) for person in around]


@double_booking.plant("backend.bookings.claims:claim")
async def _all_the_same(call: Call, *arguments: Any, **named: Any) -> bool:
    if not await call.original(*arguments, **named):
        call.reached()
    return True


@cancels_another.plant("backend.bookings.service:transition")
async def _the_other_one(call: Call, session: Any, booking_id: Any, status: str) -> Any:
    if status != "CANCELLED":
        return await call.original(session, booking_id, status)
    call.reached()
    booking = await call.home.get_booking(session, booking_id)
    others = [one for one in await call.home.upcoming(session, booking.contact_id) if one.id != booking_id]
    if others:
        await call.original(session, others[0].id, status)
    return booking


@moves_instead.plant("backend.bookings.service:transition")
async def _put_off(call: Call, session: Any, booking_id: Any, status: str) -> Any:
    if status != "CANCELLED":
        return await call.original(session, booking_id, status)
    call.reached()
    booking = await call.home.get_booking(session, booking_id)
    booking.starts_at, booking.ends_at = (at + timedelta(days=7) for at in (booking.starts_at, booking.ends_at))
    await session.flush()
    return booking


@move_only_said.plant("backend.bookings.service:reschedule")
async def _stays(call: Call, session: Any, hold_id: Any) -> Any:
    call.reached()
    hold = await call.home.lock_hold(session, hold_id)
    return await call.home.get_booking(session, hold.booking_id)


@deaf_to_no.plant("backend.bookings.tool_routes:find_and_hold")
async def _that_very_day(call: Call, session: Any, turn: Any, arguments: Any) -> Any:
    said = _NO.sub("", arguments.when)
    if said != arguments.when:
        call.reached()
    return await call.original(session, turn, arguments.model_copy(update={"when": said}))


@forgets_the_talk.plant("backend.bookings.wishes:talked_about")
async def _nothing_spoken_of(call: Call, *arguments: Any) -> None:
    call.reached()
