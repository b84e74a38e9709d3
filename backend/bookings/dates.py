"""Dates and hours in the customer's words, resolved on the business's wall calendar, and said back in full.

`resolve` answers with a `Moment`, with `Ambiguous` (ask; never guess), or with None (nothing about time was said).
It never answers with a past moment. Dates are read by small tables of words: dateparser, the best kept general parser,
reads "a las 3" as the third of the month and "a las 3 de la tarde" not at all (its issue 1159).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Literal

from babel import Locale, UnknownLocaleError
from babel.dates import format_datetime

from backend.bookings.date_words import EVERY_DAY, GREETINGS, PART_MINUTES, Words, normalised
from backend.bookings.day_words import Days, read_days
from backend.bookings.hours import Week
from backend.bookings.said_before import read_said_before
from backend.bookings.span_words import DAY
from backend.bookings.spelling import respelled, without_money
from backend.bookings.time_words import Clock, Times, mark_parts, read_times

MINUTES = 1440
LONGEST = 500
"""Characters that are read; a longer text is no wish for a date."""
SOON = timedelta(days=14)
"""How far "as soon as possible" and an afternoon of no particular day look ahead."""
_OR = re.compile(r"\s(?:o(?: si no)?|ou|or)\s")
_PARTS_READ = 4
_PATTERNS = {
    "es": "EEEE d 'de' MMMM",
    "pt": "EEEE, d 'de' MMMM",
    "en": "EEEE, MMMM d",
    "en-GB": "EEEE d MMMM",
}
Reason = Literal["am_or_pm", "which_week", "which_day", "day_or_month", "which_time", "no_such_day", "past"]


@dataclass(frozen=True)
class Moment:
    """When, in naive wall time of the business.

    `start` is set if an hour was said for one day. Otherwise starts in [earliest, latest) are wanted, and of each day
    those whose minute of the day lies in `window` = [first, last), on one of `weekdays` (0 is Monday) and not on a day
    in `skipped`. `last`: rather the last such start of a day than the first. `about`: `start` was counted from now
    ("in two hours") and means about that time.
    """

    start: datetime | None
    day: date | None
    earliest: datetime
    latest: datetime
    window: tuple[int, int] = (0, MINUTES)
    about: bool = False
    weekdays: frozenset[int] = EVERY_DAY
    skipped: frozenset[date] = frozenset()
    last: bool = False

    def allows(self, wall: datetime) -> bool:
        """Whether a start at this wall time, one of [earliest, latest), is wanted."""
        minute = wall.hour * 60 + wall.minute
        in_window = self.window[0] <= minute < self.window[1]
        return in_window and wall.weekday() in self.weekdays and wall.date() not in self.skipped


@dataclass(frozen=True)
class Ambiguous:
    """It could be any of `options`. `past` and `no_such_day`: it is over, or in no calendar, and the options are what
    could be meant instead."""

    reason: Reason
    options: tuple[Moment, ...] = ()


def resolve(
    text: str,
    now_local: datetime,
    locale: str,
    hours: Mapping[str, Sequence[Sequence[str]]],
    talked_about: datetime | None = None,
) -> Moment | Ambiguous | None:
    """What `text` says about when.

    `now_local` is the time in the business's zone (naive, or aware, which is needed to read instants that carry an
    offset); `locale` the customer's or the business's (es, pt, en, with an optional region); `hours` the business's
    weekly hours, which settle whether 4 is in the afternoon; `talked_about` the wall time that the talk is about, for
    "later that day". Raises ValueError if `hours` are malformed.
    """
    now = now_local.replace(tzinfo=None)
    week = Week.parse(hours)
    asked = _Asked(now, week, locale[:2] != "en")
    plain = respelled(normalised(without_money(text[:LONGEST])))
    parts = [_read(part, asked, now_local, locale, talked_about) for part in _OR.split(plain)[:_PARTS_READ]]
    if len(parts) > 1 and all(whole for _, whole in parts):
        moments = [found for found, _ in parts if isinstance(found, Moment)]
        if len({moment.day for moment in moments}) == len(parts):
            return Ambiguous("which_day", tuple(sorted(moments, key=lambda moment: moment.earliest)))
    return _read(plain, asked, now_local, locale, talked_about)[0]


def _read(
    plain: str, asked: "_Asked", now_local: datetime, locale: str, talked_about: datetime | None
) -> tuple[Moment | Ambiguous | None, bool]:
    """What the words say, and whether they name both a day and something about its hour."""
    words = Words(plain)
    words.take_all(GREETINGS)
    before = read_said_before(words, talked_about)
    times = mark_parts(words)
    days = read_days(words, asked.now, locale, now_local)
    if days.moment is not None:
        return _exactly(days.moment, asked.now, days.counted), True
    if not days.choices and not days.spans and (times.today or before.day):
        days.choices = [before.day or asked.now.date()]
    elif days.choices:
        days.choices = [day + before.shift for day in days.choices]
    read_times(words, times, bool(days.choices or days.spans))
    if before.clock and not times.at:
        times.at = [before.clock]
    times.window = times.window or before.window
    if before.skipped and not days.choices and not days.spans:
        days.spans = [(asked.now.date(), (asked.now + SOON).date())]
    found = _combined(days, times, asked)
    if isinstance(found, Moment) and found.start is None:
        found = replace(found, weekdays=days.weekdays, skipped=before.skipped, last=times.last or before.last)
    timed = times.at or times.after or times.before or times.part or times.window
    return found, len(days.choices) == 1 and bool(timed)


def spoken(moment: datetime, locale: str) -> str:
    """Weekday, date and hour as they are read aloud: "sexta-feira, 7 de agosto, 10:30", "viernes 7 de agosto, 10:30",
    "Friday, August 7, 10:30". An aware `moment` must be in the business's zone."""
    return _formatted(moment.replace(tzinfo=None), locale, ", HH:mm")


def spoken_day(day: date, locale: str) -> str:
    """Weekday and date: "sexta-feira, 7 de agosto"."""
    return _formatted(datetime.combine(day, time()), locale, "")


def _formatted(moment: datetime, locale: str, hour: str) -> str:
    pattern = _PATTERNS.get(locale) or _PATTERNS.get(locale[:2], _PATTERNS["en"])
    try:
        known = Locale.parse(locale, sep="-")
    except (ValueError, UnknownLocaleError):
        known = Locale("en")
    return format_datetime(moment, pattern + hour, locale=known)


@dataclass(frozen=True)
class _Asked:
    now: datetime
    week: Week
    sure: bool

    def open_at(self, day: date | None) -> "_OpenAt":
        return _OpenAt(self.week, day)

    def over(self, day: date) -> bool:
        """Whether that day holds no future opening any more."""
        closing = max((end for _, end in self.week.days[day.weekday()]), default=MINUTES)
        return _at(day, closing) <= self.now


@dataclass(frozen=True)
class _OpenAt:
    week: Week
    day: date | None

    def __call__(self, minute: int) -> bool:
        weekdays = range(7) if self.day is None else (self.day.weekday(),)
        return any(self.week.open_at(weekday, minute) for weekday in weekdays)


def _combined(days: Days, times: Times, asked: _Asked) -> Moment | Ambiguous | None:
    if days.over:
        return _over(times, asked)
    if days.missing:
        found = _at_times(days, times, asked) if times.at and days.choices else _whole_days(days, (0, MINUTES), asked)
        options = (found,) if isinstance(found, Moment) else found.options
        return Ambiguous("no_such_day", options)
    if times.at and days.choices:
        return _at_times(days, times, asked)
    if times.at and not days.spans and days.weekdays == EVERY_DAY:
        return _next_time(times, asked)
    window = _window(times, asked)
    if days.choices:
        return _whole_days(days, window, asked)
    if days.spans:
        return _several_days(days, window, asked)
    if days.any_time or times.last or window != (0, MINUTES):
        return Moment(None, None, asked.now, asked.now + SOON, window)
    return None


def _over(times: Times, asked: _Asked) -> Ambiguous:
    """A day in the past was named: its hour may be meant for a day to come."""
    if not times.at:
        return Ambiguous("past")
    coming = _next_time(times, asked)
    return Ambiguous("past", (coming,) if isinstance(coming, Moment) else coming.options)


def _several_days(days: Days, window: tuple[int, int], asked: _Asked) -> Moment | Ambiguous:
    moments = tuple(
        Moment(None, None, max(_at(first, 0), asked.now), _at(after, 0), window, weekdays=days.weekdays)
        for first, after in days.spans
        if _at(after, 0) > asked.now
    )
    if not moments:
        return Ambiguous("past")
    return moments[0] if len(moments) == 1 else Ambiguous("which_week", moments)


def _exactly(moment: datetime, now: datetime, about: bool) -> Moment | Ambiguous:
    if moment > now:
        return replace(_exact(moment), about=about)
    again = _at(now.date(), moment.hour * 60 + moment.minute)
    return Ambiguous("past", (_exact(again if again > now else again + DAY),))


def _at_times(days: Days, times: Times, asked: _Asked) -> Moment | Ambiguous:
    """Days and hours: every pair that is still to come."""
    found: list[datetime] = []
    gone: list[datetime] = []
    readings_differ = False
    for day in days.choices:
        for clock in times.at:
            starts = [_at(day, minute) for minute in clock.readings(times.part, asked.open_at(day), asked.sure)]
            ahead = [start for start in starts if start > asked.now]
            readings_differ = readings_differ or len(ahead) > 1
            found += ahead
            gone += [start for start in starts if start <= asked.now]
    if not found:
        again = gone[0] + DAY
        while again <= asked.now:
            again += DAY
        return Ambiguous("past", (_exact(again),))
    found = sorted(set(found))
    if len(found) == 1:
        return _exact(found[0])
    reason = "am_or_pm" if readings_differ else "which_time" if len(days.choices) == 1 else days.reason
    return Ambiguous(reason, tuple(_exact(start) for start in found[:5]))  # type: ignore[arg-type]


def _next_time(times: Times, asked: _Asked) -> Moment | Ambiguous:
    """An hour without a day: the next time it comes round while the business is open, else simply the next time."""
    found: list[datetime] = []
    for clock in times.at:
        minutes = clock.readings(times.part, asked.open_at(None), asked.sure)
        coming = [
            start
            for offset in range(8)
            for minute in minutes
            if (start := _at(asked.now.date() + offset * DAY, minute)) > asked.now
        ]
        opened = [start for start in coming if asked.open_at(start.date())(start.hour * 60 + start.minute)]
        chosen = (opened or coming)[0]
        found += [start for start in coming if start.date() == chosen.date() and (start in opened or not opened)]
    if len(found) == 1:
        return _exact(found[0])
    return Ambiguous("am_or_pm" if len(times.at) == 1 else "which_time", tuple(_exact(start) for start in found))


def _whole_days(days: Days, window: tuple[int, int], asked: _Asked) -> Moment | Ambiguous:
    """Days without an hour; today counts until closing time."""
    ahead = [day for day in days.choices if not asked.over(day) and _at(day, window[1]) > asked.now]
    moments = tuple(
        Moment(None, day, max(_at(day, 0), asked.now), _at(day, MINUTES), window) for day in sorted(set(ahead))
    )
    if not moments:
        return Ambiguous("past")
    return moments[0] if len(moments) == 1 else Ambiguous(days.reason, moments)  # type: ignore[arg-type]


def _window(times: Times, asked: _Asked) -> tuple[int, int]:
    """The minutes of a day that "in the afternoon", "after 4", "between 3 and 5" or an hour for a whole week leave."""
    first, last = times.window or (PART_MINUTES[times.part] if times.part else (0, MINUTES))
    if times.at:
        minute = _likeliest(times.at[0], times.part, asked)
        return minute, minute + 1
    if times.after is not None:
        first = _likeliest(times.after, times.part, asked)
        last = last if last > first else MINUTES
    if times.before is not None:
        last = _likeliest(times.before, times.part, asked)
        if times.after is not None and last <= first:
            last = min(last + MINUTES // 2, MINUTES)
        first = first if first < last else 0
    return (first, last) if first < last else (0, MINUTES)


def _likeliest(clock: Clock, part: str | None, asked: _Asked) -> int:
    return clock.readings(part, asked.open_at(None), asked.sure)[0]


def _exact(start: datetime) -> Moment:
    start = start.replace(second=0, microsecond=0)
    return Moment(start, start.date(), start, start + timedelta(minutes=1))


def _at(day: date, minute: int) -> datetime:
    return datetime.combine(day, time()) + timedelta(minutes=minute)
