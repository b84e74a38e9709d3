"""Why a hit ranks where it does, and how the words of a query were taken, in words as people wrote them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from agent.search.asking import Text, Why
from agent.search.phrases import Term, stems_of
from agent.search.ranking import Scored
from agent.search.words import APOSTROPHE, fold, stem, tokens

MOST_WORDS, MOST_CHARACTERS = 2_000, 10_000
JOINED = dict.fromkeys(map(ord, "-'’´`"))
"""Characters that words are written together over: `wi-fi`, `d'agua`."""


def why(terms: Sequence[Term], scored: Scored, text: Text) -> Why:
    """Parts add up to the score; each word of the query stands with the words of the document that answered it."""
    there = _as_written(_fields(text), stems_of(terms))
    words: dict[str, tuple[str, ...]] = {}
    for term in terms:
        for meaning in sorted(term.meanings, key=lambda each: -each.likeness):
            if all(part in there for part in meaning.stems):
                words[term.shown] = tuple(there[part] for part in meaning.stems)
                break
    return Why({name: part for name, part in scored.parts.items() if part}, words)


def understood(terms: Sequence[Term], texts: Iterable[Text]) -> Mapping[str, tuple[str, ...]]:
    """Words that are not there as written, with what they were taken for; none: not understood.

    `texts` are those of the best hits: they lend their spelling; a stem that they lack is left out.
    """
    unsure = [term for term in terms if not any(meaning.likeness == 1.0 for meaning in term.meanings)]
    there = _as_written((field for text in texts for field in _fields(text)), stems_of(unsure))
    return {
        term.shown: tuple(
            dict.fromkeys(
                there[part] for meaning in term.meanings if set(meaning.stems) <= there.keys() for part in meaning.stems
            )
        )
        for term in unsure
    }


def _fields(text: Text) -> Iterator[str]:
    yield from (text.title, text.brand or "", *text.labels, text.body)
    for title, body in text.translations:
        yield from (title, body)


def _as_written(fields: Iterable[str], wanted: set[str]) -> dict[str, str]:
    """Stem -> the word that it was made of, accents and capitals kept; the first of several.

    A word is taken apart only if it could be one of the wanted: stems differ from words in their ends.
    """
    beginnings = {stem[: max(len(stem) - 2, 1)] if stem.isalpha() else "" for stem in wanted}
    found: dict[str, str] = {}
    looked_at = 0
    for field in fields:
        if len(found) == len(wanted):
            break
        if not _may_have(plain := _plain(field), beginnings):
            continue
        words, folded = field.split(), plain.split()
        if len(words) != len(folded):
            folded = [_plain(word) for word in words]
        for written, word in zip(words, folded, strict=True):
            looked_at += 1
            if looked_at > MOST_WORDS:
                return found
            if not _may_have(word, beginnings):
                continue
            shown = APOSTROPHE.sub("", written).strip('.,;:()[]{}¡!¿?"“”«»')
            whole = [token for token in tokens(written) if len(token) > 1] or tokens(written)
            for token in whole:
                if stem(token) in wanted:
                    found.setdefault(stem(token), shown if token == fold(shown) else token)
        for token in tokens(field[:MOST_CHARACTERS]) if len(found) < len(wanted) else ():
            if stem(token) in wanted:
                found.setdefault(stem(token), token)
    return found


def _plain(text: str) -> str:
    return fold(text).translate(JOINED)


def _may_have(plain: str, beginnings: Iterable[str]) -> bool:
    return any(beginning in plain for beginning in beginnings)
