"""Days as people write them: "sexta", "el viernes que viene", "dia 25", "25/12", "next week", "in two weeks"."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from dateutil.relativedelta import relativedelta

from backend.bookings.date_words import (
    ANY_TIME,
    DAY_AFTER_TOMORROW,
    MONTHS,
    NEXT_WEEK,
    NUMBERS,
    SATURDAY,
    SHORT_MONTHS,
    SHORT_WEEKDAYS,
    THIS_WEEK,
    TODAY,
    TOMORROW,
    WEEKDAYS,
    WEEKEND,
    YESTERDAY,
    Words,
    either,
    number,
)

WEEK = timedelta(days=7)
DAY = timedelta(days=1)

_NUMBER = rf"\d{{1,3}}|{either(NUMBERS)}"
_ISO = re.compile(
    r"\b(\d{4})-(\d\d?)-(\d\d?)"
    r"(?:(?:t| a las | as | at | )(\d\d?):(\d\d)(?::\d\d(?:[.,]\d+)?)?(z|[+-]\d\d:?\d\d)?)?(?!\d)"
)
_NUMERIC = re.compile(r"(?<![\d/.-])(\d\d?)(?:/(\d\d?)(?:/(\d{4}|\d\d))?|[.-](\d\d?)[.-](\d{4}|\d\d))(?![\d/-])")
_AMOUNT = rf"(?P<amount>a couple of|(?:un|um) par de|half an?|media|meia|an?|{_NUMBER})"
_UNITS = (
    r"(?P<unit>min(?:uto|ute)?s?|h(?:ora|our|r)?s?|dias?|days?|semanas?|weeks?|mes(?:es)?|months?)"
    r"(?P<half> y media| e meia| and a half)?"
)
_IN = re.compile(
    rf"\b(?:en|dentro de|em|daqui a|daqui|in|within)\s(?:unas?\s|unos\s|uns\s|umas\s|about\s)?{_AMOUNT}\s?{_UNITS}\b"
)
_FROM_NOW = re.compile(rf"\b{_AMOUNT}\s?{_UNITS}\s(?:from now|from today)\b")
_ORDINAL = re.compile(
    rf"\b(?:(?:el dia|o dia|no dia|dia|el|the)\s(?P<day>\d\d?|{either(NUMBERS)})(?:st|nd|rd|th|o)?|"
    r"(?P<ordinal>\d\d?)(?:st|nd|rd|th))\b(?!\s?(?:[:h.]\d|hs?\b|hrs?\b|horas\b|am\b|pm\b|<))"
)
_BESIDE_WEEKDAY = re.compile(
    r"\| (?P<day>\d\d?)\b(?!\s?(?:[:h./]|hs\b|hrs?\b|horas\b|am\b|pm\b|<|[ye] (?:media|meia|cuarto|quinze)\b))"
)
_NAMED_DAYS = (
    (YESTERDAY, -1),
    (DAY_AFTER_TOMORROW, 2),
    (TOMORROW, 1),
    (TODAY, 0),
)


@dataclass
class Days:
    """What a text says about the day. At most one of `moment`, `choices` and `span` is filled."""

    choices: list[date] = field(default_factory=list)
    """More than one: it could be any of them, for `reason`."""
    reason: str = "which_day"
    span: tuple[date, date] | None = None
    """From the first up to the second day, which is out."""
    moment: datetime | None = None
    counted: bool = False
    """`moment` is so many minutes or hours from now."""
    any_time: bool = False


def read_days(words: Words, now: datetime, locale: str, zone_of: datetime) -> Days:
    """Take what names a day out of `words`. `now` is wall time; `zone_of` carries its zone for instants with an
    offset, if it is known."""
    today = now.date()
    exact = words.take(_ISO)
    if exact and exact[4]:
        moment = _iso_moment(exact, zone_of)
        return Days(moment=moment) if moment else Days()
    later = words.take(_IN) or words.take(_FROM_NOW)
    arrival, whole_days = _later(later, now) if later else (now, True)
    if not whole_days:
        return Days(moment=arrival, counted=True)
    dates = [_day(*map(int, exact.groups()[:3]))] if exact else _dates(words, today, locale)
    next_week, this_week = words.take(NEXT_WEEK), words.take(THIS_WEEK)
    weekend = words.take(WEEKEND)
    weekdays = _weekdays(words, locale)
    if later:
        dates.append(arrival.date())
    dates += [today + offset * DAY for pattern, offset in _NAMED_DAYS if words.take(pattern)]
    named = [day for day in dates if day is not None]
    if not named and not weekend:
        ordinal = words.take(_ORDINAL)
        if ordinal:
            weekday = weekdays[0][1] if weekdays else None
            named = _next_such_day(number(ordinal["day"] or ordinal["ordinal"]), weekday, today)
        elif weekdays:
            named = _beside(words, weekdays[0][1], today)
    any_time = words.take(ANY_TIME) is not None
    monday = today - today.weekday() * DAY
    if weekdays:
        return _by_weekday(weekdays, named, today, monday + WEEK if next_week else monday if this_week else None)
    if named:
        several = list(dict.fromkeys(named))
        return Days(choices=several, reason="day_or_month" if len(several) > 1 else "which_day")
    if weekend:
        saturday = monday + SATURDAY * DAY + (WEEK if weekend["next"] or weekend["later"] else timedelta())
        return Days(span=(max(saturday, today), saturday + 2 * DAY))
    if next_week:
        return Days(span=(monday + WEEK, monday + 2 * WEEK))
    if this_week:
        return Days(span=(today, monday + WEEK))
    return Days(any_time=any_time)


def _iso_moment(found: re.Match[str], zone_of: datetime) -> datetime | None:
    try:
        wall = datetime(*(int(part) for part in found.groups()[:5]))  # type: ignore[arg-type]  # noqa: DTZ001
        if not found[6] or zone_of.tzinfo is None:
            return wall
        offset = found[6].replace("z", "+00:00")
        return datetime.fromisoformat(f"{wall.isoformat()}{offset}").astimezone(zone_of.tzinfo).replace(tzinfo=None)
    except ValueError:
        return None


def _later(found: re.Match[str], now: datetime) -> tuple[datetime, bool]:
    """The moment, and whether it was counted in whole days."""
    said = found["amount"]
    fraction = 0.5 if found["half"] else 0.0
    if said in ("half a", "half an", "media", "meia"):
        amount, fraction = 0, 0.5
    elif said in ("a", "an"):
        amount = 1
    else:
        amount = 2 if "couple" in said or "par" in said else number(said)
    unit = found["unit"]
    if unit.startswith("min"):
        return now + timedelta(minutes=amount), False
    if unit.startswith("h"):
        return now + timedelta(hours=amount + fraction), False
    if unit.startswith(("mes", "month")):
        return now + relativedelta(months=amount), True
    return now + (WEEK if unit.startswith(("sem", "week")) else DAY) * amount, True


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _dates(words: Words, today: date, locale: str) -> list[date | None]:
    """Dates with a month, in figures or words."""
    figures = words.take(_NUMERIC)
    if figures:
        first, second = int(figures[1]), int(figures[2] or figures[4])
        year = _year(figures[3] or figures[5])
        day_first = _dated(year, second, first, today)
        month_first = _dated(year, first, second, today)
        if locale in ("en-US", "en-CA") or day_first is None:
            return [month_first or day_first]
        if locale == "en" and month_first and month_first != day_first:
            return [day_first, month_first]
        return [day_first]
    months = either(MONTHS | SHORT_MONTHS.get(locale[:2], {}))
    day_first_words = re.compile(
        rf"\b(?P<day>\d\d?|{either(NUMBERS)})(?:st|nd|rd|th|o)?\s(?:de\s|of\s)?(?P<month>{months})\b"
        rf"(?:,?\s(?:de\s|del\s)?(?P<year>\d{{4}}))?"
    )
    month_first_words = re.compile(
        rf"\b(?P<month>{months})\s(?:the\s)?(?P<day>\d\d?)(?:st|nd|rd|th)?\b(?![:h]\d)(?:,?\s(?P<year>\d{{4}}))?"
    )
    found = words.take(day_first_words) or words.take(month_first_words)
    if not found:
        return []
    month = (MONTHS | SHORT_MONTHS.get(locale[:2], {}))[found["month"]]
    return [_dated(_year(found["year"]), month, number(found["day"]), today)]


def _year(written: str | None) -> int | None:
    return None if not written else int(written) + (2000 if len(written) == 2 else 0)


def _dated(year: int | None, month: int, day: int, today: date) -> date | None:
    """The date; without a year, the next one to come (29 February may take years)."""
    if year is not None:
        return _day(year, month, day)
    coming = (_day(today.year + years, month, day) for years in range(5))
    return next((found for found in coming if found and found >= today), None)


def _next_such_day(day: int, weekday: int | None, today: date) -> list[date]:
    """The next day of a month with this number: of two months in a row, the one that falls on the weekday said."""
    months = (today.replace(day=1) + relativedelta(months=count) for count in range(4))
    coming = [found for month in months if (found := _day(month.year, month.month, day)) and found >= today]
    fitting = [found for found in coming[:2] if found.weekday() == weekday]
    return fitting[:1] or coming[:1]


def _beside(words: Words, weekday: int, today: date) -> list[date]:
    """ "viernes 7": a number after the weekday is a date if it falls on that weekday soon, else it is left alone."""
    beside = _BESIDE_WEEKDAY.search(words.text)
    days = _next_such_day(int(beside["day"]), weekday, today) if beside else []
    fitting = [day for day in days if day.weekday() == weekday]
    if fitting:
        words.take(_BESIDE_WEEKDAY)
    return fitting


def _weekdays(words: Words, locale: str) -> list[tuple[str, int]]:
    """Every weekday named: [("week" from | "next" | "coming" | "this" | "", 0 to 6)]."""
    known = WEEKDAYS | SHORT_WEEKDAYS.get(locale[:2], {})
    pattern = re.compile(
        r"(?:\b(?:(?P<week>(?:a|one) week from(?: this)?)|(?P<next>proxim[oa]|next)|"
        r"(?P<coming>(?:this )?coming|upcoming)|(?P<this>n?est[ea]|this))\s)?"
        rf"\b(?P<day>{either(known)})(?:[- ]feira)?\b(?:\s(?P<after>que viene|que vem|siguiente|seguinte|proxim[oa]))?"
    )
    found = []
    for one in words.take_all(pattern):
        told = next((name for name in ("week", "next", "coming") if one[name]), "coming" if one["after"] else "")
        said = told or ("this" if one["this"] else "")
        found.append((said, known[one["day"]]))
    return list(dict.fromkeys(found))


def _by_weekday(weekdays: list[tuple[str, int]], named: list[date], today: date, monday: date | None) -> Days:
    """The weekday word wins over a date that is wrong: the nearest such weekday to it that is not past."""
    choices: list[date] = []
    reason = "which_day"
    for said, weekday in weekdays:
        soonest = today + (weekday - today.weekday()) % 7 * DAY
        if monday is not None:
            choices.append(monday + weekday * DAY)
        elif named:
            fitting = [day for day in named if day.weekday() == weekday]
            choices.append(fitting[0] if fitting else _nearest(named[0], weekday, today))
        elif said == "this":
            choices.append(soonest)
        elif said == "week":
            choices.append(soonest + WEEK)
        elif said in ("next", "coming") and soonest == today:
            choices.append(today + WEEK)
        elif said == "next" and soonest < today - today.weekday() * DAY + WEEK:
            choices += [soonest, soonest + WEEK]
            reason = "which_week"
        else:
            choices += [soonest, soonest + WEEK] if soonest == today else [soonest]
    return Days(choices=list(dict.fromkeys(choices)), reason=reason)


def _nearest(day: date, weekday: int, today: date) -> date:
    around = (day + offset * DAY for offset in range(-3, 4))
    nearest = next(found for found in around if found.weekday() == weekday)
    return nearest if nearest >= today else nearest + WEEK
