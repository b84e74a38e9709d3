"""Rooms, chairs and machines: an appointment takes one seat of each kind that its service needs."""

from datetime import timedelta
from typing import Any

from tests.backend.bookings.conftest import Calendar, Salon

FRIDAY = "2026-08-07"
THREE, FOUR = f"{FRIDAY}T15:00:00", f"{FRIDAY}T16:00:00"


async def massage(salon: Salon, rooms: list[str], **more: Any) -> str:
    """A service of both, in one of the rooms."""
    return await salon.service("Massagem", 60, staff_ids=[salon.ana, salon.bia], resource_ids=rooms, **more)


async def test_resources_are_made_changed_listed_and_deleted(salon: Salon) -> None:
    call = salon.business.ok
    room = await call("POST", "/v1/resources", {"name": "Sala 1", "service_ids": [salon.cut]})
    assert (room["kind"], room["capacity"], room["active"]) == ("room", 1, True)
    assert (await call("GET", f"/v1/services/{salon.cut}"))["resource_ids"] == [room["id"]]
    changed = await call("PATCH", f"/v1/resources/{room['id']}", {"capacity": 2, "service_ids": []})
    assert (changed["name"], changed["capacity"], changed["service_ids"]) == ("Sala 1", 2, [])
    await salon.room("Laser", kind="machine")
    page = await call("GET", "/v1/resources", limit=1)
    rest = await call("GET", "/v1/resources", cursor=page["next_cursor"])
    assert [one["name"] for one in page["items"] + rest["items"]] == ["Sala 1", "Laser"]
    taken = await salon.business.call("POST", "/v1/resources", {"name": "Laser"})
    assert (taken.status_code, taken.json()["type"]) == (409, "urn:tendero:problem:name-taken")
    for bad in ({"capacity": 0}, {"kind": "Big Room"}, {"service_ids": [room["id"]]}):
        assert (await salon.business.call("POST", "/v1/resources", {"name": "X", **bad})).status_code == 422, bad
    await call("DELETE", f"/v1/resources/{room['id']}")
    for method in ("GET", "PATCH", "DELETE"):
        answer = await salon.business.call(method, f"/v1/resources/{room['id']}", {} if method == "PATCH" else None)
        assert answer.status_code == 404, method


async def test_a_room_is_taken_whoever_works_in_it(salon: Salon) -> None:
    room = await salon.room()
    service = await massage(salon, [room])
    booking = await salon.book(THREE, service_id=service, staff_id=salon.ana)
    assert booking["resources"] == ["Sala 1"]
    assert "15:00" not in await salon.free(FRIDAY, service_id=service), "Bia has nowhere to work"
    refused = await salon.business.call("POST", "/v1/holds", salon.wish(THREE, service_id=service))
    assert (refused.status_code, refused.json()["reason"]) == (409, "taken")
    assert "15:00" in await salon.free(FRIDAY), "a cut needs no room"
    assert (await salon.hold(FOUR, service_id=service))["resources"] == ["Sala 1"]
    await salon.business.ok("PATCH", f"/v1/resources/{room}", {"capacity": 2})
    await salon.hold(THREE, service_id=service)
    assert "15:00" not in await salon.free(FRIDAY, service_id=service)


async def test_one_of_each_kind_is_needed_and_any_of_a_kind_will_do(salon: Salon) -> None:
    rooms = [await salon.room("Sala 1"), await salon.room("Sala 2")]
    laser = await salon.room("Laser", kind="machine")
    service = await massage(salon, [*rooms, laser])
    other = await salon.service("Peeling", 60, staff_ids=[salon.bia], resource_ids=rooms)
    first = await salon.book(THREE, service_id=service, staff_id=salon.ana)
    assert first["resources"] == ["Laser", "Sala 1"]
    assert "15:00" not in await salon.free(FRIDAY, service_id=service), "the laser is taken"
    assert (await salon.book(THREE, service_id=other))["resources"] == ["Sala 2"]


async def test_a_booking_with_a_room_moves_into_its_own_time_and_to_another_room(salon: Salon) -> None:
    service = await massage(salon, [await salon.room("Sala 1"), await salon.room("Sala 2")])
    booking = await salon.book(THREE, service_id=service, staff_id=salon.ana)
    path = f"/v1/bookings/{booking['id']}/reschedule"
    moved = await salon.business.ok("POST", path, {"start": f"{FRIDAY}T15:30:00-03:00"})
    assert (moved["code"], moved["staff"], moved["resources"]) == (booking["code"], "Ana", ["Sala 1"])
    await salon.book(f"{FRIDAY}T16:45:00", service_id=service, staff_id=salon.bia)
    again = await salon.business.ok("POST", path, {"start": f"{FRIDAY}T16:00:00-03:00"})
    assert (again["start"], again["resources"]) == ("2026-08-07T16:00:00-03:00", ["Sala 2"])
    kept = await salon.business.call("POST", path, {"start": f"{FRIDAY}T16:45:00-03:00", "staff_id": salon.bia})
    assert kept.status_code == 409
    assert (await salon.business.ok("GET", f"/v1/bookings/{booking['id']}"))["resources"] == ["Sala 2"]


async def test_a_hold_that_ran_out_loses_its_person_and_its_room_together(salon: Salon, calendar: Calendar) -> None:
    service = await massage(salon, [await salon.room()])
    hold = await salon.hold(THREE, service_id=service, staff_id=salon.ana)
    calendar.advance(timedelta(minutes=11))
    await salon.hold(THREE, staff_id=salon.ana)
    late = await salon.business.call("POST", "/v1/bookings", {"hold_id": hold["id"], "customer": {"name": "Late"}})
    assert (late.status_code, late.json()["type"]) == (409, "urn:tendero:problem:slot-unavailable")
    assert (await salon.book(THREE, service_id=service))["staff"] == "Bia"


async def test_a_class_takes_its_room_once(salon: Salon) -> None:
    room = await salon.room()
    yoga = await salon.service("Yoga", 60, capacity=4, resource_ids=[room])
    service = await massage(salon, [room])
    for left in (3, 2):
        booking = await salon.book(THREE, service_id=yoga)
        assert (booking["seats_left"], booking["resources"]) == (left, ["Sala 1"])
    refused = await salon.business.call("POST", "/v1/holds", salon.wish(THREE, service_id=service))
    assert refused.status_code == 409


async def test_a_room_out_of_use_is_still_needed_and_a_deleted_one_is_not(salon: Salon) -> None:
    room = await salon.room()
    service = await massage(salon, [room])
    booking = await salon.book(THREE, service_id=service)
    await salon.business.ok("PATCH", f"/v1/resources/{room}", {"active": False})
    assert await salon.free(FRIDAY, service_id=service) == []
    refused = await salon.business.call("POST", "/v1/holds", salon.wish(FOUR, service_id=service))
    assert refused.status_code == 409
    await salon.business.ok("DELETE", f"/v1/resources/{room}")
    kept = await salon.business.ok("GET", f"/v1/bookings/{booking['id']}")
    assert (kept["status"], kept["resources"]) == ("CONFIRMED", ["Sala 1"])
    assert (await salon.book(FOUR, service_id=service))["resources"] == []
