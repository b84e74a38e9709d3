"""Several days at once: "la semana que viene", "fin de mes", "entre el 10 y el 14", "from Monday on", "before Friday".

A span is (first day, day after the last).
"""

import re
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from backend.bookings.date_words import MONTHS, SATURDAY, WEEKDAYS, WEEKEND, Words, either

Span = tuple[date, date]
DAY = timedelta(days=1)
WEEK = timedelta(days=7)
LOOK = timedelta(days=14)
"""How far "from Monday on" looks."""

_THE = r"(?:el |la |los |las |o |a |no |na |the |on )?"
_MONTH = either(MONTHS)
_N = r"(\d\d?)(?:st|nd|rd|th|o)?"
_TO = r"(?:al?|ao|to|through|thru|hasta(?: el)?|ate(?: o)?|until|till?|-)"
_AND = r"(?:y|e|and)"
_RANGES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b(?P<month>{_MONTH})\s{_N}\s?{_TO}\s?{_N}\b(?![:h~]\d|\s?[ap]m)",
        rf"\b(?:(?:entre|between|del?|do|desde|from)\s)?{_THE}(?:dia )?{_N}\s?(?:{_TO}|"
        rf"(?<=\d\s){_AND})\s?{_THE}(?:dia )?{_N}\s(?:de |of )?(?P<month>{_MONTH})\b",
        rf"\b(?:entre|between)\s(?:el dia|o dia|el|o|the|dia)\s{_N}\s{_AND}\s(?:el dia|o dia|el|o|the|"
        rf"dia)\s{_N}\b(?P<month>)",
        rf"\b(?:del|do dia|do|from the|desde el|de el)\s{_N}\s(?:al|ao dia|ao|to the|through the|hasta el|ate o dia|"
        rf"ate o)\s{_N}\b(?P<month>)(?!\s?[:h])",
    )
)
_WD = rf"(?:{either(WEEKDAYS)})(?:[- ]feira)?"
_WEEKDAY_RANGE = re.compile(
    rf"\b(?:(?P<both>entre|between)|(?:de|da|from|desde)?)\s?{_THE}(?P<one>{_WD})\s"
    rf"(?:(?P<to>al?|ao|to|through|thru|hasta|ate|until|-)|{_AND})\s{_THE}(?P<two>{_WD})\b"
)
WORKDAYS = re.compile(
    r"\b(?:entre semana|(?:n?os |los )?dias? (?:de semana|ut(?:il|eis)|habil(?:es)?|laborables?)|"
    r"(?:on )?(?:a )?week ?days?|"
    r"during the week|durante (?:la|a) semana)\b"
)
_EARLY = (
    r"(?:(?:a |al )?(?:principios?|comienzos|inicios) de |(?:n?o )?(?:comeco|comecinho|inicio) d(?:e |a |o )|"
    r"early(?: in)? |(?:(?:at )?the )?(?:start|beginning) of )"
)
_MID = r"(?:(?:a )?mediados de |(?:em )?meados de |no meio d(?:e |a |o )|mid |(?:in )?the middle of )"
_LATE = (
    r"(?:(?:a |al )?(?:fin|fines|final|finales) de |(?:n?o )?(?:fim|final) d(?:e |a |o )|late(?:r)?(?: in)? |"
    r"(?:(?:at )?the )?end of )"
)
_STAGE = rf"(?:(?P<early>{_EARLY})|(?P<mid>{_MID})|(?P<late>{_LATE}))?(?:a |o |la |el |l |the |n[ao] )?"
_SPANS = re.compile(
    rf"\b{_STAGE}(?:"
    r"(?P<nextweek>semana (?:que viene|que vem|proxima|siguiente|seguinte|entrante)|(?:proxima|otra) semana|"
    r"(?:next|following) week)|"
    r"(?P<afterweek>week after next)|(?P<otherweek>outra semana)|"
    r"(?P<thisweek>(?:n?est?a|n?essa|this) (?:misma |mesma |same )?(?:semana|week))|"
    r"(?P<nextmonth>mes (?:que viene|que vem|proximo|siguiente|seguinte|entrante)|proximo mes|(?:next|"
    r"following) month)|"
    r"(?P<thismonth>(?:n?este|this) (?:mes|month))|"
    rf"(?P<monthend>(?<=fin de )mes|(?<=fines de )mes|(?<=final de )mes|(?<=finales de )mes|(?<=of the )month|"
    rf"(?<=of )month|(?<=do )mes|(?<=de )mes)|"
    rf"(?P<month>(?<=in |en |em |ly |id )(?:{_MONTH})|(?<=de )(?:{_MONTH})|(?<=of )(?:{_MONTH})|(?<=late )(?:{_MONTH}))"
    r")\b"
)
_PLACES = ("primera primeira first", "segunda second", "tercera terceira third", "cuarta quarta fourth")
_NTH = {word: place for place, words in enumerate(_PLACES, 1) for word in words.split()}
_WEEK_OF_MONTH = re.compile(
    rf"\b(?:(?P<nth>{either(_NTH)})|(?P<last>ultima|last))\s(?:semana|week)\s(?:de|do|of)\s(?P<month>{_MONTH})\b"
)
WEEK_OF = re.compile(
    r"\b(?:(?:en |na |in )?(?:la |a |the )?semana d(?:el?|o|e)|week (?:of|commencing|beginning|starting))\s(?:dia |"
    r"the )?(?=\d|\|)"
)
_DAY_FOLLOWS = (
    rf"(?={_THE}(?:dia )?(?:proxim[oa] |next |n?est[ea] |n?essa |this )?(?:{_WD}|manana|tomorrow|amanha|"
    rf"hoy|hoje|today|\d\d?(?:st|nd|rd|th)\b|\d\d?/\d|\d\d? de [a-z]{{4}}|(?:{_MONTH}) \d)|(?:el|el dia|o dia|dia|"
    r"do dia|the) \d\d?\b)"
)
RELATIONS = tuple(
    (name, re.compile(rf"\b(?:{pattern})\s{_DAY_FOLLOWS}"))
    for name, pattern in (
        ("from", r"a partir d(?:el?|as?|o)|desde(?: el| la)?|starting(?: from| on)?|from|as of"),
        ("after", r"despues d(?:el?)|depois d[aeo](?! (?:amanha|almoco|meio))|after"),
        ("until", r"hasta(?: el)?|ate(?: o| a)?|by|until|no later than|a mas tardar(?: el)?|no maximo ate"),
        ("before", r"antes d(?:el?|as?|o)|before"),
    )
)


def read_range(words: Words, today: date) -> tuple[Span | None, frozenset[int]]:
    """Take "from this to that": the span, or the weekdays that Monday to Friday stands for."""
    for pattern in _RANGES:
        found = words.take(pattern)
        if found:
            return _dates(found, today), frozenset()
    found = words.take(_WEEKDAY_RANGE) if _is_range(words) else None
    if not found:
        return None, frozenset(range(5)) if words.take(WORKDAYS) else frozenset()
    first, last = (WEEKDAYS[re.split(r"[- ]feira", found[name])[0]] for name in ("one", "two"))
    if first == 0 and last >= 4:
        return None, frozenset(range(last + 1))
    start = today + (first - today.weekday()) % 7 * DAY
    return (start, start + ((last - first) % 7 + 1) * DAY), frozenset()


def read_relation(words: Words) -> str | None:
    """Take what says that days before or after the one named are meant: from, after, until or before."""
    return next((name for name, pattern in RELATIONS if words.take(pattern, "")), None)


def related(relation: str, day: date, today: date) -> Span:
    """The days that are meant with a day and its relation."""
    if relation == "from":
        return day, day + LOOK
    if relation == "after":
        return day + DAY, day + DAY + LOOK
    return today, day + DAY if relation == "until" else day


def read_spans(words: Words, today: date) -> list[Span]:
    """Take weeks, weekends and months: several if it could be either."""
    monday = today - today.weekday() * DAY
    weekend = words.take(WEEKEND)
    if weekend:
        this = (monday + SATURDAY * DAY, monday + WEEK)
        following = (this[0] + WEEK, this[1] + WEEK)
        if (weekend["next"] or weekend["later"]) and today.weekday() < SATURDAY:
            return [this, following]
        return [following if weekend["next"] or weekend["later"] else this]
    nth = words.take(_WEEK_OF_MONTH)
    if nth:
        first, after = _month(MONTHS[nth["month"]], today)
        if nth["last"]:
            return [(after - WEEK, after)]
        start = first + (_NTH[nth["nth"]] - 1) * WEEK
        return [(start, start + WEEK)]
    found = words.take(_SPANS)
    return _named(found, today, monday) if found else []


def _named(found: re.Match[str], today: date, monday: date) -> list[Span]:
    weeks = {"thisweek": 0, "nextweek": 1, "afterweek": 2}
    if found["otherweek"]:
        return [(monday + WEEK, monday + 2 * WEEK), (monday + 2 * WEEK, monday + 3 * WEEK)]
    for name, ahead in weeks.items():
        if found[name]:
            first = monday + ahead * WEEK
            stage = (first, first + 3 * DAY), (first + DAY, first + 4 * DAY), (first + 3 * DAY, first + WEEK)
            if found["late"] and ahead == 0:
                return [(today + DAY, first + WEEK)] if today < first + WEEK - DAY else [(today, first + WEEK)]
            return [_staged(found, stage, (first, first + WEEK))]
    if found["month"]:
        first, after = _month(MONTHS[found["month"]], today)
    else:
        first = today.replace(day=1) + relativedelta(months=1 if found["nextmonth"] else 0)
        after = first + relativedelta(months=1)
    stage = (first, first + 10 * DAY), (first + 10 * DAY, first + 20 * DAY), (after - 8 * DAY, after)
    span = _staged(found, stage, (first, after))
    if span[1] <= today:
        span = (span[0] + relativedelta(months=1), span[1] + relativedelta(months=1))
    return [span]


def _staged(found: re.Match[str], stages: tuple[Span, Span, Span], whole: Span) -> Span:
    return next((span for name, span in zip(("early", "mid", "late"), stages, strict=True) if found[name]), whole)


def _month(month: int, today: date) -> Span:
    """The coming such month, this one included."""
    first = date(today.year + (month < today.month), month, 1)
    return first, first + relativedelta(months=1)


def _is_range(words: Words) -> bool:
    found = _WEEKDAY_RANGE.search(words.text)
    return found is not None and bool(found["both"] or found["to"])


def _dates(found: re.Match[str], today: date) -> Span | None:
    first, last = (int(text) for text in found.groups() if text and text.isdigit())
    if found["month"]:
        month = _month(MONTHS[found["month"]], today)[0]
    else:
        month = today.replace(day=1) + relativedelta(months=1 if max(first, last) < today.day else 0)
    try:
        end = (month + relativedelta(months=last < first)).replace(day=last)
        return month.replace(day=first), end + DAY
    except ValueError:
        return None
