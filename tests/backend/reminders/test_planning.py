"""When a reminder is due: elapsed time, quiet hours, clock changes, and what comes too late."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from backend.reminders.planning import NEAREST, Quiet, latest, planned, sendable
from backend.reminders.templates import choose, fault
from backend.tenants.settings import TenantSettings

ZONE = ZoneInfo("America/Sao_Paulo")
NIGHT = Quiet.of(("21:00", "08:00"), ZONE)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
DEFAULT = (1440, 120)


def local(text: str, zone: ZoneInfo = ZONE) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def due(
    start: str, minutes: tuple[int, ...] = DEFAULT, now: datetime = LONG_AGO, quiet: Quiet | None = None
) -> list[str]:
    found = planned(local(start), minutes, now, quiet)
    return [f"{at.astimezone(ZONE):%d %H:%M}" for at in found.values()]


def test_a_day_and_two_hours_before() -> None:
    assert due("2026-08-07 10:00") == ["06 10:00", "07 08:00"]


@pytest.mark.parametrize(
    ("ahead", "kept"),
    [
        (timedelta(minutes=30), []),
        (timedelta(hours=2), []),
        (timedelta(hours=2, minutes=9), []),
        (timedelta(hours=2, minutes=10), [120]),
        (timedelta(hours=24), [120]),
        (timedelta(hours=25, minutes=59), [120]),
        (timedelta(hours=26), [1440, 120]),
    ],
)
def test_what_is_over_or_was_just_said_is_not_planned(ahead: timedelta, kept: list[int]) -> None:
    now = local("2026-08-05 10:00")
    assert list(planned(now + ahead, DEFAULT, now, None)) == kept


@pytest.mark.parametrize(
    ("zone", "start", "day_before"),
    [
        ("Europe/Madrid", "2026-03-29 10:00", "28 09:00"),
        ("Europe/Madrid", "2026-10-25 10:00", "24 11:00"),
        ("America/New_York", "2026-11-01 10:00", "31 11:00"),
        ("America/Santiago", "2026-09-06 10:00", "05 09:00"),
    ],
)
def test_24_hours_are_24_hours_over_a_change_of_clocks(zone: str, start: str, day_before: str) -> None:
    there = ZoneInfo(zone)
    [at] = planned(local(start, there), (1440,), LONG_AGO, None).values()
    assert f"{at.astimezone(there):%d %H:%M}" == day_before


@pytest.mark.parametrize(
    ("start", "sent"),
    [
        ("2026-08-07 09:00", ["06 09:00", "07 08:00"]),
        ("2026-08-07 08:30", ["06 08:30", "06 20:45"]),
        ("2026-08-07 07:00", ["06 08:00", "06 20:45"]),
        ("2026-08-07 22:00", ["07 08:00", "07 20:00"]),
        ("2026-08-07 23:30", ["07 08:00", "07 20:45"]),
    ],
)
def test_nobody_is_reminded_in_quiet_hours(start: str, sent: list[str]) -> None:
    """At their end if that is an hour before the appointment at least, else before they begin."""
    assert due(start, quiet=NIGHT) == sent


def test_quiet_hours_of_one_day_end_on_it() -> None:
    siesta = Quiet.of(("14:00", "16:00"), ZONE)
    assert due("2026-08-07 17:00", (120,), quiet=siesta) == ["07 16:00"]
    assert due("2026-08-07 16:30", (120,), quiet=siesta) == ["07 13:45"]
    assert due("2026-08-07 18:00", (120,), quiet=siesta) == ["07 16:00"]
    assert due("2026-08-07 16:00", (120,), quiet=siesta) == ["07 13:45"]


def test_two_that_fall_on_one_moment_are_one() -> None:
    found = planned(local("2026-08-07 09:30"), (240, 180), LONG_AGO, NIGHT)
    assert list(found) == [180]


def test_quiet_hours_that_end_in_a_missing_hour_end_at_the_change() -> None:
    madrid = ZoneInfo("Europe/Madrid")
    quiet = Quiet.of(("21:00", "02:30"), madrid)
    assert quiet is not None
    span = quiet.around(local("2026-03-29 01:30", madrid))
    assert span is not None
    assert span[1] == datetime(2026, 3, 29, 1, tzinfo=UTC)


@given(
    start=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),
    minutes=st.lists(st.integers(5, 43_200), max_size=5, unique=True),
    ahead=st.integers(0, 80_000),
    hours=st.tuples(st.times(), st.times()).filter(lambda pair: pair[0] != pair[1]),
    zone=st.sampled_from(["America/Sao_Paulo", "America/Santiago", "Europe/Madrid", "Australia/Lord_Howe"]),
)
def test_what_is_planned_lies_ahead_before_the_appointment_and_outside_of_quiet_hours(
    start: datetime, minutes: list[int], ahead: int, hours: tuple[object, object], zone: str
) -> None:
    there = ZoneInfo(zone)
    quiet = Quiet.of([str(one)[:5] for one in hours], there)
    if quiet is None or quiet.begins == quiet.ends:
        return
    starts_at = start.replace(tzinfo=UTC)
    now = starts_at - timedelta(minutes=ahead)
    found = planned(starts_at, minutes, now, quiet)
    assert len(set(found.values())) == len(found)
    for at in found.values():
        assert now <= at < starts_at
        span = quiet.around(at)
        assert span is None or span[1] - span[0] > timedelta(hours=23)


def test_a_late_one_goes_while_a_quarter_of_its_time_is_left_and_not_at_night() -> None:
    start = local("2026-08-07 10:00")
    assert latest(start, 1440) == local("2026-08-07 04:00")
    assert sendable(local("2026-08-06 20:00"), start, 1440, NIGHT) == local("2026-08-06 20:00")
    assert sendable(local("2026-08-07 04:30"), start, 1440, None) is None
    assert sendable(local("2026-08-07 08:40"), start, 120, NIGHT) == local("2026-08-07 08:40")
    assert sendable(local("2026-08-07 09:31"), start, 120, NIGHT) is None
    assert sendable(local("2026-08-07 07:50"), local("2026-08-07 09:00"), 120, NIGHT) == local("2026-08-07 08:00")
    assert sendable(local("2026-08-06 22:00"), local("2026-08-07 08:30"), 120, NIGHT) is None
    assert timedelta(hours=1) == NEAREST


@pytest.mark.parametrize(
    "wrong",
    [
        {"reminder_minutes": [4]},
        {"reminder_minutes": [43_201]},
        {"reminder_minutes": [60, 60]},
        {"reminder_minutes": [10, 20, 30, 40, 50, 60]},
        {"quiet_hours": ["21:00", "21:00"]},
        {"quiet_hours": ["21:00"]},
        {"quiet_hours": ["24:00", "08:00"]},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TenantSettings.model_validate(wrong)


def test_settings_are_sorted_and_have_a_default() -> None:
    assert TenantSettings().reminder_minutes == [1440, 120]
    assert TenantSettings().quiet_hours is None
    assert TenantSettings.model_validate({"reminder_minutes": [60, 2880]}).reminder_minutes == [2880, 60]


def test_a_template_is_chosen_by_language_and_filled_by_what_it_asks_for() -> None:
    templates = {"es_1": {"text": "Hola {{1}}: {{2}}"}, "pt_1": {"text": "Olá {{name}}: {{moment}}"}}
    config = {
        "templates": templates,
        "reminder_templates": {"es": {"name": "es_1", "variables": {"1": "name", "2": "date"}}, "pt": {"name": "pt_1"}},
    }
    assert fault(config) is None
    chosen = choose(config, ("pt", "es"))
    assert chosen is not None
    assert (chosen.name, chosen.language, dict(chosen.fields)) == ("pt_1", "pt", {"name": "name", "moment": "moment"})
    other = choose(config, ("en",))
    assert other is not None
    assert (other.name, dict(other.fields)) == ("es_1", {"1": "name", "2": "date"})
    assert choose({"templates": templates}, ("es",)) is None
    assert "es_2" in str(fault(config | {"reminder_templates": {"es": {"name": "es_2"}}}))
    assert "fills 1, 2" in str(fault(config | {"reminder_templates": {"es": {"name": "es_1"}}}))
