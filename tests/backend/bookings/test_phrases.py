"""Some four hundred ways to say when (`phrases/*.txt`), each with what a careful receptionist understands."""

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from backend.bookings.date_words import EVERY_DAY
from backend.bookings.dates import Ambiguous, Moment, resolve

NOW = datetime(2026, 8, 5, 10, 0, tzinfo=ZoneInfo("America/Sao_Paulo"))
SALON = {day: [["09:00", "13:00"], ["14:00", "19:00"]] for day in ("mon", "tue", "wed", "thu", "fri")} | {
    "sat": [["09:00", "13:00"]]
}
NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LISTS = sorted(Path(__file__).with_name("phrases").glob("*.txt"))


def phrases() -> list[tuple[str, str, str]]:
    lines = [line for listed in LISTS for line in listed.read_text("utf-8").splitlines() if not line.startswith("#")]
    return [(locale.strip(), text.strip(), told.strip()) for locale, text, told in (one.split("|") for one in lines)]


def read(text: str, locale: str) -> str:
    return shown(resolve(text, NOW, locale, SALON))


def shown(found: Moment | Ambiguous | None) -> str:
    """As the lists write it: a moment, a day or days, the part of the day, `?` what is asked."""
    if found is None:
        return "-"
    if isinstance(found, Ambiguous):
        options = " / ".join(map(_moment, found.options))
        told = "past" if found.reason == "past" else f"? {found.reason}:"
        return f"{told} {options}".strip()
    return _moment(found)


def _moment(found: Moment) -> str:
    if found.start is not None:
        return f"{_day(found.start.date())} {found.start:%H:%M}"
    first, last = found.earliest.date(), (found.latest - timedelta(seconds=1)).date()
    now = NOW.replace(tzinfo=None)
    days = _day(first) if first == last else f"{_day(first)}..{_day(last)}"
    if (found.earliest, found.latest) == (now, now + timedelta(days=14)):
        days = "soon"
    window = "" if found.window == (0, 1440) else f" {_clock(found.window[0])}-{_clock(found.window[1])}"
    kept = "" if found.weekdays == EVERY_DAY else " on " + " ".join(NAMES[day] for day in sorted(found.weekdays))
    return days + window + kept + (" last" if found.last else "")


def _day(day: date) -> str:
    return f"{day:%m-%d}" if day.year == NOW.year else day.isoformat()


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


@pytest.mark.parametrize("listed", LISTS, ids=lambda listed: listed.stem)
def test_phrases_are_read_as_a_careful_receptionist_reads_them(listed: Path) -> None:
    of_it = [(locale, text, told) for locale, text, told in phrases() if locale.startswith(listed.stem)]
    wrong = [(text, told, said) for locale, text, told in of_it if (said := read(text, locale)) != told]
    assert not wrong


VOCABULARY = sorted({word for _, text, _ in phrases() for word in text.split()})
FRAGMENTS = st.lists(st.sampled_from(VOCABULARY), max_size=9).map(" ".join)


@example("a noite after 12 14th", "en-US", datetime(2026, 8, 2, 18, 2), False)
@given(
    st.one_of(FRAGMENTS, st.text(max_size=80)),
    st.sampled_from(["es-MX", "pt-BR", "en", "en-US", "en-GB", "xx"]),
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)),
    st.booleans(),
)
@settings(max_examples=400, deadline=None)
def test_no_text_is_too_strange_and_none_leads_into_the_past(
    text: str, locale: str, now: datetime, talked: bool
) -> None:
    found = resolve(text, now, locale, SALON, now + timedelta(days=2) if talked else None)
    for moment in found.options if isinstance(found, Ambiguous) else () if found is None else (found,):
        assert moment.latest > moment.earliest >= now
        assert moment.start is None or moment.start > now
        assert 0 <= moment.window[0] < moment.window[1] <= 1441
        assert moment.weekdays


def test_there_are_as_many_phrases_as_the_readme_says() -> None:
    assert len({(locale, text) for locale, text, _ in phrases()}) >= 480
