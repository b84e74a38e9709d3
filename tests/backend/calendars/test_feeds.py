"""Calendars outside that are read, and what becomes of them in the diary."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text, update

from backend import clock
from backend.calendars import fetching
from backend.calendars.importing import read_due, read_feed
from backend.calendars.models import CalendarFeed
from backend.calendars.writing import domain_of
from backend.database import Database
from backend.outbound import Outbound, Resolver
from backend.settings import Settings
from tests.backend.bookings.conftest import Salon
from tests.backend.calendars.conftest import Host
from tests.backend.calendars.test_reading import calendar as ics

SURGERY = "DTSTART;TZID=America/Sao_Paulo:20260806T090000\nDURATION:PT4H"
LUNCH = "DTSTART;TZID=America/Sao_Paulo:20260806T140000\nDURATION:PT1H"


class Office:
    """Ana's calendar outside, and the dispatcher that reads it."""

    def __init__(self, salon: Salon, database: Database, settings: Settings, outbound: Outbound, host: Host) -> None:
        self.salon, self.host = salon, host
        self._database, self._settings, self._outbound = database, settings, outbound
        self._feed_id = ""

    async def add(self, path: str = "/ana.ics") -> Any:
        body = {"staff_id": self.salon.ana, "url": self.host.url(path), "name": "Consultório"}
        made = await self.salon.business.ok("POST", "/v1/calendar-feeds", body)
        self._feed_id = made["id"]
        return made

    async def look(self, outbound: Outbound | None = None) -> Any:
        """What the API says of it after the next look."""
        of = self.salon.business.tenant_id
        async with self._database.tenant(of) as session:
            await session.execute(update(CalendarFeed).values(due_at=clock.machine_now()))
        used = outbound or self._outbound
        await read_feed(self._database, self._settings, used, of, UUID(self._feed_id))
        return await self.salon.business.ok("GET", f"/v1/calendar-feeds/{self._feed_id}")

    async def free(self) -> list[str]:
        """Ana's free hours on Thursday."""
        starts = await self.salon.free("2026-08-06", staff_id=self.salon.ana, step_minutes=60)
        return [start for start in starts if start.endswith("00")]

    async def ids(self) -> set[UUID]:
        async with self._database.tenant(self.salon.business.tenant_id) as session:
            return set(await session.scalars(text("SELECT id FROM busy_times")))


@pytest.fixture
def office(salon: Salon, database: Database, settings: Settings, outbound: Outbound, host: Host) -> Office:
    return Office(salon, database, settings, outbound, host)


async def test_busy_times_leave_the_diary_and_come_back_with_their_calendar(office: Office) -> None:
    whole = await office.free()
    assert whole == ["09:00", "10:00", "11:00", "12:00", "14:00", "15:00", "16:00", "17:00", "18:00"]
    office.host.serve("/ana.ics", ics(SURGERY, LUNCH))
    made = await office.add()
    assert (made["host"], made["last_fetched_at"]) == ("127.0.0.1", None)
    read = await office.look()
    assert (read["busy"], read["skipped"], read["last_error"]) == (2, 0, None)
    assert read["last_fetched_at"] is not None
    assert "url" not in read
    assert await office.free() == ["15:00", "16:00", "17:00", "18:00"]
    before = await office.ids()
    office.host.serve("/ana.ics", ics(SURGERY, "SUMMARY:broken"))
    assert (await office.look())["skipped"] == 1
    assert await office.free() == ["14:00", "15:00", "16:00", "17:00", "18:00"]
    assert await office.ids() < before
    await office.salon.business.ok("DELETE", f"/v1/calendar-feeds/{made['id']}")
    assert await office.free() == whole
    assert await office.ids() == set()


async def test_what_fails_says_why_and_leaves_what_was_read_before(office: Office) -> None:
    office.host.serve("/ana.ics", ics(LUNCH))
    await office.add()
    good = await office.look()
    wrong = {
        "no calendar": (b"<html>Sign in</html>", 200, {"Content_Type": "text/calendar"}),
        "breaks off": (ics(LUNCH)[:-5], 200, {}),
        "404": (b"", 404, {}),
        "500": (b"", 500, {}),
        "redirect": (b"", 302, {"Location": "/ana.ics"}),
        "leads inside": (b"", 302, {"Location": "http://169.254.169.254/latest/"}),
        "larger": (b"x" * (fetching.MOST_BYTES + 1), 200, {}),
    }
    for number, (why, (content, status, headers)) in enumerate(wrong.items(), start=1):
        office.host.serve("/ana.ics", content, status, **headers)
        told = await office.look()
        assert why in told["last_error"]
        assert told["busy"] == 1
        assert told["last_fetched_at"] == good["last_fetched_at"]
        assert "ana.ics" not in told["last_error"]
        wait = (await _due_in(office)).total_seconds() / 60
        assert wait == pytest.approx(min(15 * 2 ** (number - 1), 360), abs=1)
    assert await office.free() == ["09:00", "10:00", "11:00", "12:00", "15:00", "16:00", "17:00", "18:00"]
    office.host.serve("/ana.ics", ics(LUNCH))
    assert (await office.look())["last_error"] is None


async def _due_in(office: Office) -> timedelta:
    async with office._database.tenant(office.salon.business.tenant_id) as session:
        due_at = await session.scalar(text("SELECT due_at FROM calendar_feeds"))
    wait: timedelta = due_at - clock.machine_now()
    return wait


async def test_what_is_unchanged_is_not_sent_again(office: Office, database: Database) -> None:
    office.host.serve("/ana.ics", ics(LUNCH), ETag='"1"', Last_Modified="Wed, 05 Aug 2026 10:00:00 GMT")
    await office.add()
    await office.look()
    assert (await office.look())["busy"] == 1
    first, second = (headers for _, headers in office.host.asked)
    assert "If-None-Match" not in first
    assert (second["If-None-Match"], second["If-Modified-Since"]) == ('"1"', "Wed, 05 Aug 2026 10:00:00 GMT")
    await office.salon.business.ok("PATCH", "/v1/tenant", {"timezone": "America/Manaus"})
    await office.look()
    assert "If-None-Match" not in office.host.asked[-1][1]
    async with database.tenant(office.salon.business.tenant_id) as session:
        trail = await session.scalars(text("SELECT table_name || changes::text FROM audit"))
        told = [row for row in trail if row.startswith(("calendar_feeds", "busy_times"))]
    assert len(told) == 1
    assert "ana.ics" not in told[0]


async def test_our_own_bookings_that_come_back_do_not_block_themselves(office: Office) -> None:
    own = domain_of(office.salon.business.tenant_id)
    booking = await office.salon.book("2026-08-06T10:00", staff_id=office.salon.ana)
    office.host.serve("/ana.ics", ics(f"UID:{booking['id']}@{own}\n{SURGERY}", f"UID:lunch\n{LUNCH}"))
    await office.add()
    assert (await office.look())["busy"] == 1
    office.host.serve("/ana.ics", ics(f"UID:private\n{SURGERY}"))
    await office.look()
    kept = await office.salon.business.ok("GET", f"/v1/bookings/{booking['id']}")
    assert (kept["status"], kept["start"]) == (booking["status"], booking["start"])


async def test_addresses_inside_are_refused_when_named_and_when_called(
    office: Office, salon: Salon, settings: Settings
) -> None:
    def feed(url: str) -> dict[str, str]:
        return {"staff_id": salon.ana, "url": url, "name": "Ana"}

    port = office.host.port
    for url in (
        "http://169.254.169.254/a.ics",
        "webcal://localhost/a.ics",
        f"https://127.0.0.1:{port + 1}/",
        "file:///",
    ):
        answer = await salon.business.call("POST", "/v1/calendar-feeds", feed(url))
        assert (answer.status_code, answer.json()["type"]) == (422, "urn:tendero:problem:address-not-allowed")
    plain = await salon.business.call("POST", "/v1/calendar-feeds", feed("http://calendar.example.com/a.ics"))
    assert plain.json()["detail"] == "Give an https:// or webcal:// address."
    made = await salon.business.ok("POST", "/v1/calendar-feeds", feed("webcal://calendar.example.com/a.ics"))
    assert made["host"] == "calendar.example.com"

    class Inside(Resolver):
        async def resolve(self, host: str, port: int) -> list[str]:
            return ["127.0.0.1"]

    lying = Outbound(settings.outbound_hosts, resolver=Inside())
    try:
        office._feed_id = made["id"]
        assert "leads inside" in (await office.look(lying))["last_error"]
    finally:
        await lying.close()
    assert office.host.asked == []


async def test_the_dispatcher_reads_what_is_due_and_refresh_makes_it_due(
    office: Office, database: Database, settings: Settings, outbound: Outbound
) -> None:
    office.host.serve("/ana.ics", ics(LUNCH))
    made = await office.add()
    await read_due(database, settings, outbound)
    asked = len(office.host.asked)
    await read_due(database, settings, outbound)
    assert len(office.host.asked) == asked == 1
    office.host.serve("/ana.ics", b"", 500)
    await office.look()
    again = await office.salon.business.ok("POST", f"/v1/calendar-feeds/{made['id']}/refresh")
    assert clock.machine_now().isoformat() < again["due_at"]
    async with database.tenant(office.salon.business.tenant_id) as session:
        await session.execute(update(CalendarFeed).values(updated_at=clock.now() - timedelta(minutes=2)))
    await office.salon.business.ok("POST", f"/v1/calendar-feeds/{made['id']}/refresh")
    office.host.serve("/ana.ics", ics(LUNCH))
    await read_due(database, settings, outbound)
    assert (await office.salon.business.ok("GET", f"/v1/calendar-feeds/{made['id']}"))["last_error"] is None


async def test_the_diary_is_one_list_of_everything_in_it(office: Office) -> None:
    salon = office.salon
    office.host.serve("/ana.ics", ics(LUNCH))
    await office.add()
    await office.look()
    booking = await salon.book("2026-08-06T10:00", "Carla Souza", staff_id=salon.ana)
    gone = await salon.book("2026-08-06T11:00", staff_id=salon.ana)
    await salon.business.ok("POST", f"/v1/bookings/{gone['id']}/cancel")
    hold = await salon.hold("2026-08-06T15:00", staff_id=salon.bia)
    asked = {"from": "2026-08-06", "to": "2026-08-06"}
    found = await salon.business.ok("GET", "/v1/calendar/events", **asked)
    assert found["timezone"] == "America/Sao_Paulo"
    assert [(one["kind"], one["start"][11:], one["title"], one["staff"]) for one in found["items"]] == [
        ("booking", "10:00:00-03:00", "Corte feminino - Carla Souza", "Ana"),
        ("busy", "14:00:00-03:00", "Consultório", "Ana"),
        ("hold", "15:00:00-03:00", "Corte feminino", "Bia"),
    ]
    assert [one["id"] for one in found["items"]][::2] == [booking["id"], hold["id"]]
    own = await salon.business.ok("GET", "/v1/calendar/events", staff_id=salon.bia, **asked)
    assert [one["kind"] for one in own["items"]] == ["hold"]
    instants = {"from": "2026-08-06T13:30:00Z", "to": "2026-08-06T17:00:00Z"}
    part = await salon.business.ok("GET", "/v1/calendar/events", **instants)
    assert [one["kind"] for one in part["items"]] == ["booking"]
    for wrong in ({"from": "2026-08-06", "to": "2026-11-08"}, {"from": "x", "to": "y"}):
        assert (await salon.business.call("GET", "/v1/calendar/events", **wrong)).status_code == 422


async def test_days_with_other_hours_stand_in_the_list(salon: Salon) -> None:
    day = {"first_day": "2026-08-07", "reason": "Feriado local"}
    await salon.business.ok("POST", "/v1/date-overrides", day)
    await salon.business.ok("POST", "/v1/date-overrides", {**day, "staff_id": salon.bia, "hours": [["10:00", "12:00"]]})
    found = await salon.business.ok("GET", "/v1/calendar/events", **{"from": "2026-08-07", "to": "2026-08-08"})
    assert [(one["kind"], one["start"][:16], one["end"][:16], one["staff"]) for one in found["items"]] == [
        ("closed", "2026-08-07T00:00", "2026-08-08T00:00", ""),
        ("hours", "2026-08-07T10:00", "2026-08-07T12:00", "Bia"),
    ]
    of_ana = await salon.business.ok(
        "GET", "/v1/calendar/events", staff_id=salon.ana, **{"from": "2026-08-07", "to": "2026-08-07"}
    )
    assert [one["kind"] for one in of_ana["items"]] == ["closed"]
