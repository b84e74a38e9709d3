"""Services, staff, slots, holds and bookings as the tenant's own programs see them."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from backend.settings import Settings
from tests.backend.bookings.conftest import Calendar, Salon, make_salon
from tests.factories import Client, make_business

FRIDAY = "2026-08-07"


def problem(answer: Any) -> str:
    return str(answer.json()["type"]).removeprefix("urn:tendero:problem:")


async def test_services_and_staff_are_made_changed_listed_and_deleted(salon: Salon) -> None:
    call = salon.business.ok
    service = await call("POST", "/v1/services", {"name": "Barba", "duration_minutes": 30, "price": 4000})
    assert service["price"] == {"amount": 4000, "currency": "BRL"}
    changed = await call("PATCH", f"/v1/services/{service['id']}", {"price": 4500, "staff_ids": [salon.ana]})
    assert (changed["price"]["amount"], changed["name"], changed["staff_ids"]) == (4500, "Barba", [salon.ana])
    page = await call("GET", "/v1/services", limit=2)
    rest = await call("GET", "/v1/services", cursor=page["next_cursor"])
    assert [one["name"] for one in page["items"] + rest["items"]] == ["Corte feminino", "Coloração", "Barba"]
    assert rest["next_cursor"] is None
    member = await call("PATCH", f"/v1/staff/{salon.bia}", {"hours": {"sat": [["09:00", "12:00"]]}})
    assert (member["hours"], member["service_ids"]) == ({"sat": [["09:00", "12:00"]]}, [salon.cut])
    assert [one["name"] for one in (await call("GET", "/v1/staff"))["items"]] == ["Ana", "Bia"]
    await call("DELETE", f"/v1/services/{service['id']}")
    assert (await salon.business.call("GET", f"/v1/services/{service['id']}")).status_code == 404


BAD_OFFERS: list[tuple[str, dict[str, Any], int]] = [
    ("/v1/services", {"name": "Corte feminino", "duration_minutes": 30, "price": 1}, 409),
    ("/v1/services", {"name": "X", "duration_minutes": 0, "price": 1}, 422),
    ("/v1/services", {"name": "X", "duration_minutes": 1441, "price": 1}, 422),
    ("/v1/services", {"name": "X", "duration_minutes": 30, "price": -1}, 422),
    ("/v1/services", {"name": "X", "duration_minutes": 30, "price": 1, "buffer_after_minutes": 241}, 422),
    ("/v1/services", {"name": "X", "duration_minutes": 30, "price": 1, "staff_ids": [str(uuid4())]}, 422),
    ("/v1/staff", {"name": "Ana"}, 409),
    ("/v1/staff", {"name": "X", "hours": {"mon": [["9", "10"]]}}, 422),
    ("/v1/staff", {"name": "X", "service_ids": [str(uuid4())]}, 422),
]


async def test_bad_services_and_staff_are_refused(salon: Salon) -> None:
    for path, body, status in BAD_OFFERS:
        assert (await salon.business.call("POST", path, body)).status_code == status, body


async def test_free_slots_of_a_day_follow_the_documented_grid(salon: Salon) -> None:
    found = await salon.business.ok(
        "GET", "/v1/availability", **{"service_id": salon.cut, "from": FRIDAY, "to": FRIDAY}
    )
    starts = [item["start"] for item in found["items"]]
    assert starts[0] == "2026-08-07T09:00:00-03:00"
    assert starts[-1] == "2026-08-07T18:15:00-03:00"
    assert len(starts) == 14 + 18
    assert (found["timezone"], found["step_minutes"], found["duration_minutes"]) == ("America/Sao_Paulo", 15, 45)
    assert [one["name"] for one in found["items"][0]["staff"]] == ["Ana"]
    assert [one["name"] for one in found["items"][-1]["staff"]] == ["Ana", "Bia"]
    assert await salon.free(FRIDAY, staff_id=salon.bia, step_minutes=60) == [
        "14:00",
        "15:00",
        "16:00",
        "17:00",
        "18:00",
    ]


async def test_slots_can_be_asked_for_by_duration_by_instants_and_from_another_zone(salon: Salon) -> None:
    ask = salon.business.ok
    plain = await ask("GET", "/v1/availability", **{"duration_minutes": 60, "from": FRIDAY, "to": FRIDAY})
    assert plain["items"][-1]["start"] == "2026-08-07T18:00:00-03:00"
    window = {"service_id": salon.cut, "from": "2026-08-07T12:00:00Z", "to": "2026-08-07T12:30:00Z"}
    here = await ask("GET", "/v1/availability", **window)
    there = await ask("GET", "/v1/availability", **window, timezone="Asia/Kathmandu")
    assert [item["start"] for item in here["items"]] == ["2026-08-07T09:00:00-03:00", "2026-08-07T09:15:00-03:00"]
    until_tonight = await ask("GET", "/v1/availability", **window | {"from": "2026-08-07T21:00:00Z", "to": FRIDAY})
    assert [item["start"][11:16] for item in until_tonight["items"]] == ["18:00", "18:15"]
    assert [item["start"] for item in there["items"]] == ["2026-08-07T17:45:00+05:45", "2026-08-07T18:00:00+05:45"]


BAD_QUESTIONS: list[tuple[dict[str, Any], int]] = [
    ({"to": "2026-08-06"}, 422),
    ({"to": "2027-08-06"}, 422),
    ({"from": "nonsense"}, 422),
    ({"service_id": None}, 422),
    ({"duration_minutes": 30}, 422),
    ({"timezone": "Mars/Olympus"}, 422),
    ({"step_minutes": 4}, 422),
    ({"service_id": str(uuid4())}, 404),
    ({"staff_id": str(uuid4())}, 404),
]


async def test_questions_that_make_no_sense_are_refused(salon: Salon) -> None:
    for changes, status in BAD_QUESTIONS:
        asked = {"service_id": salon.cut, "from": FRIDAY, "to": FRIDAY} | changes
        given = {name: value for name, value in asked.items() if value is not None}
        answer = await salon.business.call("GET", "/v1/availability", **given)
        assert answer.status_code == status, (changes, answer.text)


async def test_nobody_asks_for_so_much_that_others_wait(salon: Salon) -> None:
    for number in range(4):
        await salon.business.ok("POST", "/v1/staff", {"name": f"Eva {number}"})
    asked = {"duration_minutes": 5, "from": "2026-08-07", "to": "2026-11-07", "step_minutes": 5}
    answer = await salon.business.call("GET", "/v1/availability", **asked)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:tendero:problem:window-too-wide")
    for less in ({"step_minutes": 15}, {"to": "2026-09-07"}, {"staff_id": salon.ana}):
        assert (await salon.business.ok("GET", "/v1/availability", **{**asked, **less}))["items"]


async def test_a_hold_takes_the_slot_with_its_buffer_and_becomes_a_booking(salon: Salon) -> None:
    hold = await salon.hold(f"{FRIDAY}T10:00:00")
    assert (hold["staff"]["name"], hold["end"]) == ("Ana", "2026-08-07T10:45:00-03:00")
    free = await salon.free(FRIDAY)
    assert free[:2] == ["09:00", "11:00"], "45 minutes and 15 of tidying up on both sides"
    customer = {"name": "Carla", "phone": "+55 11 98765-4321"}
    booking = await salon.business.ok("POST", "/v1/bookings", {"hold_id": hold["id"], "customer": customer})
    assert booking["status"] == "CONFIRMED"
    assert booking["spoken"] == "sexta-feira, 7 de agosto, 10:00"
    assert booking["price"] == {"amount": 9000, "currency": "BRL"}
    again = await salon.business.ok("POST", "/v1/bookings", {"hold_id": hold["id"], "customer": customer})
    assert again["id"] == booking["id"], "one hold, one booking"
    assert await salon.free(FRIDAY) == free
    other = await salon.hold(f"{FRIDAY}T15:00:00")
    same = await salon.business.ok("POST", "/v1/bookings", {"hold_id": other["id"], "customer": customer})
    assert same["contact_id"] == booking["contact_id"], "the phone number is known"


async def test_a_customer_who_comes_many_times_at_once_is_one_contact(salon: Salon) -> None:
    holds = [await salon.hold(f"{FRIDAY}T{hour:02}:00:00") for hour in (10, 11, 12, 15)]
    customer = {"name": "Carla", "phone": "+55 11 98765-4321"}
    wanted = [{"hold_id": hold["id"], "customer": customer} for hold in holds for _ in range(2)]
    answers = await asyncio.gather(*(salon.business.ok("POST", "/v1/bookings", body) for body in wanted))
    assert len({booking["id"] for booking in answers}) == 4
    assert len({booking["contact_id"] for booking in answers}) == 1
    nameless = {"hold_id": holds[0]["id"], "customer": {"name": "Carla"}}
    assert (await salon.business.ok("POST", "/v1/bookings", nameless))["id"] in {one["id"] for one in answers}
    assert len((await salon.business.ok("GET", "/v1/contacts"))["items"]) == 1


async def test_anyone_means_who_has_the_fewest_bookings_that_day(salon: Salon) -> None:
    await salon.book(f"{FRIDAY}T09:00:00")
    assert (await salon.hold(f"{FRIDAY}T15:00:00"))["staff"]["name"] == "Bia"
    assert (await salon.hold(f"{FRIDAY}T15:00:00"))["staff"]["name"] == "Ana"
    refused = await salon.business.call("POST", "/v1/holds", salon.wish(f"{FRIDAY}T15:00:00"))
    assert (refused.status_code, problem(refused), refused.json()["reason"]) == (409, "slot-unavailable", "taken")
    nearest = [item["spoken"] for item in refused.json()["alternatives"]]
    assert "sexta-feira, 7 de agosto, 14:00" in nearest
    assert "sexta-feira, 7 de agosto, 16:00" in nearest


REFUSED_STARTS = [
    ("2026-08-05T09:00:00", "past"),
    ("2026-08-05T10:45:00", "notice"),
    ("2026-08-07T13:15:00", "closed"),
    ("2026-08-09T10:00:00", "closed"),
    ("2026-08-07T10:05:00", "off_grid"),
    ("2027-08-06T10:00:00", "horizon"),
]


async def test_a_slot_that_cannot_be_held_says_why_and_offers_others(salon: Salon) -> None:
    for start, reason in REFUSED_STARTS:
        refused = await salon.business.call("POST", "/v1/holds", salon.wish(start))
        assert (refused.status_code, refused.json()["reason"]) == (409, reason)
        offered = refused.json()["alternatives"]
        assert 1 <= len(offered) <= 5
        assert [item["start"] for item in offered] == sorted({item["start"] for item in offered})
        again = {"service_id": salon.cut, "start": offered[0]["start"], "staff_id": offered[0]["staff_id"]}
        assert (await salon.business.call("POST", "/v1/holds", again)).status_code == 201


async def test_a_hold_that_runs_out_frees_its_slot_without_any_sweep(salon: Salon, calendar: Calendar) -> None:
    mine = await salon.hold(f"{FRIDAY}T09:00:00", staff_id=salon.ana)
    calendar.advance(timedelta(minutes=11))
    assert "09:00" in await salon.free(FRIDAY)
    theirs = await salon.hold(f"{FRIDAY}T09:15:00", staff_id=salon.ana)
    late = await salon.business.call("POST", "/v1/bookings", {"hold_id": mine["id"], "customer": {"name": "Late"}})
    assert (late.status_code, problem(late)) == (409, "slot-unavailable")
    assert late.json()["alternatives"]
    await salon.business.ok("POST", "/v1/bookings", {"hold_id": theirs["id"], "customer": {"name": "Bea"}})


async def test_a_hold_that_ran_out_is_taken_again_if_its_slot_is_still_free(salon: Salon, calendar: Calendar) -> None:
    hold = await salon.hold(f"{FRIDAY}T09:00:00")
    calendar.advance(timedelta(hours=3))
    booking = await salon.business.ok("POST", "/v1/bookings", {"hold_id": hold["id"], "customer": {"name": "Late"}})
    assert booking["start"] == "2026-08-07T09:00:00-03:00"
    assert "09:00" not in await salon.free(FRIDAY)


async def test_a_hold_whose_time_is_over_cannot_be_confirmed(salon: Salon, calendar: Calendar) -> None:
    hold = await salon.hold("2026-08-05T11:30:00")
    calendar.advance(timedelta(hours=2))
    late = await salon.business.call("POST", "/v1/bookings", {"hold_id": hold["id"], "customer": {"name": "Late"}})
    assert (late.status_code, problem(late)) == (409, "slot-past")


async def test_price_and_time_are_those_that_were_held(salon: Salon) -> None:
    hold = await salon.hold(f"{FRIDAY}T09:00:00")
    await salon.hold(f"{FRIDAY}T10:00:00", staff_id=salon.ana)
    await salon.business.ok("PATCH", f"/v1/services/{salon.cut}", {"price": 99000, "duration_minutes": 90})
    booking = await salon.business.ok("POST", "/v1/bookings", {"hold_id": hold["id"], "customer": {"name": "Bea"}})
    assert (booking["price"]["amount"], booking["end"]) == (9000, hold["end"])


async def test_rescheduling_keeps_the_code_and_frees_the_old_time(salon: Salon) -> None:
    booking = await salon.book(f"{FRIDAY}T09:00:00")
    path = f"/v1/bookings/{booking['id']}/reschedule"
    moved = await salon.business.ok("POST", path, {"start": f"{FRIDAY}T15:00:00-03:00"})
    assert (moved["code"], moved["start"]) == (booking["code"], "2026-08-07T15:00:00-03:00")
    assert moved["staff"] == "Ana", "the same person, if free"
    free = await salon.free(FRIDAY, staff_id=salon.ana)
    assert "09:00" in free
    assert "15:00" not in free


async def test_a_booking_can_move_into_its_own_time(salon: Salon) -> None:
    booking = await salon.book(f"{FRIDAY}T09:00:00")
    path = f"/v1/bookings/{booking['id']}/reschedule"
    moved = await salon.business.ok("POST", path, {"start": f"{FRIDAY}T09:30:00-03:00", "staff_id": salon.ana})
    assert moved["start"] == "2026-08-07T09:30:00-03:00"
    assert (await salon.free(FRIDAY, staff_id=salon.ana))[0] == "10:30"


async def test_a_booking_stays_where_it_is_if_the_new_time_is_taken(salon: Salon) -> None:
    booking = await salon.book(f"{FRIDAY}T09:00:00")
    await salon.book(f"{FRIDAY}T11:00:00")
    path = f"/v1/bookings/{booking['id']}/reschedule"
    refused = await salon.business.call("POST", path, {"start": f"{FRIDAY}T11:00:00-03:00"})
    assert (refused.status_code, problem(refused)) == (409, "slot-unavailable")
    assert (await salon.business.ok("GET", f"/v1/bookings/{booking['id']}"))["start"] == booking["start"]
    assert "09:00" not in await salon.free(FRIDAY, staff_id=salon.ana)


async def test_cancelling_frees_the_time(salon: Salon) -> None:
    booking = await salon.book(f"{FRIDAY}T09:00:00")
    cancelled = await salon.business.ok("POST", f"/v1/bookings/{booking['id']}/cancel")
    assert cancelled["status"] == "CANCELLED"
    assert cancelled["cancelled_at"]
    assert "09:00" in await salon.free(FRIDAY)
    again = await salon.business.call("POST", f"/v1/bookings/{booking['id']}/cancel")
    assert (again.status_code, problem(again)) == (409, "illegal-transition")


ALLOWED = {
    "CONFIRMED": {"IN_PROGRESS", "CANCELLED", "NO_SHOW"},
    "IN_PROGRESS": {"COMPLETED", "CANCELLED"},
    "COMPLETED": set[str](),
    "CANCELLED": set[str](),
    "NO_SHOW": set[str](),
}
WAY_TO = {
    "CONFIRMED": [],
    "IN_PROGRESS": ["IN_PROGRESS"],
    "COMPLETED": ["IN_PROGRESS", "COMPLETED"],
    "CANCELLED": ["CANCELLED"],
    "NO_SHOW": ["NO_SHOW"],
}


@pytest.mark.parametrize("state", list(ALLOWED))
async def test_a_booking_moves_between_its_states_only_as_allowed(salon: Salon, state: str) -> None:
    for number, wanted in enumerate(ALLOWED):
        booking = await salon.book(f"2026-08-{10 + number:02}T09:00:00", staff_id=salon.ana)
        path = f"/v1/bookings/{booking['id']}/status"
        for step in WAY_TO[state]:
            await salon.business.ok("POST", path, {"status": step})
        answer = await salon.business.call("POST", path, {"status": wanted})
        assert answer.status_code == (200 if wanted in ALLOWED[state] else 409), f"{state} -> {wanted}: {answer.text}"
        if wanted not in ALLOWED[state]:
            assert problem(answer) == "illegal-transition"
            assert set(answer.json()["allowed"]) == ALLOWED[state]


async def test_only_a_confirmed_booking_can_be_moved(salon: Salon) -> None:
    booking = await salon.book(f"{FRIDAY}T09:00:00")
    await salon.business.ok("POST", f"/v1/bookings/{booking['id']}/status", {"status": "IN_PROGRESS"})
    refused = await salon.business.call(
        "POST", f"/v1/bookings/{booking['id']}/reschedule", {"start": f"{FRIDAY}T15:00:00-03:00"}
    )
    assert (refused.status_code, problem(refused)) == (409, "illegal-transition")


async def test_bookings_are_listed_by_start_page_by_page(salon: Salon) -> None:
    for hour in (16, 9, 11):
        await salon.book(f"{FRIDAY}T{hour:02}:00:00", staff_id=salon.ana)
    page = await salon.business.ok("GET", "/v1/bookings", limit=2)
    rest = await salon.business.ok("GET", "/v1/bookings", limit=2, cursor=page["next_cursor"])
    assert [one["start"][11:13] for one in page["items"] + rest["items"]] == ["09", "11", "16"]
    assert rest["next_cursor"] is None
    some = await salon.business.ok("GET", "/v1/bookings", **{"from": "2026-08-07T14:00:00Z", "status": "CONFIRMED"})
    assert [one["start"][11:13] for one in some["items"]] == ["11", "16"]


async def test_deleting_staff_and_services_keeps_the_bookings(salon: Salon) -> None:
    booking = await salon.book(f"{FRIDAY}T09:00:00")
    await salon.business.ok("DELETE", f"/v1/staff/{salon.ana}")
    await salon.business.ok("DELETE", f"/v1/services/{salon.cut}")
    kept = await salon.business.ok("GET", f"/v1/bookings/{booking['id']}")
    assert (kept["service"], kept["staff"], kept["service_id"], kept["staff_id"]) == (
        "Corte feminino",
        "Ana",
        None,
        None,
    )


async def test_nothing_of_another_tenant_can_be_seen_or_touched(
    salon: Salon, client: Client, settings: Settings
) -> None:
    booking = await salon.book(f"{FRIDAY}T09:00:00")
    hold = await salon.hold(f"{FRIDAY}T15:00:00")
    stranger = (await make_salon(client, settings)).business
    start = {"start": f"{FRIDAY}T16:00:00-03:00"}
    for method, path, body in (
        ("GET", f"/v1/services/{salon.cut}", None),
        ("PATCH", f"/v1/services/{salon.cut}", {"price": 1}),
        ("DELETE", f"/v1/services/{salon.cut}", None),
        ("GET", f"/v1/staff/{salon.ana}", None),
        ("PATCH", f"/v1/staff/{salon.ana}", {"name": "Eva"}),
        ("DELETE", f"/v1/staff/{salon.ana}", None),
        ("POST", "/v1/holds", {"service_id": salon.cut, **start}),
        ("POST", "/v1/bookings", {"hold_id": hold["id"], "customer": {"name": "Eve"}}),
        ("GET", f"/v1/bookings/{booking['id']}", None),
        ("POST", f"/v1/bookings/{booking['id']}/cancel", None),
        ("POST", f"/v1/bookings/{booking['id']}/reschedule", start),
        ("POST", f"/v1/bookings/{booking['id']}/status", {"status": "NO_SHOW"}),
    ):
        answer = await stranger.call(method, path, body)
        assert answer.status_code == 404, f"{method} {path}: {answer.status_code}"
    assert (await stranger.ok("GET", "/v1/bookings"))["items"] == []
    mixed = {"name": "Mix", "duration_minutes": 10, "price": 1, "staff_ids": [salon.ana]}
    assert (await stranger.call("POST", "/v1/services", mixed)).status_code == 422
    assert (await salon.business.ok("GET", f"/v1/bookings/{booking['id']}"))["status"] == "CONFIRMED"


@pytest.mark.parametrize(
    ("zone", "day", "offsets"),
    [
        ("America/New_York", "2026-11-01", ["-04:00", "-05:00", "-05:00"]),
        ("America/New_York", "2027-03-14", ["-05:00", "-04:00"]),
        ("Europe/Madrid", "2026-10-25", ["+02:00", "+02:00", "+01:00"]),
        ("America/Santiago", "2026-09-06", ["-03:00", "-03:00"]),
        ("America/Sao_Paulo", "2026-10-18", ["-03:00", "-03:00", "-03:00"]),
    ],
)
async def test_the_night_of_a_clock_change_over_http(
    calendar: Calendar, client: Client, settings: Settings, zone: str, day: str, offsets: list[str]
) -> None:
    """One hour each at 01:00, 02:00 and 03:00, where they exist; Santiago skips midnight, New York 02:00."""
    calendar.set(datetime.fromisoformat(f"{day}T12:00:00+00:00") - timedelta(days=7))
    hours = {"sun": [["00:00", "04:00"]]}
    business = await make_business(client, settings, timezone=zone, hours=hours)
    await business.ok("POST", "/v1/staff", {"name": "Noa"})
    asked = {"duration_minutes": 60, "from": day, "to": day, "step_minutes": 60}
    found = (await business.ok("GET", "/v1/availability", **asked))["items"]
    nights = [item for item in found if item["start"][11:13] in ("01", "02", "03")]
    assert [item["start"][19:] for item in nights][: len(offsets)] == offsets
    assert len({item["start"] for item in found}) == len(found)
    lengths = {datetime.fromisoformat(item["end"]) - datetime.fromisoformat(item["start"]) for item in found}
    assert lengths == {timedelta(hours=1)}


async def test_bookings_are_listed_the_last_one_first_and_do_not_take_their_page_along(salon: Salon) -> None:
    for hour in (9, 11, 14, 16):
        await salon.book(f"{FRIDAY}T{hour:02}:00:00", staff_id=salon.ana)
    page = await salon.business.ok("GET", "/v1/bookings", limit=2, sort="-start")
    assert [one["start"][11:13] for one in page["items"]] == ["16", "14"]
    moved = f"/v1/bookings/{page['items'][1]['id']}/reschedule"
    await salon.business.ok("POST", moved, {"start": f"{FRIDAY}T17:00:00-03:00", "staff_id": salon.ana})
    rest = await salon.business.ok("GET", "/v1/bookings", limit=2, sort="-start", cursor=page["next_cursor"])
    assert [one["start"][11:13] for one in rest["items"]] == ["11", "09"]
