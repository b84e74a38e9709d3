"""Services of several customers at once: one person's time, a seat for each."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from backend.bookings.diary import open_diary
from backend.bookings.holds import place_hold
from backend.bookings.models import Allocation, GroupSession, Service
from backend.bookings.service import get_booking
from backend.database import Database
from tests.backend.bookings.conftest import Calendar, Salon

FRIDAY = "2026-08-07"
NINE, TEN, ELEVEN = (f"{FRIDAY}T{hour}:00:00" for hour in ("09", "10", "11"))


@pytest.fixture
async def yoga(salon: Salon) -> str:
    """An hour of Ana's for three."""
    return await salon.service("Yoga", 60, capacity=3)


async def seats(salon: Salon, service_id: str, time: str) -> int | None:
    """Free seats as offered; 0 if the start is not offered."""
    asked = {"service_id": service_id, "from": FRIDAY, "to": FRIDAY}
    found = (await salon.business.ok("GET", "/v1/availability", **asked))["items"]
    left: list[int | None] = [item["seats_left"] for item in found if item["start"][11:16] == time]
    return left[0] if left else 0


async def move(salon: Salon, booking: Any, start: str) -> Any:
    return await salon.business.call("POST", f"/v1/bookings/{booking['id']}/reschedule", {"start": f"{start}-03:00"})


async def test_customers_share_a_session_until_it_is_full(salon: Salon, yoga: str) -> None:
    assert await seats(salon, yoga, "09:00") == 3
    first = await salon.book(NINE, service_id=yoga)
    second = await salon.hold(NINE, service_id=yoga)
    assert (first["seats_left"], second["seats_left"], second["staff"]["name"]) == (2, 1, "Ana")
    assert await seats(salon, yoga, "09:00") == 1
    assert await seats(salon, yoga, "09:30") == 0, "Ana gives the class at nine"
    assert "09:00" not in await salon.free(FRIDAY)
    third = await salon.book(NINE, service_id=yoga)
    assert (third["seats_left"], third["session_id"]) == (0, first["session_id"])
    refused = await salon.business.call("POST", "/v1/holds", salon.wish(NINE, service_id=yoga))
    assert (refused.status_code, refused.json()["reason"]) == (409, "taken")
    assert refused.json()["alternatives"]
    await salon.business.ok("POST", f"/v1/bookings/{third['id']}/cancel")
    assert await seats(salon, yoga, "09:00") == 1


async def test_the_person_is_free_again_when_nobody_has_a_seat_any_more(
    salon: Salon, yoga: str, calendar: Calendar
) -> None:
    booking = await salon.book(NINE, service_id=yoga)
    await salon.hold(NINE, service_id=yoga)
    await salon.business.ok("POST", f"/v1/bookings/{booking['id']}/cancel")
    refused = await salon.business.call("POST", "/v1/holds", salon.wish(NINE, staff_id=salon.ana))
    assert refused.status_code == 409, "a hold keeps the class"
    calendar.advance(timedelta(minutes=11))
    assert await seats(salon, yoga, "09:00") == 3
    await salon.book(NINE, staff_id=salon.ana)
    assert await seats(salon, yoga, "09:00") == 0


async def test_a_seat_that_ran_out_is_taken_again_unless_the_time_went_to_something_else(
    salon: Salon, yoga: str, calendar: Calendar
) -> None:
    early, late = [await salon.hold(start, service_id=yoga) for start in (NINE, ELEVEN)]
    calendar.advance(timedelta(minutes=11))
    await salon.hold(ELEVEN, staff_id=salon.ana)
    body = {"customer": {"name": "Late"}}
    booked = await salon.business.ok("POST", "/v1/bookings", {"hold_id": early["id"], **body})
    assert booked["seats_left"] == 2
    refused = await salon.business.call("POST", "/v1/bookings", {"hold_id": late["id"], **body})
    assert refused.status_code == 409


async def test_a_seat_moves_with_its_code_and_alone_also_into_its_own_time(salon: Salon, yoga: str) -> None:
    booking = await salon.book(NINE, service_id=yoga)
    into_own_time = await move(salon, booking, f"{FRIDAY}T09:15:00")
    assert (into_own_time.status_code, into_own_time.json()["code"]) == (200, booking["code"])
    assert await seats(salon, yoga, "09:15") == 2
    assert (await move(salon, booking, f"{FRIDAY}T09:15:00")).status_code == 200, "to where it is"
    other = await salon.book(f"{FRIDAY}T09:15:00", service_id=yoga)
    assert (await move(salon, booking, NINE)).status_code == 409, "the other one's class is in the way"
    await salon.book(ELEVEN, service_id=yoga)
    joined = await move(salon, booking, ELEVEN)
    assert (joined.status_code, joined.json()["seats_left"]) == (200, 1)
    assert (await salon.business.ok("GET", f"/v1/bookings/{other['id']}"))["seats_left"] == 2


async def test_nobody_joins_a_session_that_counts_on_the_time_of_a_booking_still_to_be_moved(
    salon: Salon, yoga: str, database: Database, calendar: Calendar
) -> None:
    booking = await salon.book(NINE, service_id=yoga)
    async with database.tenant(salon.business.tenant_id) as session:
        row = await get_booking(session, booking["id"])
        assert row.service_id is not None
        chosen = await session.get_one(Service, (row.tenant_id, row.service_id))
        start = row.starts_at + timedelta(minutes=15)
        assert row.staff_id is not None
        held = await place_hold(
            session,
            await open_diary(session),
            chosen,
            start,
            [row.staff_id],
            contact_id=row.contact_id,
            booking_id=row.id,
        )
        assert held is not None
    half_past = f"{FRIDAY}T09:15:00"
    assert await seats(salon, yoga, "09:15") == 0
    assert (await salon.business.call("POST", "/v1/holds", salon.wish(half_past, service_id=yoga))).status_code == 409
    assert (await salon.hold(NINE, service_id=yoga))["seats_left"] == 1, "until then it is where it was"
    calendar.advance(timedelta(minutes=11))
    assert (await move(salon, booking, half_past)).status_code == 200


async def test_a_smaller_group_throws_nobody_out(salon: Salon, yoga: str) -> None:
    bookings = [await salon.book(NINE, service_id=yoga) for _ in range(2)]
    held = await salon.hold(NINE, service_id=yoga)
    path = f"/v1/services/{yoga}"
    assert (await salon.business.ok("PATCH", path, {"capacity": 2}))["capacity"] == 2
    bookings.append(await salon.business.ok("POST", "/v1/bookings", {"hold_id": held["id"], "customer": {"name": "C"}}))
    shown = (await salon.business.ok("GET", "/v1/bookings"))["items"]
    assert [(one["status"], one["seats_left"]) for one in shown] == [("CONFIRMED", 0)] * 3
    await salon.business.ok("POST", f"/v1/bookings/{bookings.pop()['id']}/cancel")
    assert await seats(salon, yoga, "09:00") == 0, "two of two"
    await salon.business.ok("PATCH", path, {"capacity": 1})
    assert await seats(salon, yoga, "11:00") is None, "one customer for itself"
    assert (await salon.book(ELEVEN, service_id=yoga))["session_id"] is None
    refused = await salon.business.call("POST", "/v1/holds", salon.wish(NINE, service_id=yoga))
    assert (refused.status_code, refused.json()["reason"]) == (409, "taken")
    moved = await move(salon, bookings[0], f"{FRIDAY}T14:00:00")
    assert (moved.status_code, moved.json()["session_id"]) == (200, None)
    await salon.business.ok("PATCH", path, {"capacity": 5})
    assert await seats(salon, yoga, "09:00") == 4


async def test_deleting_staff_and_services_keeps_those_who_are_booked(
    salon: Salon, yoga: str, database: Database
) -> None:
    bookings = [await salon.book(start, service_id=yoga) for start in (NINE, NINE, ELEVEN)]
    await salon.hold(f"{FRIDAY}T14:00:00", service_id=yoga)
    await salon.business.ok("DELETE", f"/v1/staff/{salon.ana}")
    await salon.business.ok("DELETE", f"/v1/services/{yoga}")
    for booking in bookings:
        kept = await salon.business.ok("GET", f"/v1/bookings/{booking['id']}")
        assert (kept["service"], kept["staff"], kept["staff_id"]) == ("Yoga", "Ana", None)
        await salon.business.ok("POST", f"/v1/bookings/{booking['id']}/cancel")
    async with database.tenant(salon.business.tenant_id) as session:
        for table in (GroupSession, Allocation):
            assert await session.scalar(select(func.count()).select_from(table)) == 0
