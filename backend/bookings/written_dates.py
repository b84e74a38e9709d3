"""Dates with a number: "25/12", "10 de agosto", "the 3rd", "dia 7 ou 10"; and those that no calendar has."""

import re
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from dateutil.relativedelta import relativedelta

from backend.bookings.date_words import MONTHS, NUMBERS, SHORT_MONTHS, Words, either, number

ISO = re.compile(
    r"\b(\d{4})-(\d\d?)-(\d\d?)"
    r"(?:(?:t| a las | as | at | )(\d\d?):(\d\d)(?::\d\d(?:[.,]\d+)?)?(z|[+-]\d\d:?\d\d)?)?(?!\d)"
)
_NUMERIC = re.compile(
    r"(?<![\d/.-])(\d\d?)(?:/(\d\d?)(?:/(\d{4}|\d\d))?|[.-](\d\d?)[.-](\d{4}|\d\d)|-(0[1-9]))(?![\d/-])"
)
_MONTH_NAMES = either(MONTHS)
_OF_MONTH = re.compile(
    rf"\b(?P<day>\d\d?|{either(NUMBERS)})(?:st|nd|rd|th|o)?\s(?:del?|do|of)\s(?:(?P<next>(?:el |o |"
    rf"the )?(?:proximo mes|"
    r"mes (?:que viene|que vem|proximo|entrante)|next month))|(?:este|deste|neste|this) (?:mes|month))\b"
)
_ORDINAL = re.compile(
    rf"\b(?:(?:el dia|o dia|no dia|dia|el|the)\s(?P<day>\d\d?|{either(NUMBERS)})(?:st|nd|rd|th|o)?|"
    r"(?P<ordinal>\d\d?)(?:st|nd|rd|th))\b(?!\s?(?:[:h.~]\d|hs?\b|hrs?\b|horas\b|am\b|pm\b))"
)
_BESIDE_WEEKDAY = re.compile(
    r"\| (?P<day>\d\d?)\b(?!\s?(?:[:h./~-]|hs\b|hrs?\b|horas\b|am\b|pm\b|onwards?\b|<|[ye] (?:media|meia|cuarto|"
    r"quinze)\b))"
)
_OTHER_HOUR = re.compile(r"\b(?:a las?|as|at) \d|\d\s?(?:[:h~]|am\b|pm\b|hs\b)|12h00")
_EITHER_DAY = re.compile(
    rf"\b(?P<lead>(?:el |o |no )?dia|el|the|(?:{_MONTH_NAMES}))\s(?P<one>\d\d?)(?:st|nd|rd|th)?,?\s(?P<or>o|ou|or|y|"
    rf"e|and)\s"
    rf"(?:el |o |the |no )?(?:dia )?(?P<two>\d\d?)(?:st|nd|rd|th)?\b(?!\s?(?:[:h.~/]\d|hs?\b|am\b|pm\b|horas\b))"
    rf"(?P<tail>\s(?:de |of )?(?:{_MONTH_NAMES})\b)?"
)
_FAR = 10
"""Years ahead in which a date can be meant."""


@dataclass
class Written:
    """What dates with a number were found."""

    days: list[date] = field(default_factory=list)
    reason: str = "which_day"
    missing: list[date] = field(default_factory=list)
    """What could be meant by a date that does not exist: the last day of its month, and the day after."""


def months_of(locale: str) -> dict[str, int]:
    """Names of months, and the language's abbreviations."""
    return MONTHS | SHORT_MONTHS.get(locale[:2], {})


def read_written(words: Words, today: date, locale: str) -> Written:
    """Take dates with a month, in figures or words, and spell out lists of days ("dia 7 ou 10")."""
    found = Written()
    words.text = _EITHER_DAY.sub(_each_day, words.text)
    for one in words.take_all(_OF_MONTH):
        first = today.replace(day=1) + relativedelta(months=1 if one["next"] else 0)
        _keep(found, first.year, first.month, number(one["day"]), today)
    iso = words.take(ISO)
    if iso:
        _keep(found, int(iso[1]), int(iso[2]), int(iso[3]), today)
    for figures in words.take_all(_NUMERIC):
        _figures(found, figures, today, locale)
    months = months_of(locale)
    day_first = re.compile(
        rf"\b(?P<day>\d\d?|{either(NUMBERS)})(?:st|nd|rd|th|o|ro|er|ero)?\s(?:de\s|of\s)?(?P<month>{either(months)})\b"
        rf"(?:,?\s(?:de\s|del\s)?(?P<year>\d{{4}}))?"
    )
    month_first = re.compile(
        rf"\b(?P<month>{either(months)})\s(?:the\s)?(?P<day>\d\d?)(?:st|nd|rd|"
        rf"th)?\b(?![:h~]\d)(?:,?\s(?P<year>\d{{4}}))?"
    )
    for one in [*words.take_all(day_first), *words.take_all(month_first)]:
        _keep(found, _year(one["year"]), months[one["month"]], number(one["day"]), today)
    return found


def read_ordinals(words: Words, weekday: int | None, today: date) -> list[date]:
    """Take days of a month that is not said: "el 3", "the 7th", "dia 10"; those that fall on the weekday if any."""
    numbers = [number(one["day"] or one["ordinal"]) for one in words.take_all(_ORDINAL)]
    return [day for said in numbers for day in next_such_day(said, weekday, today)]


def read_beside(words: Words, weekday: int, today: date) -> list[date]:
    """ "viernes 7": a number after the weekday is a date if it falls on that weekday soon, or if an hour is said
    besides; else it is left alone."""
    beside = _BESIDE_WEEKDAY.search(words.text)
    days = next_such_day(int(beside["day"]), weekday, today) if beside else []
    rest = words.text[beside.end() :] if beside else ""
    fitting = [day for day in days if day.weekday() == weekday]
    if fitting or _OTHER_HOUR.search(rest):
        words.take(_BESIDE_WEEKDAY)
        return fitting or days
    return []


def next_such_day(day: int, weekday: int | None, today: date) -> list[date]:
    """The next day of a month with this number: of two months in a row, the one that falls on the weekday said."""
    months = (today.replace(day=1) + relativedelta(months=count) for count in range(4))
    coming = [found for month in months if (found := _day(month.year, month.month, day)) and found >= today]
    fitting = [found for found in coming[:2] if found.weekday() == weekday]
    return fitting[:1] or coming[:1]


def iso_moment(found: re.Match[str], zone_of: datetime) -> datetime | None:
    """The wall time of a whole instant; None if there is no such time."""
    try:
        wall = datetime(*(int(part) for part in found.groups()[:5]))  # type: ignore[arg-type]  # noqa: DTZ001
        if not found[6] or zone_of.tzinfo is None:
            return wall if wall.year <= zone_of.year + _FAR else None
        offset = found[6].replace("z", "+00:00")
        return datetime.fromisoformat(f"{wall.isoformat()}{offset}").astimezone(zone_of.tzinfo).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


def _each_day(found: re.Match[str]) -> str:
    one, two, lead = found["one"], found["two"], found["lead"]
    if found["tail"]:
        return f"{one}{found['tail']} {found['or']} {two}{found['tail']}"
    lead = lead if lead in MONTHS else "dia"
    return f"{lead} {one} {found['or']} {lead} {two}"


def _figures(found: Written, figures: re.Match[str], today: date, locale: str) -> None:
    first, second = int(figures[1]), int(figures[2] or figures[4] or figures[6])
    year = _year(figures[3] or figures[5])
    day_first = _dated(year, second, first, today)
    month_first = _dated(year, first, second, today)
    if locale == "en" and day_first and month_first and day_first != month_first:
        found.days += [day_first, month_first]
        found.reason = "day_or_month"
    elif locale in ("en-US", "en-CA"):
        _keep(found, year, *((first, second) if month_first or not day_first else (second, first)), today)
    elif locale == "en" and month_first and not day_first:
        _keep(found, year, first, second, today)
    else:
        _keep(found, year, second, first, today)


def _keep(found: Written, year: int | None, month: int, day: int, today: date) -> None:
    exists = _dated(year, month, day, today)
    if year is not None and not 1 <= year <= today.year + _FAR:
        found.missing.append(date.min)
    elif exists:
        found.days.append(exists)
    elif 1 <= month <= 12 and 1 <= day <= 31:
        first = date(year or today.year, month, 1)
        if year is None and first + relativedelta(day=31) < today:
            first = first + relativedelta(years=1)
        last = first.replace(day=monthrange(first.year, first.month)[1])
        found.missing += [last, last + timedelta(days=1)]
    else:
        found.missing.append(date.min)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _year(written: str | None) -> int | None:
    return None if not written else int(written) + (2000 if len(written) == 2 else 0)


def _dated(year: int | None, month: int, day: int, today: date) -> date | None:
    """The date; without a year, the next one to come within a year."""
    if year is not None:
        return _day(year, month, day)
    coming = (_day(today.year + years, month, day) for years in range(2))
    first = next((found for found in coming if found and found >= today), None)
    return first if first and first < today + relativedelta(years=1) else None
