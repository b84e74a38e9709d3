"""The start of a booking as it was said, so that it means the same on the day of a replay.

A customer who wrote "mañana a las 10" means another date each day, and so does the scenario that says their words.
What kind of words they used is found by asking what they would have meant a day or a week later.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from babel import Locale, UnknownLocaleError
from babel.dates import format_date

from backend.bookings.dates import Ambiguous, Moment, resolve
from backend.bookings.diary import Diary

_DAYS = {
    "es": ("hoy", "mañana", "pasado mañana", "en {} días"),
    "pt": ("hoje", "amanhã", "depois de amanhã", "daqui a {} dias"),
    "en": ("today", "tomorrow", "in 2 days", "in {} days"),
}
_TWO_WEEKS_TO_SOME = 15
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)


def said_start(diary: Diary, said: Iterable[tuple[str, datetime]], start: str) -> str:
    """`start` ("2026-12-04T10:00" on the business's wall) in words that `said` (body, when it was written) bears out:
    "mañana 10:00", "viernes 10:00", "2026-12-04 10:00"; the hour alone where nobody named the day."""
    wanted = datetime.fromisoformat(start)
    for body, at in said:
        now = diary.local(at).replace(tzinfo=None)
        if wanted.date() not in _days(diary, body, now):
            continue
        words = f"{_day_words(diary, body, now, wanted.date())} {wanted:%H:%M}"
        found = resolve(words, now, diary.tenant.locale, diary.tenant.hours)
        if isinstance(found, Moment) and found.start == wanted:
            return words
    return f"{wanted:%H:%M}"


def _days(diary: Diary, body: str, now: datetime) -> set[date]:
    """Those that were meant; what could be meant instead of a day that is over was not."""
    found = resolve(body, now, diary.tenant.locale, diary.tenant.hours)
    if found is None or (isinstance(found, Ambiguous) and found.reason == "past"):
        return set()
    moments = found.options if isinstance(found, Ambiguous) else (found,)
    return {one.day for one in moments if one.day is not None}


def _day_words(diary: Diary, body: str, now: datetime, day: date) -> str:
    locale = diary.tenant.locale
    if day + _DAY in _days(diary, body, now + _DAY):
        words, ahead = _DAYS.get(locale[:2], _DAYS["en"]), (day - now.date()).days
        if ahead == _TWO_WEEKS_TO_SOME:
            return day.isoformat()
        return words[min(ahead, len(words) - 1)].format(ahead)
    if day + _WEEK in _days(diary, body, now + _WEEK):
        return _weekday(day, locale)
    return day.isoformat()


def _weekday(day: date, locale: str) -> str:
    try:
        known = Locale.parse(locale, sep="-")
    except (ValueError, UnknownLocaleError):
        known = Locale("en")
    return format_date(day, "EEEE", locale=known)
