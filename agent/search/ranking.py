"""Scores for the few products that an index lookup brought: which of them did the customer mean?

A product's score is a weighted sum of

* its words: BM25 over three fields (Robertson & Zaragoza 2009, "The Probabilistic Relevance Framework"), where a query
  word counts by the best of the vocabulary's words it may stand for, as far as it is like that word;
* its name: how much of the query is in it, whatever the order;
* its vector.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz

from agent.search.words import sound

SATURATION = 0.8
LENGTH_MATTERS = 0.3
TITLE_COUNTS, LABEL_COUNTS = 3.0, 1.5
WORDS_WEIGHT, NAME_WEIGHT, VECTOR_WEIGHT = 0.7, 0.2, 0.1
LEAST_COVERAGE = 0.3
NUMBER_COUNTS = 0.5
EXACT_CODE = 1.0


@dataclass(frozen=True)
class Meaning:
    """A word of the vocabulary that a query word may stand for."""

    stem: str
    likeness: float
    """1 for the word itself, less for one that only looks or sounds like it."""
    products: int
    """In how many of the tenant's products it occurs."""


@dataclass(frozen=True)
class Term:
    """A word of the query, with what it may mean here; no meaning: the shop does not know the word."""

    stem: str
    meanings: tuple[Meaning, ...] = ()

    @property
    def counts(self) -> float:
        return NUMBER_COUNTS if self.stem.isdigit() else 1.0


@dataclass
class Candidate:
    """A product that an index lookup brought, with its stemmed words by field."""

    product_id: str
    title: str
    skus: Sequence[str] = ()
    title_stems: Sequence[str] = ()
    label_stems: Sequence[str] = ()
    body_stems: Sequence[str] = ()
    similarity: float = 0.0
    """Cosine of its vector and the query's; 0 if unknown."""

    @property
    def length(self) -> int:
        return len(self.title_stems) + len(self.label_stems) + len(self.body_stems)


@dataclass(frozen=True)
class Hit:
    """A product and its score, about 0 to 2, comparable within one search only."""

    product_id: str
    score: float = field(compare=False)


def rank(
    terms: Sequence[Term],
    query_stems: Sequence[str],
    codes: frozenset[str],
    candidates: Sequence[Candidate],
    products: int,
    least_similarity: float,
) -> list[Hit]:
    """Best first; what fits too little is left out, so nonsense finds nothing.

    `codes` are product ids whose SKU the query names; `products` is how many the tenant has.
    """
    if not candidates:
        return []
    average = sum(candidate.length for candidate in candidates) / len(candidates) or 1.0
    spoken = " ".join(sound(stem) for stem in query_stems)
    hits: list[Hit] = []
    for candidate in candidates:
        words, coverage = _words(terms, candidate, average, products)
        named = candidate.product_id in codes
        if not (named or coverage >= LEAST_COVERAGE or candidate.similarity >= least_similarity):
            continue
        name = " ".join(sound(stem) for stem in candidate.title_stems)
        likeness = fuzz.token_set_ratio(spoken, name) / 100
        score = WORDS_WEIGHT * words + NAME_WEIGHT * likeness + VECTOR_WEIGHT * max(candidate.similarity, 0.0)
        hits.append(Hit(candidate.product_id, score + (EXACT_CODE if named else 0.0)))
    return sorted(hits, key=lambda hit: (-hit.score, hit.product_id))


def _words(terms: Sequence[Term], candidate: Candidate, average: float, products: int) -> tuple[float, float]:
    """(BM25 as a share of the most a product could reach, share of the query's words that the product has)."""
    reached = possible = matched = asked = 0.0
    fields = (
        (_counts(candidate.title_stems), TITLE_COUNTS),
        (_counts(candidate.label_stems), LABEL_COUNTS),
        (_counts(candidate.body_stems), 1.0),
    )
    normal = 1 - LENGTH_MATTERS + LENGTH_MATTERS * candidate.length / average
    for term in terms:
        best = best_likeness = 0.0
        rarest = 0.0
        for meaning in term.meanings:
            weight = math.log(1 + (products - meaning.products + 0.5) / (meaning.products + 0.5))
            rarest = max(rarest, weight)
            often = sum(counts.get(meaning.stem, 0) * counted for counts, counted in fields) / normal
            if often:
                value = meaning.likeness * weight * often * (SATURATION + 1) / (often + SATURATION)
                best = max(best, value)
                best_likeness = max(best_likeness, meaning.likeness)
        reached += best * term.counts
        possible += (rarest or math.log(1 + products)) * (SATURATION + 1) * term.counts
        matched += best_likeness * term.counts
        asked += term.counts
    return (reached / possible if possible else 0.0), (matched / asked if asked else 0.0)


def _counts(stems: Sequence[str]) -> Mapping[str, int]:
    counts: dict[str, int] = {}
    for stem in stems:
        counts[stem] = counts.get(stem, 0) + 1
    return counts
