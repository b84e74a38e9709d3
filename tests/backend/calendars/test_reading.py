"""Calendars as programs write them, and what they come to as busy times."""

import time
from datetime import UTC, datetime, timedelta
from textwrap import dedent
from uuid import uuid4

import pytest

from backend.calendars.apart import read_apart
from backend.calendars.reading import MOST_BUSY, Unread, Window, read
from backend.calendars.writing import domain_of

OURS = domain_of(uuid4())
MADRID = Window(datetime(2026, 8, 3, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC), "Europe/Madrid", OURS)
ZONE_OF_ITS_OWN = """
BEGIN:VTIMEZONE
TZID:Casa
BEGIN:STANDARD
DTSTART:16010101T000000
TZOFFSETFROM:{0}
TZOFFSETTO:{0}
END:STANDARD
END:VTIMEZONE
"""


def calendar(*events: str, head: str = "") -> bytes:
    """A calendar of these VEVENTs, each with a UID of its own unless it brings one."""
    written = [
        ("" if "UID:" in event else f"UID:{number}@example.com\n") + dedent(event).strip() + "\n"
        for number, event in enumerate(events)
    ]
    body = "".join(f"BEGIN:VEVENT\nDTSTAMP:20260101T000000Z\n{event}END:VEVENT\n" for event in written)
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//y//EN\n{head.lstrip()}{body}END:VCALENDAR\n"
    return text.replace("\n", "\r\n").encode()


def spans(content: bytes, window: Window = MADRID) -> list[str]:
    """Each busy time as `0805T08:00-09:00` in UTC, with the day of its end where that is another one."""
    told = []
    for one in read(content, window).busy:
        end = f"{one.end:%H:%M}" if one.end.date() == one.start.date() else f"{one.end:%m%dT%H:%M}"
        told.append(f"{one.start:%m%dT%H:%M}-{end}")
    return told


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("DTSTART:20260805T080000Z\nDTEND:20260805T090000Z", ["0805T08:00-09:00"]),
        ("DTSTART;TZID=Europe/Madrid:20260805T100000\nDURATION:PT90M", ["0805T08:00-09:30"]),
        ("DTSTART:20260805T100000\nDTEND:20260805T110000", ["0805T08:00-09:00"]),
        ("DTSTART;TZID=Nowhere/Atlantis:20260805T100000\nDURATION:PT1H", ["0805T08:00-09:00"]),
        ("DTSTART;TZID=Romance Standard Time:20260805T100000\nDURATION:PT1H", ["0805T08:00-09:00"]),
        ("DTSTART;TZID=E. South America Standard Time:20260805T100000\nDURATION:PT1H", ["0805T13:00-14:00"]),
        ('DTSTART;TZID="(UTC-03:00) Brasilia":20260805T100000\nDURATION:PT1H', ["0805T08:00-09:00"]),
        ("DTSTART;TZID=/mozilla.org/20050126_1/America/New_York:20260805T100000\nDURATION:PT1H", ["0805T14:00-15:00"]),
        ("DTSTART;VALUE=DATE:20260805\nDTEND;VALUE=DATE:20260807", ["0804T22:00-0806T22:00"]),
        ("DTSTART;VALUE=DATE:20260805", ["0804T22:00-0805T22:00"]),
        ("DTSTART;VALUE=DATE:20261025", ["1024T22:00-1025T23:00"]),
        ("DTSTART:20260805T080000Z", []),
        ("DTSTART:20260805T080000Z\nDURATION:PT1H\nTRANSP:TRANSPARENT", []),
        ("DTSTART:20260805T080000Z\nDURATION:PT1H\nSTATUS:CANCELLED", []),
        ("DTSTART:20260805T080000Z\nDURATION:PT1H\nX-MICROSOFT-CDO-BUSYSTATUS:FREE", []),
        ("DTSTART:20260805T080000Z\nDURATION:PT1H\nSTATUS:TENTATIVE", ["0805T08:00-09:00"]),
        ("DTSTART:20260802T080000Z\nDURATION:PT1H", []),
        ("DTSTART:20260802T230000Z\nDURATION:PT2H", ["0802T23:00-0803T01:00"]),
        ("DTSTART:20200101T000000Z\nDURATION:P2000W", ["0101T00:00-0501T00:00"]),
        (f"UID:{uuid4()}@{OURS}\nDTSTART:20260805T080000Z\nDURATION:PT1H", []),
        (f"UID:{uuid4()}@{domain_of(uuid4())}\nDTSTART:20260805T080000Z\nDURATION:PT1H", ["0805T08:00-09:00"]),
    ],
)
def test_an_event_blocks_when_and_as_long_as_its_program_shows_it(event: str, expected: list[str]) -> None:
    assert spans(calendar(event)) == expected


def test_repetitions_keep_their_wall_time_over_a_clock_change() -> None:
    rule = "DTSTART;TZID=Europe/Madrid:20261019T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=3"
    assert spans(calendar(rule)) == ["1019T07:00-08:00", "1026T08:00-09:00", "1102T08:00-09:00"]
    assert spans(calendar("DTSTART;VALUE=DATE:20261024\nRRULE:FREQ=DAILY;COUNT=2")) == [
        "1023T22:00-1024T22:00",
        "1024T22:00-1025T23:00",
    ]
    floating = "DTSTART:20261019T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;UNTIL=20261027T000000"
    assert spans(calendar(floating)) == ["1019T07:00-08:00", "1026T08:00-09:00"]


def test_single_days_of_a_repetition_are_left_out_moved_or_cancelled() -> None:
    series = """
        UID:a@example.com
        DTSTART;TZID=Europe/Madrid:20260803T090000
        DTEND;TZID=Europe/Madrid:20260803T100000
        RRULE:FREQ=DAILY;COUNT=5
        EXDATE;TZID=Europe/Madrid:20260804T090000
    """
    moved = """
        UID:a@example.com
        RECURRENCE-ID;TZID=Europe/Madrid:20260805T090000
        DTSTART;TZID=Europe/Madrid:20260805T150000
        DTEND;TZID=Europe/Madrid:20260805T153000
    """
    cancelled = """
        UID:a@example.com
        RECURRENCE-ID;TZID=Europe/Madrid:20260806T090000
        DTSTART;TZID=Europe/Madrid:20260806T090000
        DTEND;TZID=Europe/Madrid:20260806T100000
        STATUS:CANCELLED
    """
    expected = ["0803T07:00-08:00", "0805T13:00-13:30", "0807T07:00-08:00"]
    assert spans(calendar(series, moved, cancelled)) == expected
    assert spans(calendar(cancelled, moved, series)) == expected


def test_a_zone_that_a_calendar_defines_is_its_own() -> None:
    event = "DTSTART;TZID=Casa:20260805T100000\nDURATION:PT1H"
    assert spans(calendar(event, head=ZONE_OF_ITS_OWN.format("-0300"))) == ["0805T13:00-14:00"]
    assert spans(calendar(event, head=ZONE_OF_ITS_OWN.format("+0200"))) == ["0805T08:00-09:00"]
    assert spans(calendar(event)) == ["0805T08:00-09:00"]


def test_events_that_cannot_be_read_are_counted_and_leave_the_others_alone() -> None:
    good = "DTSTART:20260805T080000Z\nDURATION:PT1H"
    bad = (
        "SUMMARY:no start",
        "DTSTART:2026-08-05 10:00\nDURATION:PT1H",
        "DTSTART:20260805T080000Z\nDTEND:tomorrow",
        "DTSTART:20260805T080000Z\nDURATION:PT1H\nRRULE:FREQ=SOMETIMES",
        "DTSTART:20260805T080000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;INTERVAL=0",
        "DTSTART:20260805T080000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY\nEXDATE:never",
        "DTSTART:20260805T080000Z\nDURATION:P99999999999D",
    )
    found = read(calendar(good, *bad), MADRID)
    assert (len(found.busy), found.skipped) == (1, len(bad))
    doubled = read(calendar(f"UID:a\n{good}", f"UID:a\n{good}"), MADRID)
    assert len(doubled.busy) == 1


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no calendar"),
        (b"<!doctype html><title>Sign in</title>", "no calendar"),
        (b"\x00\xff\xfe", "no calendar"),
        (calendar("DTSTART:20260805T080000Z\nDURATION:PT1H")[:-20], "breaks off"),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR", "RFC 5545"),
        (calendar("DTSTART:20260805T080000Z\nDURATION:PT1S\nRRULE:FREQ=SECONDLY"), "times a day"),
        (calendar("DTSTART:20260805T080000Z\nRRULE:FREQ=MINUTELY;INTERVAL=14"), "times a day"),
        (calendar("DTSTART:20260805T080000Z\nRRULE:FREQ=HOURLY;BYMINUTE=0,10,20,30,40"), "times a day"),
        (calendar(*["DTSTART:20260101T000000Z\nDURATION:PT1M\nRRULE:FREQ=MINUTELY;INTERVAL=15"] * 3), str(MOST_BUSY)),
    ],
)
def test_what_is_no_calendar_or_without_measure_is_refused_with_a_reason(content: bytes, why: str) -> None:
    with pytest.raises(Unread, match=why):
        read(content, MADRID)


def test_ten_thousand_events_are_read_in_seconds() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    events = [
        f"DTSTART:{start + timedelta(hours=number):%Y%m%dT%H%M%SZ}\nDURATION:PT30M\nSUMMARY:Number {number}"
        for number in range(10_000)
    ]
    begun = time.process_time()
    found = read(calendar(*events), MADRID)
    assert len(found.busy) == 92 * 24
    assert time.process_time() - begun < 30


async def test_a_process_of_its_own_reads_the_same_and_is_ended_when_it_does_not_end() -> None:
    event = "UID:ñandú\nDTSTART:20260805T080000Z\nDURATION:PT1H"
    content = calendar(event, "SUMMARY:no start")
    assert await read_apart(content, MADRID) == read(content, MADRID)
    with pytest.raises(Unread, match="no calendar"):
        await read_apart(b"", MADRID)
    endless = calendar("DTSTART:20260805T080000Z\nDURATION:PT1H\nRRULE:FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=31")
    with pytest.raises(Unread, match="too much to follow"):
        await read_apart(endless, MADRID, seconds=1)
