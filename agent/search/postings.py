"""Rows of postings: for one key, which of 4,096 documents have it, and with what.

A shelf numbers its documents; a row holds those of one chunk of numbers as entries of a few bytes in no order, so that
a new one is appended by the database alone. Everything that is counted or filtered by lies in such rows:

    zapatill        a stem           (at, impact): its part of BM25F, 0..255
    @ab123          a code           (at, 255)
    @               codes            (at, 255): has one without a digit
    %               pieces of words  (number of the word, check), in a chunk for each bucket of hashes; see `bucket`
    #here           every document   (at, in stock)
    #added          every document   (at, when it was made): seconds, as its id says
    #price          where known      (at, least, most) in minor units
    =brand =:talla  a field          (at, number of the value), one entry a value
"""

import struct
import zlib
from bisect import bisect
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg import AsyncConnection
from psycopg.rows import DictRow, tuple_row

from agent.search.arrays import Array, array, columns
from agent.search.words import pieces

CHUNK = 4096
HERE, ADDED, PRICE = "#here", "#added", "#price"
CODE, PIECE, FIELD = "@", "%", "="
BUCKETS, WORDS_A_CHUNK = 256, 8192
FEW_BUCKETS, FEW_WORDS = 64, 512
"""Of a shelf's first words, so that a small shop has rows of some length."""

_AT = ("at", "<u2")
_WORD = np.dtype([_AT, ("value", "u1")])
_NUMBER = np.dtype([_AT, ("value", "<u4")])
_RANGE = np.dtype([_AT, ("value", "<i8"), ("most", "<i8")])
_PIECE = np.dtype([("at", "<u4"), ("value", "<u2")])

FORMAT = 5
"""Raised when the shape of what is stored here changes: the index is then built anew."""

_GIVEN = "unnest(%b::int[], %b::int[], %b::text[], %b::int[]) AS given (generation, shelf, key, chunk)"
_ROW = """
LATERAL (SELECT {} FROM search_postings AS row WHERE row.generation = given.generation
    AND row.shelf = given.shelf AND row.key = given.key AND row.chunk = given.chunk OFFSET 0) AS row
"""
"""OFFSET keeps the planner from turning the join round, which it would while the table is young."""
_READ = f"SELECT given.*, row.entries FROM {_GIVEN} CROSS JOIN {_ROW.format('entries')}"  # noqa: S608
_DELETE = f"""
DELETE FROM search_postings
WHERE ctid = ANY(ARRAY(SELECT row.ctid FROM {_GIVEN} CROSS JOIN {_ROW.format("ctid")}))
"""  # noqa: S608 - two constants
_WRITE = """
INSERT INTO search_postings AS row (generation, shelf, key, chunk, entries)
SELECT * FROM unnest(%b::int[], %b::int[], %b::text[], %b::int[], %b::bytea[])
ON CONFLICT (generation, shelf, key, chunk) DO UPDATE SET entries =
"""
_REPLACE, _APPEND = _WRITE + "excluded.entries", _WRITE + "row.entries || excluded.entries"

Place = tuple[int, int, str, int]
"""Generation, shelf, key, chunk."""


def shape(key: str) -> "np.dtype[Any]":
    """What an entry of this key looks like."""
    if key == PRICE:
        return _RANGE
    if key == PIECE:
        return _PIECE
    return _NUMBER if key == ADDED or key[0] == FIELD else _WORD


@dataclass(frozen=True)
class Posting:
    """All entries of a key in a shelf: numbers of documents, and what each has."""

    numbers: NDArray[np.int64]
    values: NDArray[Any]

    @property
    def bytes(self) -> int:
        return 128 + self.numbers.nbytes + self.values.nbytes


@dataclass(frozen=True)
class Column(Posting):
    """A posting that is asked what some documents have: its numbers ascend."""

    most: NDArray[Any]
    """Of a range its upper end, else the values again."""
    begins: NDArray[np.intp]
    """By number the place of its first entry, up to a number behind the last that has none, and the end."""

    @property
    def bytes(self) -> int:
        return super().bytes + self.most.nbytes + self.begins.nbytes

    def entries_of(self, documents: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """(places in `documents`, places of entries), a pair for each entry that they have."""
        known = np.minimum(documents, len(self.begins) - 2)
        first = self.begins[known]
        counts = self.begins[known + 1] - first
        if counts.max(initial=0) <= 1:
            places = np.flatnonzero(counts)
            return places, first[places]
        places = np.repeat(np.arange(len(documents)), counts)
        return places, np.arange(len(places)) + np.repeat(first - np.cumsum(counts) + counts, counts)


def decode(key: str, rows: Sequence[tuple[int, bytes]]) -> Posting:
    """Of the rows (chunk, entries) of one key."""
    numbers, entries = _entries(shape(key), rows)
    return Posting(numbers, np.ascontiguousarray(entries["value"]))


def decode_column(key: str, rows: Sequence[tuple[int, bytes]]) -> Column:
    """The same, to be asked by document."""
    kind = shape(key)
    numbers, entries = _entries(kind, rows)
    order = np.argsort(numbers, kind="stable")
    numbers, entries = numbers[order], entries[order]
    values = np.ascontiguousarray(entries["value"])
    most = np.ascontiguousarray(entries["most"]) if kind is _RANGE else values
    begins = np.append(np.cumsum(np.bincount(numbers + 1, minlength=2)), len(numbers))
    return Column(numbers, values, most, begins)


def _entries(kind: "np.dtype[Any]", rows: Sequence[tuple[int, bytes]]) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """(number of its document, entry) of each."""
    entries = np.frombuffer(b"".join(row for _, row in rows), kind)
    numbers = entries["at"].astype(np.int64)
    if any(chunk for chunk, _ in rows):
        lengths = [len(row) // kind.itemsize for _, row in rows]
        numbers += np.repeat(np.array([chunk * CHUNK for chunk, _ in rows], np.int64), lengths)
    return numbers, entries


def bucket(piece: str) -> tuple[int, int]:
    """(bucket, check) of a piece of a word: rows hold many pieces each, and the check tells them apart."""
    digest = zlib.crc32(piece.encode())
    return digest % BUCKETS, digest >> 16


@lru_cache(maxsize=32_768)
def _buckets(spoken: str) -> tuple[bytes, bytes]:
    """(buckets, checks) of the pieces of a word, of a byte and of two each; shops share most of their words."""
    found = list(map(bucket, pieces(spoken)))
    return bytes(which for which, _ in found), struct.pack(f"<{len(found)}H", *(check for _, check in found))


@dataclass(frozen=True)
class Bucket:
    """Pieces of a shelf's words that fell into one bucket, maybe with others."""

    words: NDArray[np.int64]
    """Numbers of words, an entry for each piece that they have."""
    checks: NDArray[np.uint16]
    known: NDArray[np.uint16]
    """The checks once each, ascending."""

    @property
    def bytes(self) -> int:
        return 500 + self.words.nbytes + self.checks.nbytes + self.known.nbytes

    def has(self, check: int) -> bool:
        """Whether a word has a piece with this check."""
        place = self.known.searchsorted(np.uint16(check))
        return bool(place < len(self.known) and self.known[place] == check)


def chunks_of_bucket(number: int, words: int) -> list[int]:
    """Where its pieces are; `words`: the highest number of a word + 1."""
    few = [number % FEW_BUCKETS]
    if words <= FEW_WORDS:
        return few
    return few + [FEW_BUCKETS + part * BUCKETS + number for part in range(-(-words // WORDS_A_CHUNK))]


def decode_bucket(rows: Sequence[bytes]) -> Bucket:
    """Of the entries of its chunks."""
    entries = np.frombuffer(b"".join(rows), _PIECE)
    checks = np.ascontiguousarray(entries["value"])
    return Bucket(entries["at"].astype(np.int64), checks, np.unique(checks))


def _chunks_of(words: NDArray[np.int64], buckets: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Where pieces of words, by their numbers, are kept."""
    many = FEW_BUCKETS + words // WORDS_A_CHUNK * BUCKETS + buckets
    return np.where(words < FEW_WORDS, buckets % FEW_BUCKETS, many)


def words_with(parts: Iterable[str], buckets: Mapping[int, Bucket]) -> list[int]:
    """Numbers of the words that have one of the pieces, ascending."""
    found: set[int] = set()
    for number, check in map(bucket, parts):
        if number in buckets and buckets[number].has(check):
            row = buckets[number]
            found.update(row.words[row.checks == check].tolist())
    return sorted(found)


def _rows_of_pieces(learned: Sequence[tuple[int, str]]) -> dict[int, bytes]:
    """By chunk, rising; of words as (number, as it sounds)."""
    buckets, checks = zip(*(_buckets(spoken) for _, spoken in learned), strict=True)
    words = np.repeat(np.array([word for word, _ in learned], np.int64), list(map(len, buckets)))
    chunks = _chunks_of(words, np.frombuffer(b"".join(buckets), np.uint8))
    order = np.argsort(chunks, kind="stable")
    entries = np.empty(len(order), _PIECE)
    entries["at"], entries["value"] = words[order], np.frombuffer(b"".join(checks), "<u2")[order]
    found, starts = np.unique(chunks[order], return_index=True)
    rows = np.split(entries, starts[1:])
    return {chunk: row.tobytes() for chunk, row in zip(found.tolist(), rows, strict=True)}


class Changes:
    """Entries to be taken out and put in, gathered so that each row is written once or twice whatever changes."""

    def __init__(self) -> None:
        self._gone: dict[Place, set[int]] = defaultdict(set)
        self._added: dict[tuple[int, int, int], dict[str, bytearray]] = defaultdict(lambda: defaultdict(bytearray))
        self._spoken: dict[tuple[int, int], list[tuple[int, str]]] = defaultdict(list)
        self._pieces: dict[tuple[int, int], dict[int, bytes]] = {}

    def add(self, generation: int, shelf: int, key: str, number: int, values: Iterable[int | tuple[int, int]]) -> None:
        """An entry a value. Of a document that has the key already the caller removes what it has there."""
        chunk, at = divmod(number, CHUNK)
        row = self._added[generation, shelf, chunk][key]
        for value in values:
            if key == PRICE:
                row += struct.pack("<Hqq", at, *value)  # type: ignore[misc]
            else:
                row += struct.pack("<HI" if shape(key) is _NUMBER else "<HB", at, value)

    def add_words(self, generation: int, shelf: int, number: int, impacts: Mapping[str, int]) -> None:
        """The stems and codes of a document."""
        chunk, at = divmod(number, CHUNK)
        rows = self._added[generation, shelf, chunk]
        for key, impact in impacts.items():
            rows[key] += (impact << 16 | at).to_bytes(3, "little")

    def add_pieces(self, generation: int, shelf: int, spoken: str, word: int) -> None:
        """What a word, given as it sounds, is guessed by."""
        self._spoken[generation, shelf].append((word, spoken))

    def remove_pieces(self, generation: int, shelf: int, spoken: str, word: int) -> None:
        buckets = np.frombuffer(_buckets(spoken)[0], np.uint8)
        for chunk in _chunks_of(np.full(len(buckets), word), buckets).tolist():
            self._gone[generation, shelf, PIECE, chunk].add(word)

    def remove(self, generation: int, shelf: int, key: str, number: int) -> None:
        """All entries of a document under the key."""
        chunk, at = divmod(number, CHUNK)
        self._gone[generation, shelf, key, chunk].add(at)

    async def apply(self, connection: AsyncConnection[DictRow]) -> None:
        """Writes them; only one connection at a time may."""
        self._pieces = {shelf: _rows_of_pieces(learned) for shelf, learned in self._spoken.items()}
        if self._gone:
            await self._take_out(connection)
        if self._added:
            await connection.execute(_APPEND, self._added_rows())

    def _added_rows(self) -> list[Array]:
        """In the order of their places, as pages fill up then; only where a shelf begins a chunk it is another."""
        keys: list[str] = []
        entries: list[bytes | bytearray] = []
        places: list[tuple[int, int]] = []
        chunks: list[int] = []
        for generation, shelf, chunk in sorted(self._added):
            rows = self._added[generation, shelf, chunk]
            words = sorted(rows)
            pieces_of_words = self._pieces.pop((generation, shelf), {})
            place = bisect(words, PIECE)
            keys += [*words[:place], *repeat(PIECE, len(pieces_of_words)), *words[place:]]
            entries += [*map(rows.__getitem__, words[:place]), *pieces_of_words.values()]
            entries += map(rows.__getitem__, words[place:])
            chunks += [*repeat(chunk, place), *pieces_of_words, *repeat(chunk, len(words) - place)]
            places += repeat((generation, shelf), len(words) + len(pieces_of_words))
        return [*columns(places), array(keys), array(chunks), array(entries)]

    def _is_added(self, place: Place) -> bool:
        generation, shelf, key, chunk = place
        if key == PIECE:
            return chunk in self._pieces.get((generation, shelf), ())
        return key in self._added.get((generation, shelf, chunk), ())

    async def _take_out(self, connection: AsyncConnection[DictRow]) -> None:
        cursor = connection.cursor(binary=True, row_factory=tuple_row)
        await cursor.execute(_READ, columns(sorted(self._gone)))
        left: list[tuple[Place, bytes]] = []
        emptied: list[Place] = []
        for *found, row in await cursor.fetchall():
            place: Place = (found[0], found[1], found[2], found[3])
            entries = np.frombuffer(row, shape(place[2]))
            kept = entries[~np.isin(entries["at"], list(self._gone[place]))].tobytes()
            if kept or self._is_added(place):
                left.append((place, kept))
            else:
                emptied.append(place)
        if left:
            await connection.execute(_REPLACE, columns([(*place, row) for place, row in left]))
        if emptied:
            await connection.execute(_DELETE, columns(emptied))
