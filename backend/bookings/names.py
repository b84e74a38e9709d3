"""Which service or person a customer's words name. Pure."""

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from rapidfuzz import fuzz

from backend.bookings.date_words import normalised

Named = TypeVar("Named")
_TYPO = 82
"""Similarity in percent from which a word counts as the one meant."""
_ANYONE = re.compile(
    r"any(?:one|body)?|cualquiera?(?: persona)?|qualquer(?: uma?| pessoa)?|quem (?:tiver|estiver).*|tanto faz|"
    r"(?:me )?da igual|sin preferencia|sem preferencia|no preference|indistinto|none|null|-"
)


def matching(words: str, candidates: Sequence[Named], name_of: Callable[[Named], str]) -> list[Named]:
    """The candidates that are named best: one if it is clear, several if it could be any of them, none if nobody is.

    A full name wins over longer ones ("corte" over "corte y barba"); a word with a typo still counts.
    """
    said = _words(words)
    scored: list[tuple[int, bool, Named]] = []
    for candidate in candidates:
        name = _words(name_of(candidate))
        hits = sum(any(_same(word, heard) for heard in said) for word in name)
        if hits:
            scored.append((hits, hits == len(name), candidate))
    most = max((hits for hits, _, _ in scored), default=0)
    best = [(whole, candidate) for hits, whole, candidate in scored if hits == most]
    whole_names = [candidate for whole, candidate in best if whole]
    return whole_names or [candidate for _, candidate in best]


def means_anyone(words: str) -> bool:
    """Whether nobody in particular was asked for."""
    plain = normalised(words)
    return not plain or _ANYONE.fullmatch(plain) is not None


def _words(text: str) -> list[str]:
    found: list[str] = re.findall(r"\w+", normalised(text))
    return [word for word in found if len(word) > 2] or found


def _same(word: str, heard: str) -> bool:
    return word == heard or (min(len(word), len(heard)) > 3 and fuzz.ratio(word, heard) >= _TYPO)
