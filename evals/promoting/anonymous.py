"""Words without the people in them: numbers, e-mail addresses, links, codes and names become marks such as «phone»."""

import re
import unicodedata
from collections.abc import Iterable

_PAPERS = re.compile(r"\b(?:\d{3}\.\d{3}\.\d{3}-\d{2}|\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2}|[A-ZÑ&]{3,4}\d{6}[A-Z\d]{3})\b")
"""Numbers of persons and firms: CPF, CNPJ, RFC."""
_SHAPES = (
    (re.compile(r"\b(?:https?://|www\.)\S+|\bwa\.me/\S+", re.I), "«link»"),
    (re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"), "«email»"),
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.I), "«code»"),
    (re.compile(r"(?<![\w-])[A-Z]{1,2}-(?=[A-Z]*\d)[0-9A-Z]{6}(?![\w-])"), "«code»"),
    (_PAPERS, "«code»"),
)
_NUMBER = re.compile(r"(?<![\w$€£.,:/-])\+?\(?\d(?:[ ().-]{0,2}\d){6,18}(?![\w%])")
_PLAIN = re.compile(r"\d{1,4}([/.-])\d{1,2}\1\d{1,4}|\d{1,3}(?:([.,])\d{3})(?:\2\d{3})*(?:[.,]\d{1,2})?")
"""Dates and amounts, which look like numbers of people."""
_WORD = r"[A-ZÁÉÍÓÚÑÂÊÔÃÕÇ][^\W\d_]+"
_CALLED = re.compile(
    r"\b((?i:me llamo|mi nombre es|meu nome é|me chamo|my name is|a nombre de|em nome de|in the name of|soy|sou|i am"
    rf"|i'm|habla|aqui é|this is))\s+{_WORD}(?:\s+(?:(?:de|del|la|da|do|dos)\s+)?{_WORD}){{0,3}}"
)
NAME = "«name»"
_SHORTEST = 3


class Anonymiser:
    """`known` are names, and other values that are known of the people, taken out wherever they stand."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        parts = {part for name in known for part in (name.strip(), *name.split()) if len(part) >= _SHORTEST}
        listed = "|".join(re.escape(_composed(part)) for part in sorted(parts, key=len, reverse=True))
        self._known = re.compile(rf"(?<!\w)(?:{listed})(?!\w)", re.I) if listed else None

    def __call__(self, words: str) -> str:
        words = _composed(words)
        for shape, mark in _SHAPES:
            words = shape.sub(mark, words)
        if self._known:
            words = self._known.sub(NAME, words)
        words = _NUMBER.sub(lambda found: found[0] if _PLAIN.fullmatch(found[0].strip()) else "«phone»", words)
        return _CALLED.sub(rf"\1 {NAME}", words)


def _composed(words: str) -> str:
    return unicodedata.normalize("NFC", words)
