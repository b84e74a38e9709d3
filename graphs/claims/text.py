"""A draft as the extractors read it: without WhatsApp's marks, folded, cut into lines, sentences and clauses.

Folding keeps the length, so that every position is a position of the words as written.
"""

import re
import unicodedata
from bisect import bisect_right
from datetime import datetime
from functools import cached_property, lru_cache
from typing import NamedTuple

TAKEN = "\x01"
"""Fills what was already read, so that no figure is read twice."""


_BRINGING = "envio envios despacho despachos entrega entregas frete flete reparto shipping delivery"
BRINGING = frozenset(_BRINGING.split())
"""Words for one thing, of which a business uses one and its customers another."""


class Words(NamedTuple):
    """Something the customer said, and when."""

    text: str
    at: datetime


class Span(NamedTuple):
    """A stretch of the draft."""

    start: int
    end: int


def _base(char: str) -> str:
    plain = unicodedata.normalize("NFKD", char)
    plain = "".join(one for one in plain if not unicodedata.combining(one)).lower()
    return plain if len(plain) == 1 else char


_FOLD = {code: _base(chr(code)) for code in (*range(0x41, 0x250), *range(0xFF01, 0xFF5F))}
_FOLD |= {ord(char): " " for char in "\u00a0\u202f\u2009\u200b\u200d\u2060\ufe0f\ufeff\u200e\u200f\u00ad"}
_FOLD |= {ord(char): "-" for char in "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"} | {0x2019: "'", 0x2018: "'"}
_FOLD[0x201C] = _FOLD[0x201D] = '"'
_FOLD |= {ord("ª"): "a", ord("º"): "o", ord("°"): "o"}
_KEYCAP = re.compile(r"[0-9#*][\ufe0f]?\u20e3")
_STAR_BULLET = re.compile(r"^[^\S\n]*\*(?=\s)", re.M)
_MARK = re.compile(r"(https?://[^\s*~`]+)|[*~`]|(?<!\w)_|_(?!\w)")
"""Marks, or a link, in which an underscore is a letter like any other."""
_OTHER_DIGIT = re.compile(r"[^\x00-\x7f]")

_SENTENCE_END = re.compile(r"\.{2,}(?=\s|$)|(?<!\b[a-z])\.(?=\s|$)|[!?;…]+|(?=[¿¡])|\n")
_EMOJI_END = re.compile(r"[\u2600-\u27bf\u2b50\U0001f300-\U0001faff]\ufe0f?\s+(?=[A-ZÀ-Þ¿¡*])")
"""An emoji that closes a sentence: a capital follows."""
_CLAUSE_END = re.compile(
    r",(?=\s|$)|:(?=\s|$)|\s-\s|\b(?:y|and|pero|mas|porem|but|aunque|mientras|while|whereas|embora|ja que|"
    r"e)\b(?=\s)|[()]"
)
_ABBREVIATION = re.compile(
    r"\b(?:sr|sra|srta|dr|dra|aprox|tel|min|hrs|hr|av|num|no|nro|art|mr|mrs|ms|st|dto|ref|vs|etc|ej|ex|lun|mie|"
    r"jue|vie|sab|dom|seg|sex|qui|qua|ter|mon|tue|wed|thu|fri|sat|sun|ene|feb|mar|abr|may|jun|jul|ago|sep|sept|"
    r"oct|nov|dic|dez|out|set|fev|jan|aug|dec)$"
)


def plain(text: str) -> str:
    """Without the marks of bold, italics, strike and code; a star that is a bullet stays one."""
    return _MARK.sub(lambda found: found[1] or "", _STAR_BULLET.sub("•", text))


def fold(text: str) -> str:
    """Lower case without accents, other scripts' digits as ASCII; the same length."""
    return _fold_short(text) if len(text) <= _SHORT else _fold(text)


def _fold(text: str) -> str:
    folded = text.translate(_FOLD)
    if not folded.isascii():
        folded = _OTHER_DIGIT.sub(lambda match: str(unicodedata.decimal(match[0], match[0])), folded)
    return folded


_SHORT = 120
_fold_short = lru_cache(maxsize=8192)(_fold)
"""Names, options and words come again in every draft and turn."""


class Draft:
    """A text and what has been read of it so far."""

    def __init__(self, text: str) -> None:
        self.raw = plain(text)
        """The words as written, without WhatsApp's marks; every position counts in it."""
        self.folded = fold(_KEYCAP.sub(lambda match: " " * len(match[0]), self.raw))
        self.text = self.folded
        """`folded` with everything taken blanked out."""
        self.hours: list[Span] = []
        """Where times of day were read."""
        self.days: list[Span] = []
        """Where dates and weekdays were read."""

    def take(self, start: int, end: int) -> None:
        """Blank out a stretch that was read."""
        self.text = self.text[:start] + TAKEN * (end - start) + self.text[end:]

    def quote(self, start: int, end: int) -> str:
        """The draft's own words."""
        return " ".join(self.raw[start:end].split())

    @cached_property
    def lowered(self) -> str:
        """The words as written, in lower case and with their accents; the same length."""
        return "".join(char.lower() if len(char.lower()) == 1 else char for char in self.raw)

    @cached_property
    def _lines(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.folded))]

    @cached_property
    def _sentences(self) -> list[int]:
        starts = [0]
        for match in _SENTENCE_END.finditer(self.folded):
            if match[0] == "." and _ABBREVIATION.search(self.folded[max(0, match.start() - 6) : match.start()]):
                continue
            if match.end() > starts[-1]:
                starts.append(match.end())
        return sorted({*starts, *(match.end() for match in _EMOJI_END.finditer(self.raw))})

    @cached_property
    def _clauses(self) -> list[int]:
        return sorted({*self._sentences, *(match.end() for match in _CLAUSE_END.finditer(self.folded))})

    def line(self, at: int) -> Span:
        """The line around a position."""
        return self._around(self._lines, at)

    def sentence(self, at: int) -> Span:
        """The sentence around a position; it never spans lines."""
        return self._around(self._sentences, at)

    def clause(self, at: int) -> Span:
        """The clause around a position."""
        return self._around(self._clauses, at)

    def of(self, span: Span) -> str:
        """The folded words of a stretch, taken or not."""
        return self.folded[span.start : span.end]

    def asks(self, at: int) -> bool:
        """Whether the sentence around a position is a question."""
        return self.of(self.sentence(at)).rstrip(" \n\"')").endswith("?")

    def _around(self, starts: list[int], at: int) -> Span:
        index = bisect_right(starts, at) - 1
        return Span(starts[index], starts[index + 1] if index + 1 < len(starts) else len(self.folded))


_HARMLESS_NO = re.compile(
    r"\bno (?:te preocup\w+|olvid\w+|dudes|hay problema|problem|worries)\b|\bnao (?:se preocup\w+|esquec\w+|"
    r"tem problema)\b|\bdon't (?:worry|forget|hesitate)\b"
)
_IN_THE = re.compile(
    r"\bno (?=sabado|domingo|dia\b|pix\b|estoque|cartao|mesmo|seu\b|nosso\b|total\b|valor\b|proximo|periodo|"
    r"horario|site\b|local\b|espaco|momento|sistema|catalogo)"
)
_NEGATION = re.compile(
    r"\b(?:no|nao|not|\w+n't|cannot|never|nunca|jamas|tampoco|tampouco|ningun\w*|nenhum\w*|neither|nor|sin|sem|"
    r"without|todavia no|aun no|ainda nao|unable|falta\w*|pendiente de)\b"
)


def negated(words: str) -> bool:
    """Whether folded words hold a negation that turns their sense around."""
    return bool(_NEGATION.search(_IN_THE.sub(" ", _HARMLESS_NO.sub(" ", words))))
