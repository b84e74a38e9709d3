"""Writes documents: into their table, the postings and the vocabulary, each only as far as it changed.

A single writer at a time (the lock of the feed's reader). Counts are exact and nothing is left behind: what a document
was written with is known from its `source`, and is taken out entry by entry.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from agent.search.arrays import Array, columns
from agent.search.asking import Document, Shelf, Text
from agent.search.columns import folded, read, written
from agent.search.generations import Generation, written_generations
from agent.search.postings import ADDED, CODE, FIELD, HERE, PRICE, Changes
from agent.search.words import Analysed, analyse, sound

EMBEDDED_CHARACTERS = 300
LONGEST_BODY = 8000
STRONGEST = 255

_MAKE_SHELVES = """
INSERT INTO search_shelves (tenant_id, name) SELECT * FROM unnest(%s::uuid[], %s::text[]) ON CONFLICT DO NOTHING
"""
_SHELVES = """
SELECT shelf.* FROM unnest(%s::uuid[], %s::text[]) AS given (tenant_id, name)
JOIN search_shelves AS shelf USING (tenant_id, name)
"""
_GIVEN = """
unnest(%s::int[], %s::uuid[]) AS given (shelf, id) CROSS JOIN LATERAL (
    SELECT known.*, known.ctid FROM search_documents AS known
    WHERE known.shelf = given.shelf AND known.id = given.id OFFSET 0) AS known
"""
_KNOWN = f"SELECT known.shelf, known.id, known.number, known.source, known.facts FROM {_GIVEN}"  # noqa: S608
_SEEN = f"UPDATE search_documents SET pass = %s WHERE ctid = ANY(ARRAY(SELECT known.ctid FROM {_GIVEN}))"  # noqa: S608
_DELETE = f"DELETE FROM search_documents WHERE ctid = ANY(ARRAY(SELECT known.ctid FROM {_GIVEN}))"  # noqa: S608
_KEEP = """
INSERT INTO search_documents AS known
    (shelf, id, number, revision, pass, title_stems, source, facts, embedded_text, changed)
SELECT given.*, nextval('search_changes') FROM unnest(%b::int[], %b::uuid[], %b::int[], %b::bigint[], %b::int[],
    %b::text[], %b::text[], %b::text[], %b::text[]) AS given
ON CONFLICT (shelf, id) DO UPDATE SET revision = excluded.revision, pass = excluded.pass,
    title_stems = excluded.title_stems, source = excluded.source, facts = excluded.facts,
    embedded_text = excluded.embedded_text,
    changed = CASE WHEN known.embedded_text = excluded.embedded_text THEN known.changed ELSE excluded.changed END
"""
_TAKE_FREE = """
DELETE FROM search_free WHERE shelf = %s AND number IN (
    SELECT number FROM search_free WHERE shelf = %s ORDER BY number LIMIT %s)
RETURNING number
"""
_VALUES = """
SELECT given.*, known.number FROM unnest(%s::int[], %s::text[], %s::text[]) AS given (shelf, field, folded)
CROSS JOIN LATERAL (SELECT number FROM search_values AS known WHERE known.shelf = given.shelf
    AND known.field = given.field AND known.folded = given.folded OFFSET 0) AS known
"""
_LAST_VALUES = """
SELECT given.shelf, given.field, (SELECT coalesce(max(known.number), -1) FROM search_values AS known
    WHERE known.shelf = given.shelf AND known.field = given.field) AS last
FROM unnest(%s::int[], %s::text[]) AS given (shelf, field)
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


@dataclass
class _ShelfRow:
    number: int
    size: int
    alive: int
    words: int
    free: list[int] = field(default_factory=list)

    def take_number(self) -> int:
        self.alive += 1
        if self.free:
            return self.free.pop()
        self.size += 1
        return self.size - 1


@dataclass(frozen=True)
class Entry:
    """A document as it is kept: what its words and columns are made from."""

    source: str
    facts: str

    @cached_property
    def text(self) -> Text:
        title, labels, body, brand, codes, translations = json.loads(self.source)
        return Text(title, tuple(labels), body, brand, tuple(codes), tuple((name, told) for name, told in translations))

    @cached_property
    def analysed(self) -> Analysed:
        return analyse(self.text)

    @property
    def impacts(self) -> dict[str, int]:
        """Stems and codes with what they say of it, 1 to 255."""
        weights = self.analysed.weights
        found = {stem: min(max(round(weight * STRONGEST), 1), STRONGEST) for stem, weight in weights.items()}
        found.update((CODE + code, STRONGEST) for code in self.analysed.codes if code)
        return found


def source_of(text: Text) -> str:
    """The text as it is kept; `Entry.text` reads it again."""
    kept = [text.title, text.labels, text.body[:LONGEST_BODY], text.brand, text.codes, text.translations]
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def embedded(text: Text) -> str:
    """What an embedder reads of it."""
    return " ".join([*filter(None, (text.title, text.brand, *text.labels)), text.body[:EMBEDDED_CHARACTERS]])


async def write(connection: AsyncConnection[DictRow], documents: Sequence[Document], run: int) -> None:
    """Puts documents in, or takes them out, inside the caller's transaction; of one id the last counts."""
    if not documents:
        return
    await _Batch(connection, await written_generations(connection), run).write(
        {(item.tenant_id, item.shelf, item.id): item for item in documents}.values()
    )


async def sweep(connection: AsyncConnection[DictRow], shelf: Shelf, run: int) -> None:
    """Takes out of all shelves of this name what a whole pass over the feed did not see."""
    rows = await connection.execute(
        """SELECT shelf.tenant_id::text, shelf.name, document.id::text FROM search_documents AS document
        JOIN search_shelves AS shelf ON shelf.number = document.shelf WHERE shelf.name = %s AND document.pass < %s""",
        (shelf, run),
    )
    gone = [Document(row["tenant_id"], row["id"], 0, None, shelf=row["name"]) for row in await rows.fetchall()]
    for start in range(0, len(gone), 1000):
        await write(connection, gone[start : start + 1000], run)


class Indexing:
    """Entries of postings, and counts of the vocabulary, of documents that come and go in one transaction."""

    def __init__(self, connection: AsyncConnection[DictRow], words: dict[int, int]) -> None:
        """`words`: of each shelf the first number that no word has."""
        self._connection = connection
        self._words = words
        self._changes = Changes()
        self._counts: dict[tuple[int, int, str], list[int]] = defaultdict(lambda: [0, 0])
        self._values: list[tuple[int, int, int, str, tuple[str, ...]]] = []

    def add(self, generation: int, shelf: int, number: int, new: Entry, when: int) -> None:
        """A document that was not there."""
        self._changes.add(generation, shelf, ADDED, number, [when & 0xFFFFFFFF])
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
        self._changes.add_words(generation, shelf, number, added)
        for entry, by in ((old, -1), (new, 1)):
            if entry is not None:
                names = entry.analysed.names
                for stem in entry.analysed.weights:
                    counts = self._counts[generation, shelf, stem]
                    counts[0] += by
                    counts[1] += by * (stem in names)

    def change_facts(self, generation: int, shelf: int, number: int, old: str | None, new: str | None) -> None:
        """Rewrites what differs."""
        before, after = _columns(old), _columns(new)
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
        shown = {(shelf, key, folded(value)): value for _, shelf, _, key, values in self._values for value in values}
        given = sorted(shown)
        rows = await self._connection.execute(_VALUES, columns(given))
        numbers = {(row["shelf"], row["field"], row["folded"]): row["number"] for row in await rows.fetchall()}
        missing = [value for value in given if value not in numbers]
        if missing:
            fields = sorted({(shelf, key) for shelf, key, _ in missing})
            rows = await self._connection.execute(_LAST_VALUES, columns(fields))
            last = {(row["shelf"], row["field"]): row["last"] for row in await rows.fetchall()}
            for shelf, key, value in missing:
                last[shelf, key] += 1
                numbers[shelf, key, value] = last[shelf, key]
            await self._connection.execute(
                "INSERT INTO search_values (shelf, field, folded, number, shown)"
                " SELECT * FROM unnest(%s::int[], %s::text[], %s::text[], %s::int[], %s::text[])",
                columns([(*value, numbers[value], shown[value]) for value in missing]),
            )
        for generation, shelf, number, key, values in self._values:
            self._changes.add(generation, shelf, key, number, [numbers[shelf, key, folded(value)] for value in values])

    async def _count_words(self) -> None:
        counts = {word: count for word, count in sorted(self._counts.items()) if any(count)}
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
        spoken, number = sound(stem), self._words[shelf]
        self._words[shelf] += 1
        self._changes.add_pieces(generation, shelf, spoken, number)
        return spoken, number


class _Batch:
    """One batch of documents, on its way in."""

    def __init__(self, connection: AsyncConnection[DictRow], generations: Sequence[Generation], run: int) -> None:
        self._connection = connection
        self._generations = generations
        self._run = run

    async def write(self, documents: Collection[Document]) -> None:
        shelves = await self._shelves(documents)
        placed = [
            (shelves[item.tenant_id, item.shelf], item) for item in documents if (item.tenant_id, item.shelf) in shelves
        ]
        if not placed:
            return
        known = await self._known(placed)
        indexing = Indexing(self._connection, words := {row.number: row.words for row in shelves.values()})
        kept: list[tuple[Any, ...]] = []
        seen: list[tuple[int, UUID]] = []
        gone: list[tuple[_ShelfRow, str, int]] = []
        new = [(shelf, item) for shelf, item in placed if item.text and (shelf.number, item.id) not in known]
        await self._take_free(shelf for shelf, _ in new)
        for shelf, item in placed:
            old = known.get((shelf.number, item.id))
            if item.text is None:
                if old:
                    gone.append((shelf, item.id, old["number"]))
                    self._take_out(indexing, shelf, old)
                continue
            entry = Entry(source_of(item.text), written(item.facts))
            if old and (old["source"], old["facts"]) == (entry.source, entry.facts):
                seen.append((shelf.number, UUID(item.id)))
                continue
            number = old["number"] if old else shelf.take_number()
            row = (shelf.number, UUID(item.id), number, item.revision, self._run, " ".join(entry.analysed.title_stems))
            kept.append((*row, entry.source, entry.facts, embedded(item.text)))
            self._put_in(indexing, shelf, (number, UUID(item.id)), old, entry, item.revision)
        await self._rows(_DELETE, [(shelf.number, UUID(item_id)) for shelf, item_id, _ in gone])
        await self._rows(_KEEP, kept)
        if seen:
            await self._connection.execute(_SEEN, (self._run, *columns(seen)))
        await indexing.apply()
        for shelf, _, _ in gone:
            shelf.alive -= 1
        await self._rows(
            "INSERT INTO search_free (shelf, number) SELECT * FROM unnest(%s::int[], %s::int[])",
            [(shelf.number, number) for shelf, _, number in gone],
        )
        if gone or kept:
            await self._close(list(shelves.values()), words)

    def _put_in(
        self,
        indexing: Indexing,
        shelf: _ShelfRow,
        which: tuple[int, UUID],
        old: DictRow | None,
        new: Entry,
        revision: int,
    ) -> None:
        number, document_id = which
        for generation in self._generations:
            if not generation.has(shelf.number, document_id):
                continue
            if old is None:
                indexing.add(generation.number, shelf.number, number, new, revision)
                continue
            if old["source"] != new.source:
                before = Entry(old["source"], old["facts"])
                indexing.change_words(generation.number, shelf.number, number, before, new)
            indexing.change_facts(generation.number, shelf.number, number, old["facts"], new.facts)

    def _take_out(self, indexing: Indexing, shelf: _ShelfRow, old: DictRow) -> None:
        for generation in self._generations:
            if generation.has(shelf.number, old["id"]):
                indexing.take_out(generation.number, shelf.number, old["number"], Entry(old["source"], old["facts"]))

    async def _shelves(self, documents: Iterable[Document]) -> dict[tuple[str, str], _ShelfRow]:
        """A shelf is made with its first document."""
        documents = list(documents)
        made = sorted({(item.tenant_id, item.shelf) for item in documents if item.text is not None})
        asked = sorted({(item.tenant_id, item.shelf) for item in documents})

        def given(pairs: list[tuple[str, Shelf]]) -> list[Array]:
            return columns([(UUID(tenant), name) for tenant, name in pairs])

        rows = await self._connection.execute(_SHELVES, given(asked))
        found = await rows.fetchall()
        if len(found) < len(asked) and made:
            await self._connection.execute(_MAKE_SHELVES, given(made))
            rows = await self._connection.execute(_SHELVES, given(asked))
            found = await rows.fetchall()
        return {
            (str(row["tenant_id"]), row["name"]): _ShelfRow(row["number"], row["size"], row["alive"], row["words"])
            for row in found
        }

    async def _known(self, placed: Sequence[tuple[_ShelfRow, Document]]) -> dict[tuple[int, str], DictRow]:
        rows = await self._connection.execute(
            _KNOWN, columns([(shelf.number, UUID(item.id)) for shelf, item in placed])
        )
        return {(row["shelf"], str(row["id"])): row for row in await rows.fetchall()}

    async def _take_free(self, wanting: Iterable[_ShelfRow]) -> None:
        wanted: dict[int, list[_ShelfRow]] = defaultdict(list)
        for shelf in wanting:
            wanted[shelf.number].append(shelf)
        for number, shelves in wanted.items():
            shelf = shelves[0]
            if shelf.alive < shelf.size:
                rows = await self._connection.execute(_TAKE_FREE, (number, number, len(shelves)))
                shelf.free = [row["number"] for row in await rows.fetchall()]

    async def _rows(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        if rows:
            await self._connection.execute(statement, columns(rows))

    async def _close(self, shelves: Sequence[_ShelfRow], words: Mapping[int, int]) -> None:
        await self._rows(
            """UPDATE search_shelves AS shelf
            SET size = given.size, alive = given.alive, words = given.words, version = shelf.version + 1
            FROM unnest(%s::int[], %s::int[], %s::int[], %s::int[]) AS given (number, size, alive, words)
            WHERE shelf.number = given.number""",
            [(shelf.number, shelf.size, shelf.alive, words[shelf.number]) for shelf in shelves],
        )


def _columns(facts: str | None) -> dict[str, tuple[Any, ...]]:
    if facts is None:
        return {}
    stock, price, fields = read(facts)
    columns: dict[str, tuple[Any, ...]] = {HERE: (int(stock),), **fields}
    if price:
        columns[PRICE] = (price,)
    return columns


async def index_kept(connection: AsyncConnection[DictRow], generation: int, rows: Sequence[DictRow]) -> None:
    """Puts documents that are kept, rows of search_documents, into a generation that is built."""
    shelves = sorted({row["shelf"] for row in rows})
    known = await connection.execute("SELECT number, words FROM search_shelves WHERE number = ANY(%s)", (shelves,))
    words = {row["number"]: row["words"] for row in await known.fetchall()}
    indexing = Indexing(connection, words)
    renamed: list[tuple[int, UUID, str]] = []
    for row in rows:
        entry = Entry(row["source"], row["facts"])
        indexing.add(generation, row["shelf"], row["number"], entry, row["revision"])
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
        """UPDATE search_shelves AS shelf SET words = given.words
        FROM unnest(%s::int[], %s::int[]) AS given (number, words) WHERE shelf.number = given.number""",
        (list(words), list(words.values())),
    )
