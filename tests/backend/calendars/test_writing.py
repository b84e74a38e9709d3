"""Bookings as iCalendar, read back as a program reads them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from backend.calendars.reading import Window, read
from backend.calendars.writing import Book, Entry, domain_of, tag_of, written

TENANT = UUID("01989f3e-7c1a-7d4e-9b1f-3a5c7e9d1b2f")
START = datetime(2026, 8, 5, 13, tzinfo=UTC)
CUT = Entry(
    id=uuid4(),
    start=START,
    end=START + timedelta(minutes=45),
    made_at=START - timedelta(days=3),
    changed_at=START - timedelta(days=2, microseconds=5),
    sequence=2,
    cancelled=False,
    title="Corte; à navalha, 1ª vez - Zoë",
    notes="B-7K2M4Q\nAna",
)


def book(*entries: Entry, busy_only: bool = False) -> Book:
    return Book(TENANT, "Salão Flor - Ana", "America/Sao_Paulo", "pt", busy_only, entries)


def parsed(content: bytes) -> Any:
    calendar = Calendar.from_ical(content)
    assert not calendar.errors
    return calendar


def test_every_property_of_a_booking_comes_back() -> None:
    content = written(book(CUT))
    calendar = parsed(content)
    assert {name: str(calendar[name]) for name in ("VERSION", "CALSCALE", "X-WR-CALNAME", "X-WR-TIMEZONE")} == {
        "VERSION": "2.0",
        "CALSCALE": "GREGORIAN",
        "X-WR-CALNAME": "Salão Flor - Ana",
        "X-WR-TIMEZONE": "America/Sao_Paulo",
    }
    assert calendar["PRODID"]
    assert "METHOD" not in calendar
    [event] = calendar.walk("VEVENT")
    assert not event.errors
    assert str(event["UID"]) == f"{CUT.id}@{TENANT}.bookings.tendero"
    assert (str(event["STATUS"]), str(event["TRANSP"]), str(event["CLASS"])) == ("CONFIRMED", "OPAQUE", "PRIVATE")
    assert (event["DTSTART"].dt, event["DTEND"].dt, event["SEQUENCE"]) == (CUT.start, CUT.end, 2)
    changed = CUT.changed_at.replace(microsecond=0)
    assert (event["DTSTAMP"].dt, event["LAST-MODIFIED"].dt, event["CREATED"].dt) == (changed, changed, CUT.made_at)
    assert (str(event["SUMMARY"]), str(event["DESCRIPTION"])) == (CUT.title, CUT.notes)
    for line in content.decode().removesuffix("\r\n").split("\r\n"):
        assert len(line.encode()) <= 75
        assert "\n" not in line


def test_a_cancelled_one_stays_and_takes_no_time() -> None:
    cancelled = Entry(CUT.id, CUT.start, CUT.end, CUT.made_at, CUT.changed_at, 3, True, CUT.title)
    [event] = parsed(written(book(cancelled))).walk("VEVENT")
    assert (str(event["STATUS"]), str(event["TRANSP"]), event["SEQUENCE"]) == ("CANCELLED", "TRANSPARENT", 3)


def test_busy_says_nothing_but_the_time() -> None:
    content = written(book(CUT, busy_only=True))
    [event] = parsed(content).walk("VEVENT")
    assert str(event["SUMMARY"]) == "Ocupado"
    assert "DESCRIPTION" not in event
    assert not re.search("Corte|Zo|7K2M4Q", content.decode())


def test_what_text_cannot_hold_is_left_out() -> None:
    odd = Entry(
        CUT.id, CUT.start, CUT.end, CUT.made_at, CUT.changed_at, 0, False, "C:\\New\\n\x00\x1b - Zoë", "B-1\r\nAna"
    )
    [event] = parsed(written(book(odd))).walk("VEVENT")
    assert (str(event["SUMMARY"]), str(event["DESCRIPTION"])) == ("C:\\ New\\n - Zoë", "B-1\nAna")


def test_an_empty_calendar_still_has_the_component_that_every_calendar_needs() -> None:
    """RFC 5545, 3.4 and 3.6: one at least."""
    assert [part.name for part in parsed(written(book())).subcomponents] == ["VTIMEZONE"]


def test_the_tag_follows_what_is_written() -> None:
    moved = Entry(CUT.id, CUT.start, CUT.end, CUT.made_at, CUT.changed_at, 3, False, CUT.title, CUT.notes)
    books = [book(CUT), book(moved), book(), book(CUT, busy_only=True)]
    assert len({tag_of(one) for one in books}) == len({written(one) for one in books}) == 4
    assert tag_of(book(CUT)) == tag_of(book(CUT))


words = st.text(st.characters(exclude_categories=["C"]), max_size=200).filter(lambda text: "\\N" not in text)
instants = st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))
entries = st.builds(
    Entry,
    id=st.uuids(),
    start=instants,
    end=st.just(START),
    made_at=instants,
    changed_at=instants,
    sequence=st.integers(0, 10_000),
    cancelled=st.booleans(),
    title=words,
    notes=words,
).map(lambda entry: Entry(entry.id, entry.start, entry.start + timedelta(minutes=30), *_rest(entry)))


def _rest(entry: Entry) -> tuple[datetime, datetime, int, bool, str, str]:
    return entry.made_at, entry.changed_at, entry.sequence, entry.cancelled, entry.title, entry.notes


@settings(deadline=None, max_examples=50)
@given(st.lists(entries, max_size=5, unique_by=lambda entry: entry.id))
def test_whatever_is_written_is_read_back(many: list[Entry]) -> None:
    content = written(book(*many))
    found = {str(event["UID"]).partition("@")[0]: event for event in parsed(content).walk("VEVENT")}
    assert found.keys() == {str(entry.id) for entry in many}
    for entry in many:
        event = found[str(entry.id)]
        assert (str(event["SUMMARY"]), str(event.get("DESCRIPTION", ""))) == (entry.title, entry.notes)
        assert event["DTSTART"].dt == entry.start.replace(microsecond=0)
    always = (datetime(1990, 1, 1, tzinfo=UTC), datetime(2095, 1, 1, tzinfo=UTC), "America/Sao_Paulo")
    elsewhere = read(content, Window(*always, domain_of(uuid4())))
    taking = sorted(entry.start.replace(microsecond=0) for entry in many if not entry.cancelled)
    assert ([one.start for one in elsewhere.busy], elsewhere.skipped) == (taking, 0)
    assert read(content, Window(*always, domain_of(TENANT))).busy == []
