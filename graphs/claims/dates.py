"""Dates and weekdays in Spanish, Portuguese and English, in a draft or in the customer's words.

A date without a year means the one nearest to now; a weekday beside it must fit. A weekday alone is any of its days.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from graphs.claims.text import Draft, Span

_MONTH_NAMES = (
    "enero janeiro january ene jan",
    "febrero fevereiro february feb fev",
    "marzo marco march mar",
    "abril april abr apr",
    "mayo maio may mai",
    "junio junho june jun",
    "julio julho july jul",
    "agosto august ago aug",
    "septiembre setembro september setiembre sept sep set",
    "octubre outubro october oct out",
    "noviembre novembro november nov",
    "diciembre dezembro december dic dez dec",
)
MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names.split()}
_DAY_NAMES = (
    "lunes segunda-feira monday",
    "martes terca-feira tuesday",
    "miercoles quarta-feira wednesday",
    "jueves quinta-feira thursday",
    "viernes sexta-feira friday",
    "sabado saturday",
    "domingo sunday",
)
_SHORT_DAYS = (
    "lun seg mon",
    "mar ter tue tues",
    "mie qua wed",
    "jue qui thu thur thurs",
    "vie sex fri",
    "sab sat",
    "dom sun",
)
_BARE_DAYS = {"segunda": 0, "terca": 1, "quarta": 2, "quinta": 3, "sexta": 4}
WEEKDAYS = {name: number for number, names in enumerate(_DAY_NAMES) for name in names.split()}
_PLURAL = {f"{name}s": number for name, number in WEEKDAYS.items() if not name.endswith("s")}
_PLURAL |= {"segundas": 0, "tercas": 1, "quartas": 2, "quintas": 3, "sextas": 4}
_ALL_DAYS = (
    WEEKDAYS
    | _PLURAL
    | _BARE_DAYS
    | {name: number for number, names in enumerate(_SHORT_DAYS) for name in names.split()}
)

_M = "|".join(sorted(MONTHS, key=len, reverse=True))
_LONG = "|".join(sorted({*WEEKDAYS, *_PLURAL}, key=len, reverse=True)).replace("-feira", "[- ]feira")
_SHORT = "|".join(sorted({name for names in _SHORT_DAYS for name in names.split()}, key=len, reverse=True))
_ANY = "|".join(sorted(_ALL_DAYS, key=len, reverse=True)).replace("-feira", "[- ]feira")
_WD = rf"(?:(?P<wd>\b(?:{_ANY})(?:[- ]feira)?\b)\.?,?\s*(?:\(?\s*)(?:el|o|dia|the|on)?\s*(?:dia\s*)?)?"
_NOT_FIGURE = (
    r"(?![\d%hx]|[:.,]\d|\s?(?:%|h\b|hs\b|hrs\b|horas?\b|min|am\b|pm\b|a\.m|p\.m|da manha|da tarde|da noite|de la|"
    r"pesos|reais|piezas|pecas|unid|x\b|o'clock|opc|(?:to|-|a|ate|until) ?\d))"
)
_PATTERNS = (
    re.compile(rf"{_WD}\b(?P<y>\d{{4}})-(?P<m>\d{{2}})-(?P<d>\d{{2}})(?!\d)"),
    re.compile(
        rf"{_WD}\b(?P<d>\d{{1,2}})(?:o|a|st|nd|rd|th)?\s*(?:de\s|of\s|/|-)?\s*(?P<mn>{_M})\b\.?(?:,?\s*(?:de|"
        rf"del|of)?\s*(?P<y>\d{{4}}))?"
    ),
    re.compile(rf"{_WD}\b(?P<mn>{_M})\b\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+(?P<y>\d{{4}}))?{_NOT_FIGURE}"),
    re.compile(rf"{_WD}(?<![\d/.,$])(?P<d>\d{{1,2}})/(?P<m>\d{{1,2}})(?:/(?P<y>\d{{2,4}}))?(?![\d/])"),
    re.compile(rf"{_WD}(?<![\d/.,$])(?P<d>\d{{1,2}})-(?P<m>\d{{1,2}})-(?P<y>\d{{4}})(?!\d)"),
    re.compile(
        rf"(?P<wd>\b(?:{_ANY})(?:[- ]feira)?\b)\.?,?\s*\(?\s*(?:(?:el|o|dia|"
        rf"the)\s){{0,2}}(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b{_NOT_FIGURE}"
    ),
    re.compile(
        rf"\b(?:dia|dias|on the|the(?=\s\d{{1,2}}(?:st|nd|rd|th)))\s(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b{_NOT_FIGURE}"
    ),
    re.compile(
        r"\b(?:el|para el|al)\s(?P<d>\d{1,2})(?=\s*(?:$|[.?!;)\n]|,|de este mes|deste mes|a las?\b|por la\b|en la\b))"
    ),
    re.compile(rf"(?P<wd>\b(?:{_LONG})\b)"),
    re.compile(rf"^\W*(?P<wd>(?:{_SHORT}))\b(?=\.?\s?(?::|-|a\b|to\b|y\b|e\b|and\b|,))", re.M),
    re.compile(
        rf"(?<=\x01)\.?\s?(?:-|a|to|y|e|and|,)\s?(?P<wd>(?:{_SHORT}))\b(?=\.?\s?(?::|-|,|$|\d|(?:de|das|from)\b))", re.M
    ),
    re.compile(
        r"\b(?P<wd>segunda|terca|quarta|quinta|sexta)\b(?=,?\s(?:feira\b|(?:as |das |dia |a partir |pela |de "
        r"manha|a tarde|a noite|que vem|mesmo\b)|\d))"
    ),
    re.compile(
        r"(?:(?<=\bna )|(?<=\bnesta )|(?<=\bproxima )|(?<=\bessa )|(?<=\besta )|(?<=\btoda )|(?<=\bde )|"
        r"(?<=\bda )|(?<=\ba )|(?<=\bate )|(?<=\bou )|(?<=\bpara )|(?<=\be )|(?<=\bpra )|(?<=^))"
        r"(?P<wd>segunda|terca|quarta|quinta|sexta)\b(?!\s(?:opc\w+|vez|parte|sess\w+|unidade|via|parcela|cor|"
        r"compra|mao|cita|pieza|visita|fila|semana|etapa|linha|clase|casa|categoria))",
        re.M,
    ),
)
_RELATIVE = (
    (re.compile(r"\b(?:pasado manana|depois de amanha|(?:the )?day after tomorrow)\b"), 2),
    (
        re.compile(
            r"(?<!la )(?<!por )(?<!da )(?<!de )\bmanana\b(?! (?:a primera|libre))|\bde manana\b(?=\s*(?:$|"
            r"[,.!?]|\w+ \d))|\bamanha\b|\btomorrow\b"
        ),
        1,
    ),
    (
        re.compile(
            r"\b(?:hoy|hoje|today|tonight|esta tarde|esta noche|esta manana|this (?:morning|afternoon|evening))\b"
        ),
        0,
    ),
    (re.compile(r"\b(?:ayer|ontem|yesterday)\b"), -1),
)
_IDIOM = re.compile(r"\b24/7\b|\b24 ?x ?7\b|\bmay (?=[a-z])")


@dataclass(frozen=True)
class DateMention:
    """A date as words name it."""

    span: Span
    days: frozenset[date]
    """What it may mean; empty for a weekday alone, and for a weekday that does not fit its date."""
    weekday: int | None = None
    """Monday is 0; None if the words name none."""
    misfit: date | None = None
    """The date that falls on another weekday than the one named."""

    @property
    def alone(self) -> bool:
        """Only a weekday was named."""
        return not self.days and self.misfit is None

    def meets(self, day: date) -> bool:
        """Whether the words may mean this day."""
        return day.weekday() == self.weekday if self.alone else day in self.days


def find(draft: Draft, today: date, month_first: bool = False) -> list[DateMention]:
    """All dates in order, taken out of the draft. `month_first` also allows 8/7 as August 7."""
    found: list[DateMention] = []
    for match in _IDIOM.finditer(draft.text):
        draft.take(*match.span())
    for pattern in _PATTERNS:
        for match in pattern.finditer(draft.text):
            mention = _mention(match, today, month_first)
            if mention is not None:
                found.append(mention)
                draft.take(*mention.span)
    for pattern, offset in _RELATIVE:
        for match in pattern.finditer(draft.text):
            found.append(DateMention(Span(*match.span()), frozenset({today + timedelta(days=offset)})))
            draft.take(*match.span())
    return sorted(found, key=lambda mention: mention.span)


def _mention(match: re.Match[str], today: date, month_first: bool) -> DateMention | None:
    parts = match.groupdict()
    weekday = _weekday(parts.get("wd"))
    span = Span(match.start(), match.end())
    if parts.get("d") is None:
        return DateMention(Span(*match.span("wd")), frozenset(), weekday)
    day, month = int(parts["d"]), parts.get("m")
    if parts.get("mn"):
        options = [(day, MONTHS[parts["mn"]])]
    elif month is None:
        options = [(day, number) for number in range(1, 13)]
    else:
        options = [(day, int(month))] + ([(int(month), day)] if month_first or int(month) > 12 else [])
    year = int(parts["y"]) if parts.get("y") else None
    if year is not None and year < 100:
        year += 2000
    days = sorted(_days(options, year, today), key=lambda one: abs((one - today).days - 30))
    if not days:
        return None
    if weekday is None:
        near = days[:2] if month is None and not parts.get("mn") else days[:1] if len(options) == 1 else days[:2]
        return DateMention(span, frozenset(near))
    fitting = [one for one in days if one.weekday() == weekday]
    near_first = sorted(days, key=lambda one: abs((one - today).days))
    if not fitting or (month is None and not parts.get("mn") and abs((fitting[0] - today).days) > 70):
        return DateMention(span, frozenset(), weekday, near_first[0])
    if (
        (parts.get("mn") or month)
        and year is None
        and fitting[0] != near_first[0]
        and abs((fitting[0] - today).days) > 300
    ):
        return DateMention(span, frozenset(), weekday, near_first[0])
    return DateMention(span, frozenset(fitting[:1]), weekday)


def _days(options: list[tuple[int, int]], year: int | None, today: date) -> Iterator[date]:
    for day, month in options:
        for candidate in (year,) if year else (today.year - 1, today.year, today.year + 1):
            try:
                yield date(candidate, month, day)
            except ValueError:
                continue


def _weekday(name: str | None) -> int | None:
    if name is None:
        return None
    plain = name.replace(" feira", "-feira")
    return _ALL_DAYS.get(plain, _ALL_DAYS.get(plain.removesuffix("-feira")))
