"""What refers to the time that the talk is about: "later that day", "the day after", "same time", "any other day"."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from backend.bookings.date_words import Words
from backend.bookings.time_words import Clock

_DAY = timedelta(days=1)
_SAME_TIME = re.compile(
    r"\b(?:a |at |la |the |n?o |na |mas a la )*(?:mism[ao]|mesm[ao]|same) (?:hora|horario|time|hour)\b|\b(?:ese|"
    r"esse|that) horario\b"
)
_SAME_DAY = re.compile(
    r"\b(?:(?:[nd]?esse|[nd]?aquele|ese|aquel|el|n?o|the|on) )*(?:mismo|mesmo|same) (?:dia|day)\b|"
    r"\b(?:ese|[nd]?esse|[nd]?aquele|aquel) dia\b|\bthat day\b"
)
_DAY_AFTER = re.compile(
    r"\b(?:al|el) (?:dia siguiente|otro dia)\b|\b(?:un|um|one|the|a) (?:dia despues|dia depois|day (?:after|"
    r"later))\b(?! tomorrow)|"
    r"\bno (?:dia seguinte|outro dia)\b|\bthe (?:next|following) day\b"
)
_DAY_BEFORE = re.compile(
    r"\b(?:un|um|one|the|a) (?:dia antes|day (?:before|earlier))\b|\b(?:el|no) dia anterior\b|\bthe previous day\b"
)
_OTHER_DAY = re.compile(
    r"\b(?:cualquier |algun |qualquer |algum |any |some )?(?:otro|outro|other) (?:dia|day)\b|\banother day\b|"
    r"\ba different day\b"
)
_LATER = re.compile(
    r"(?<! o )\b(?:(?:un poco|um pouco|algo|a bit|a little|any) )?(?:mas|mais) tarde\b|"
    r"\b(?<!or )(?<!and )(?:(?:a bit|a little|any) )?later\b(?! (?:this|today|in|than))"
)
_EARLIER = re.compile(
    r"(?<!\bo )(?<!\blo )(?<!\bel )(?<!\ba )(?<!\bla )\b(?:(?:un poco|um pouco|algo) )?(?:mas temprano|"
    r"mais cedo)\b|\b(?:(?:a bit|a little|any) )?earlier\b(?! than)"
)
_LATER_TODAY = re.compile(r"\b(?:later today|(?:hoy|hoje) ma[si]s tarde|ma[si]s tarde (?:hoy|hoje))\b")


@dataclass(frozen=True)
class SaidBefore:
    """What the reference comes to; all empty if there is none, or nothing it could refer to."""

    day: date | None = None
    clock: Clock | None = None
    window: tuple[int, int] | None = None
    last: bool = False
    """The latest time in `window` comes nearest."""
    skipped: frozenset[date] = frozenset()
    shift: timedelta = timedelta()
    """From the day that is named besides: "a day before the 20th"."""


def read_said_before(words: Words, about: datetime | None) -> SaidBefore:
    """Take references to `about`, the wall time that the talk is about; without one they say nothing."""
    if words.take(_LATER_TODAY, " hoy "):
        return SaidBefore()
    same_time, same_day = words.take(_SAME_TIME), words.take(_SAME_DAY)
    after, before = words.take(_DAY_AFTER), words.take(_DAY_BEFORE)
    other = words.take(_OTHER_DAY)
    later, earlier = words.take(_LATER), words.take(_EARLIER)
    shift = _DAY if after else -_DAY if before else timedelta()
    if about is None:
        return SaidBefore(shift=shift)
    minute = about.hour * 60 + about.minute
    window = (minute + 1, 1440) if later and minute < 1439 else (0, minute) if earlier and minute else None
    day = about.date() + shift
    named = after or before or same_day or ((window or same_time) and not other)
    return SaidBefore(
        day if named else None,
        Clock(about.hour, about.minute, "exact") if same_time else None,
        window,
        bool(earlier),
        frozenset({about.date()}) if other else frozenset(),
        shift,
    )
