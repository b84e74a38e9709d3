"""Days as people write them: "sexta", "el viernes que viene", "dia 25", "25/12", "next week", "in two weeks"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from dateutil.relativedelta import relativedelta

from backend.bookings.date_words import (
    ANY_TIME,
    DAY_AFTER_TOMORROW,
    EVERY_DAY,
    LAST_NIGHT,
    NUMBERS,
    SHORT_WEEKDAYS,
    TODAY,
    TOMORROW,
    WEEKDAYS,
    YESTERDAY,
    Words,
    either,
    number,
)
from backend.bookings.left_out import read_left_out
from backend.bookings.span_words import DAY, WEEK, WEEK_OF, Span, read_range, read_relation, read_spans, related
from backend.bookings.written_dates import ISO, iso_moment, read_beside, read_ordinals, read_written

_NUMBER = rf"\d{{1,3}}|{either(NUMBERS)}"
_AMOUNT = rf"(?P<amount>a couple of|(?:un|um) par de|half an?|media|meia|an?|{_NUMBER})"
_UNITS = (
    r"(?P<unit>min(?:uto|ute)?s?|h(?:ora|our|r)?s?|dias?|days?|semanas?|weeks?|fortnights?|mes(?:es)?|months?)"
    r"(?P<half> y media| e meia| and a half)?"
)
_IN = re.compile(
    rf"\b(?P<how>en|dentro de|de aqui a|de aca a|em|daqui a|daqui|in|within)\s(?:unas?\s|unos\s|uns\s|umas\s|"
    rf"about\s)?{_AMOUNT}\s?{_UNITS}\b"
)
_FROM_NOW = re.compile(rf"\b{_AMOUNT}\s?{_UNITS}\s(?:from now|from today)\b(?P<how>)")
_IDIOMS = {"ocho": 7, "oito": 7, "quince": 14, "quinze": 14, "15": 14}
"""In eight days is a week from now to many, and in fifteen days two weeks."""
_BASES = {"hoy": 0, "hoje": 0, "today": 0, "manana": 1, "amanha": 1, "tomorrow": 1}
_BASE = rf"(?P<base>{either(_BASES)}|{either(WEEKDAYS)})"
_FROM_BASE = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b(?:de\s|el\s)?{_BASE}\sen\s(?P<by>ocho|8|quince|15)(?: dias)?\b(?!\s?(?:h|:|horas))",
        rf"\bde\s{_BASE}\sa\s(?P<by>oito|8|quinze|15)(?: dias)?\b(?!\s?(?:h|:|horas))",
        rf"\b(?:a|one)\s(?P<by>week|fortnight)\s(?:from\s|on\s)?(?:this\s)?{_BASE}\b",
        rf"\b{_BASE}\s(?P<by>week|fortnight)\b",
    )
)
_AHEAD = {"ocho": 7, "oito": 7, "8": 7, "week": 7, "quince": 14, "quinze": 14, "15": 14, "fortnight": 14}
_OVER = re.compile(
    rf"\b(?:(?:{either(WEEKDAYS)})(?:[- ]feira)?|semana|mes|noche|ano) (?:pasad[oa]|passad[oa])\b|"
    rf"\b(?:last|previous|pasad[oa]|passad[oa]) (?:{either(WEEKDAYS)}|week|month|year|semana|mes)\b(?! of| de| do)"
)
_OR = re.compile(r"\|[^|]*\b(?:o|ou|or) (?:el |la |na |no |a |on )?\|")
_NAMED_DAYS = ((YESTERDAY, -1), (LAST_NIGHT, -1), (DAY_AFTER_TOMORROW, 2), (TOMORROW, 1), (TODAY, 0))
_EACH = (
    r"los|las|n?as|aos|todos los|todas las|todas as|todos os|every|each|cada|todo|toda|any|cualquier|qualquer|"
    r"algun|algum|alguma|some"
)


@dataclass
class Days:
    """What a text says about the day. At most one of `moment`, `choices` and `spans` is filled."""

    choices: list[date] = field(default_factory=list)
    """More than one: it could be any of them, for `reason`."""
    reason: str = "which_day"
    spans: list[Span] = field(default_factory=list)
    """More than one: it could be either."""
    weekdays: frozenset[int] = EVERY_DAY
    moment: datetime | None = None
    counted: bool = False
    """`moment` is so many minutes or hours from now."""
    any_time: bool = False
    over: bool = False
    """A day in the past was named."""
    missing: bool = False
    """A date was named that no calendar has; `choices` are what could be meant."""


def read_days(words: Words, now: datetime, locale: str, zone_of: datetime) -> Days:
    """Take what names a day out of `words`. `now` is wall time; `zone_of` carries its zone for instants with an
    offset, if it is known."""
    today = now.date()
    exact = ISO.search(words.text)
    if exact and exact[4]:
        words.take(ISO)
        moment = iso_moment(exact, zone_of)
        return Days(moment=moment) if moment else Days(missing=True)
    over = words.take(_OVER) is not None
    out = read_left_out(words)
    based = _from_base(words, today)
    later = words.take(_IN) or words.take(_FROM_NOW)
    arrivals, whole_days = _later(later, now) if later else ([], True)
    if not whole_days:
        return Days(moment=arrivals[0], counted=True)
    span, kept = read_range(words, today)
    named = based + [arrival.date() for arrival in arrivals]
    named += [today + offset * DAY for pattern, offset in _NAMED_DAYS[:3] if words.take(pattern)]
    relation = read_relation(words)
    written = read_written(words, today, locale)
    spans = [span] if span else read_spans(words, today)
    week_of = words.take(WEEK_OF, "el") is not None
    weekdays = _weekdays(words, locale)
    named += [today + offset * DAY for pattern, offset in _NAMED_DAYS[3:] if words.take(pattern)]
    named += written.days
    ordinal = False
    if not named and not written.missing:
        named = read_ordinals(words, weekdays[0][1] if weekdays else None, today)
        named = named or (read_beside(words, weekdays[0][1], today) if weekdays else [])
        ordinal = bool(named)
    any_time = words.take(ANY_TIME) is not None
    habits = frozenset(day for said, day in weekdays if said == "any")
    left = (habits or kept or EVERY_DAY) - out.weekdays
    found = Days(reason=written.reason, spans=spans, weekdays=left or EVERY_DAY, any_time=any_time or left != EVERY_DAY)
    single = [(said, day) for said, day in weekdays if said != "any"]
    if out.other and not single and not named:
        named = [_soonest(day, today) + WEEK for day in out.weekdays]
    if single and named and not ordinal and _OR.search(words.text):
        found.choices = list(dict.fromkeys(named + _by_weekday(single, [], today, spans, ordinal).choices))
    elif single:
        found = _by_weekday(single, named or [day for day in written.missing if day > today], today, spans, ordinal)
    elif named:
        found.choices = list(dict.fromkeys(named))
    elif written.missing:
        return Days([day for day in written.missing if day > today], missing=True)
    if found.choices:
        found.spans, found.weekdays = [], EVERY_DAY
    if found.choices and (relation or week_of):
        return _around(found, relation, today)
    found.over = over and not found.choices and not found.spans
    return found


def _around(found: Days, relation: str | None, today: date) -> Days:
    """The days before or after the one that was named, or its week."""
    day = found.choices[0]
    monday = day - day.weekday() * DAY
    return Days(spans=[related(relation, day, today) if relation else (monday, monday + WEEK)])


def _from_base(words: Words, today: date) -> list[date]:
    """ "de hoy en ocho", "a week on Friday", "tomorrow week"."""
    found = next((found for pattern in _FROM_BASE if (found := words.take(pattern))), None)
    if not found:
        return []
    base = found["base"]
    start = today + _BASES[base] * DAY if base in _BASES else _soonest(WEEKDAYS[base], today)
    return [start + _AHEAD[found["by"]] * DAY]


def _later(found: re.Match[str], now: datetime) -> tuple[list[datetime], bool]:
    """The moments it may be, and whether they were counted in whole days."""
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
        return [now + timedelta(minutes=amount)], False
    if unit.startswith("h"):
        return [now + timedelta(hours=amount + fraction)], False
    if unit.startswith(("mes", "month")):
        return [now + relativedelta(months=amount)], True
    if unit.startswith("dia") and said in _IDIOMS:
        return [now + _IDIOMS[said] * DAY, now + amount * DAY], True
    weeks = 2 if unit.startswith("fortnight") else 1
    return [now + (weeks * WEEK if unit.startswith(("sem", "week", "fortnight")) else DAY) * amount], True


def _weekdays(words: Words, locale: str) -> list[tuple[str, int]]:
    """Every weekday named: [("afternext" | "other" | "next" | "coming" | "this" | "any" | "", 0 to 6)]."""
    known = WEEKDAYS | SHORT_WEEKDAYS.get(locale[:2], {})
    pattern = re.compile(
        r"(?:\b(?:(?P<next>proxim[oa]|next)|(?P<coming>(?:this )?coming|upcoming)|(?P<this>n?est[ea]|n?essa|n?esse|"
        r"this)|"
        rf"(?P<other>n?(?:el|la|a|o)? ?(?:otr[oa]|outr[oa]))|(?P<each>{_EACH}))\s)?"
        rf"\b(?P<day>{either(known)})(?P<plural>s?)(?:[- ]feiras?)?\b(?!\s(?:opcao|opcion|vez|alternativa|semana))\.?"
        r"(?:\s(?:(?P<after>que viene|que vem|siguiente|seguinte|proxim[oa]|entrante)|(?P<afternext>after next)|"
        r"(?P<soon>agora|ahora)))?"
    )
    found = []
    for one in words.take_all(pattern):
        told = next((name for name in ("afternext", "other", "next", "coming", "this") if one[name]), "")
        if not told:
            each = one["each"] and (one["each"] not in ("as", "nas", "aos") or one["plural"])
            told = "coming" if one["after"] else "this" if one["soon"] else "any" if each or one["plural"] else ""
        found.append((told, known[one["day"]]))
    return list(dict.fromkeys(found))


def _soonest(weekday: int, today: date) -> date:
    return today + (weekday - today.weekday()) % 7 * DAY


def _by_weekday(
    weekdays: list[tuple[str, int]], named: list[date], today: date, spans: Sequence[Span], ordinal: bool
) -> Days:
    """The weekday word wins over a date that is wrong: the nearest such weekday to it that is not past. A day of no
    named month is too little to be sure of that: both that one and the coming such weekday are given."""
    choices: list[date] = []
    reason = "which_day"
    for said, weekday in weekdays:
        soonest = _soonest(weekday, today)
        inside = [_first_inside(span, weekday, today) for span in spans[:1]]
        if inside:
            choices += inside
        elif named:
            fitting = [day for day in named if day.weekday() == weekday]
            nearest = fitting[0] if fitting else _nearest(named[0], weekday, today)
            choices += [soonest, nearest] if ordinal and not fitting else [nearest]
        elif said == "this":
            choices.append(soonest)
        elif said == "afternext":
            choices += [soonest + WEEK, soonest + 2 * WEEK]
            reason = "which_week"
        elif said in ("next", "coming") and soonest == today:
            choices.append(today + WEEK)
        elif said == "other" or (said == "next" and soonest < today - today.weekday() * DAY + WEEK):
            choices += [soonest, soonest + WEEK]
            reason = "which_week"
        else:
            choices += [soonest, soonest + WEEK] if soonest == today else [soonest]
    return Days(choices=list(dict.fromkeys(choices)), reason=reason)


def _first_inside(span: Span, weekday: int, today: date) -> date:
    """The first such weekday of the span that is not past, else the first."""
    first = _soonest(weekday, span[0])
    coming = _soonest(weekday, max(span[0], today))
    return coming if coming < span[1] else first


def _nearest(day: date, weekday: int, today: date) -> date:
    around = (day + offset * DAY for offset in range(-3, 4))
    nearest = next(found for found in around if found.weekday() == weekday)
    return nearest if nearest >= today else nearest + WEEK
