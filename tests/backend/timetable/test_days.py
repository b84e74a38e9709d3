"""Which hours a single date has, and what that does to slots: pure."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter, ValidationError

from backend.bookings.availability import Demand, Person, Rules, free_slots, why_not
from backend.bookings.hours import WEEKDAYS, Exceptions, Week
from backend.tenants.settings import PublicHolidays, TenantSettings
from backend.timetable.days import Override, SpecialDay, runs, settled, spans_of
from backend.timetable.public_holidays import holidays_of
from backend.timetable.rule_words import rules_told
from backend.timetable.schemas import DateHours, NewAbsence, NewOverride

SANTIAGO, MADRID = ZoneInfo("America/Santiago"), ZoneInfo("Europe/Madrid")
NINE_TO_FIVE = Week.parse({day: [["09:00", "17:00"]] for day in WEEKDAYS})
ANA = UUID(int=1)


def override(number: int, first: date, last: date, *hours: tuple[str, str], reason: str = "") -> Override:
    return Override(UUID(int=number), first, last, hours, reason)


def starts(zone: ZoneInfo, opening: Week, exceptions: Exceptions, person: Person, *days: date) -> list[str]:
    """Wall times of hourly slots of an hour, from the first day to the last."""
    rules = Rules(zone, opening, step=60, horizon=timedelta(days=3000), exceptions=exceptions)
    first, last = (datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC) for day in (days[0], days[-1]))
    slots = free_slots(rules, Demand(60), [person], first, last + timedelta(days=1), datetime(2026, 1, 1, tzinfo=UTC))
    return [f"{slot.start.astimezone(zone):%d %H:%M}" for slot in slots]


def test_of_several_overrides_the_one_over_fewer_days_holds_then_the_newest() -> None:
    month = override(1, date(2026, 12, 1), date(2026, 12, 31), reason="férias")
    week = override(2, date(2026, 12, 7), date(2026, 12, 13), ("10:00", "12:00"))
    older, newer = (override(number, date(2026, 12, 9), date(2026, 12, 9), reason=str(number)) for number in (3, 4))
    holiday = {date(2026, 12, 8): "Imaculada Conceição"}
    found = settled([newer, week, older, month], date(2026, 12, 6), date(2026, 12, 10), holiday)
    assert [(day.day, special.hours, special.reason) for day, special in found.items()] == [
        (6, (), "férias"),
        (7, (("10:00", "12:00"),), ""),
        (8, (("10:00", "12:00"),), ""),
        (9, (), "4"),
        (10, (("10:00", "12:00"),), ""),
    ]


def test_a_holiday_closes_unless_an_override_speaks() -> None:
    christmas, new_year = date(2026, 12, 25), date(2027, 1, 1)
    opens = override(1, new_year, new_year, ("12:00", "16:00"), reason="abrimos")
    found = settled([opens], christmas, new_year, {christmas: "Natal", new_year: "Confraternização"})
    assert found[christmas] == SpecialDay((), "Natal", holiday=True)
    assert found[new_year] == SpecialDay((("12:00", "16:00"),), "abrimos")


def test_days_that_are_alike_and_follow_each_other_are_told_as_one() -> None:
    long = override(1, date(2026, 12, 28), date(2027, 1, 3), reason="férias")
    eve = override(2, date(2026, 12, 31), date(2026, 12, 31), ("09:00", "12:00"))
    assert runs(settled([long, eve], date(2026, 12, 1), date(2027, 1, 2))) == [
        {"first_day": "2026-12-28", "last_day": "2026-12-30", "hours": [], "reason": "férias"},
        {"first_day": "2026-12-31", "last_day": "2026-12-31", "hours": [["09:00", "12:00"]], "reason": ""},
        {"first_day": "2027-01-01", "last_day": "2027-01-02", "hours": [], "reason": "férias"},
    ]


def test_a_day_of_a_clock_change_may_have_other_hours() -> None:
    """Santiago skips 00:00 to 01:00 on 6 September 2026; Madrid repeats 02:00 to 03:00 on 25 October."""
    sunday = date(2026, 9, 6)
    ana = Person(ANA, "Ana")
    night = {sunday: spans_of([["00:00", "03:00"]])}
    assert starts(SANTIAGO, NINE_TO_FIVE, night, ana, sunday) == ["06 01:00", "06 02:00"]
    autumn = date(2026, 10, 25)
    repeated = {autumn: spans_of([["01:00", "04:00"]])}
    assert starts(MADRID, NINE_TO_FIVE, repeated, ana, autumn) == ["25 01:00", "25 02:00", "25 03:00"]


def test_an_override_may_run_past_midnight_into_a_closed_day() -> None:
    saturday, sunday = date(2026, 8, 8), date(2026, 8, 9)
    late = {saturday: spans_of([["22:00", "02:00"]]), sunday: ()}
    found = starts(MADRID, NINE_TO_FIVE, late, Person(ANA, "Ana"), saturday, sunday)
    assert found == ["08 22:00", "08 23:00", "09 00:00", "09 01:00"]


def test_hours_of_a_day_of_the_business_do_not_open_that_of_somebody_with_own_hours() -> None:
    sunday = date(2026, 8, 9)
    weekdays = Week.parse({"mon": [["09:00", "17:00"]], "sat": [["09:00", "17:00"]]})
    open_sunday = {sunday: spans_of([["10:00", "12:00"]])}
    follows, own = Person(ANA, "Ana"), Person(ANA, "Ana", weekdays)
    comes = Person(ANA, "Ana", weekdays, exceptions={sunday: spans_of([["11:00", "15:00"]])})
    closed = Person(ANA, "Ana", exceptions={sunday: ()})
    assert starts(MADRID, weekdays, open_sunday, follows, sunday) == ["09 10:00", "09 11:00"]
    assert starts(MADRID, weekdays, open_sunday, own, sunday) == []
    assert starts(MADRID, weekdays, open_sunday, comes, sunday) == ["09 11:00"]
    assert starts(MADRID, weekdays, open_sunday, closed, sunday) == []


def test_a_closed_day_of_a_business_without_hours_closes_it_for_everybody() -> None:
    monday, tuesday = date(2026, 8, 10), date(2026, 8, 11)
    own = Person(ANA, "Ana", Week.parse({"mon": [["09:00", "10:00"]], "tue": [["09:00", "10:00"]]}))
    assert starts(MADRID, Week(), {monday: ()}, own, monday, tuesday) == ["11 09:00"]


def test_a_day_that_an_override_closes_is_closed_and_not_taken() -> None:
    friday = date(2026, 8, 7)
    rules = Rules(MADRID, NINE_TO_FIVE, exceptions={friday: ()})
    at = datetime(2026, 8, 7, 10, tzinfo=MADRID)
    assert why_not(rules, Demand(60), [Person(ANA, "Ana")], at, datetime(2026, 8, 1, tzinfo=UTC)) == "closed"


async def test_sao_paulo_keeps_days_that_brazil_does_not_by_their_names_in_the_businesss_language() -> None:
    first, last = date(2026, 7, 1), date(2026, 12, 31)
    brazil = await holidays_of(PublicHolidays(country="BR"), first, last, "pt-BR")
    paulista = await holidays_of(PublicHolidays(country="BR", subdivision="SP"), first, last, "pt-BR")
    assert paulista.keys() - brazil.keys() == {date(2026, 7, 9)}
    assert (paulista[date(2026, 7, 9)], brazil[date(2026, 12, 25)]) == ("Revolução Constitucionalista", "Natal")
    for country, locale, name in (("BR", "en-US", "Christmas Day"), ("MX", "es-MX", "Navidad")):
        named = await holidays_of(PublicHolidays(country=country), first, last, locale)
        assert named[date(2026, 12, 25)] == name
    assert await holidays_of(PublicHolidays(country="ZZ"), first, last, "es") == {}
    assert await holidays_of(None, first, last, "es") == {}


@pytest.mark.parametrize(
    ("hours", "fits"),
    [
        ([["09:00", "13:00"], ["14:00", "24:00"]], True),
        ([["20:00", "02:00"]], True),
        ([["00:00", "24:00"]], True),
        ([["14:00", "15:00"], ["09:00", "10:00"]], False),
        ([["09:00", "13:00"], ["12:00", "14:00"]], False),
        ([["20:00", "02:00"], ["21:00", "22:00"]], False),
        ([["09:00", "09:00"]], True),
        ([["09:00", "09:00"], ["10:00", "11:00"]], False),
        ([["24:00", "02:00"]], False),
        ([["9:00", "10:00"]], False),
    ],
)
def test_hours_of_a_day_are_in_order_and_apart(hours: list[list[str]], fits: bool) -> None:
    try:
        TypeAdapter(DateHours).validate_python(hours)
    except ValidationError:
        assert not fits
    else:
        assert fits


@pytest.mark.parametrize(
    "wrong",
    [
        {"first_day": "2026-12-24", "last_day": "2026-12-23"},
        {"first_day": "2026-01-01", "last_day": "2028-01-02"},
        {"first_day": "0001-01-01"},
        {"last_day": "2026-12-23"},
    ],
)
def test_days_of_an_override_are_in_order_and_not_too_many(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        NewOverride.model_validate(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"start": "2026-12-24T09:00:00Z"},
        {"start": "2026-12-24T09:00:00Z", "end": "2026-12-24T09:00:00Z"},
        {"start": "2026-12-24T09:00:00Z", "end": "2029-12-24T09:00:00Z"},
        {"start": "2026-12-24T09:00:00", "end": "2026-12-24T10:00:00"},
        {"start": "0001-01-01T00:00:00+14:00", "end": "0001-01-02T00:00:00Z"},
        {"first_day": "2026-12-24", "start": "2026-12-24T09:00:00Z", "end": "2026-12-24T10:00:00Z"},
        {"start": "2026-12-24T09:00:00Z", "end": "2026-12-24T10:00:00Z", "last_day": "2026-12-24"},
        {"first_day": "2026-12-24", "last_day": "2026-12-23"},
    ],
)
def test_an_absence_has_days_or_instants(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        NewAbsence.model_validate({"staff_id": str(ANA), **wrong})


def test_rules_are_told_in_the_businesss_language() -> None:
    rules = TenantSettings(
        cancel_notice_minutes=1440, reschedule_notice_minutes=90, reschedules_allowed=1, max_open_bookings=3
    )
    assert rules_told(rules, "es-MX") == (
        "Las citas se pueden cancelar hasta 24 horas antes de que empiecen. "
        "Las citas se pueden cambiar de horario hasta 90 minutos antes de que empiecen. "
        "Cada cita se puede cambiar de horario una sola vez. Cada cliente puede tener 3 citas pendientes como máximo. "
        "Fuera de eso decide una persona del equipo."
    )
    assert rules_told(TenantSettings(cancel_notice_minutes=2880), "pt-BR") == (
        "Os agendamentos podem ser cancelados até 2 dias antes de começar. "
        "Fora disso, quem decide é uma pessoa da equipe."
    )
    never = TenantSettings(reschedule_notice_minutes=60, reschedules_allowed=0)
    assert rules_told(never, "en") == "Bookings cannot be moved. Beyond that, a person of the team decides."
    assert rules_told(TenantSettings(), "es") == ""
