"""One search on one state of a shelf: from words to a page."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any, NamedTuple, Protocol

import numpy as np

from agent.search.asking import Filters, Found, Hit, Search, Text
from agent.search.columns import (
    counted,
    field_key,
    in_stock_counts,
    keys_of,
    narrow,
    price_ranges,
    wanted,
)
from agent.search.explaining import understood, why
from agent.search.guessing import Meaning
from agent.search.phrases import Term, asked_for, stems_of
from agent.search.postings import ADDED, CODE, HERE, PRICE, Column
from agent.search.queries import MOST_QUERY_CHARACTERS, asked
from agent.search.ranking import (
    LEAST_COVERAGE,
    MOST_CANDIDATES,
    Documents,
    Scored,
    as_they_stand,
    contenders,
    counted_from_the_last,
    fits,
    rank,
    score,
    spelt,
    things,
)
from agent.search.reading import Kept, Reader
from agent.search.vocabulary import alone, first_look, fourth_look, meanings, second_look, third_look, with_rests
from agent.search.words import analyse, squashed

NEAR = 30
SHORTEST_PREFIX = 6
MOST_CODES, LONGEST_CODE = 30, 100
LONGEST_PART = 5
"""Of a code that is written with blanks: `AB 123 X`."""
LENDING = 3
"""So many of the best hits lend their spelling to what was understood."""
SAID_BY = 16
"""Words of a document that say what it is about, for what is similar to it."""
LEAST_SHARED = 0.15
"""Of their weight, for another to be similar."""
NEVER = 2.0
"""A cosine that no document has."""
ANYTHING = Filters()


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


class _Meant(NamedTuple):
    """What was asked, in the words of the shelf, and the documents that answer it."""

    documents: Documents
    terms: tuple[Term, ...] = ()


class Look:
    """One search on one state of a shelf."""

    def __init__(
        self, reader: Reader, vectors: Nearness, waiting: Callable[[], AbstractAsyncContextManager[Any]]
    ) -> None:
        """`waiting` is entered while the vectors are asked, whose embedder may be slow, and many synonyms are read."""
        self._reader = reader
        self._vectors = vectors
        self._waiting = waiting
        self._size = reader.shelf.size
        self._columns: dict[str, Column] = {}

    async def answer(self, search: Search) -> Found:
        query = search.query[:MOST_QUERY_CHARACTERS].strip()
        await self._read_columns(search, query)
        if search.like is not None:
            meant = await self._similar(search.like, query)
        elif query:
            meant = await self._meant(query)
        else:
            meant = self._everything()
        known = await self._reader.value_numbers(wanted(search.filters))
        fitting = meant.documents
        if search.filters != ANYTHING:
            fitting = fitting.where(narrow(fitting.numbers, search.filters, self._columns.__getitem__, known))
        facets = await self._facets(search.facets, fitting)
        page, kept = await self._page(search, meant.terms, fitting)
        hits = [Hit(kept[found.number].id, found.score) for found in page]
        if search.explain:
            texts = await self._reader.texts(found.number for found in page)
            reasons = [why(meant.terms, found, texts[found.number]) for found in page]
            hits = [replace(hit, why=reason) for hit, reason in zip(hits, reasons, strict=True)]
        best = [kept[found.number] for found in page[:LENDING]]
        understood = {} if fitting.coded.any() else await self._understood(meant.terms, best)
        return Found(tuple(hits), len(fitting.numbers), facets, understood)

    async def _understood(self, terms: Sequence[Term], best: Sequence[Kept]) -> Mapping[str, tuple[str, ...]]:
        """Only if a word was not taken as written. What titles do not tell is read in the texts that have it."""
        if _as_written(terms):
            return {}
        told = understood(terms, [Text(kept.title) for kept in best])
        untold = [term for term in terms if term.meanings and not told.get(term.shown, True)]
        if not untold:
            return told
        rows = await self._reader.postings(stems_of(untold))
        having = [kept.number for kept in best if any(kept.number in row.numbers for row in rows.values())]
        texts = await self._reader.texts(having)
        return {**told, **understood(untold, [texts[number] for number in having])}

    async def _read_columns(self, search: Search, query: str) -> None:
        """Of filters and facets in one statement."""
        keys = keys_of(search.filters)
        for name in search.facets:
            keys.add(PRICE if name == "price" else HERE if name == "in_stock" else field_key(name))
        if search.like is None and not query:
            keys |= {HERE, ADDED}
        self._columns = await self._reader.columns(keys) if keys else {}

    async def _meant(self, query: str) -> _Meant:
        codes = _codes(query)
        terms = await self._terms(query, [*codes, CODE])
        if not _as_written(terms) and len((await self._reader.postings([CODE]))[CODE].numbers):
            codes += _unlikely_codes(query)
        coded = await self._coded(codes) or await self._completed(query)
        near = await self._near(query, terms) if self._vectors.knows_meaning else {}
        found = await self._scored(terms, near, coded)
        if not self._vectors.knows_meaning and not fits(found).any():
            near = await self._near(query, terms)
            found = await self._scored(terms, near, coded)
        terms = asked_for(terms)
        fitting = found.where(fits(found, self._vectors.least_similarity if spelt(terms) else NEVER))
        return _Meant(counted_from_the_last(fitting, near), terms)

    async def _terms(self, query: str, keys: Sequence[str]) -> tuple[Term, ...]:
        """What the query's words mean on this shelf; rows of these keys come along with the first of them."""
        words = asked(query)
        synonyms = await self._reader.synonyms(self._waiting)
        known = await self._reader.sounding(first_look(words, synonyms), keys)
        sounds, guessed = second_look(words, known, synonyms)
        if sounds:
            known += await self._reader.sounding(sounds)
        if guessed:
            known += await self._reader.alike(guessed)
        each = alone(words, known, synonyms)
        if parts := third_look(each, known):
            known += await self._reader.sounding(parts)
            each = alone(words, known, synonyms)
        if rests := fourth_look(each, known):
            each = with_rests(each, known, await self._reader.alike(rests))
        return tuple(meanings(each, known, synonyms))

    async def _near(self, query: str, terms: Sequence[Term]) -> Mapping[int, float]:
        """Spelling alone is compared without measures and colours; stop words ask for nothing."""
        if not terms:
            return {}
        asked_of = query if self._vectors.knows_meaning else things(terms) or query
        async with self._waiting():
            near = await self._vectors.nearest(self._reader.shelf.number, asked_of, NEAR)
        return await self._numbered(near)

    async def _scored(
        self,
        terms: Sequence[Term],
        near: Mapping[int, float],
        coded: Collection[int] = (),
        least: float = LEAST_COVERAGE,
    ) -> Documents:
        """Stage 1: all documents that may be an answer."""
        rows = await self._reader.postings(stems_of(terms))
        postings = {stem: (row.numbers, row.values) for stem, row in rows.items()}
        alive = self._reader.shelf.alive
        return score(terms, postings, self._size, alive, near=near, coded=coded, least=least)

    async def _coded(self, codes: Iterable[str]) -> frozenset[int]:
        """Documents that have one of the codes."""
        rows = await self._reader.postings(codes)
        return frozenset(number for row in rows.values() for number in row.numbers.tolist())

    async def _completed(self, query: str) -> frozenset[int]:
        """Documents of the one code that begins like a long word of the query with a digit in it."""
        for part in query.split()[:MOST_CODES]:
            if len(part) < SHORTEST_PREFIX or not any(map(str.isdigit, part)):
                continue
            code = squashed(part)
            if len(code) >= SHORTEST_PREFIX and any(map(str.isdigit, code)):
                whole = await self._reader.completed(code)
                if whole is not None:
                    return await self._coded([CODE + whole])
        return frozenset()

    def _everything(self) -> _Meant:
        """The newest first."""
        every = Documents.of(np.unique(self._columns[HERE].numbers))
        places, entries = self._columns[ADDED].entries_of(every.numbers)
        by_age = places[np.argsort(self._columns[ADDED].values[entries], kind="stable")]
        every.words[by_age] = np.linspace(0.0, 1.0, len(by_age))
        return _Meant(every)

    async def _similar(self, document_id: str, query: str) -> _Meant:
        """What is such a thing as a document, shares the words that say most of it, or is near it; with a query, what
        that finds of it."""
        known = await self._reader.documents_by_id([document_id])
        if document_id not in known:
            return _Meant(Documents.of(np.empty(0, np.int64)))
        own = known[document_id].number
        said = analyse((await self._reader.texts([own]))[own])
        heads = said.names.intersection(said.title_stems)
        stems = sorted(said.weights, key=lambda stem: -said.weights[stem])[:SAID_BY]
        rows = await self._reader.postings(stems)
        near = await self._numbered(await self._vectors.similar(self._reader.shelf.number, document_id, NEAR + 1))
        terms = [Term(stem, (Meaning((stem,), 1.0, len(rows[stem].numbers), named=stem in heads),)) for stem in stems]
        found = await self._scored(terms, near, least=LEAST_SHARED)
        alike = (found.coverage >= LEAST_SHARED) | (found.similarity >= self._vectors.least_similarity)
        alike &= found.numbers != own
        if query:
            alike &= np.isin(found.numbers, (await self._meant(query)).documents.numbers)
        return _Meant(found.where(alike))

    async def _numbered(self, near: Mapping[str, float]) -> dict[int, float]:
        if not near:
            return {}
        known = await self._reader.documents_by_id(list(near))
        return {kept.number: near[document_id] for document_id, kept in known.items()}

    async def _page(
        self, search: Search, terms: Sequence[Term], fitting: Documents
    ) -> tuple[list[Scored], Mapping[int, Kept]]:
        """The best of stage 1 go through stage 2; behind them the order is stage 1's, so that pages fit together. With
        what is kept of them, by number."""
        first, last = search.offset, search.offset + search.limit
        if not terms or first >= MOST_CANDIDATES:
            found, kept = await self._there(fitting.best(last).take(slice(first, None)))
            return as_they_stand(found), kept
        best = fitting.best(max(MOST_CANDIDATES, last))
        close, kept = await self._there(contenders(best.take(slice(MOST_CANDIDATES)), last))
        ranked = rank(terms, close, [kept[number].name for number in close.numbers.tolist()], last)
        if last <= MOST_CANDIDATES:
            return ranked[first:], kept
        behind, further = await self._there(best.take(slice(MOST_CANDIDATES, None)))
        return [*ranked, *as_they_stand(behind)][first:last], {**kept, **further}

    async def _there(self, documents: Documents) -> tuple[Documents, Mapping[int, Kept]]:
        """Rows of an older format, which the rules of today cannot take out of, may name a document that is gone."""
        kept = await self._reader.documents(numbers := documents.numbers.tolist())
        if len(kept) == len(numbers):
            return documents, kept
        return documents.where(np.array([number in kept for number in numbers], np.bool_)), kept

    async def _facets(self, names: Sequence[str], fitting: Documents) -> dict[str, tuple[tuple[str, int], ...]]:
        facets: dict[str, tuple[tuple[str, int], ...]] = {}
        counts: dict[str, list[tuple[int, int]]] = {}
        for name in names:
            if name == "price":
                facets[name] = price_ranges(fitting.numbers, self._columns[PRICE])
            elif name == "in_stock":
                facets[name] = in_stock_counts(fitting.numbers, self._columns[HERE])
            else:
                counts[name] = counted(fitting.numbers, self._columns[field_key(name)])
        shown = await self._reader.shown(
            [(field_key(name), each) for name, found in counts.items() for each, _ in found]
        )
        for name, found in counts.items():
            facets[name] = tuple((shown[field_key(name), each], count) for each, count in found)
        return facets


def _as_written(terms: Sequence[Term]) -> bool:
    """Whether the shop has all words as they were asked."""
    return all(any(meaning.likeness == 1.0 for meaning in term.meanings) for term in terms)


def _codes(query: str) -> list[str]:
    """Keys of codes that a query may name, all of it or a word of it, punctuation aside, of what looks like one."""
    parts = query.split()[:MOST_CODES]
    likely = [part for part in parts if not part.isalpha()]
    if len(parts) == 1 or (likely and max(map(len, parts)) <= LONGEST_PART):
        likely.append(query)
    return _keys_of_codes(likely)


def _unlikely_codes(query: str) -> list[str]:
    """Of all else, which is asked for only if a word is not known, and the shop has codes without a digit."""
    return _keys_of_codes([query, *query.split()[:MOST_CODES]])


def _keys_of_codes(written: Iterable[str]) -> list[str]:
    squeezed = dict.fromkeys(map(squashed, written))
    return [CODE + code for code in squeezed if 0 < len(code) <= LONGEST_CODE]
