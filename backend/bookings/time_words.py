"""Hours as people write them: "a las 10 y media", "15h30", "às 3 da tarde", "quarter to 4", "after 5 pm".

The hour of a twelve-hour clock is settled by what was said with it, else by the business's hours; where both readings
are open hours, both are given back and somebody has to ask.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from backend.bookings.date_words import (
    AFTERNOON,
    EVENING,
    HOUR_WORDS,
    LAST,
    MIDNIGHT,
    MORNING,
    NARROW,
    NOON,
    PART_MINUTES,
    PART_OF,
    PART_WORDS,
    PARTS,
    THIS_PART,
    TOKENS,
    Words,
    either,
    minutes_of,
    number,
)

Mark = Literal["bare", "colon", "exact", "morning", "afternoon", "evening"]
DAY = 1440
NOON_MINUTE = 720

_PART = rf"0?5|10|15|20|25|30|35|40|45|50|55|{either(PART_WORDS)}"
_TOKEN = "|".join(TOKENS.values())
_MINUTE_END = r"(?:\b|(?=(?:hs?|hrs?|[ap]\.?\s?m)\b))"
"""Minutes may be glued to what follows: "4:30pm", "16:30h"."""


def _clock(name: str) -> str:
    return (
        rf"(?P<hour{name}>[01]?\d|2[0-4]|"
        rf"\b(?:{either(HOUR_WORDS)})\b)(?![\d/])(?:\s?(?P<between{name}>[:h.~])\s?(?P<minute{name}>[0-5]\d){_MINUTE_END})?"
        rf"(?P<mark{name}>\s?(?:hs?|hrs?|horas?|o'?clock|en punto|em ponto|[ap]\.?\s?m\b\.?|{_TOKEN})(?![a-z0-9]))?"
        rf"(?:\s(?P<sign{name}>y|e|menos)\s(?P<part{name}>{_PART})\b(?!\s?h)(?:\smin(?:utos)?\b)?)?"
        rf"(?P<late{name}>\s?(?:hs?\b|horas\b|[ap]\.?\s?m\b\.?|{_TOKEN}))?"
    )


_MARKS: dict[str, Mark] = {
    "am": "morning",
    "pm": "afternoon",
    TOKENS[MORNING]: "morning",
    TOKENS[AFTERNOON]: "afternoon",
    TOKENS[EVENING]: "evening",
    "h": "exact",
    "hs": "exact",
    "hr": "exact",
    "hrs": "exact",
    "hora": "exact",
    "horas": "exact",
}
_AT = r"(?:\b(?:las?|[dn]?as|a|pelas?|pras?|at|around|about|tipo|umas|unas|@)\s|@)"
_BETWEEN = re.compile(
    rf"\b(?:entre|between|from|desde|das|de)\s(?:las?\s|as\s)?{_clock('1')}"
    rf"\s?(?:y|e|and|a|as|to|hasta|ate|until|till|-)\s?(?:las?\s|as\s)?{_clock('2')}"
)
_DASHED = re.compile(rf"(?<![\d/.:-]){_clock('1')}\s?-\s?{_clock('2')}(?![\d/-])")
_ONWARDS = re.compile(
    rf"(?:\b(?:a partir das?|das?|de|desde las?|from|las?|as)\s)?{_clock('')}\s(?:en adelante|em diante|onwards?|"
    rf"or later|and later|pra frente)\b"
)
_NOT_BEFORE = re.compile(
    rf"\b(?:no antes de|nao antes d[ae]s?|not before|no earlier than)\s(?:las?\s|as\s)?{_clock('')}"
)
_AFTER = re.compile(
    rf"\b(?:despues de|depois d[aeo]s?|a partir d[aeo]s?|desde|after|from|passadas|pasadas)\s(?:l?as?\s)?{_clock('')}"
)
_BEFORE = re.compile(
    rf"\b(?:antes d(?:el|as?|e|o)|before|ate|hasta|until|(?:at the latest )?by|no later than|a mas tardar(?: a)?|"
    rf"no maximo(?: ate)?)\s(?:l?as?\s|las?\s)?{_clock('')}"
)
_AT_CLOCK = re.compile(rf"{_AT}{_clock('')}")
_MARKED = re.compile(
    rf"(?<![\d/:.,-])(?={_clock('a')})(?:\w+\s?[:h~]\s?\d\d(?:\s?(?:hs?|hrs?|[ap]\.?\s?m))?\b|\w+\.\d\d\s?(?:hs?|"
    rf"[ap]\.?\s?m)\b|\w+\s?(?:hs?|hrs?|horas?|[ap]\.?\s?m|{_TOKEN})(?![a-z0-9])|"
    rf"\w+\s(?:y|e|menos)\s(?:{_PART})\b)"
)
_NOT_THEN = re.compile(r"\b(?:no puedo|nao posso|nao consigo|can't do|cannot do|can't|not) <\d>")
_BARE = re.compile(r"(?<![\d/:.,-])\b(?P<hour>[01]?\d|2[0-3])(?:\.(?P<minute>[0-5]\d))?\b(?![\d/:.,-])")


@dataclass(frozen=True)
class Clock:
    """A time of day as it was written: `hour` 0 to 24."""

    hour: int
    minute: int
    mark: Mark

    def readings(self, part: str | None, open_at: Callable[[int], bool], sure: bool) -> tuple[int, ...]:
        """Minutes of the day it may mean: two where it could be before or after noon and the business is open at
        both. `sure`: the language writes 10:00 for the morning and 22:00 for the evening."""
        written = self.hour * 60 + self.minute
        mark = part if self.mark in ("bare", "colon") and part else self.mark
        if mark == "exact" or self.hour > 12 or self.hour == 0:
            return (written,)
        other = (written + NOON_MINUTE) % DAY
        if mark == MORNING:
            return (written,)
        if mark == AFTERNOON:
            return (written if self.hour == 12 else other,)
        if mark == EVENING:
            return (DAY + self.minute,) if self.hour == 12 else (other if self.hour > 4 else written,)
        opened = tuple(minute for minute in (written, other) if open_at(minute))
        if len(opened) == 1:
            return opened
        if opened:
            return (written,) if sure and self.mark == "colon" else opened
        return (other,) if self.hour < 7 else (written,)


@dataclass
class Times:
    """What a text says about the hour. `part` is morning, afternoon or evening; `today` if it was "this" one."""

    at: list[Clock] = field(default_factory=list)
    after: Clock | None = None
    before: Clock | None = None
    part: str | None = None
    window: tuple[int, int] | None = None
    """Minutes of the day that are narrower than the part."""
    last: bool = False
    """The last time of the day rather than the first."""
    today: bool = False


def mark_parts(words: Words) -> Times:
    """Replace parts of the day, noon and midnight by tokens; to be called before days are read, for "de la mañana"."""
    times = Times()
    this = words.take(THIS_PART, "|")
    if this:
        times.part, times.today = PART_OF[this[1] or this[2]], True
    noon = words.take(NOON, "12h00")
    if noon and noon[1]:
        words.text = words.text.replace("12h00", "12h30")
    words.take(MIDNIGHT, "24h00")
    for pattern, window in NARROW:
        if words.take(pattern):
            times.window = window
    times.last = words.take(LAST) is not None
    for part, pattern in PARTS:
        while words.take(pattern, TOKENS[part]):
            pass
    words.take_all(_NOT_THEN)
    return times


def read_times(words: Words, times: Times, day_known: bool) -> Times:
    """Take the hours out of what is left. A lone number is an hour only beside a known day, or when it is all there
    is."""
    between = words.take(_BETWEEN) or (words.take(_DASHED) if day_known else None)
    if between:
        times.after, times.before = _read(between, "1"), _read(between, "2")
        if times.after.mark == "bare" and times.before.mark in PART_MINUTES:
            times.after = Clock(times.after.hour, times.after.minute, times.before.mark)
    else:
        after = words.take(_NOT_BEFORE) or words.take(_ONWARDS) or words.take(_AFTER)
        before = words.take(_BEFORE)
        times.before = _read(before) if before else None
        times.after = _read(after) if after else None
    times.at += [_read(found) for found in words.take_all(_AT_CLOCK)]
    times.at += [_read(found, "a") for found in words.take_all(_MARKED)]
    several = [PART_MINUTES[part] for part, token in TOKENS.items() if token in words.text]
    if len(several) > 1 and not times.at and times.window is None:
        times.window = min(several)[0], max(several)[1]
    for part, token in TOKENS.items():
        if token in words.text:
            times.part = times.part or part
            words.text = words.text.replace(token, "|")
    if not times.at and not times.after and not times.before and (day_known or words.text.strip(" |").isdigit()):
        bare = words.take(_BARE)
        if bare:
            times.at.append(Clock(int(bare["hour"]), int(bare["minute"] or 0), "bare"))
    return times


def _read(found: re.Match[str], name: str = "") -> Clock:
    said = found[f"hour{name}"]
    hour, minute = number(said), int(found[f"minute{name}"] or 0)
    sign, part = found[f"sign{name}"], found[f"part{name}"]
    if part:
        minutes = minutes_of(part)
        hour, minute = (hour, minutes) if sign != "menos" else ((hour - 1) or 12, 60 - minutes)
    written = (found[f"late{name}"] or found[f"mark{name}"] or "").strip().replace(".", "").replace(" ", "")
    mark = _MARKS.get(written, "bare")
    if written == "am" and hour == 12:
        hour = 0
    if mark == "bare" and (found[f"between{name}"] == "h" or (len(said) == 2 and said.startswith("0"))):
        mark = "exact"
    return Clock(
        hour, minute, "colon" if mark == "bare" and found[f"minute{name}"] and found[f"between{name}"] != "~" else mark
    )
