"""Numbers as people write them in Spanish, Portuguese and English: 1.299,00 and 1,299.00, "mil quinientos", "two"."""

import re
from decimal import Decimal
from functools import lru_cache

FIGURE = r"(?<!\d)(?:\d{1,3}(?:[.,']\d{3})+(?:[.,]\d{1,2})?(?![\d])|\d{1,12}(?:[.,]\d{1,2})?(?![\d]))"
"""A figure with or without thousands and cents."""

_UNITS = {
    0: "cero zero",
    1: "uno una un um uma one",
    2: "dos dois duas two",
    3: "tres three",
    4: "cuatro quatro four",
    5: "cinco five",
    6: "seis six",
    7: "siete sete seven",
    8: "ocho oito eight",
    9: "nueve nove nine",
    10: "diez dez ten",
    11: "once onze eleven",
    12: "doce doze twelve",
    13: "trece treze thirteen",
    14: "catorce quatorze catorze fourteen",
    15: "quince quinze fifteen",
    16: "dieciseis dezesseis dezasseis sixteen",
    17: "diecisiete dezessete seventeen",
    18: "dieciocho dezoito eighteen",
    19: "diecinueve dezenove nineteen",
    20: "veinte vinte twenty",
    21: "veintiuno veintiun",
    22: "veintidos",
    23: "veintitres",
    24: "veinticuatro",
    25: "veinticinco",
    26: "veintiseis",
    27: "veintisiete",
    28: "veintiocho",
    29: "veintinueve",
    30: "treinta trinta thirty",
    40: "cuarenta quarenta forty",
    50: "cincuenta cinquenta fifty",
    60: "sesenta sessenta sixty",
    70: "setenta seventy",
    80: "ochenta oitenta eighty",
    90: "noventa ninety",
    100: "cien ciento cem cento",
    200: "doscientos doscientas duzentos duzentas",
    300: "trescientos trescientas trezentos trezentas",
    400: "cuatrocientos cuatrocientas quatrocentos quatrocentas",
    500: "quinientos quinientas quinhentos quinhentas",
    600: "seiscientos seiscientas seiscentos seiscentas",
    700: "setecientos setecientas setecentos setecentas",
    800: "ochocientos ochocientas oitocentos oitocentas",
    900: "novecientos novecientas novecentos novecentas",
}
WORDS: dict[str, int] = {word: value for value, words in _UNITS.items() for word in words.split()}
_SCALES = {"hundred": 100, "mil": 1000, "thousand": 1000}
_ANY = "|".join(sorted([*WORDS, *_SCALES], key=len, reverse=True))
SPELLED = rf"\b(?:{_ANY})(?:[ -](?:(?:y|e|and) )?(?:{_ANY})){{0,8}}\b"
"""A number in words; check `spelled` for its value."""
_TENS = "|".join(word for word, value in WORDS.items() if value in range(20, 100, 10))
_ONES = "|".join(word for word, value in WORDS.items() if value in range(1, 10))
SMALL_WORDS = rf"(?:{_TENS})(?:(?: y | e |[- ])(?:{_ONES}))?\b|" + "|".join(
    word for word, value in WORDS.items() if value < 30
)
SMALL = rf"(?:\d{{1,3}}|{SMALL_WORDS})"
"""A small whole number in figures or words."""
_WORD = re.compile(r"[a-z]+")


@lru_cache(maxsize=4096)
def figure(text: str) -> Decimal:
    """The value of a `FIGURE`. A last group of three digits is thousands, one or two behind a separator are cents.

    >>> figure("1.299,00"), figure("1,299"), figure("89.9")
    (Decimal('1299.00'), Decimal('1299'), Decimal('89.9'))
    """
    text = text.replace("'", "").replace(" ", "")
    tail = re.search(r"[.,](\d{1,2})$", text)
    whole = re.sub(r"[.,]", "", text[: tail.start()] if tail else text)
    return Decimal(f"{whole}.{tail[1]}" if tail else whole)


@lru_cache(maxsize=1024)
def spelled(text: str) -> int | None:
    """The value of folded number words; None if they are not one number.

    >>> spelled("mil quinientos"), spelled("ciento veinte"), spelled("two hundred and fifty")
    (1500, 120, 250)
    """
    total = part = 0
    for word in _WORD.findall(text):
        if word in ("y", "e", "and"):
            continue
        if word in _SCALES:
            part = max(part, 1) * _SCALES[word]
            if _SCALES[word] == 1000:
                total, part = total + part, 0
        elif word in WORDS:
            part += WORDS[word]
        else:
            return None
    return total + part


def small(text: str) -> int:
    """The value of a `SMALL`."""
    return int(text) if text.isdigit() else spelled(text) or 0
