"""Secret addresses of calendars, as calendar programs read them."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from icalendar import Calendar
from sqlalchemy import text

from backend.database import Database
from backend.settings import Settings
from tests.backend.application import inside_application
from tests.backend.bookings.conftest import Calendar as Clock
from tests.backend.bookings.conftest import Salon
from tests.factories import Client, make_business


async def link(salon: Salon, **wanted: str | None) -> str:
    """The path of a new link."""
    made = await salon.business.ok("POST", "/v1/calendar-links", wanted)
    return str(urlsplit(made["url"]).path)


async def events(client: Client, path: str) -> dict[str, Any]:
    """What a program finds there, by the booking's id."""
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    found = Calendar.from_ical(answer.content).walk("VEVENT")
    return {str(event["UID"]).partition("@")[0]: event for event in found}


async def test_a_link_follows_a_booking_from_its_start_to_its_end(
    salon: Salon, client: Client, calendar: Clock
) -> None:
    own, whole = await link(salon, staff_id=salon.ana), await link(salon)
    others = await link(salon, staff_id=salon.bia, details="busy")
    assert await events(client, own) == {}
    booking = await salon.book("2026-08-06T10:00", "Carla Souza", staff_id=salon.ana)
    [event] = (await events(client, own)).values()
    assert (str(event["SUMMARY"]), str(event["DESCRIPTION"])) == ("Corte feminino - Carla", booking["code"])
    assert str((await events(client, whole))[booking["id"]]["DESCRIPTION"]) == f"{booking['code']}\nAna"
    assert await events(client, others) == {}
    made_at = event["LAST-MODIFIED"].dt
    calendar.advance(timedelta(minutes=5))
    to = {"start": "2026-08-06T15:00:00-03:00", "staff_id": salon.bia}
    await salon.business.ok("POST", f"/v1/bookings/{booking['id']}/reschedule", to)
    assert await events(client, own) == {}
    moved = (await events(client, others))[booking["id"]]
    assert moved["DTSTART"].dt.isoformat() == "2026-08-06T18:00:00+00:00"
    assert (moved["SEQUENCE"], event["SEQUENCE"], str(moved["SUMMARY"])) == (1, 0, "Ocupado")
    assert timedelta(minutes=4) < moved["LAST-MODIFIED"].dt - made_at < timedelta(minutes=6)
    await salon.business.ok("POST", f"/v1/bookings/{booking['id']}/cancel")
    ended = (await events(client, others))[booking["id"]]
    assert (str(ended["STATUS"]), ended["SEQUENCE"]) == ("CANCELLED", 2)


async def test_a_program_is_told_when_nothing_has_changed(salon: Salon, client: Client) -> None:
    path = await link(salon)
    await salon.book("2026-08-06T10:00")
    first = await client.get(path)
    assert first.headers["content-type"] == "text/calendar; charset=utf-8"
    assert first.headers["cache-control"].startswith("private")
    tag = first.headers["etag"]
    same = await client.get(path, headers={"If-None-Match": f'"other", W/{tag}'})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    head = await client.head(path)
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", tag)
    await salon.book("2026-08-06T11:00")
    assert (await client.get(path, headers={"If-None-Match": tag})).status_code == 200


async def test_a_link_that_was_revoked_is_as_unknown_as_any_other(
    salon: Salon, client: Client, database: Database
) -> None:
    made = await salon.business.ok("POST", "/v1/calendar-links", {})
    path = urlsplit(made["url"]).path
    token = path.rpartition("/")[2].removesuffix(".ics")
    await client.get(path)
    [shown] = (await salon.business.ok("GET", "/v1/calendar-links"))["items"]
    assert shown["last_read_at"] is not None
    assert shown["prefix"] == token[:12]
    assert token not in str(shown)
    assert (await client.get(path.removesuffix(".ics"))).status_code == 404
    await salon.business.ok("DELETE", f"/v1/calendar-links/{made['id']}")
    revoked = await client.get(path)
    unknown = await client.get(f"/calendars/cal_{'x' * 43}.ics")
    assert (revoked.status_code, revoked.json()) == (unknown.status_code, unknown.json()) == (404, revoked.json())
    async with database.tenant(salon.business.tenant_id) as session:
        trail = await session.scalars(text("SELECT changes::text FROM audit WHERE table_name = 'calendar_links'"))
        told = list(trail)
    assert len(told) == 2
    assert token not in str(told)


async def test_guessing_addresses_is_slowed_down_and_reading_is_not(salon: Salon, settings: Settings) -> None:
    path = await link(salon)
    few = settings.model_copy(update={"address_calls_per_window": 2, "limit_window_seconds": 3600})
    async with inside_application(few) as client:
        guesses = [await client.get(f"/calendars/cal_{number:043}.ics") for number in range(3)]
        assert [guess.status_code for guess in guesses] == [404, 404, 429]
        assert [(await client.get(path)).status_code for _ in range(3)] == [200, 200, 429]


async def test_whoever_was_erased_has_no_name_and_whoever_left_no_calendar(
    salon: Salon, client: Client, database: Database
) -> None:
    path, own = await link(salon), await link(salon, staff_id=salon.bia)
    booking = await salon.book("2026-08-06T10:00", "Carla Souza")
    await salon.business.ok("POST", f"/v1/contacts/{booking['contact_id']}/erasure")
    assert str((await events(client, path))[booking["id"]]["SUMMARY"]) == "Corte feminino"
    await salon.business.ok("DELETE", f"/v1/staff/{salon.bia}")
    assert (await client.get(own)).status_code == 404
    async with database.tenant(salon.business.tenant_id) as session:
        await session.execute(text("DELETE FROM bookings WHERE id = :id"), {"id": UUID(booking["id"])})
    assert await events(client, path) == {}


async def test_a_link_names_staff_of_the_business_alone(salon: Salon, client: Client, settings: Settings) -> None:
    stranger = await make_business(client, settings)
    answer = await stranger.call("POST", "/v1/calendar-links", {"staff_id": salon.ana})
    assert answer.status_code == 404
    assert (await stranger.call("POST", "/v1/calendar-links", {"details": "everything"})).status_code == 422
