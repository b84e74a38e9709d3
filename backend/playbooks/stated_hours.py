"""Opening hours that a text states in Spanish, Portuguese or English, against those of the business.

Only sentences with a word of opening are looked at, and only what can be told for sure: a day on which the business is
closed, a time that none of its hours begins or ends with, "around the clock".
"""

import re
from collections.abc import Mapping, Sequence

_SENTENCE = re.compile(r"[.;!?](?=\s|$)|\n")
_OPENING = re.compile(
    r"\b(abrimos|abren?|abiert[oa]s?|atendemos|atienden?|horarios?|cerramos|cierran?|abert[oa]s?|fechamos|funcionamos"
    r"|open|opens|opening hours|close|closes)\b"
)
_SAYS_CLOSED = re.compile(r"\b(cerrad[oa]s?|closed|fechad[oa]s?|no|nao|not|never|nunca|excepto|exceto|except|salvo)\b")
_AROUND_THE_CLOCK = re.compile(r"\b(24 ?(horas|hours|hrs|hs|h)\b|24 7\b|around the clock)")
_DAYS = {
    "mon": re.compile(r"\b(lunes|segundas?-feiras?|mondays?)\b"),
    "tue": re.compile(r"\b(martes|tercas?-feiras?|tuesdays?)\b"),
    "wed": re.compile(r"\b(miercoles|quartas?-feiras?|wednesdays?)\b"),
    "thu": re.compile(r"\b(jueves|quintas?-feiras?|thursdays?)\b"),
    "fri": re.compile(r"\b(viernes|sextas?-feiras?|fridays?)\b"),
    "sat": re.compile(r"\b(sabados?|saturdays?)\b"),
    "sun": re.compile(r"\b(domingos?|sundays?)\b"),
}
_NAMES = {
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
    "sun": "Sunday",
}
_TIME = re.compile(
    r"(?<![\d:])(?P<hour>\d{1,2})(?::(?P<minute>\d\d))? ?(?P<half>[ap])\.? ?m\b"
    r"|(?<![\d:])(?P<clock>\d{1,2}):(?P<past>\d\d)(?![\d:])"
    r"|\b(?:as|das|ate|a|e|de) (?P<bare>\d{1,2})h(?P<rest>\d\d)?\b"
)

Hours = Mapping[str, Sequence[Sequence[str]]]


def contradiction(text: str, hours: Hours) -> str | None:
    """What the first sentence that contradicts the hours says, and what they are; None without one, or if the business
    has told no hours. `text`: lower case without accents, marks of sentences and times kept."""
    if not hours:
        return None
    for sentence in _SENTENCE.split(text):
        if _OPENING.search(sentence) and (told := _contradicted(sentence, hours)):
            return told
    return None


def _contradicted(sentence: str, hours: Hours) -> str | None:
    if _AROUND_THE_CLOCK.search(sentence):
        whole = all(_is_whole_day(span) for day in _DAYS for span in hours.get(day) or [("", "")])
        return None if whole else "It says that the business is always open; its opening hours say otherwise."
    named = [day for day, word in _DAYS.items() if word.search(sentence)]
    closed = [] if _SAYS_CLOSED.search(sentence) else [day for day in named if not hours.get(day)]
    if closed:
        days = ", ".join(_NAMES[day] for day in closed)
        return f"It speaks of being open on {days}, when the opening hours of the business have it closed."
    ends = {time for day in named or _DAYS for span in hours.get(day) or () for time in span}
    strange = sorted({time for found in _TIME.finditer(sentence) if (time := _wall(found)) and not ends & _same(time)})
    if strange and ends:
        return f"It states {', '.join(strange)}; the opening hours of the business begin and end at " + (
            f"{', '.join(sorted(ends))}."
        )
    return None


def _is_whole_day(span: Sequence[str]) -> bool:
    return span[0] == span[1] or (span[0] == "00:00" and span[1] in ("23:59", "24:00"))


def _wall(found: re.Match[str]) -> str | None:
    """`09:00`; None for what is no time of a day."""
    hour = int(found["hour"] or found["clock"] or found["bare"])
    minute = int(found["minute"] or found["past"] or found["rest"] or 0)
    if found["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found["half"] == "p" else 0)
    return f"{hour:02}:{minute:02}" if hour <= 24 and minute < 60 else None


def _same(time: str) -> set[str]:
    return {"00:00", "24:00"} if time in ("00:00", "24:00") else {time}
