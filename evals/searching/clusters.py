"""Vectors as shops have them: each sells a few kinds of things, and what is of a kind lies near. Not uniform noise, in
which everything is as far from everything and no index of graphs finds its way."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Vectors: TypeAlias = NDArray[np.float32]

TOPICS = 400
KINDS_A_SHELF = 12
OWN_SHARE = 0.9
"""How far a document lies from its kind, as a share of how far kinds lie from each other."""
QUERY_SHARE = 0.6
"""How far a query lies from the document that it is about."""


@dataclass(frozen=True)
class Shelves:
    """Numbers of documents by shelf."""

    sizes: Mapping[int, int]
    dimension: int
    seed: int = 1

    @property
    def rows(self) -> int:
        return sum(self.sizes.values())

    def vectors(self, shelf: int) -> Vectors:
        """All of a shelf, of length 1 and rounded as they are stored; the same at each call."""
        chance = np.random.default_rng((self.seed, shelf))
        kinds = self._topics()[chance.integers(0, TOPICS, KINDS_A_SHELF)]
        kinds = kinds + 0.7 * self._noise(chance, KINDS_A_SHELF)
        count = self.sizes[shelf]
        documents = kinds[chance.integers(0, KINDS_A_SHELF, count)] + OWN_SHARE * self._noise(chance, count)
        return _unit(documents).astype(np.float16).astype(np.float32)

    def queries(self, shelf: int, count: int) -> Vectors:
        """Each a little beside one of the shelf's documents."""
        chance = np.random.default_rng((self.seed, shelf, 2))
        about = self.vectors(shelf)[chance.integers(0, self.sizes[shelf], count)]
        return _unit(about + QUERY_SHARE * self._noise(chance, count))

    def _topics(self) -> Vectors:
        return self._noise(np.random.default_rng(self.seed), TOPICS)

    def _noise(self, chance: np.random.Generator, count: int) -> Vectors:
        """Directions of length about 1."""
        drawn = chance.standard_normal((count, self.dimension), dtype=np.float32)
        return drawn / np.float32(np.sqrt(self.dimension))


def shelves_of(rows: int, dimension: int, shelves: int) -> Shelves:
    """Shelf 1 has 1 % of the rows, shelf 2 half, shelf 3 as many as 5,000 if a tenth of the rows is that many, and the
    others the rest."""
    sizes = {1: rows // 100, 2: rows // 2, 3: min(5_000, rows // 10)}
    rest, others = rows - sum(sizes.values()), shelves - len(sizes)
    sizes |= {shelf: rest // others + (shelf - len(sizes) <= rest % others) for shelf in range(4, shelves + 1)}
    return Shelves(sizes, dimension)


def exact_cosines(vectors: Vectors, queries: Vectors, k: int) -> Iterator[float]:
    """Of each query the cosine of its k-th nearest: what is as near as that belongs to the true k."""
    for query in queries:
        cosines = vectors @ query
        yield float(np.partition(cosines, -k)[-k])


def _unit(vectors: Vectors) -> Vectors:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)
