"""Times of day and durations in Spanish, Portuguese and English."""

import re
from dataclasses import dataclass
from datetime import time
from decimal import Decimal

from graphs.claims.numbers import SMALL_WORDS, figure, small
from graphs.claims.text import Draft, Span

_HOUR_WORDS = (
    r"(?:una|uma|one|dos|duas|two|tres|three|cuatro|quatro|four|cinco|five|seis|six|siete|sete|seven|ocho|oito|"
    r"eight|nueve|nove|nine|diez|dez|ten|once|onze|eleven|doce|doze|twelve)"
)
_HALF_DAY = (
    r"(?:\s?(?P<ampm>a\.?\s?m\b\.?|p\.?\s?m\b\.?)|,?\s(?:de|da|por|en|in|of|at)\s(?:la\s|the\s)?(?P<part>manana|"
    r"manha|tarde|noche|noite|madrugada|morning|afternoon|evening|night|mediodia))"
)
_MINUTE_WORDS = (
    r"(?:\s(?P<plus>y media|e meia|y cuarto|e quinze|y quince|y veinte|e vinte|y diez|e dez|e trinta|y treinta|e "
    r"quarenta e cinco)|\s(?P<minus>menos cuarto|menos quarto|menos veinte|menos diez))"
)
_AT = (
    r"(?P<at>\b(?:a las?|las?|as|(?<=[\d\x01] )a|(?<=h )a|ate as|desde las?|hasta las?|das|at|from|to|until|till|by|"
    r"around|sobre las?|entre las?|pelas|para las?|de las?|e as|y las?|o a las?))"
)
_TIMES = (
    re.compile(
        r"\b(?:de|entre|from|between|das)\s(?P<h>[01]?\d|2[0-3])"
        r"(?=\s(?:a|as|y|e|and|to)\s\d{1,2}(?::\d\d|\s?(?:h\b|hs\b|am\b|pm\b|a\.m|p\.m|de la|da)))"
    ),
    re.compile(
        rf"(?<![\d:.,])(?P<h>[01]?\d|2[0-3])[:h](?P<m>[0-5]\d)(?![\d:])(?:\s?(?:h|hs|hrs|horas|"
        rf"hours)\b)?{_HALF_DAY}?(?!\s?\d*%)"
    ),
    re.compile(r"(?<![\d:.,$/])(?P<h>1[0-2]|0?[1-9])(?:[.](?P<m>[0-5]\d))?\s?(?P<ampm>a\.?\s?m\b\.?|p\.?\s?m\b\.?)"),
    re.compile(
        rf"{_AT}\s(?P<h>[01]?\d|2[0-3])(?:[.:](?P<m>[0-5]\d))?(?![\d:/]|[.,]\d)(?P<unit>\s?(?:h|hs|hrs|horas|"
        rf"hours|o'clock|en punto|em ponto)\b)?{_MINUTE_WORDS}?{_HALF_DAY}?"
    ),
    re.compile(rf"(?<![\d:.,$/])(?P<h>[01]?\d|2[0-3])\s?(?:hs|hrs|h)\b(?!\s?\d){_HALF_DAY}?"),
    re.compile(
        rf"{_AT}\s(?P<hw>{_HOUR_WORDS})(?P<unit>\s(?:en punto|em ponto|o'clock|horas))?{_MINUTE_WORDS}?{_HALF_DAY}?"
    ),
    re.compile(rf"\bhalf past (?P<half>{_HOUR_WORDS}|1[0-2]|[1-9])\b{_HALF_DAY}?"),
    re.compile(
        rf"(?<![\d:.,$/])(?P<h>[01]?\d|2[0-3])\s?(?:horas|o'clock|en punto|em ponto)\b(?<!\d horas)|"
        rf"(?<![\d:.,$/])(?P<h2>[01]?\d|2[0-3]){_MINUTE_WORDS}{_HALF_DAY}?"
    ),
    re.compile(
        r"\b(?P<noon>mediodia|medio dia|meio-dia|meio dia|noon|midday)\b|\b(?P<midnight>medianoche|media noche|"
        r"meia-noite|meia noite|midnight)\b"
    ),
)
_OPENING = re.compile(r"\b(?:open\w*|hours|abrimos|abre|abiert\w+|abert\w+|horarios?|atendemos|funciona\w*|atencion)\b")
_BARE_RANGE = re.compile(
    r"(?<![\d:.,$/])(?P<h>[01]?\d|2[0-3])(?P<to>\s?(?:to|a|as|-|until|ate)\s?)(?P<h2>[01]?\d|2[0-3])(?![\d:/%]|[.,]\d)"
    r"(?=\s*(?:$|[.,;)\n]|(?:y|and|e|on|los|aos|in)\b))"
)
""" "9 to 6", said of opening hours."""
_ENDS = re.compile(
    r"\s*(?:$|[.,;:!?()\n\x01-]|(?:con|com|with|for|on|en|el|y|e|and|o|ou|or|de|da|do|to|a|as|hasta|ate|until|"
    r"till|ya|ja|is|esta|no|na|nao|not|pero|mas|but|tengo|tenho|hay|ha|que|para|pra|if|si|se|in|por|sharp|"
    r"works|"
    r"tomorrow|manana|amanha|today|hoy|hoje|lunes|martes|miercoles|jueves|viernes|sabado|domingo|segunda|terca|"
    r"quarta|quinta|sexta|monday|tuesday|wednesday|thursday|friday|saturday|sunday|libre|livre|disponible|"
    r"disponivel|"
    r"available|free|fica|queda|sale|funciona|pode|puede|puedes|te|me|cuesta|custa|it|we|i|that|this|tambien|"
    r"tambem|also|confirmad\w+|quedo|ficou|estara|estaria|seria|sera|podemos|cerca|aproximadamente|"
    r"approximately|approx|daily|each)\b)"
)
"""What may stand behind an hour without minutes; anything else is a number of something."""
_MINUTES = {
    "media": 30,
    "meia": 30,
    "cuarto": 15,
    "quarto": 15,
    "quinze": 15,
    "quince": 15,
    "veinte": 20,
    "vinte": 20,
    "diez": 10,
    "dez": 10,
    "trinta": 30,
    "treinta": 30,
    "cinco": 45,
}
_UNITS = {
    "seg": Decimal(1) / 60,
    "sec": Decimal(1) / 60,
    "min": Decimal(1),
    "h": Decimal(60),
    "dia": Decimal(1440),
    "day": Decimal(1440),
    "sem": Decimal(10080),
    "wee": Decimal(10080),
    "mes": Decimal(43200),
    "mon": Decimal(43200),
    "ano": Decimal(525600),
    "yea": Decimal(525600),
}
_DURATION = re.compile(
    rf"(?<![\d:.,$/])(?P<n>\d{{1,4}}(?:[.,]\d)?|\b(?:{SMALL_WORDS}))(?:\s?(?:-|a|o|ou|or|"
    rf"to|y|e|and|ate)\s?(?P<to>\d{{1,4}}|(?:{SMALL_WORDS})\b))?[\s-]?"
    r"(?:(?:business|working|calendar|full) )?"
    r"(?P<unit>segundos?|seconds?|secs?|segs?|minutos?|minutes?|mins?|horas?|hours?|hrs?|h|dias?|days?|"
    r"semanas?|weeks?|mes|meses|months?|anos?|years?)\b\.?(?:\s?(?:habiles|uteis|business|laborables|"
    r"corridos))?"
    r"(?:\s?(?:y|e|and)?\s?(?P<more>media|meia|a half|\d{1,2})\b(?:\s?(?:minutos?|minutes?|min)\b)?)?"
)
_HALF_HOUR = re.compile(r"\b(?:media hora|meia hora|half an hour|half-hour)\b")
_AN_HOUR = re.compile(
    r"(?:^|(?<=[-|:,(]\s)|\b(?:dur\w+|tarda\w*|demora\w*|ll?eva\w*|calcula\w*|cuenta con|"
    r"conte com|count on|takes?|lasts?|toma|de|about|around|aprox\w*|unos?|"
    r"umas?)\s)(?:(?:mas o menos|cerca de|about|around|aprox\w*)\s)?(?P<h>una hora|uma hora|an hour|one "
    r"hour)(?:\s(?:y|e|and)\s(?P<more>media|meia|a half|cuarto|quarto))?\b"
)


@dataclass(frozen=True)
class TimeMention:
    """A time of day; without "am" or "pm" a small hour may be either."""

    span: Span
    options: frozenset[time]


@dataclass(frozen=True)
class DurationMention:
    """A length of time in minutes; both ends of a range."""

    span: Span
    minutes: tuple[Decimal, ...]


def find_times(draft: Draft) -> list[TimeMention]:
    """All times in order, taken out of the draft."""
    found: list[TimeMention] = []
    for match in _BARE_RANGE.finditer(draft.text):
        if _OPENING.search(draft.of(draft.line(match.start()))):
            for group in ("h", "h2"):
                hour = int(match[group])
                options = {time(hour), time((hour + 12) % 24)} if hour <= 12 else {time(hour)}
                found.append(TimeMention(Span(*match.span(group)), frozenset(options)))
                draft.take(*match.span(group))
    for pattern in _TIMES:
        for match in pattern.finditer(draft.text):
            mention = _time(match, draft.raw)
            if mention is not None:
                found.append(mention)
                draft.take(*match.span())
    return sorted(found, key=lambda mention: mention.span)


def find_durations(draft: Draft) -> list[DurationMention]:
    """All durations in order, taken out of the draft."""
    found = [DurationMention(Span(*match.span()), (Decimal(30),)) for match in _HALF_HOUR.finditer(draft.text)]
    for match in _AN_HOUR.finditer(draft.text):
        extra = {"cuarto": 15, "quarto": 15}.get(match["more"], 30) if match["more"] else 0
        found.append(DurationMention(Span(match.start("h"), match.end()), (Decimal(60 + extra),)))
    for mention in found:
        draft.take(*mention.span)
    for match in _DURATION.finditer(draft.text):
        unit = _UNITS["h" if match["unit"].startswith("h") else match["unit"][:3]]
        value = Decimal(small(match["n"])) if match["n"][0].isalpha() else figure(match["n"])
        if value == 1 and match["n"][0].isalpha() and not match["to"] and unit < 10_000:
            continue
        minutes = value * unit
        if match["more"]:
            minutes += unit / 2 if match["more"].isalpha() or " " in match["more"] else Decimal(match["more"])
        both = (minutes, Decimal(small(match["to"])) * unit) if match["to"] else (minutes,)
        found.append(DurationMention(Span(*match.span()), both))
        draft.take(*match.span())
    return sorted(found, key=lambda mention: mention.span)


def _time(match: re.Match[str], raw: str) -> TimeMention | None:
    parts = match.groupdict()
    if parts.get("noon"):
        return TimeMention(Span(*match.span()), frozenset({time(12)}))
    if parts.get("midnight"):
        return TimeMention(Span(*match.span()), frozenset({time(0)}))
    words = parts.get("hw") or parts.get("half")
    digits = parts.get("h") or parts.get("h2")
    hour = small(words) if words else int(digits) if digits else -1
    minute = int(parts.get("m") or 0)
    if parts.get("plus"):
        minute = _MINUTES[parts["plus"].split()[-1]]
    elif parts.get("minus"):
        hour, minute = (hour - 1) % 24, 60 - _MINUTES[parts["minus"].split()[-1]]
    elif parts.get("half"):
        minute = 30
    bare = parts.get("at") and not any(parts.get(key) for key in ("m", "unit", "plus", "minus", "ampm", "part"))
    if not 0 <= hour <= 23 or (bare and not _ENDS.match(match.string, match.end())):
        return None
    at = (parts.get("at") or "").split()
    if (at[-1:] == ["la"] and hour != 1) or (bare and _is_an_article(match, at, raw)):
        return None
    half, part = parts.get("ampm"), parts.get("part")
    start = match.start("h") if parts.get("h") else match.start("hw") if parts.get("hw") else match.start()
    span = Span(start, match.end())
    if half or part:
        evening = (half or "").startswith("p") or part in ("tarde", "noche", "noite", "afternoon", "evening", "night")
        if hour == 12:
            hour = 12 if evening or part in ("mediodia", "manana", "manha") else 0
        elif evening and hour < 12:
            hour += 12
        return TimeMention(span, frozenset({time(hour, minute)}))
    written = bool(re.search(r"\dh|\b0\d|h\b|hs\b|hrs\b", match[0]))
    either = {time(hour, minute)}
    if hour <= 12 and not written:
        either.add(time((hour + 12) % 24 if hour < 12 else 0, minute))
    return TimeMention(span, frozenset(either))


def _is_an_article(match: re.Match[str], at: list[str], raw: str) -> bool:
    """ "¿Te llevas las 3?", "quer as 3?", "das 5 que precisa": three of something, not three o'clock."""
    if at in (["las"], ["la"], ["a"]):
        return True
    if at == ["as"]:
        return "à" not in raw[match.start("at") : match.end("at")].lower()
    return at == ["das"] and not re.match(r"\s*(?:as|a|ate|e|-)\b", match.string[match.end() :])
