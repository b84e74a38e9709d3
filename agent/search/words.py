"""Words as the index keeps them: folded, stemmed a little, and written as they sound.

One set of rules for Spanish, Portuguese and English, applied to products and queries alike, so a rule that is wrong
for a language is wrong on both sides and still matches.
"""

import re
import unicodedata
import zlib
from functools import lru_cache

TOKEN = re.compile(r"[^\W_]+")
NUMBER_EDGE = re.compile(r"(?<=\d)(?=[^\W\d])|(?<=[^\W\d])(?=\d)")
STOP_WORDS = frozenset(
    """
    a al algo alguna algun and any are as at busco buscando buscar can com como con cual da das de del do dos e el ela
    ele em en es esa ese esta este estou eu favor for from gostaria gustaria ha hay have hello hi hola i in is it la las
    le lo los looking mas me mi minha meu mis muy mucho my na nas necesito need no nos o of ofrecen oi ola on or os ou
    para pela pelo please por porfa preciso procuro puede pues que quero queria quiero quisiera se sem show si sin sobre
    some su sus tem temos tendran teneis tener tenes tiene tienen the to um uma un una unas unos voce voces want with y
    ya you your
    """.split()  # noqa: SIM905 - a list of quoted words would be a page
)
SOUNDS = (
    (re.compile(r"[cs]h"), "x"),
    (re.compile(r"ph"), "f"),
    (re.compile(r"qu(?=[ei])|ck"), "k"),
    (re.compile(r"c(?=[eiy])|z|ss"), "s"),
    (re.compile(r"[cq]"), "k"),
    (re.compile(r"g(?=[ei])"), "j"),
    (re.compile(r"gu(?=[ei])"), "g"),
    (re.compile(r"ll|lh"), "y"),
    (re.compile(r"v"), "b"),
    (re.compile(r"w"), "u"),
    (re.compile(r"nh|ny"), "n"),
    (re.compile(r"h"), ""),
    (re.compile(r"(.)\1+"), r"\1"),
)
GRAM_BITS = 24
LONGEST_WORD = 60


def fold(text: str) -> str:
    """Lower case without accents: `Ñandú` -> `nandu`."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def tokens(text: str) -> list[str]:
    """Folded words in order; `500ml` also as `500` and `ml`, so that `500 ml` finds it."""
    found: list[str] = []
    for token in TOKEN.findall(fold(text)):
        token = token[:LONGEST_WORD]
        found.append(token)
        parts = NUMBER_EDGE.split(token)
        if len(parts) > 1:
            found += parts
    return found


def stems(text: str) -> list[str]:
    """Stems of the words that say something, in order, repeats kept."""
    return [stem(token) for token in tokens(text) if token not in STOP_WORDS]


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Number and gender taken off: zapatillas, zapatilla -> zapatill; camisões -> camisa(o) -> camis."""
    if len(word) < 4 or any(char.isdigit() for char in word):
        return word
    if word.endswith("oes"):
        word = word[:-3] + "ao"
    elif word.endswith("es") and word[-3] not in "aeiou" and len(word) > 5:
        word = word[:-2]
    elif word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    trimmed = word.rstrip("aeo") if len(word) > 4 else word[:-1] if word[-1] in "aeo" else word
    return trimmed if len(trimmed) >= 3 else word


@lru_cache(maxsize=65_536)
def sound(word: str) -> str:
    """As a person would misspell it: azul, asul -> asul; zapatilla, sapatiya -> sapatiya; vestido, bestido."""
    if any(char.isdigit() for char in word):
        return word
    for pattern, replacement in SOUNDS:
        word = pattern.sub(replacement, word)
    return word


def grams(tenant: int, word: str) -> list[int]:
    """Trigrams of the padded word as tenant number * 2^24 + hash: GIN takes no uuid, and so finds one tenant's only."""
    padded = f"  {word} "
    base = tenant << GRAM_BITS
    mask = (1 << GRAM_BITS) - 1
    return sorted({base + (zlib.crc32(padded[i : i + 3].encode()) & mask) for i in range(len(padded) - 2)})


def squashed(text: str) -> str:
    """A code without its punctuation: `AB-12/3` -> `ab123`."""
    return "".join(TOKEN.findall(fold(text)))
