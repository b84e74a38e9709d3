"""Why a hit ranks where it does, and how the words of a query were taken, in words as people wrote them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from agent.search.asking import Text, Why
from agent.search.ranking import Scored
from agent.search.vocabulary import Term
from agent.search.words import APOSTROPHE, fold, stem, tokens

MOST_WORDS, MOST_CHARACTERS = 2_000, 10_000


def why(terms: Sequence[Term], scored: Scored, text: Text) -> Why:
    """Parts add up to the score; each word of the query stands with the words of the document that answered it."""
    there = _as_written(_fields(text))
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
    there = _as_written(field for text in texts for field in _fields(text))
    return {
        term.shown: tuple(
            dict.fromkeys(
                there[part] for meaning in term.meanings if set(meaning.stems) <= there.keys() for part in meaning.stems
            )
        )
        for term in terms
        if not any(meaning.likeness == 1.0 for meaning in term.meanings)
    }


def _fields(text: Text) -> Iterator[str]:
    yield from (text.title, text.brand or "", *text.labels, text.body)
    for title, body in text.translations:
        yield from (title, body)


def _as_written(fields: Iterable[str]) -> dict[str, str]:
    """Stem -> the word that it was made of, accents and capitals kept; the first of several."""
    found: dict[str, str] = {}
    looked_at = 0
    for field in fields:
        for written in field.split():
            looked_at += 1
            if looked_at > MOST_WORDS:
                return found
            shown = APOSTROPHE.sub("", written).strip('.,;:()[]{}¡!¿?"“”«»')
            whole = [token for token in tokens(written) if len(token) > 1] or tokens(written)
            for token in whole:
                found.setdefault(stem(token), shown if token == fold(shown) else token)
        for token in tokens(field[:MOST_CHARACTERS]):
            found.setdefault(stem(token), token)
    return found
