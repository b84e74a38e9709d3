"""A shelf in memory: the pure functions of the search without a database, whole or in parts."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from agent.search.asking import Text
from agent.search.entries import STRONGEST
from agent.search.guessing import Known, Meaning, guessed
from agent.search.phrases import Term, asked_for
from agent.search.queries import asked
from agent.search.ranking import MOST_CANDIDATES, Scored, fits, rank, score
from agent.search.thesaurus import Synonyms, built_in
from agent.search.vocabulary import alone, first_look, fourth_look, meanings, second_look, third_look, with_rests
from agent.search.words import analyse, asked_pieces, pieces, sound, spoken

Only = Literal["all", "text", "typos"]


class MemoryShelf:
    """Texts are known by their places. Vectors and codes are left to the real index."""

    def __init__(self, texts: Sequence[Text]) -> None:
        self.analysed = [analyse(text) for text in texts]
        postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
        named: Counter[str] = Counter()
        for place, each in enumerate(self.analysed):
            named.update(each.names)
            for stem, weight in each.weights.items():
                postings[stem].append((place, max(1, round(weight * STRONGEST))))
        self._postings = {
            stem: (np.array([place for place, _ in rows], np.int64), np.array([value for _, value in rows], np.uint8))
            for stem, rows in postings.items()
        }
        self._by_sound: dict[str, list[Known]] = defaultdict(list)
        self._by_piece: dict[str, list[str]] = defaultdict(list)
        for stem, rows in postings.items():
            self._by_sound[sound(stem)].append(Known(stem, sound(stem), len(rows), named[stem]))
        for heard in self._by_sound:
            if heard.isalpha():
                for piece in pieces(heard):
                    self._by_piece[piece].append(heard)

    def understand(self, query: str, only: Only = "all", synonyms: Synonyms | None = None) -> list[Term]:
        """`text`: words that are there as written; `typos`: words that look like them, as if none were."""
        words, synonyms = asked(query), synonyms or built_in()
        if only == "typos":
            return [Term(word.stem, guessed(word, self._alike([sound(word.stem)])), 1.0) for word in words]
        known = self._sounding(first_look(words, synonyms))
        sounds, guesses = second_look(words, known, synonyms)
        known += [*self._sounding(sounds), *self._alike(guesses)]
        each = alone(words, known, synonyms)
        if parts := third_look(each, known):
            known += self._sounding(parts)
            each = alone(words, known, synonyms)
        if rests := fourth_look(each, known):
            each = with_rests(each, known, self._alike(rests))
        terms = meanings(each, known, synonyms)
        return [_as_written(term) for term in terms] if only == "text" else terms

    def find(self, query: str, limit: int = 10, only: Only = "all", synonyms: Synonyms | None = None) -> list[Scored]:
        """Best first; `number` is the text's place."""
        terms = self.understand(query, only, synonyms)
        found = score(terms, self._postings, len(self.analysed), len(self.analysed))
        best = found.where(fits(found)).best(MOST_CANDIDATES)
        names = [spoken(self.analysed[place].title_stems) for place in best.numbers.tolist()]
        return rank(asked_for(terms), best, names, limit)

    def _sounding(self, sounds: Iterable[str]) -> list[Known]:
        return [known for each in sorted(sounds) for known in self._by_sound.get(each, ())]

    def _alike(self, sounds: Iterable[str]) -> list[Known]:
        near = {heard for each in sounds for piece in asked_pieces(each) for heard in self._by_piece.get(piece, ())}
        return self._sounding(near)


def _as_written(term: Term) -> Term:
    exact: tuple[Meaning, ...] = tuple(each for each in term.meanings if each.stems == (term.stem,))
    return replace(term, meanings=exact)
