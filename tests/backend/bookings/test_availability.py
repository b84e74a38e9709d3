"""Slots are arithmetic: hours, grid, buffers, notice, horizon and clock changes."""

import statistics
import time as stopwatch
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from backend.bookings.availability import Demand, Person, Rules, Slot, free_slots, why_not
from backend.bookings.hours import Week, first_instant_from, instant_of

MADRID = ZoneInfo("Europe/Madrid")
MONDAY = date(2026, 8, 3)
EVERY_DAY = {day: [["09:00", "13:00"], ["14:00", "19:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
LONG_BEFORE = datetime(2026, 1, 1, tzinfo=UTC)


def person(name: str = "Ana", hours: dict[str, list[list[str]]] | None = None, **more: object) -> Person:
    number = sum(map(ord, name))
    return Person(UUID(int=number), name, Week.parse(hours or {}), **more)  # type: ignore[arg-type]


def rules(hours: dict[str, list[list[str]]] = EVERY_DAY, zone: str = "Europe/Madrid", **more: object) -> Rules:
    return Rules(ZoneInfo(zone), Week.parse(hours), **({"horizon": timedelta(days=3650)} | more))  # type: ignore[arg-type]


def at(day: date, wall_time: str, zone: str = "Europe/Madrid") -> datetime:
    return datetime.combine(day, time.fromisoformat(wall_time), ZoneInfo(zone)).astimezone(UTC)


def on(
    day: date, of: Rules, demand: Demand, people: Sequence[Person] = (), now: datetime = LONG_BEFORE, days: int = 1
) -> list[Slot]:
    start = datetime.combine(day, time(), of.zone)
    end = datetime.combine(day + timedelta(days=days), time(), of.zone)
    return free_slots(of, demand, people or [person()], start, end, now)


def walls(slots: list[Slot], zone: str = "Europe/Madrid") -> list[str]:
    return [f"{slot.start.astimezone(ZoneInfo(zone)):%H:%M}" for slot in slots]


def test_a_day_is_cut_from_opening_to_the_last_start_that_still_fits() -> None:
    assert walls(on(MONDAY, rules({"mon": [["09:00", "11:00"]]}), Demand(60))) == [
        "09:00",
        "09:15",
        "09:30",
        "09:45",
        "10:00",
    ]


def test_a_closed_day_has_no_slots() -> None:
    assert on(MONDAY + timedelta(days=5), rules(), Demand(30)) == []


def test_each_range_of_the_business_starts_a_grid_of_its_own() -> None:
    hours = {"mon": [["09:00", "10:00"], ["14:10", "15:10"]]}
    assert walls(on(MONDAY, rules(hours, step=20), Demand(20))) == [
        "09:00",
        "09:20",
        "09:40",
        "14:10",
        "14:30",
        "14:50",
    ]


@pytest.mark.parametrize("step", [5, 10, 15, 20, 30, 45, 60, 90, 120])
def test_starts_are_multiples_of_the_step_from_opening(step: int) -> None:
    found = on(MONDAY, rules({"mon": [["09:10", "19:10"]]}, step=step), Demand(30))
    opening = at(MONDAY, "09:10")
    assert [(slot.start - opening) / timedelta(minutes=step) for slot in found] == list(range(len(found)))
    assert found[-1].end <= at(MONDAY, "19:10") < found[-1].end + timedelta(minutes=step)


def test_an_appointment_does_not_reach_over_a_break() -> None:
    assert "12:30" in walls(on(MONDAY, rules(), Demand(30)))
    assert "12:45" not in walls(on(MONDAY, rules(), Demand(30)))
    assert "14:00" in walls(on(MONDAY, rules(), Demand(30)))


def test_staff_hours_narrow_those_of_the_business_and_keep_its_grid() -> None:
    late = person("Bea", {"mon": [["10:10", "11:10"]]})
    assert walls(on(MONDAY, rules(), Demand(30), [late])) == ["10:15", "10:30"]


def test_staff_without_hours_of_their_own_work_when_the_business_is_open() -> None:
    assert walls(on(MONDAY, rules({"mon": [["09:00", "10:00"]]}), Demand(60), [person()])) == ["09:00"]


def test_a_business_without_hours_leaves_it_to_the_staff() -> None:
    assert walls(on(MONDAY, rules({}), Demand(60), [person("Bea", {"mon": [["10:10", "11:25"]]})])) == [
        "10:10",
        "10:25",
    ]
    assert on(MONDAY, rules({}), Demand(60), [person()]) == []


def test_touching_ranges_and_midnight_are_no_break() -> None:
    hours = {"mon": [["22:00", "24:00"]], "tue": [["00:00", "02:00"]]}
    assert walls(on(MONDAY, rules(hours, step=30), Demand(90))) == ["22:00", "22:30", "23:00", "23:30"]


def test_a_shift_over_midnight_belongs_to_the_day_on_which_it_starts() -> None:
    late = {"mon": [["22:00", "02:00"]]}
    assert walls(on(MONDAY, rules(late, step=60), Demand(60))) == ["22:00", "23:00"]
    assert walls(on(MONDAY + timedelta(days=1), rules(late, step=60), Demand(60))) == ["00:00", "01:00"]


def test_buffers_of_both_neighbours_are_kept_free() -> None:
    busy = [(at(MONDAY, "11:00"), at(MONDAY, "11:40"))]
    found = walls(on(MONDAY, rules({"mon": [["10:00", "13:00"]]}), Demand(30, before=10, after=5), [person(busy=busy)]))
    assert found == ["10:00", "10:15", "12:00", "12:15", "12:30"]


def test_an_appointment_may_start_the_moment_another_ends() -> None:
    busy = [(at(MONDAY, "10:00"), at(MONDAY, "10:30"))]
    found = walls(on(MONDAY, rules({"mon": [["09:30", "11:00"]]}), Demand(30), [person(busy=busy)]))
    assert found == ["09:30", "10:30"]


def test_buffers_may_reach_beyond_the_hours() -> None:
    assert walls(on(MONDAY, rules({"mon": [["09:00", "10:00"]]}), Demand(60, before=15, after=15))) == ["09:00"]


def test_notice_and_horizon_cut_both_ends() -> None:
    now = at(MONDAY, "09:10")
    bounded = rules({"mon": [["09:00", "12:00"]]}, notice=timedelta(minutes=50), horizon=timedelta(hours=2))
    assert walls(on(MONDAY, bounded, Demand(30), now=now)) == ["10:00", "10:15", "10:30", "10:45", "11:00"]


def test_the_person_with_the_fewest_bookings_that_day_comes_first_then_the_name() -> None:
    people = [person("Caro"), person("Ana", load={MONDAY: 2}), person("Bea", load={MONDAY: 1})]
    by_id = {one.id: one.name for one in people}
    first = on(MONDAY, rules(), Demand(30), people)[0]
    tuesday = on(MONDAY + timedelta(days=1), rules(), Demand(30), people)[0]
    assert [by_id[one] for one in first.staff] == ["Caro", "Bea", "Ana"]
    assert [by_id[one] for one in tuesday.staff] == ["Ana", "Bea", "Caro"]


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        ("08:00", "past"),
        ("10:00", "notice"),
        ("13:15", "closed"),
        ("12:45", "closed"),
        ("14:05", "off_grid"),
        ("15:00", "taken"),
        ("16:00", None),
    ],
)
def test_a_refused_start_has_a_reason(start: str, reason: str | None) -> None:
    busy = [(at(MONDAY, "15:00"), at(MONDAY, "16:00"))]
    found = why_not(
        rules(notice=timedelta(hours=2)), Demand(30), [person(busy=busy)], at(MONDAY, start), at(MONDAY, "09:00")
    )
    assert found == reason


def test_beyond_the_horizon_is_a_reason_of_its_own() -> None:
    near = rules(horizon=timedelta(days=3))
    assert (
        why_not(near, Demand(30), [person()], at(MONDAY, "10:00"), at(MONDAY, "10:00") - timedelta(days=4)) == "horizon"
    )


# Clock changes in 2026 (tzdata): New York forward 8 March 02:00, back 1 November 02:00; Madrid forward 29 March 02:00,
# back 25 October 03:00; Santiago back 5 April 00:00 (to 23:00 on the 4th), forward 6 September 00:00. São Paulo none.
ALL_NIGHT = {day: [["00:00", "06:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    [
        ("America/New_York", date(2026, 3, 8), ["00:00", "01:00", "03:00", "04:00", "05:00"]),
        ("Europe/Madrid", date(2026, 3, 29), ["00:00", "01:00", "03:00", "04:00", "05:00"]),
        ("America/Santiago", date(2026, 9, 6), ["01:00", "02:00", "03:00", "04:00", "05:00"]),
        ("America/New_York", date(2026, 11, 1), ["00:00", "01:00", "02:00", "03:00", "04:00", "05:00"]),
        ("Europe/Madrid", date(2026, 10, 25), ["00:00", "01:00", "02:00", "03:00", "04:00", "05:00"]),
        ("America/Sao_Paulo", date(2026, 10, 18), ["00:00", "01:00", "02:00", "03:00", "04:00", "05:00"]),
        ("America/Sao_Paulo", date(2026, 11, 1), ["00:00", "01:00", "02:00", "03:00", "04:00", "05:00"]),
    ],
)
def test_the_night_of_a_clock_change_offers_each_existing_hour_once(zone: str, day: date, expected: list[str]) -> None:
    found = on(day, rules(ALL_NIGHT, zone, step=60), Demand(60))
    assert walls(found, zone) == expected
    assert all(slot.end - slot.start == timedelta(hours=1) for slot in found)


def test_an_hour_that_happens_twice_counts_the_first_time() -> None:
    night = date(2026, 11, 1)
    found = on(night, rules(ALL_NIGHT, "America/New_York", step=30), Demand(30))
    assert datetime(2026, 11, 1, 5, 0, tzinfo=UTC) in [slot.start for slot in found]
    assert datetime(2026, 11, 1, 6, 0, tzinfo=UTC) not in [slot.start for slot in found]
    assert datetime(2026, 11, 1, 7, 0, tzinfo=UTC) in [slot.start for slot in found]


def test_santiago_repeats_the_last_hour_before_midnight_once() -> None:
    late = {"sat": [["22:00", "24:00"]]}
    found = on(date(2026, 4, 4), rules(late, "America/Santiago", step=30), Demand(30))
    assert walls(found, "America/Santiago") == ["22:00", "22:30", "23:00", "23:30"]
    assert found[-1].start == datetime(2026, 4, 5, 2, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        ("America/New_York", date(2026, 3, 6), date(2026, 3, 9)),
        ("Europe/Madrid", date(2026, 10, 23), date(2026, 10, 26)),
        ("America/Santiago", date(2026, 9, 4), date(2026, 9, 7)),
        ("America/Sao_Paulo", date(2026, 10, 16), date(2026, 10, 19)),
    ],
)
def test_ten_o_clock_stays_ten_o_clock_across_a_clock_change(zone: str, before: date, after: date) -> None:
    week = rules(EVERY_DAY, zone)
    assert walls(on(before, week, Demand(30)), zone) == walls(on(after, week, Demand(30)), zone)


def test_a_range_that_ends_in_a_missing_hour_ends_at_the_change() -> None:
    hours = {"sun": [["00:00", "02:30"]]}
    found = on(date(2026, 3, 8), rules(hours, "America/New_York", step=30), Demand(30))
    assert walls(found, "America/New_York") == ["00:00", "00:30", "01:00", "01:30"]


def test_zones_with_odd_offsets_keep_their_quarter_hours() -> None:
    found = on(MONDAY, rules({"mon": [["09:00", "10:00"]]}, "Asia/Kathmandu"), Demand(60))
    assert [slot.start for slot in found] == [datetime(2026, 8, 3, 3, 15, tzinfo=UTC)]


def test_missing_wall_times_have_no_instant_and_give_way_to_the_change() -> None:
    missing = datetime(2026, 3, 29, 2, 30)
    assert instant_of(missing, MADRID) is None
    assert first_instant_from(missing, MADRID) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert instant_of(datetime(2026, 10, 25, 2, 30), MADRID) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize("hours", [{"mo": []}, {"mon": [["9:00", "10:00"]]}, {"mon": [["09:00", "25:00"]]}])
def test_hours_that_are_no_hours_are_refused(hours: dict[str, list[list[str]]]) -> None:
    with pytest.raises(ValueError, match=r"weekday|wall time"):
        Week.parse(hours)


def test_a_month_for_twenty_people_with_5000_bookings_stays_below_50_ms() -> None:
    opening = datetime(2026, 8, 1, 6, 0, tzinfo=UTC)
    people = [
        Person(
            UUID(int=number),
            f"Person {number:02}",
            Week.parse(EVERY_DAY),
            [
                (
                    opening + timedelta(minutes=45 * booking, days=booking // 9),
                    opening + timedelta(minutes=45 * booking + 30, days=booking // 9),
                )
                for booking in range(250)
            ],
            {MONDAY: number % 3},
        )
        for number in range(20)
    ]
    times = []
    for _ in range(7):
        started = stopwatch.process_time()
        found = on(date(2026, 8, 1), rules(), Demand(30, 5, 5), people, days=30)
        times.append(stopwatch.process_time() - started)
    assert len(found) > 500
    assert statistics.median(times) < 0.05
