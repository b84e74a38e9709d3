"""Writes documents: into their table, the postings and the vocabulary, each only as far as it changed.

A single writer at a time (the lock of the feed's reader). Counts are exact and nothing is left behind but, until a
rebuild, the numbers of values: what a document was written with is known from its `source` and `facts`, and is taken
out entry by entry.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from agent.search.arrays import Array, columns
from agent.search.asking import Document, Shelf
from agent.search.entries import Entry, embedded
from agent.search.generations import Generation, written_generations
from agent.search.indexing import Indexing

_MAKE_SHELVES = """
INSERT INTO search_shelves (tenant_id, name, synonyms) SELECT given.*, coalesce((
    SELECT max(synonyms) FROM search_shelves AS other WHERE other.tenant_id = given.tenant_id), 0)
FROM unnest(%s::uuid[], %s::text[]) AS given (tenant_id, name) ON CONFLICT DO NOTHING
"""
_SHELVES = """
SELECT tenant_id, name, shelf.number, shelf.size, shelf.alive, shelf.words, shelf.building
FROM unnest(%s::uuid[], %s::text[]) AS given (tenant_id, name) JOIN search_shelves AS shelf USING (tenant_id, name)
"""
_GIVEN = """
unnest(%s::int[], %s::uuid[]) AS given (shelf, id) CROSS JOIN LATERAL (
    SELECT known.*, known.ctid FROM search_documents AS known
    WHERE known.shelf = given.shelf AND known.id = given.id OFFSET 0) AS known
"""
_KNOWN = f"""
SELECT known.shelf, known.id, known.number, known.title_stems, known.source, known.facts FROM {_GIVEN}
"""  # noqa: S608
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


@dataclass
class _ShelfRow:
    number: int
    size: int
    alive: int
    words: int
    building: int
    free: list[int] = field(default_factory=list)

    def take_number(self) -> int:
        self.alive += 1
        if self.free:
            return self.free.pop()
        self.size += 1
        return self.size - 1


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
        words = {
            (generation.number, shelf.number): shelf.words if generation.live else shelf.building
            for generation in self._generations
            for shelf in shelves.values()
        }
        indexing = Indexing(self._connection, words)
        kept: list[tuple[Any, ...]] = []
        seen: list[tuple[int, UUID]] = []
        gone: list[tuple[_ShelfRow, str, int]] = []
        texts: set[int] = set()
        new = [(shelf, item) for shelf, item in placed if item.text and (shelf.number, item.id) not in known]
        await self._take_free(shelf for shelf, _ in new)
        for shelf, item in placed:
            old = known.get((shelf.number, item.id))
            if item.text is None:
                if old:
                    gone.append((shelf, item.id, old["number"]))
                    texts.add(shelf.number)
                    self._take_out(indexing, shelf, old)
                continue
            entry = Entry.of(item.text, item.facts)
            if old and (old["source"], old["facts"]) == (entry.source, entry.facts):
                seen.append((shelf.number, UUID(item.id)))
                continue
            number = old["number"] if old else shelf.take_number()
            same = old is not None and old["source"] == entry.source
            if not same:
                texts.add(shelf.number)
            stems = old["title_stems"] if old and same else " ".join(entry.analysed.title_stems)
            row = (shelf.number, document_id := UUID(item.id), number, item.revision, self._run, stems)
            kept.append((*row, entry.source, entry.facts, embedded(item.text)))
            self._put_in(indexing, shelf, (number, document_id), old, entry)
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
            await self._close(list(shelves.values()), words, texts)

    def _put_in(
        self, indexing: Indexing, shelf: _ShelfRow, which: tuple[int, UUID], old: DictRow | None, new: Entry
    ) -> None:
        number, document_id = which
        for generation in self._generations:
            if not generation.has(shelf.number, document_id):
                continue
            if old is None:
                indexing.add(generation.number, shelf.number, number, document_id, new)
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
            (str(row["tenant_id"]), row["name"]): _ShelfRow(
                row["number"], row["size"], row["alive"], row["words"], row["building"]
            )
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

    async def _close(
        self, shelves: Sequence[_ShelfRow], words: Mapping[tuple[int, int], int], texts: Collection[int]
    ) -> None:
        """`texts`: shelves of which more than facts changed."""
        for generation in self._generations:
            for shelf in shelves:
                if generation.live:
                    shelf.words = words[generation.number, shelf.number]
                else:
                    shelf.building = words[generation.number, shelf.number]
        await self._rows(
            """UPDATE search_shelves AS shelf
            SET size = given.size, alive = given.alive, words = given.words, building = given.building,
                version = shelf.version + 1, texts = shelf.texts + given.texts
            FROM unnest(%s::int[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[])
                AS given (number, size, alive, words, building, texts)
            WHERE shelf.number = given.number""",
            [
                (shelf.number, shelf.size, shelf.alive, shelf.words, shelf.building, int(shelf.number in texts))
                for shelf in shelves
            ],
        )
