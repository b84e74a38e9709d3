"""One search on one state of a shelf: from words to a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from agent.search.asking import Found, Hit, Search
from agent.search.columns import (
    Mask,
    counted,
    field_key,
    in_stock_counts,
    keys_of,
    narrow,
    price_ranges,
    wanted,
)
from agent.search.explaining import understood, why
from agent.search.postings import ADDED, CODE, HERE, PRICE, Posting
from agent.search.ranking import (
    MOST_CANDIDATES,
    VECTOR_WEIGHT,
    WORDS_WEIGHT,
    Asked,
    Candidate,
    Scored,
    fits,
    rank,
    score,
)
from agent.search.reading import Reader
from agent.search.vocabulary import MOST_QUERY_CHARACTERS, Meaning, Term, asked, first_look, meanings, second_look
from agent.search.words import analyse, squashed

NEAR = 30
SHORTEST_PREFIX = 6
MOST_CODES = 30
LENDING = 3
"""So many of the best hits lend their spelling to what was understood."""
SAID_BY = 16
"""Words of a document that say what it is about, for what is similar to it."""
LEAST_SHARED = 0.15
"""Of their weight, for another to be similar."""


class Nearness(Protocol):
    """The vectors beside the words; see vectors/."""

    @property
    def knows_meaning(self) -> bool:
        """Whether it brings together words that are spelt differently."""
        ...

    @property
    def least_similarity(self) -> float:
        """Below this cosine a document is not found by its vector alone."""
        ...

    async def nearest(self, shelf: int, query: str, k: int) -> Mapping[str, float]:
        """Document id -> cosine; nothing if there are no vectors, or they do not answer."""
        ...

    async def similar(self, shelf: int, document_id: str, k: int) -> Mapping[str, float]:
        """The same for a document's own vector, itself left out."""
        ...


@dataclass
class _Meant:
    """What was asked, in the words of the shelf, and what every document has of it."""

    terms: tuple[Term, ...] = ()
    scores: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    coverage: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    mask: Mask = field(default_factory=lambda: np.zeros(0, np.bool_))
    coded: frozenset[int] = frozenset()
    near: Mapping[int, float] = field(default_factory=dict)


class Look:
    """One search on one state of a shelf."""

    def __init__(self, reader: Reader, vectors: Nearness) -> None:
        self._reader = reader
        self._vectors = vectors
        self._size = reader.shelf.size
        self._columns: dict[str, Posting] = {}

    async def answer(self, search: Search) -> Found:
        await self._read_columns(search)
        query = search.query[:MOST_QUERY_CHARACTERS].strip()
        if search.like is not None:
            meant = await self._similar(search.like, query)
        elif query:
            meant = await self._meant(query)
        else:
            meant = await self._everything()
        numbers = await self._reader.value_numbers(wanted(search.filters))
        mask = narrow(meant.mask, search.filters, self._columns.__getitem__, numbers)
        total = int(np.count_nonzero(mask))
        facets = await self._facets(search.facets, mask)
        page, refused = await self._page(search, query, meant, mask) if total else ([], 0)
        total -= refused
        hits = [Hit(found.id, found.score) for found in page]
        if search.explain:
            texts = await self._reader.texts(found.number for found in page)
            hits = [Hit(found.id, found.score, why(meant.terms, found, texts[found.number])) for found in page]
        understood = {} if meant.coded else await self._understood(meant.terms, page[:LENDING])
        return Found(tuple(hits), total, facets, understood)

    async def _understood(self, terms: Sequence[Term], best: Sequence[Scored]) -> Mapping[str, tuple[str, ...]]:
        """The texts are read only if a word was not taken as written."""
        if all(any(meaning.likeness == 1.0 for meaning in term.meanings) for term in terms):
            return {}
        texts = await self._reader.texts(found.number for found in best)
        return understood(terms, [texts[found.number] for found in best])

    async def _read_columns(self, search: Search) -> None:
        """Of filters and facets in one statement."""
        keys = keys_of(search.filters)
        for name in search.facets:
            keys.add(PRICE if name == "price" else HERE if name == "in_stock" else field_key(name))
        if search.like is None and not search.query.strip():
            keys |= {HERE, ADDED}
        self._columns = await self._reader.postings(keys) if keys else {}

    async def _meant(self, query: str) -> _Meant:
        words = asked(query)
        synonyms = await self._reader.synonyms()
        codes = _codes(query)
        known = await self._reader.sounding(first_look(words, synonyms), codes)
        sounds, guessed = second_look(words, known)
        if sounds:
            known += await self._reader.sounding(sounds)
        if guessed:
            known += await self._reader.alike(guessed)
        terms = tuple(meanings(words, known, synonyms))
        meant = await self._scored(terms, codes)
        if not meant.coded:
            meant.coded = await self._completed(query)
        near: Mapping[int, float] = {}
        if self._vectors.knows_meaning or not all(term.meanings for term in terms):
            near = await self._numbered(await self._vectors.nearest(self._reader.shelf.number, query, NEAR))
        meant.near = near
        meant.mask = fits(meant.coverage)
        meant.mask[sorted(meant.coded)] = True
        meant.mask[[number for number, cosine in near.items() if cosine >= self._vectors.least_similarity]] = True
        return meant

    async def _scored(self, terms: tuple[Term, ...], codes: Sequence[str]) -> _Meant:
        """Stage 1: all documents that have one of the words, and those that have one of the codes."""
        stems = {stem for term in terms for meaning in term.meanings for stem in meaning.stems}
        rows = await self._reader.postings([*stems, *codes])
        postings = {stem: (rows[stem].numbers, rows[stem].values) for stem in stems}
        scores, coverage = score(terms, postings, self._size, self._reader.shelf.alive)
        coded = frozenset(int(number) for code in codes for number in rows[code].numbers)
        return _Meant(terms, scores, coverage, coverage > 0, coded)

    async def _completed(self, query: str) -> frozenset[int]:
        """Documents of the one code that begins like a long word of the query with a digit in it."""
        for part in query.split()[:MOST_CODES]:
            if len(part) < SHORTEST_PREFIX or not any(map(str.isdigit, part)):
                continue
            code = squashed(part)
            if len(code) >= SHORTEST_PREFIX and any(map(str.isdigit, code)):
                whole = await self._reader.completed(code)
                if whole is not None:
                    rows = await self._reader.postings([CODE + whole])
                    return frozenset(int(number) for number in rows[CODE + whole].numbers)
        return frozenset()

    async def _everything(self) -> _Meant:
        """The newest first."""
        scores, mask = np.zeros(self._size, np.float32), np.zeros(self._size, np.bool_)
        added = self._columns[ADDED]
        mask[self._columns[HERE].numbers] = True
        scores[added.numbers[np.argsort(added.values, kind="stable")]] = np.linspace(0.0, 1.0, len(added.numbers))
        return _Meant(scores=scores, coverage=np.ones(self._size, np.float32), mask=mask)

    async def _similar(self, document_id: str, query: str) -> _Meant:
        """What shares the words that say most of a document, or is near it; with a query, what that finds of it."""
        known = await self._reader.documents_by_id([document_id])
        if document_id not in known:
            return _Meant(mask=np.zeros(self._size, np.bool_))
        own = known[document_id].number
        weights = analyse((await self._reader.texts([own]))[own]).weights
        stems = sorted(weights, key=lambda stem: -weights[stem])[:SAID_BY]
        rows = await self._reader.postings(stems)
        terms = tuple(Term(stem, (Meaning((stem,), 1.0, len(rows[stem].numbers)),)) for stem in stems)
        meant = await self._scored(terms, ())
        meant.near = await self._numbered(await self._vectors.similar(self._reader.shelf.number, document_id, NEAR + 1))
        meant.mask = meant.coverage >= LEAST_SHARED
        meant.mask[[number for number, cosine in meant.near.items() if cosine >= self._vectors.least_similarity]] = True
        meant.mask[own] = False
        if query:
            meant.mask &= (await self._meant(query)).mask
        meant.terms = ()
        return meant

    async def _numbered(self, near: Mapping[str, float]) -> dict[int, float]:
        if not near:
            return {}
        known = await self._reader.documents_by_id(list(near))
        return {kept.number: near[document_id] for document_id, kept in known.items()}

    async def _page(self, search: Search, query: str, meant: _Meant, mask: Mask) -> tuple[list[Scored], int]:
        """The best of stage 1 go through stage 2; behind them the order is stage 1's, so that pages fit together. With
        how many stage 2 refused."""
        first, last = search.offset, search.offset + search.limit
        strength = meant.scores.copy()
        for number, cosine in meant.near.items():
            strength[number] += 0.15 * cosine
        strength[sorted(meant.coded)] += 2.0
        numbers = np.flatnonzero(mask)
        window = min(max(MOST_CANDIDATES, last), len(numbers))
        if window < len(numbers):
            numbers = numbers[np.argpartition(-strength[numbers], window - 1)[:window]]
        numbers = numbers[np.lexsort((numbers, -strength[numbers]))]
        plain = search.like is None and not query
        looked_at: list[int] = (numbers[first:last] if plain else numbers).tolist()
        if not plain and first >= MOST_CANDIDATES:
            looked_at = looked_at[first:last]
        # Rows of an older format, which the rules of today cannot take out of, may name a document that is gone.
        kept = await self._reader.documents(looked_at)
        words, coverage = meant.scores[looked_at].tolist(), meant.coverage[looked_at].tolist()
        candidates = [
            Candidate(known.id, number, said, covered, known.name, meant.near.get(number, 0.0), number in meant.coded)
            for number, said, covered in zip(looked_at, words, coverage, strict=True)
            if (known := kept.get(number)) is not None
        ]
        if plain or search.like is not None or first >= MOST_CANDIDATES:
            found = [_as_it_stands(candidate) for candidate in candidates]
            return (found if plain or first >= MOST_CANDIDATES else found[first:last]), 0
        query_asked = Asked(query, meant.terms, self._reader.shelf.alive, self._vectors.least_similarity)
        best = rank(query_asked, candidates[:MOST_CANDIDATES])
        behind = [_as_it_stands(candidate) for candidate in candidates[MOST_CANDIDATES:]]
        return [*best, *behind][first:last], len(candidates) - len(best) - len(behind)

    async def _facets(self, names: Sequence[str], mask: Mask) -> dict[str, tuple[tuple[str, int], ...]]:
        facets: dict[str, tuple[tuple[str, int], ...]] = {}
        counts: dict[str, list[tuple[int, int]]] = {}
        for name in names:
            if name == "price":
                facets[name] = price_ranges(mask, self._columns[PRICE])
            elif name == "in_stock":
                facets[name] = in_stock_counts(mask, self._columns[HERE])
            else:
                counts[name] = counted(mask, self._columns[field_key(name)])
        shown = await self._reader.shown(
            [(field_key(name), each) for name, found in counts.items() for each, _ in found]
        )
        for name, found in counts.items():
            facets[name] = tuple((shown[field_key(name), each], count) for each, count in found)
        return facets


def _as_it_stands(candidate: Candidate) -> Scored:
    """By stage 1 alone, below what stage 2 has looked at."""
    parts = {"words": WORDS_WEIGHT * candidate.words, "vector": VECTOR_WEIGHT * max(candidate.similarity, 0.0)}
    return Scored(candidate.id, candidate.number, sum(parts.values()), parts)


def _codes(query: str) -> list[str]:
    """Keys of the codes that a query may name: all of it, or a word of it, punctuation aside."""
    codes = dict.fromkeys([squashed(query), *(squashed(part) for part in query.split()[:MOST_CODES])])
    return [CODE + code for code in codes if code and len(code) <= 100]
