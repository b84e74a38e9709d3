"""Words as the tables compare them: lower case, no accents, no punctuation, roughly stemmed."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

SIGNS = {"👍": " ok ", "👌": " ok ", "✅": " ok ", "👎": " no ", "🙏": " gracias thanks obrigado "}
DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")
BELOW_ZERO = re.compile(r"(?<![\w.])-(?=\d)")
NOT_A_WORD = re.compile(r"[^a-z0-9.]+|(?<!\d)\.|\.(?!\d)")
VOWELS = set("aeiouy")
RESEMBLING = 75.0
"""Percent of letters in common, from which a word may be another one misspelt."""
KEYBOARD = ("asdf", "qwer", "zxcv", "hjkl", "dfgh")

Term = tuple[str, ...]
"""The stem of a word, and of its synonyms."""


@lru_cache(maxsize=4096)
def unaccented(text: str) -> str:
    """Lower case without accents; signs stay."""
    return "".join(char for char in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(char))


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """`¿Cuánto cuestan?` becomes `cuanto cuestan`; a decimal `25,5` becomes `25.5`."""
    for sign, word in SIGNS.items():
        text = text.replace(sign, word)
    plain = BELOW_ZERO.sub("minus", DECIMAL_COMMA.sub(".", unaccented(text)))
    return NOT_A_WORD.sub(" ", plain).strip()


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """Plural and gender cut off: `negras` and `negro` are `negr`."""
    if word[0].isdigit() or len(word) < 4:
        return word
    word = word.removesuffix("s")
    return word[:-1] if len(word) >= 5 and word[-1] in "aeo" else word


@lru_cache(maxsize=4096)
def stems(text: str) -> Term:
    return tuple(stem(word) for word in fold(text).split())


@lru_cache(maxsize=16384)
def alike(one: str, other: str) -> bool:
    """Whether two stems are the same word, give or take a slip of the finger."""
    if one == other:
        return True
    shorter = min(len(one), len(other))
    if shorter < 4 or one[0].isdigit() or one[0] != other[0]:
        return False
    allowed = 1 if shorter < 8 else 2
    return OSA.distance(one, other, score_cutoff=allowed) <= allowed


def resembles(one: str, other: str) -> bool:
    """Whether somebody who spells by ear may have meant the other: `zapatiya` is a `zapatilla`."""
    return alike(one, other) or (one[0] == other[0] and fuzz.ratio(one, other, score_cutoff=RESEMBLING) > 0)


def found_in(term: Term, offered: Term) -> bool:
    """Whether a term or one of its synonyms is among the offered stems."""
    return any(alike(word, other) for word in term for other in offered)


def coverage(wanted: Iterable[Term], offered: Term) -> float:
    """Share of the wanted terms found among the offered stems, 0 to 1."""
    hits = [found_in(term, offered) for term in wanted]
    return sum(hits) / len(hits) if hits else 0.0


def babble(word: str) -> bool:
    """Whether a folded word looks typed at random: `sdfkjh`, `asdasdasd`."""
    if word[0].isdigit() or len(word) < 4:
        return False
    runs = "".join(" " if char in VOWELS else char for char in word).split()
    repeated = re.fullmatch(r"(.{1,3})\1{2,}.?", word) is not None
    return repeated or any(row in word for row in KEYBOARD) or not VOWELS & set(word) or max(map(len, runs)) >= 5
