"""Customers' spelling made plain before days and hours are looked for: chat shorthand, typos, and the many ways to
write minutes. Text in and out, lower case and without accents."""

import re

from rapidfuzz.distance import OSA

from backend.bookings.date_words import (
    HOUR_WORDS,
    MINUTE_WORDS,
    MONTHS,
    SHORT_MONTHS,
    WEEKDAYS,
    either,
    minutes_of,
    number,
)

_CHAT = {
    "manana": "mnn mnna mnana maniana manna mannana maana manan manaba",
    "amanha": "amh amnh amnha amanh amanah amana amanhaa aman amaha amnaha",
    "tomorrow": "tmrw tmr tmw tmmrw tmorrow 2moro 2morrow 2mrw tomoz tomoro tomorow tommorow tommorrow",
    "hoje": "hj oje",
    "despues": "dsps desp dspues despus",
    "depois": "dps dpois dpos depos",
    "finde": "fds finde findi",
    "que": "q k",
    "proximo": "prox px prxm",
    "quinta": "qinta qnta qunta quimta",
    "sexta": "setxa sxta sesta seixta sexat",
    "quarta": "qarta quata qurta",
    "terca": "tersa treca terca-feira",
    "segunda": "sgunda segnda segubda",
    "lunes": "lnues luens lunez",
    "martes": "matres marte martez",
    "jueves": "juebes juves jeuves jueve",
    "viernes": "bviernes biernes vierne",
}
_CHAT_WORDS = {typed: word for word, ways in _CHAT.items() for typed in ways.split()}
_LONG = [
    "miercoles",
    "viernes",
    "jueves",
    "sabado",
    "domingo",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "tomorrow",
    "agosto",
    "septiembre",
    "setembro",
    "noviembre",
    "novembro",
    "diciembre",
    "dezembro",
    "october",
    "december",
    "september",
    "november",
]
_RIGHT = frozenset(
    [
        "vienes",
        "viene",
        "jueces",
        "mondays",
        "tuesdays",
        "wednesdays",
        "thursdays",
        "fridays",
        "saturdays",
        "sundays",
        "sabados",
        "domingos",
        "domingas",
        "octubre",
        "outubro",
        "decembre",
        "juegos",
    ]
)
_MONEY = re.compile(
    r"(?:r\$|us\$|[$€£])\s?\d+(?:[.,]\d+)*|\b\d+(?:[.,]\d+)*\s?(?:pesos|reais|euros|dollars|dolares|usd|mxn|eur)\b"
)
_COUNTED = re.compile(
    r"(?:\b(?:para|pra|por|for|somos|seremos|we are)\s)?\b\d\d?\s(?:personas?|pessoas?|people|persons|adultos?|adults|"
    r"ninos?|ninas?|criancas?|kids|children|amig[oa]s|friends|of us|clientes?|perros?|cachorros?|dogs?)\b|"
    r"(?<!dentro )\b(?:de|of)\s\d+\s?min(?:uto|ute)?s?\b|\b\d+[\s-]min(?:ute)?s? (?:cut|massage|session|appointment)\b"
)
_QUARTER = r"(?:an? |un |um )?(?:quarter|cuarto|quarto)"
_NO_MINUTES = frozenset(["el", "dia", "the", "from", "de", "das", "del", "do", "entre", "between"])
_TO_PAST = re.compile(
    rf"\b(?P<part>half|{_QUARTER}(?= (?:of|after) )|{_QUARTER}|0?5|10|15|20|25|{either(MINUTE_WORDS)})\s(?:minut\w+\s)?"
    rf"(?P<sign>para|pras?|to|past|(?<=quarter )(?:after|of)|till?)\s(?:las?\s|as?\s|l[oa]s\s)?(?P<hour>1[0-2]|"
    rf"0?[1-9]|{either(HOUR_WORDS)})\b"
    rf"(?![/:]|\s(?:horas?|dias?|days?|personas?|people)\b|\s(?:de |of )?(?:{either(MONTHS)})\b)"
)
_HALF_FOUR = re.compile(rf"\bhalf\s(?P<hour>1[0-2]|[1-9]|{either(HOUR_WORDS)})\b")
_HOUR_MINUTES = re.compile(
    rf"\b(?P<hour>1[0-2]|[1-9]|{either(HOUR_WORDS)})\s(?P<part>fifteen|twenty(?: five)?|thirty(?: five)?|"
    rf"forty(?: five)?|"
    r"fifty(?: five)?)\b(?!\s(?:min|people|days|weeks))"
)
_SHORT_MONTHS = {word: 0 for known in SHORT_MONTHS.values() for word in known}
_SPELLED: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        (r"\b(\d\d?)\s?(am|pm)?\s?-?ish\b", r"\1\2"),
        (r"\b(noon|midday)-?ish\b", r"\1"),
        (r"\b([01]\d|2[0-3])([0-5]\d)\s?(?=h(?:s|rs?|oras)?\b)", r"\1:\2"),
        (r"\b(1[0-2]|[1-9])\s?p\b(?!\.)", r"\1pm"),
        (r"(?<=\d[h:]\d\d)\s?min(?:utos)?\b", ""),
        (r"\s[ye] (?:pico|pouco|algo|tantos|poquito|pouquinho)\b", ""),
        (r"\b(late|early) (?:on )?(\w+day) (morning|afternoon|evening)\b", r"\2 \1 \3"),
        (rf"\b(\d\d?)[/-]({either(_SHORT_MONTHS)})\b", r"\1 \2"),
        (r"\bmid[\s-]+(?=\w)", "mid "),
        (r"\b(\d{4})[/.](\d\d?)[/.](\d\d?)\b", r"\1-\2-\3"),
    )
)  # fmt: skip


_DAY = rf"(?:el |la |las |the |o |a |as )?(?:{either(WEEKDAYS)})(?:[- ]feira)?"
_MOVED = re.compile(
    r"\b(?P<verb>cambi\w+|mov\w+|mud\w+|pas(?:ar\w*|en|ame)|troc\w+|remarc\w+|reagend\w+|reprogram\w+|chang\w+|"
    rf"switch\w*|shift\w*|reschedul\w+)\b(?P<what>.*?)\s(?:del?|d[ao]s?|from|desde)\s"
    rf"(?:{_DAY}|(?:las? |as? )?\d\d?(?:[:h]\d\d|h)?)"
    r"(?:\s?(?:am|pm|hs?|horas)\b)?\s(?:al?|ao|as|para(?: o| a| as)?|pra|to)\s(?=\S)"
)
_INSTEAD = re.compile(
    rf"\b(?:instead of|rather than|en (?:vez|lugar) del?|em vez d[aeo]|no lugar d[aeo]|ao inves d[aeo])\s{_DAY}"
    r"(?:\s(?:the |dia )?\d\d?(?:st|nd|rd|th)?\b(?!\s?(?:am|pm|h|:)))?"
)


def without_money(text: str) -> str:
    """The text as it was typed, without amounts of money, which look like hours and days."""
    return _MONEY.sub(" ", text)


def respelled(text: str) -> str:
    """A normalised text with its words as the tables have them and clock times as 4~45, whose half of the day is as
    open as that of a bare 4."""
    text = " ".join(_word(word) for word in text.split())
    for pattern, plain in _SPELLED:
        text = pattern.sub(plain, text)
    text = _INSTEAD.sub(" ", _MOVED.sub(r"\g<verb>\g<what> a ", _COUNTED.sub(" ", text)))
    text = _TO_PAST.sub(_from_to_past, text)
    text = _HALF_FOUR.sub(lambda found: _written(number(found["hour"]), 30), text)
    text = _HOUR_MINUTES.sub(lambda found: _written(number(found["hour"]), minutes_of(found["part"])), text)
    return " ".join(text.split())


def _word(word: str) -> str:
    bare = word.rstrip(".,")
    if bare in _CHAT_WORDS:
        return _CHAT_WORDS[bare] + word[len(bare) :]
    if len(bare) < 5 or not bare.isalpha() or bare in _RIGHT or bare in _LONG:
        return word
    for known in _LONG:
        allowed = 2 if len(known) >= 8 else 1
        if OSA.distance(bare, known, score_cutoff=allowed) <= allowed and (bare[0] == known[0] or allowed == 1):
            return known + word[len(bare) :]
    return word


def _from_to_past(found: re.Match[str]) -> str:
    before = found.string[: found.start()].split()[-1:]
    if before and (before[0] in _NO_MINUTES or before[0] in MONTHS):
        return found[0]
    hour, minutes = number(found["hour"]), minutes_of(found["part"])
    if found["sign"] in ("past", "after"):
        return _written(hour, minutes)
    return _written((hour - 1) or 12, 60 - minutes)


def _written(hour: int, minutes: int) -> str:
    return f"{hour}~{minutes:02}"
