"""Scores: which of a shop's documents did the customer mean?

Stage 1 scores all that hold a word of the query: BM25 over fields, where a query word counts by the best of the words
it may stand for, as far as it is like that word. Stage 2 looks at the best of them again: how much of the query is in
the name, whatever the order, and how near its vector is.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from rapidfuzz import fuzz, process

from agent.search.phrases import Term, as_said, asked_for
from agent.search.queries import WITHOUT
from agent.search.words import sound, spoken

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Places = NDArray[np.intp]
    Postings = tuple[NDArray[np.int64], NDArray[np.uint8]]
    """(document numbers, impacts) of a word."""

MOST_CANDIDATES = 100
LEAST_COVERAGE = 0.35
"""Of the query's weight, for a document to be an answer."""
NAMED_COVERS = 0.35
"""What is the thing asked for is an answer, whatever else was asked."""
LEAST_SURE = 0.5
"""A guess below it names nothing."""
UNNAMED_LOSES = 0.4
"""Of its coverage, what only shares words with a query that has unknown ones."""
GUESSED_IS_UNKNOWN = 0.4
"""Of what a guess is not sure of, the share that is an unknown word to those that it did not bring."""
AGREEING, NO_CHANCE = 0.4, 2
"""More coverage for each word beyond two: so many in one document are no chance."""
OPPOSITE_KEEPS = 0.6
"""Of its words' score, what has what it should be without."""
SHORTEST_SPELT = 3
"""Letters; fewer say nothing as a vector of spelling."""
WHOLE_NAME = 0.1
"""How much of a name's likeness asks for nothing else in it."""
WORDS_WEIGHT, NAME_WEIGHT, VECTOR_WEIGHT, CODE_WEIGHT = 0.7, 0.2, 0.1, 1.0
ROUNDED = 1e-4
"""More than sums of shares in 32 bits are off."""
NOWHERE = np.empty(0, np.int64), np.empty(0, np.uint8)


class Documents(NamedTuple):
    """Documents of a shelf with what a query has of each, in columns. As they are found their numbers ascend."""

    numbers: "NDArray[np.int64]"
    words: "NDArray[np.float32]"
    """Stage 1, as a share of the most a document could reach."""
    coverage: "NDArray[np.float32]"
    """How much of the query's weight each has, 0 to 1."""
    similarity: "NDArray[np.float32]"
    """Cosine of its vector and the query's; 0 if unknown."""
    coded: "NDArray[np.bool_]"
    """The query names one of its codes."""

    @classmethod
    def of(cls, numbers: "NDArray[np.int64]") -> "Documents":
        """Nothing is known of them yet."""
        words, coverage, similarity = np.zeros((3, len(numbers)), np.float32)
        return cls(numbers, words, coverage, similarity, np.zeros(len(numbers), np.bool_))

    def where(self, mask: "NDArray[np.bool_]") -> "Documents":
        """Those of a mask, in the order they are in."""
        return self if mask.all() else self.take(np.flatnonzero(mask))

    def take(self, which: "Places | slice") -> "Documents":
        """Those at some places."""
        return Documents(
            self.numbers[which], self.words[which], self.coverage[which], self.similarity[which], self.coded[which]
        )

    def best(self, most: int) -> "Documents":
        """So many, best first, by what is known without their names; the same ones however many more are asked for."""
        strength = self.words + np.float32(0.15) * self.similarity + np.float32(2.0) * self.coded
        places = np.arange(len(strength))
        if most < len(strength):
            last = np.partition(strength, -most)[-most]
            above = np.flatnonzero(strength > last)
            places = np.concatenate([above, np.flatnonzero(strength == last)[: most - len(above)]])
        return self.take(places[np.argsort(-strength[places], kind="stable")])


class Scored(NamedTuple):
    """A document with what its score, about 0 to 2, is made of."""

    number: int
    words: float
    name: float
    vector: float
    code: float

    @property
    def score(self) -> float:
        return self.words + self.name + self.vector + self.code

    @property
    def parts(self) -> Mapping[str, float]:
        """They add up to the score."""
        return {"words": self.words, "name": self.name, "vector": self.vector, "code": self.code}


def idf(documents: int, alive: int) -> float:
    """Robertson's, as Lucene writes it: never below 0."""
    documents = min(documents, alive)
    return math.log(1 + (alive - documents + 0.5) / (documents + 0.5))


def mass(term: Term, alive: int) -> float:
    """What a word of the query weighs: the rarer the more, and one that nobody sells most of all. A guess is as much
    of the one as it is sure, and the rest of the other."""
    if not term.meanings:
        return term.counts * math.log(1 + alive)
    best = max(term.meanings, key=lambda meaning: (meaning.likeness, meaning.documents))
    return term.counts * (best.sure * idf(best.documents, alive) + (1 - best.sure) * math.log(1 + alive))


def score(
    terms: Sequence[Term],
    postings: Mapping[str, "Postings"],
    size: int,
    alive: int,
    *,
    near: Mapping[int, float] | None = None,
    coded: Collection[int] = (),
    least: float = LEAST_COVERAGE,
) -> Documents:
    """All that their words may bring to so much coverage, and what vectors (number -> cosine) and codes name, by
    ascending number; `size` is the highest number of the shelf + 1."""
    near = near or {}
    having = [
        [_together([postings.get(stem, NOWHERE) for stem in meaning.stems]) for meaning in term.meanings]
        for term in terms
    ]
    having = [each if any(len(numbers) for numbers, _ in each) else [] for each in having]
    terms = [term if each else replace(term, meanings=()) for term, each in zip(terms, having, strict=True)]
    opposite = _opposite(terms, having, postings.get(WITHOUT, NOWHERE), size)
    if opposite is not None:
        having = [
            [
                _but(opposite, posting) if term.without and as_said(meaning) else posting
                for meaning, posting in zip(term.meanings, each, strict=True)
            ]
            for term, each in zip(terms, having, strict=True)
            if not term.unwanted
        ]
        terms = asked_for(terms)
    masses = [mass(term, alive) for term in terms]
    asked = sum(masses) or 1.0
    shares = [weighs / asked for weighs in masses]
    telling = [not little for little in _says_little(terms, shares, least)]
    bringing = [numbers for each, brings in zip(having, telling, strict=True) if brings for numbers, _ in each]
    if near or coded:
        bringing.append(np.array([*near, *coded], np.int64))
    found = Documents.of(numbers := _once_each(bringing, size))
    if near:
        found.similarity[np.searchsorted(numbers, list(near))] = list(near.values())
    if coded:
        found.coded[np.searchsorted(numbers, list(coded))] = True
    met, named = np.zeros(len(numbers), np.int8), np.zeros(len(numbers), np.float32)
    things = np.zeros(len(numbers), np.bool_)
    for term, each, share in zip(terms, having, shares, strict=True):
        reached, covered = np.zeros((2, len(numbers)), np.float32)
        for meaning, posting in zip(term.meanings, each, strict=True):
            impacts = _column(posting, size)[numbers]
            has = impacts > 0
            np.maximum(reached, impacts * np.float32(meaning.likeness * share / 255), out=reached)
            np.maximum(covered, has * np.float32(meaning.sure * share), out=covered)
            if not term.says_how:
                things |= has
                if meaning.named and meaning.sure >= LEAST_SURE:
                    np.maximum(named, has * np.float32(meaning.sure), out=named)
        if each:
            np.add(found.words, reached, out=found.words)
            np.add(found.coverage, covered, out=found.coverage)
            met += covered > 0
    coverage = found.coverage
    unknown = sum(
        share * (GUESSED_IS_UNKNOWN * (1 - max(meaning.sure for meaning in term.meanings)) if each else 1)
        for term, share, each in zip(terms, shares, having, strict=True)
    )
    if unknown:
        coverage[named == 0] *= 1 - UNNAMED_LOSES * min(1.0, 2 * unknown)
    if len(terms) > NO_CHANCE:
        coverage *= 1 + np.float32(AGREEING) * np.maximum(met - NO_CHANCE, 0)
    if not all(term.says_how for term in terms):
        coverage[~things] = 0
    np.minimum(coverage, 1.0, out=coverage)
    coverage += (1 - coverage) * np.float32(NAMED_COVERS) * named
    if opposite is not None:
        found.words[opposite[numbers]] *= np.float32(OPPOSITE_KEEPS)
    return found


def _opposite(
    terms: Sequence[Term], having: Sequence[Sequence["Postings"]], without: "Postings", size: int
) -> "NDArray[np.bool_] | None":
    """By number, which have what they should be without, and do not say that they are, or are what they should not
    be; None if nothing is denied."""
    if not any(term.without for term in terms):
        return None
    found, is_without = np.zeros((2, size), np.bool_)
    is_without[without[0]] = True
    for term, each in zip(terms, having, strict=True):
        for meaning, (numbers, _) in zip(term.meanings, each, strict=True):
            if term.without and as_said(meaning):
                found[numbers if term.unwanted else numbers[~is_without[numbers]]] = True
    return found


def _says_little(terms: Sequence[Term], shares: Sequence[float], least: float) -> list[bool]:
    """Which terms do not bring a document to that coverage, even all of them together: what has no other word of the
    query need not be looked at. They are the common ones, which most documents have."""
    little = [False] * len(terms)
    covers, met = 0.0, 0
    for place in sorted(range(len(terms)), key=shares.__getitem__):
        meant = terms[place].meanings
        if not terms[place].says_how and any(meaning.named and meaning.sure >= LEAST_SURE for meaning in meant):
            continue
        covers += shares[place] * max((meaning.sure for meaning in meant), default=0.0)
        met += bool(meant)
        if covers * (1 + AGREEING * max(met - NO_CHANCE, 0)) >= least - ROUNDED:
            break
        little[place] = True
    return little


def _once_each(each: "Sequence[NDArray[np.int64]]", size: int) -> "NDArray[np.int64]":
    """All these numbers, ascending."""
    there = np.zeros(size, np.bool_)
    for numbers in each:
        there[numbers] = True
    return np.flatnonzero(there)


def _column(posting: "Postings", size: int) -> "NDArray[np.uint8]":
    """Its impacts by number; 0 where it has none."""
    numbers, impacts = posting
    column = np.zeros(size, np.uint8)
    column[numbers] = impacts
    return column


def _but(left_out: "NDArray[np.bool_]", posting: "Postings") -> "Postings":
    numbers, impacts = posting
    kept = ~left_out[numbers]
    return numbers[kept], impacts[kept]


def _together(each: Sequence["Postings"]) -> "Postings":
    """Documents that have all the words, with the least of their impacts."""
    numbers, impacts = each[0]
    for others, theirs in each[1:]:
        numbers, here, there = np.intersect1d(numbers, others, assume_unique=True, return_indices=True)
        impacts = np.minimum(impacts[here], theirs[there])
    return numbers, impacts


def fits(found: Documents, least_similarity: float = 2.0) -> "NDArray[np.bool_]":
    """Which are an answer: by their words, by a code, or by their vector alone, if its cosine is that high."""
    return (found.coverage >= LEAST_COVERAGE) | found.coded | (found.similarity >= least_similarity)


def counted_from_the_last(found: Documents, near: Mapping[int, float]) -> Documents:
    """Of what words brought, the similarity beyond that of the last of the nearest: whatever is not among those may be
    as near as it, and shall not stand far behind."""
    if near:
        by_words = (found.coverage >= LEAST_COVERAGE) | found.coded
        found.similarity[by_words] = np.maximum(found.similarity[by_words] - np.float32(min(near.values())), 0)
    return found


def spelt(terms: Iterable[Term]) -> bool:
    """Whether there are letters enough for a vector of spelling: `kkkkk` sounds like one."""
    return sum(len(sound(term.stem)) for term in terms) >= SHORTEST_SPELT


def things(terms: Iterable[Term]) -> str:
    """Words without measures and colours, spelt alike in whatever has them: no birdseed for `arroz 1 kg`."""
    return " ".join(term.shown for term in terms if not term.says_how)


def contenders(candidates: Documents, wanted: int) -> Documents:
    """Those that may be among so many best, whatever their names are."""
    least = _without_names(candidates)
    if wanted >= len(least):
        return candidates
    last = np.partition(least, -wanted)[-wanted]
    return candidates.where(least + NAME_WEIGHT >= last)


def rank(terms: Sequence[Term], candidates: Documents, names: Sequence[str], most: int) -> list[Scored]:
    """So many, best first, with their names, as `words.spoken` has them, compared with what was asked."""
    alike = _alike(spoken(part for term in terms for part in term.stem.split()), names)
    scores = _without_names(candidates) + NAME_WEIGHT * alike
    order = np.lexsort((candidates.numbers, -scores))[:most]
    return _scored(candidates.take(order), alike[order])


def as_they_stand(candidates: Documents) -> list[Scored]:
    """In the order they are in, by what is known without their names."""
    return _scored(candidates, np.zeros(len(candidates.numbers)))


def _without_names(candidates: Documents) -> "NDArray[np.float64]":
    words = WORDS_WEIGHT * candidates.words.astype(np.float64)
    return words + VECTOR_WEIGHT * np.maximum(candidates.similarity, 0.0) + CODE_WEIGHT * candidates.coded


def _scored(candidates: Documents, alike: "NDArray[np.float64]") -> list[Scored]:
    columns = (
        candidates.numbers,
        WORDS_WEIGHT * candidates.words.astype(np.float64),
        NAME_WEIGHT * alike,
        VECTOR_WEIGHT * np.maximum(candidates.similarity, 0.0).astype(np.float64),
        CODE_WEIGHT * candidates.coded,
    )
    return list(map(Scored, *(column.tolist() for column in columns)))


def _alike(said: str, names: Sequence[str]) -> "NDArray[np.float64]":
    """Of each name 0 to 1, all at once."""
    if not names:
        return np.empty(0)
    words = process.cdist([said], names, scorer=fuzz.token_set_ratio, dtype=np.float64)[0]
    whole = process.cdist([said], names, scorer=fuzz.ratio, dtype=np.float64)[0]
    likeness: NDArray[np.float64] = ((1 - WHOLE_NAME) * words + WHOLE_NAME * whole) / 100
    return likeness
