"""Many want seats, rooms and people at once: each goes to one, and nobody waits in a circle."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.exc import DBAPIError, InterfaceError

from backend.bookings.diary import open_diary
from backend.bookings.holds import place_hold
from backend.bookings.models import Allocation, GroupSession, Service
from backend.database import Database
from backend.embedded.stores import Stores
from backend.migrate import owner_url
from tests.backend.bookings.conftest import Calendar, Salon
from tests.backend.settling import blocked
from tests.factories import Client

NINE, TEN = "2026-08-08T09:00:00", "2026-08-08T10:00:00"


async def racing(salon: Salon, doors: list[Client], path: str, bodies: list[Any]) -> list[httpx.Response]:
    headers = {"Authorization": f"Bearer {salon.business.api_key}"}
    return await asyncio.gather(
        *(doors[number % 4].post(path, json=body, headers=headers) for number, body in enumerate(bodies))
    )


async def test_of_a_hundred_racers_for_a_class_of_eight_exactly_eight_win(
    salon: Salon, doors: list[Client], database: Database
) -> None:
    yoga = await salon.service("Yoga", 60, capacity=8)
    answers = await racing(salon, doors, "/v1/holds", [salon.wish(NINE, service_id=yoga)] * 100)
    assert Counter(answer.status_code for answer in answers) == {201: 8, 409: 92}
    async with database.tenant(salon.business.tenant_id) as session:
        seats = await session.scalars(
            select(Allocation.seat).where(Allocation.subject_id == Allocation.session_id).order_by(Allocation.seat)
        )
        assert list(seats) == list(range(8))
        assert await session.scalar(select(func.count()).select_from(GroupSession)) == 1
        assert await session.scalar(select(func.count()).where(Allocation.staff_id.is_not(None))) == 1


async def test_of_appointments_and_a_class_for_the_same_person_one_kind_wins(salon: Salon, doors: list[Client]) -> None:
    yoga = await salon.service("Yoga", 60, capacity=8)
    bodies = [salon.wish(NINE, service_id=one, staff_id=salon.ana) for one in (salon.cut, yoga) * 12]
    answers = await racing(salon, doors, "/v1/holds", bodies)
    won = Counter(answer.json()["service_id"] for answer in answers if answer.status_code == 201)
    assert {answer.status_code for answer in answers} == {201, 409}
    assert won in (Counter({salon.cut: 1}), Counter({yoga: 8}))


async def test_of_five_people_who_need_a_room_with_two_seats_two_win(salon: Salon, doors: list[Client]) -> None:
    room = await salon.room(capacity=2)
    staff = [await salon.business.ok("POST", "/v1/staff", {"name": f"Eva {number}"}) for number in range(5)]
    ids = [one["id"] for one in staff]
    massage = await salon.service("Massagem", 60, staff_ids=ids, resource_ids=[room])
    bodies = [salon.wish(NINE, service_id=massage, staff_id=one) for one in ids]
    answers = await racing(salon, doors, "/v1/holds", bodies)
    assert Counter(answer.status_code for answer in answers) == {201: 2, 409: 3}


async def test_a_full_class_of_holds_that_ran_out_gives_way_to_one(
    salon: Salon, doors: list[Client], calendar: Calendar
) -> None:
    yoga = await salon.service("Yoga", 60, capacity=4)
    held = [await salon.hold(NINE, service_id=yoga) for _ in range(4)]
    calendar.advance(timedelta(minutes=11))
    answers = await racing(salon, doors, "/v1/holds", [salon.wish(NINE, staff_id=salon.ana)] * 10)
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 9}
    late = [{"hold_id": one["id"], "customer": {"name": "Late"}} for one in held]
    assert {one.status_code for one in await racing(salon, doors, "/v1/bookings", late)} == {409}


async def test_two_classes_change_places_and_nobody_waits_in_a_circle(salon: Salon, doors: list[Client]) -> None:
    yoga = await salon.service("Yoga", 60, capacity=6)
    early = [await salon.book(NINE, service_id=yoga) for _ in range(6)]
    late = [await salon.book(TEN, service_id=yoga) for _ in range(5)]
    moves = [(one, TEN) for one in early] + [(one, NINE) for one in late]
    headers = {"Authorization": f"Bearer {salon.business.api_key}"}
    answers = await asyncio.gather(
        *(
            doors[number % 4].post(
                f"/v1/bookings/{one['id']}/reschedule", json={"start": f"{start}-03:00"}, headers=headers
            )
            for number, (one, start) in enumerate(moves)
        )
    )
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert 200 in {answer.status_code for answer in answers}
    starts = Counter(one["start"][11:16] for one in (await salon.business.ok("GET", "/v1/bookings"))["items"])
    assert sum(starts.values()) == 11
    assert max(starts.values()) <= 6


async def test_who_dies_with_a_claim_leaves_nothing_of_it(salon: Salon, database: Database, stores: Stores) -> None:
    """Its connection is cut between the claim and the commit; who waited for it gets the time."""
    yoga = await salon.service("Yoga", 60, capacity=2)
    waiting: list[asyncio.Task[Any]] = []

    async def claim_and_die() -> None:
        async with database.tenant(salon.business.tenant_id) as session:
            chosen = await session.get_one(Service, (salon.business.tenant_id, yoga))
            diary, start = await open_diary(session), datetime.fromisoformat(f"{NINE}-03:00")
            assert await place_hold(session, diary, chosen, start, [UUID(salon.ana)]) is not None
            wish = salon.wish(NINE, service_id=yoga)
            waiting.append(asyncio.create_task(salon.business.ok("POST", "/v1/holds", wish)))
            await blocked(session, waiting[0])
            _cut(stores, int(await session.scalar(text("SELECT pg_backend_pid()")) or 0))

    with pytest.raises((DBAPIError, InterfaceError)):
        await claim_and_die()
    assert (await waiting[0])["seats_left"] == 1
    async with database.tenant(salon.business.tenant_id) as session:
        assert await session.scalar(select(func.count()).select_from(Allocation)) == 2


def _cut(stores: Stores, pid: int) -> None:
    engine = create_engine(owner_url(stores.database_url))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    engine.dispose()
