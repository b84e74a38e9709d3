"""Scores: which of a shop's documents did the customer mean?

Stage 1 scores all that hold a word of the query: BM25 over fields, where a query word counts by the best of the words
it may stand for, as far as it is like that word. Stage 2 looks at the best of them again: how much of the query is in
the name, whatever the order, and how near its vector is.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from rapidfuzz import fuzz, process

from agent.search.vocabulary import Term
from agent.search.words import sound

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Postings = tuple[NDArray[np.integer], NDArray[np.uint8]]
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
AGREEING, NO_CHANCE = 0.4, 2
"""More coverage for each word beyond two: so many in one document are no chance."""
SHORTEST_SPELT = 3
"""Letters; fewer say nothing as a vector of spelling."""
WHOLE_NAME = 0.1
"""How much of a name's likeness asks for nothing else in it."""
WORDS_WEIGHT, NAME_WEIGHT, VECTOR_WEIGHT = 0.7, 0.2, 0.1
EXACT_CODE = 1.0
NOWHERE = np.empty(0, np.int32), np.empty(0, np.uint8)


@dataclass(frozen=True)
class Asked:
    """What was asked, as it was understood."""

    query: str
    terms: tuple[Term, ...]
    alive: int
    """How many documents the shelf has."""
    least_similarity: float = 1.0
    """Of the embedder: below it a vector alone finds nothing."""


class Candidate(NamedTuple):
    """A document that stage 1 or its vector brought."""

    id: str
    number: int
    words: float = 0.0
    """Stage 1, as a share of the most a document could reach."""
    coverage: float = 0.0
    """How much of the query's weight it has, 0 to 1."""
    name: str = ""
    """Its title as `spoken` makes it."""
    similarity: float = 0.0
    """Cosine of its vector and the query's; 0 if unknown."""
    coded: bool = False
    """The query names one of its codes."""


class Scored(NamedTuple):
    """A candidate with its score, about 0 to 2, and what it is made of."""

    id: str
    number: int
    score: float
    parts: Mapping[str, float]


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
    terms: Sequence[Term], postings: Mapping[str, "Postings"], size: int, alive: int
) -> tuple["NDArray[np.float32]", "NDArray[np.float32]"]:
    """(score, coverage) of all documents by number, both 0 to 1; `size` is the highest number + 1."""
    total = np.zeros(size, np.float32)
    covered = np.zeros(size, np.float32)
    named = np.zeros(size, np.float32)
    met = np.zeros(size, np.int8)
    asked = sum(mass(term, alive) for term in terms) or 1.0
    for term in terms:
        if not term.meanings:
            continue
        weighs = mass(term, alive) / asked
        reached = np.zeros(size, np.float32)
        matched = np.zeros(size, np.float32)
        for meaning in term.meanings:
            numbers, impacts = _together([postings.get(stem, NOWHERE) for stem in meaning.stems])
            values = impacts.astype(np.float32) * np.float32(meaning.likeness * weighs / 255)
            reached[numbers] = np.maximum(reached[numbers], values)
            matched[numbers] = np.maximum(matched[numbers], np.float32(meaning.sure * weighs))
            if meaning.named and meaning.sure >= LEAST_SURE:
                named[numbers] = np.float32(meaning.sure)
        total += reached
        covered += matched
        met += matched > 0
    unknown = sum(mass(term, alive) for term in terms if not term.meanings) / asked
    covered[named == 0] *= 1 - UNNAMED_LOSES * min(1.0, 2 * unknown)
    covered *= 1 + AGREEING * np.maximum(met - NO_CHANCE, 0)
    np.minimum(covered, 1.0, out=covered)
    return total, covered + (1 - covered) * NAMED_COVERS * named


def _together(each: Sequence["Postings"]) -> "Postings":
    """Documents that have all the words, with the least of their impacts."""
    numbers, impacts = each[0]
    for others, theirs in each[1:]:
        numbers, here, there = np.intersect1d(numbers, others, assume_unique=True, return_indices=True)
        impacts = np.minimum(impacts[here], theirs[there])
    return numbers, impacts


def fits(coverage: "NDArray[np.float32]") -> "NDArray[np.bool_]":
    """Which documents have enough of the query to be an answer by their words."""
    return coverage >= LEAST_COVERAGE


def rank(asked: Asked, candidates: Sequence[Candidate]) -> list[Scored]:
    """Best first; what fits too little is left out, so nonsense finds nothing."""
    said = spoken(term.stem for term in asked.terms)
    spelt = len(said) >= SHORTEST_SPELT
    fitting = [
        candidate
        for candidate in candidates
        if candidate.coded
        or candidate.coverage >= LEAST_COVERAGE
        or (spelt and candidate.similarity >= asked.least_similarity)
    ]
    found: list[Scored] = []
    for candidate, likeness in zip(fitting, _alike(said, [candidate.name for candidate in fitting]), strict=True):
        words = WORDS_WEIGHT * candidate.words
        name = NAME_WEIGHT * likeness / 100
        vector = VECTOR_WEIGHT * max(candidate.similarity, 0.0)
        code = EXACT_CODE * candidate.coded
        parts = {"words": words, "name": name, "vector": vector, "code": code}
        found.append(Scored(candidate.id, candidate.number, words + name + vector + code, parts))
    found.sort(key=lambda scored: (-scored.score, scored.id))
    return found


def _alike(said: str, names: Sequence[str]) -> list[float]:
    """Of each name 0 to 100, all at once."""
    if not names:
        return []
    words = process.cdist([said], names, scorer=fuzz.token_set_ratio, dtype=np.float64)[0]
    whole = process.cdist([said], names, scorer=fuzz.token_sort_ratio, dtype=np.float64)[0]
    likeness: list[float] = ((1 - WHOLE_NAME) * words + WHOLE_NAME * whole).tolist()
    return likeness


def spoken(stems: Iterable[str]) -> str:
    """Words as they sound."""
    return " ".join(map(sound, stems))
