"""Entries of postings and counts of the vocabulary, of documents that come and go in one transaction."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from agent.search.arrays import columns
from agent.search.columns import folded
from agent.search.entries import Entry, columns_of
from agent.search.postings import ADDED, FIELD, Changes
from agent.search.words import sound

_VALUES = """
SELECT given.*, known.number FROM unnest(%s::int[], %s::int[], %s::text[], %s::text[])
    AS given (generation, shelf, field, folded)
CROSS JOIN LATERAL (SELECT number FROM search_values AS known WHERE known.generation = given.generation
    AND known.shelf = given.shelf AND known.field = given.field AND known.folded = given.folded OFFSET 0) AS known
"""
_LAST_VALUES = """
SELECT given.*, coalesce(max(known.number), -1) AS last
FROM unnest(%s::int[], %s::int[], %s::text[]) AS given (generation, shelf, field)
LEFT JOIN LATERAL (SELECT number FROM search_values AS known WHERE known.generation = given.generation
    AND known.shelf = given.shelf AND known.field = given.field OFFSET 0) AS known ON true
GROUP BY given.generation, given.shelf, given.field
"""
_WORDS = """
unnest(%b::int[], %b::int[], %b::text[]) AS given (generation, shelf, stem) CROSS JOIN LATERAL (
    SELECT known.*, known.ctid FROM search_words AS known WHERE known.generation = given.generation
    AND known.shelf = given.shelf AND known.stem = given.stem OFFSET 0) AS known
"""
_KNOWN_WORDS = f"SELECT given.*, known.sound, known.number, known.documents, known.named FROM {_WORDS}"  # noqa: S608
_FORGET = f"DELETE FROM search_words WHERE ctid = ANY(ARRAY(SELECT known.ctid FROM {_WORDS}))"  # noqa: S608
_LEARN = """
INSERT INTO search_words (generation, shelf, stem, sound, number, documents, named)
SELECT * FROM unnest(%b::int[], %b::int[], %b::text[], %b::text[], %b::int[], %b::int[], %b::int[])
ON CONFLICT (generation, shelf, stem) DO UPDATE SET documents = excluded.documents, named = excluded.named
"""


@dataclass(frozen=True)
class _Counts:
    """By how much a shelf's words rise and fall."""

    documents: Counter[str] = field(default_factory=Counter)
    named: Counter[str] = field(default_factory=Counter)


class Indexing:
    """Entries of postings, and counts of the vocabulary, of documents that come and go in one transaction."""

    def __init__(self, connection: AsyncConnection[DictRow], words: dict[tuple[int, int], int]) -> None:
        """`words`: of each generation and shelf the first number that no word has."""
        self._connection = connection
        self._words = words
        self._changes = Changes()
        self._counts: dict[tuple[int, int], _Counts] = defaultdict(_Counts)
        self._values: list[tuple[int, int, int, str, tuple[str, ...]]] = []

    def add(self, generation: int, shelf: int, number: int, document_id: UUID, new: Entry) -> None:
        """A document that was not there."""
        self._changes.add(generation, shelf, ADDED, number, [_made(document_id)])
        self.change_words(generation, shelf, number, None, new)
        self.change_facts(generation, shelf, number, None, new.facts)

    def take_out(self, generation: int, shelf: int, number: int, old: Entry) -> None:
        self._changes.remove(generation, shelf, ADDED, number)
        self.change_words(generation, shelf, number, old, None)
        self.change_facts(generation, shelf, number, old.facts, None)

    def change_words(self, generation: int, shelf: int, number: int, old: Entry | None, new: Entry | None) -> None:
        """Rewrites what differs."""
        before, after = old.impacts if old else {}, new.impacts if new else {}
        for key in before:
            if after.get(key) != before[key]:
                self._changes.remove(generation, shelf, key, number)
        added = {key: impact for key, impact in after.items() if before.get(key) != impact} if before else after
        if added:
            self._changes.add_words(generation, shelf, number, added)
        counts = self._counts[generation, shelf]
        if old:
            counts.documents.subtract(old.analysed.weights.keys())
            counts.named.subtract(old.analysed.names & old.analysed.weights.keys())
        if new:
            counts.documents.update(new.analysed.weights.keys())
            counts.named.update(new.analysed.names & new.analysed.weights.keys())

    def change_facts(self, generation: int, shelf: int, number: int, old: str | None, new: str | None) -> None:
        """Rewrites what differs."""
        before, after = columns_of(old), columns_of(new)
        for key in before:
            if after.get(key) != before[key]:
                self._changes.remove(generation, shelf, key, number)
        for key, values in after.items():
            if before.get(key) == values:
                continue
            if key[0] == FIELD:
                self._values.append((generation, shelf, number, key, values))
            else:
                self._changes.add(generation, shelf, key, number, values)

    async def apply(self) -> None:
        await self._number_values()
        await self._count_words()
        await self._changes.apply(self._connection)

    async def _number_values(self) -> None:
        if not self._values:
            return
        shown = {
            (generation, shelf, key, folded(value)): value
            for generation, shelf, _, key, values in self._values
            for value in values
        }
        given = sorted(shown)
        rows = await self._connection.execute(_VALUES, columns(given))
        numbers = {
            (row["generation"], row["shelf"], row["field"], row["folded"]): row["number"]
            for row in await rows.fetchall()
        }
        missing = [value for value in given if value not in numbers]
        if missing:
            fields = sorted({value[:3] for value in missing})
            rows = await self._connection.execute(_LAST_VALUES, columns(fields))
            last = {(row["generation"], row["shelf"], row["field"]): row["last"] for row in await rows.fetchall()}
            for value in missing:
                last[value[:3]] += 1
                numbers[value] = last[value[:3]]
            await self._connection.execute(
                "INSERT INTO search_values (generation, shelf, field, folded, number, shown)"
                " SELECT * FROM unnest(%s::int[], %s::int[], %s::text[], %s::text[], %s::int[], %s::text[])",
                columns([(*value, numbers[value], shown[value]) for value in missing]),
            )
        for generation, shelf, number, key, values in self._values:
            told = [numbers[generation, shelf, key, folded(value)] for value in values]
            self._changes.add(generation, shelf, key, number, told)

    async def _count_words(self) -> None:
        counts = {
            (generation, shelf, stem): (documents, count.named[stem])
            for (generation, shelf), count in sorted(self._counts.items())
            for stem, documents in sorted(count.documents.items())
            if documents or count.named[stem]
        }
        if not counts:
            return
        rows = await self._connection.execute(_KNOWN_WORDS, columns(list(counts)))
        known = {(row["generation"], row["shelf"], row["stem"]): row for row in await rows.fetchall()}
        kept: list[tuple[int, int, str, str, int, int, int]] = []
        forgotten: list[tuple[int, int, str]] = []
        for word, (documents, named) in counts.items():
            row = known.get(word)
            if row is None:
                kept.append((*word, *self._learn(*word), documents, named))
            elif row["documents"] + documents > 0:
                kept.append((*word, row["sound"], row["number"], row["documents"] + documents, row["named"] + named))
            else:
                forgotten.append(word)
                self._changes.remove_pieces(word[0], word[1], row["sound"], row["number"])
        if kept:
            await self._connection.execute(_LEARN, columns(kept))
        if forgotten:
            await self._connection.execute(_FORGET, columns(forgotten))

    def _learn(self, generation: int, shelf: int, stem: str) -> tuple[str, int]:
        """(sound, number) of a word that the shelf did not have."""
        spoken, number = sound(stem), self._words[generation, shelf]
        self._words[generation, shelf] += 1
        self._changes.add_pieces(generation, shelf, spoken, number)
        return spoken, number


def _made(document_id: UUID) -> int:
    """When, in seconds, as its id says (version 7, RFC 9562); another says nothing, 0. A feed tells when something was
    changed last, and a price would make it new."""
    return (document_id.int >> 80) // 1000 & 0xFFFFFFFF if document_id.version == 7 else 0


async def index_kept(connection: AsyncConnection[DictRow], generation: int, rows: Sequence[DictRow]) -> None:
    """Puts documents that are kept, rows of search_documents, into a generation that is built."""
    shelves = sorted({row["shelf"] for row in rows})
    known = await connection.execute("SELECT number, building FROM search_shelves WHERE number = ANY(%s)", (shelves,))
    words = {(generation, row["number"]): row["building"] for row in await known.fetchall()}
    indexing = Indexing(connection, words)
    renamed: list[tuple[int, UUID, str]] = []
    for row in rows:
        entry = Entry(row["source"], row["facts"])
        indexing.add(generation, row["shelf"], row["number"], row["id"], entry)
        title_stems = " ".join(entry.analysed.title_stems)
        if title_stems != row["title_stems"]:
            renamed.append((row["shelf"], row["id"], title_stems))
    await indexing.apply()
    if renamed:
        await connection.execute(
            """UPDATE search_documents AS known SET title_stems = given.title_stems
            FROM unnest(%s::int[], %s::uuid[], %s::text[]) AS given (shelf, id, title_stems)
            WHERE known.shelf = given.shelf AND known.id = given.id""",
            columns(renamed),
        )
    await connection.execute(
        """UPDATE search_shelves AS shelf SET building = given.words
        FROM unnest(%s::int[], %s::int[]) AS given (number, words) WHERE shelf.number = given.number""",
        ([shelf for _, shelf in words], list(words.values())),
    )
