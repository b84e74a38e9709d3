"""Many want one slot at once: the database lets exactly one have it."""

import asyncio
from collections import Counter
from itertools import pairwise

from sqlalchemy import func, select

from backend.bookings.models import Allocation, Hold
from backend.database import Database
from backend.settings import Settings
from tests.backend.bookings.conftest import Salon
from tests.factories import Client, OpenTurn, open_turn

RACERS = 100


async def test_of_a_hundred_racers_for_one_slot_exactly_one_wins(
    salon: Salon, doors: list[Client], database: Database
) -> None:
    body = salon.wish("2026-08-08T10:00:00")
    headers = {"Authorization": f"Bearer {salon.business.api_key}"}
    answers = await asyncio.gather(
        *(doors[number % 4].post("/v1/holds", json=body, headers=headers) for number in range(RACERS))
    )
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: RACERS - 1}
    losers = [answer.json() for answer in answers if answer.status_code == 409]
    assert {loser["reason"] for loser in losers} == {"taken"}
    assert all(loser["alternatives"] for loser in losers)
    async with database.tenant(salon.business.tenant_id) as session:
        assert await session.scalar(select(func.count()).select_from(Allocation)) == 1
        assert await session.scalar(select(func.count()).select_from(Hold)) == 1


async def test_of_two_free_people_two_racers_win(salon: Salon, doors: list[Client]) -> None:
    body = salon.wish("2026-08-07T15:00:00")
    headers = {"Authorization": f"Bearer {salon.business.api_key}"}
    answers = await asyncio.gather(
        *(doors[number % 4].post("/v1/holds", json=body, headers=headers) for number in range(20))
    )
    won = [answer.json()["staff"]["name"] for answer in answers if answer.status_code == 201]
    assert sorted(won) == ["Ana", "Bia"]


async def test_of_customers_racing_through_the_agent_one_holds_and_the_rest_are_offered_others(
    salon: Salon, doors: list[Client], database: Database, settings: Settings
) -> None:
    turns: list[OpenTurn] = [
        await open_turn(doors[number % 4], database, settings, salon.business.tenant_id) for number in range(12)
    ]
    wish = {"service": "corte", "when": "sábado às 10h"}
    results = [answer["result"] for answer in await asyncio.gather(*(t.use("find_and_hold_slot", wish) for t in turns))]
    assert Counter(result["status"] for result in results) == {"held": 1, "unavailable": 11}
    assert all(result["alternatives"] for result in results if result["status"] == "unavailable")


async def test_overlapping_wishes_never_overlap_in_the_diary(salon: Salon, doors: list[Client]) -> None:
    headers = {"Authorization": f"Bearer {salon.business.api_key}"}
    bodies = [
        salon.wish(f"2026-08-08T{9 + quarter // 4:02}:{quarter % 4 * 15:02}:00", staff_id=salon.ana)
        for quarter in range(12)
        for _ in range(3)
    ]
    answers = await asyncio.gather(
        *(doors[number % 4].post("/v1/holds", json=body, headers=headers) for number, body in enumerate(bodies))
    )
    assert {answer.status_code for answer in answers} == {201, 409}
    starts = sorted(answer.json()["start"] for answer in answers if answer.status_code == 201)
    minutes = [int(start[11:13]) * 60 + int(start[14:16]) for start in starts]
    assert all(later - earlier >= 60 for earlier, later in pairwise(minutes))


async def test_one_hold_confirmed_many_times_at_once_is_one_booking(salon: Salon, doors: list[Client]) -> None:
    hold = await salon.hold("2026-08-08T10:00:00")
    headers = {"Authorization": f"Bearer {salon.business.api_key}"}
    body = {"hold_id": hold["id"], "customer": {"name": "Carla"}}
    answers = await asyncio.gather(
        *(doors[number % 4].post("/v1/bookings", json=body, headers=headers) for number in range(12))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["code"] for answer in answers}) == 1
    assert len((await salon.business.ok("GET", "/v1/bookings"))["items"]) == 1


async def test_bookings_that_change_places_both_end_somewhere(salon: Salon, doors: list[Client]) -> None:
    """Two bookings move to each other's time at once: neither is lost, and nothing overlaps."""
    first = await salon.book("2026-08-08T09:00:00")
    second = await salon.book("2026-08-08T11:00:00")
    headers = {"Authorization": f"Bearer {salon.business.api_key}"}
    answers = await asyncio.gather(
        doors[0].post(
            f"/v1/bookings/{first['id']}/reschedule", json={"start": "2026-08-08T11:00:00-03:00"}, headers=headers
        ),
        doors[1].post(
            f"/v1/bookings/{second['id']}/reschedule", json={"start": "2026-08-08T10:00:00-03:00"}, headers=headers
        ),
    )
    assert {answer.status_code for answer in answers} <= {200, 409}
    starts = {one["start"] for one in (await salon.business.ok("GET", "/v1/bookings"))["items"]}
    assert len(starts) == 2
