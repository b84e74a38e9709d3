"""Recurring bookings: all or what can be had, each with a life of its own."""

from typing import Any

from tests.backend.bookings.conftest import Salon
from tests.factories import Client

PROBLEM = "urn:tendero:problem:"


def weekly(salon: Salon, start: str, count: int = 4, **more: Any) -> dict[str, Any]:
    """The body of a weekly cut with Ana for somebody new."""
    return {
        "service_id": salon.cut,
        "staff_id": salon.ana,
        "start": f"{start}-03:00",
        "every": {"weeks": 1},
        "count": count,
        "customer": {"name": "Carla"},
        **more,
    }


async def test_a_series_is_ordinary_bookings_and_may_reach_past_the_horizon_of_customers(salon: Salon) -> None:
    made = await salon.business.ok("POST", "/v1/booking-series", weekly(salon, "2026-08-06T10:00:00", 12))
    starts = [booking["start"] for booking in made["bookings"]]
    assert starts[:2] == ["2026-08-06T10:00:00-03:00", "2026-08-13T10:00:00-03:00"]
    assert (len(starts), starts[-1]) == (12, "2026-10-22T10:00:00-03:00")
    assert len({booking["code"] for booking in made["bookings"]}) == 12
    assert {booking["series_id"] for booking in made["bookings"]} == {made["id"]}
    assert "10:00" not in await salon.free("2026-08-13", staff_id=salon.ana)
    listed = await salon.business.ok("GET", "/v1/booking-series", contact_id=made["contact_id"])
    assert [(one["id"], one["every"]["weeks"], one["count"]) for one in listed["items"]] == [(made["id"], 1, 12)]


async def test_one_hour_that_is_taken_refuses_all_of_it_or_is_left_out(salon: Salon) -> None:
    await salon.book("2026-08-13T10:00:00", staff_id=salon.ana)
    wanted = weekly(salon, "2026-08-06T10:00:00")
    refused = await salon.business.call("POST", "/v1/booking-series", wanted)
    assert (refused.status_code, refused.json()["type"]) == (409, f"{PROBLEM}series-conflicts")
    (conflict,) = refused.json()["conflicts"]
    assert (conflict["start"], conflict["reason"]) == ("2026-08-13T10:00:00-03:00", "taken")
    assert conflict["alternatives"]
    assert len((await salon.business.ok("GET", "/v1/bookings"))["items"]) == 1
    made = await salon.business.ok("POST", "/v1/booking-series", wanted | {"on_conflict": "skip"})
    assert [booking["start"][:10] for booking in made["bookings"]] == ["2026-08-06", "2026-08-20", "2026-08-27"]
    assert made["left_out"] == [{"start": "2026-08-13T10:00:00-03:00", "reason": "taken"}]


async def test_without_a_person_one_who_is_free_most_often_does_it(salon: Salon) -> None:
    await salon.book("2026-08-13T15:00:00", staff_id=salon.ana)
    wanted = weekly(salon, "2026-08-06T15:00:00", 3, staff_id=None)
    made = await salon.business.ok("POST", "/v1/booking-series", wanted)
    assert [booking["staff"] for booking in made["bookings"]] == ["Bia"] * 3


async def test_cancelling_from_one_on_leaves_the_earlier_and_what_was_cancelled_alone(salon: Salon) -> None:
    made = await salon.business.ok("POST", "/v1/booking-series", weekly(salon, "2026-08-06T10:00:00"))
    first, second, third, _ = [booking["id"] for booking in made["bookings"]]
    later = {"start": "2026-08-20T11:00:00-03:00"}
    moved = await salon.business.ok("POST", f"/v1/bookings/{third}/reschedule", later)
    await salon.business.ok("POST", f"/v1/bookings/{second}/cancel")
    path = f"/v1/booking-series/{made['id']}"
    shown = (await salon.business.ok("GET", path))["bookings"]
    assert [booking["status"] for booking in shown] == ["CONFIRMED", "CANCELLED", "CONFIRMED", "CONFIRMED"]
    assert (shown[2]["code"], shown[2]["start"]) == (moved["code"], later["start"])
    ended = await salon.business.ok("POST", f"{path}/cancel", {"from": "2026-08-10T00:00:00-03:00"})
    assert [booking["status"] for booking in ended["bookings"]] == ["CONFIRMED", *["CANCELLED"] * 3]
    assert ended["bookings"][0]["id"] == first


async def test_a_rule_that_cannot_be_read_says_what_to_send(salon: Salon, client: Client) -> None:
    wrongs: tuple[dict[str, Any], ...] = (
        {"every": {}},
        {"every": {"weeks": 1, "days": 1}},
        {"count": 1},
        {"count": 53},
        {"customer": None},
        {"start": "2026-08-06T10:00:00"},
    )
    for wrong in wrongs:
        answer = await salon.business.call("POST", "/v1/booking-series", weekly(salon, "2026-08-06T10:00:00") | wrong)
        assert answer.status_code == 422, wrong
