"""The words people use for days and hours in Spanish, Portuguese and English, without accents and in lower case.

All three languages are read at once, since a customer need not write in the business's language; only abbreviations
that mean something else in another language are kept to their own.
"""

import re

from backend.accents import without_accents

SATURDAY = 5


def _numbered(words: str, first: int = 1, letters: int | None = None) -> dict[str, int]:
    return {word[:letters]: number for number, word in enumerate(words.split(), first)}


_WEEKDAYS = {
    "es": "lunes martes miercoles jueves viernes sabado domingo",
    "pt": "segunda terca quarta quinta sexta sabado domingo",
    "en": "monday tuesday wednesday thursday friday saturday sunday",
}
WEEKDAYS = {word: day for words in _WEEKDAYS.values() for word, day in _numbered(words, 0).items()}
SHORT_WEEKDAYS = {language: _numbered(words, 0, letters=3) for language, words in _WEEKDAYS.items()}
del SHORT_WEEKDAYS["es"]["mar"]
SHORT_WEEKDAYS["pt"] |= _numbered("2a 3a 4a 5a 6a", 0)
SHORT_WEEKDAYS["es"] |= {"mier": 2, "juev": 3, "vier": 4}
SHORT_WEEKDAYS["en"] |= {"tues": 1, "weds": 2, "thur": 3, "thurs": 3}

_MONTHS = {
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "pt": "janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro",
    "en": "january february march april may june july august september october november december",
}
MONTHS = {word: month for words in _MONTHS.values() for word, month in _numbered(words).items()} | {"setiembre": 9}
SHORT_MONTHS = {language: _numbered(words, letters=3) for language, words in _MONTHS.items()}
SHORT_MONTHS["en"]["sept"] = 9

_NUMBERS = {
    "es": "un dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis diecisiete "
    "dieciocho diecinueve veinte veintiuno veintidos veintitres veinticuatro veinticinco veintiseis veintisiete "
    "veintiocho veintinueve treinta",
    "pt": "um dois tres quatro cinco seis sete oito nove dez onze doze treze quatorze quinze dezesseis dezessete "
    "dezoito dezenove vinte",
    "en": "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty",
}
NUMBERS = {word: count for words in _NUMBERS.values() for word, count in _numbered(words).items()} | {
    word: count
    for count, words in {1: "una uno uma primero primeiro", 2: "duas", 14: "catorze", 30: "trinta thirty"}.items()
    for word in words.split()
}
NUMBERS |= {f"vinte e {word}": 20 + count for word, count in _numbered(_NUMBERS["pt"]).items() if count < 10}
NUMBERS |= {"trinta e um": 31, "treinta y uno": 31}

HOUR_WORDS = {
    word: count for word, count in NUMBERS.items() if count <= 23 and word not in ("primero", "primeiro", "un")
}
MINUTE_WORDS = {word: count for word, count in NUMBERS.items() if count in (5, 10, 15, 20, 25, 30)}
_TENS = {"treinta y": 30, "cuarenta": 40, "cincuenta": 50, "trinta e": 30, "quarenta": 40, "cinquenta": 50}
_TENS |= {"thirty": 30, "forty": 40, "fifty": 50, "twenty": 20}
_FIVES = {"treinta y": "cinco", "cuarenta": "y cinco", "cincuenta": "y cinco", "trinta e": "cinco"}
_FIVES |= {
    "quarenta": "e cinco",
    "cinquenta": "e cinco",
    "thirty": "five",
    "forty": "five",
    "fifty": "five",
    "twenty": "five",
}
_QUARTERS = {f"{article}{word}": 15 for article in ("", "a ", "un ", "um ") for word in ("cuarto", "quarto", "quarter")}
PART_WORDS = (
    MINUTE_WORDS
    | _QUARTERS
    | {"media": 30, "meia": 30, "half": 30}
    | {f"{word} {_FIVES[word]}": count + 5 for word, count in _TENS.items()}
    | {word: count for word, count in _TENS.items() if " " not in word}
)
"""What stands for minutes beside an hour: a quarter, half, or so many."""

MORNING, AFTERNOON, EVENING = "morning", "afternoon", "evening"
EVERY_DAY = frozenset(range(7))
PART_MINUTES = {MORNING: (5 * 60, 12 * 60), AFTERNOON: (12 * 60, 20 * 60), EVENING: (18 * 60, 24 * 60)}
"""Minutes of the day in which a start counts as morning, afternoon or evening."""

TOKENS = {MORNING: "<1>", AFTERNOON: "<2>", EVENING: "<3>"}
"""What stands in a text for a part of the day once it has been read."""

_OF = r"(?:(?:por|de|en|a|durante) la |(?:de|da|pela|na|a|in the|in|at) |early |late |no comeco da |no fim da )?"
_THIS = r"(?:hoy |hoje )?\b(?:esta|nesta|nessa|essa|this)"
_PARTS = (
    (MORNING, r"\b(?:por|de|en|a|durante) la manana\b|" + _OF + r"\b(?:manhas?|manhazinha|mornings?)\b|"
     r"\b(?:bem |logo )?ced(?:o|inho)\b|"
     r"\b(?:por|en) las mananas\b|\btempran(?:o|ito)\b|\bearly\b(?! (?:afternoon|evening|next|this|in|\w+ber|"
     r"\w+ary|march|april|may|june|july|august)\b)|\bfirst thing\b|"
     r"\ba prim(?:era|eira) hora\b|\b(?:before lunch|antes d[eo] (?:comer|almorzar|almuerzo|almoco)|"
     r"antes del almuerzo)\b"),
    (AFTERNOON, r"\b(?:after lunch|despues de (?:comer|almorzar|almuerzo|el almuerzo)|despues del almuerzo|"
     r"depois do almoco)\b|" + _OF + r"\b(?:tardes?|tardecita|afternoons?|arvo)\b"),
    (EVENING, _OF + r"\b(?:noches?|noites?|noitinha|evenings?|nights?)\b"),
)  # fmt: skip
PARTS = tuple((part, re.compile(pattern)) for part, pattern in _PARTS)
THIS_PART = re.compile(_THIS + r" (manana|manha|morning|tarde|afternoon|noche|noite|evening|night)\b|\b(tonight)\b")
PART_OF = {
    word: part
    for part, words in {
        MORNING: "manana manha morning",
        AFTERNOON: "tarde afternoon",
        EVENING: "noche noite evening night tonight",
    }.items()
    for word in words.split()
}

GREETINGS = re.compile(
    r"\bbuen(?:os|as)? (?:dias?|tardes?|noches?)\b|\bbo(?:m|a|ns|as) (?:dias?|tardes?|noites?)\b|"
    r"\bgood (?:morning|afternoon|evening|night|day)\b"
)
NARROW = tuple(
    (re.compile(rf"\b(?:{pattern})\b"), window)
    for pattern, window in (
        (r"(?:a |na |en la )?(?:media manana|mid morning)|no meio da manha", (10 * 60, 12 * 60)),
        (
            r"(?:(?:in )?the )?early (?:in the )?afternoon|(?:n?o )?(?:comeco|comecinho|inicio) da tarde|"
            r"(?:a )?prim(?:era|eira) hora (?:de la|da) tarde|(?:a|al) principios? de la tarde",
            (12 * 60, 15 * 60),
        ),
        (
            r"(?:(?:in )?the )?late (?:in the )?afternoon|(?:n?o )?(?:fim|final|finalzinho|fimzinho|"
            r"finzinho) d[ae] tarde|"
            r"al final de la tarde",
            (16 * 60, 20 * 60),
        ),
        (r"(?:a )?media tarde|mid afternoon|no meio da tarde", (15 * 60, 18 * 60)),
        (
            r"(?:a |en )?la hora de(?:l)? (?:comer|almorzar|la comida|almuerzo)|(?:na )?hora d[eo] almoco|"
            r"(?:at |over |during )?lunch ?(?:time|break|hour)|(?:at|over|during) lunch",
            (12 * 60, 15 * 60),
        ),
        (
            r"after work|despues del trabajo|(?:al salir|saliendo) del trabajo|depois do (?:trabalho|expediente)",
            (17 * 60, 24 * 60),
        ),
    )
)  # fmt: skip
"""Parts of a day that are narrower than morning, afternoon and evening."""
LAST = re.compile(
    r"\b(?:a |na )?ultima hora\b|\blast thing\b|\b(?:at )?(?:the )?end of (?:the |my )?day\b|\bal final del dia\b|"
    r"\bno (?:fim|final) do dia\b|\b(?:el |o |a |la |your |the )?(?:ultim[oa]|last) (?:turno|horario|appointment|slot|"
    r"opening|hueco|vaga|cita|available)(?: (?:available|of the day|del dia|do dia|disponible|disponivel))?\b"
)
"""The last time of the day rather than the first."""
NOON = re.compile(r"\b(?:al |ao |a |at )?(?:mediodia|medio dia|meio[- ]dia|noon|midday)\b( (?:y media|e meia))?")
MIDNIGHT = re.compile(
    r"\b(?:a la |a |at )?(?:medianoche|media noche|meia[- ]noite|midnight|(?:las )?(?:12|doce) (?:de la noche|"
    r"da noite))\b"
)

WEEKEND = re.compile(
    r"\b(?P<next>proximo |next )?(?:fin de semana|fim de semana|final de semana|finde|weekend)"
    r"(?P<later> que viene| que vem| proximo)?\b"
)
ANY_TIME = re.compile(
    r"\b(?:lo antes posible|lo mas pronto posible|cuanto antes|o quanto antes|o mais (?:cedo|rapido) possivel|"
    r"as soon as possible|asap|prim(?:er|eiro|eira?|ero|era) (?:turno|hora|hueco|horario|cita|vaga|disponible|"
    r"disponivel)|"
    r"(?:el|la|o|a) prim(?:ero|era|eiro|eira) que (?:teng|haya|tiver|houver)\w*|"
    r"first (?:available|you have|one (?:you have|available)|slot|opening|appointment)|earliest|soonest|"
    r"cualquier (?:dia|hora|horario|momento)|qualquer (?:dia|hora|horario|momento)|otro dia|outro dia|(?:an)?other day|"
    r"any ?time|any day|whenever|cuando (?:sea|puedan?|haya)|quando (?:puder(?:em)?|tiver(?:em)?|der)|"
    r"ahora(?: mismo)?|ya mismo|agora(?: mesmo)?|right now|now)\b"
)

DAY_AFTER_TOMORROW = re.compile(
    r"\b(?:(?:el|la) )?pasado manana\b|\bdepois de amanha\b|\b(?:the )?day after tomorrow\b|\bpasado\b(?! (?:las?|"
    r"del?)\b)"
)
TOMORROW = re.compile(r"\b(?:manana|amanha|tomorrow)\b")
TODAY = re.compile(
    r"\bhoy\b|\bhoje\b|\btoday\b|\bdentro de un rato\b|\ben un rato\b|\bdaqui a pouco\b|\bin a (?:bit|while)\b"
)
YESTERDAY = re.compile(r"\b(?:ante)?ayer\b|\b(?:ant)?e?ontem\b|\byesterday\b")
LAST_NIGHT = re.compile(r"\banoche\b|\blast night\b")


def normalised(text: str) -> str:
    """Lower case, without accents, one space between words."""
    plain = without_accents(text.lower().replace("’", "'"))
    return " ".join(re.sub(r"[^\w\s:/.,+'@-]", " ", plain).split())


def number(word: str) -> int:
    """The number that digits or a number word stand for."""
    return int(word) if word.isdigit() else NUMBERS[word]


def minutes_of(word: str) -> int:
    """The minutes that digits or a word beside an hour stand for."""
    return int(word) if word.isdigit() else PART_WORDS[word]


def either(words: dict[str, int]) -> str:
    """A regular expression for any of these words, the longest first."""
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


class Words:
    """A text from which what has been understood is taken out, so that nothing is read twice."""

    def __init__(self, text: str) -> None:
        self.text = text

    def take(self, pattern: re.Pattern[str], leave: str = "|") -> re.Match[str] | None:
        """The first match, or None; in its place stays `leave`."""
        found = pattern.search(self.text)
        if found:
            self.text = f"{self.text[: found.start()]} {leave} {self.text[found.end() :]}".strip()
            self.text = " ".join(self.text.split())
        return found

    def take_all(self, pattern: re.Pattern[str]) -> list[re.Match[str]]:
        """Every match, in order of appearance."""
        found = []
        while (one := self.take(pattern)) is not None:
            found.append(one)
        return found
