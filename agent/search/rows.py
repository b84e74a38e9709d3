"""Rows of one shelf, as the database has them, all of one moment.

A search begins with the shelf's version. Whatever it reads after that comes with the version again, in the same
statement: another one means that the shelf was written to meanwhile, and the search starts over (`Moved`).
"""

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

from psycopg.rows import tuple_row

from agent.search.arrays import array, texts
from agent.search.entries import title_of
from agent.search.versions import Connect, ShelfNow

HEAD = 400
"""Characters of a source that are read for its title."""
SLICE = 500
"""Rows of a part of all, about a millisecond of computing."""


class Moved(Exception):
    """The shelf was written to since the search began."""


class TextRows(Protocol):
    """Rows that texts are made into; what is not there is left out."""

    async def postings(self, keys: Collection[str]) -> Sequence[tuple[Any, ...]]:
        """(key, chunk, entries)."""
        ...

    async def sounding(self, sounds: Collection[str], keys: Collection[str]) -> Sequence[tuple[Any, ...]]:
        """(stem, sound, documents, named, chunk, entries) of words that sound so, for each chunk of their postings, or
        once with None; with no sound those of further keys."""
        ...

    async def pieces(self, chunks: Sequence[int]) -> Sequence[tuple[Any, ...]]:
        """(chunk, entries) of pieces of words."""
        ...

    async def words(self, numbers: Collection[int]) -> Sequence[tuple[Any, ...]]:
        """(number, stem, sound, documents, named)."""
        ...

    async def documents(self, numbers: Collection[int]) -> Sequence[tuple[Any, ...]]:
        """(number, id, stems of the title, title)."""
        ...


def _at_once(rows: str) -> str:
    """A statement that brings rows of the shelf together with its versions; one row of nulls if there are none."""
    return f"""
        SELECT generation.number, shelf.version, shelf.texts, row.*
        FROM (search_shelves AS shelf JOIN search_generations AS generation ON generation.state = 'live')
        LEFT JOIN LATERAL ({rows}) AS row ON true
        WHERE shelf.number = %(shelf)s"""  # noqa: S608 - of the constants below


_POSTINGS = _at_once("""
    SELECT key, chunk, entries FROM search_postings
    WHERE generation = %(generation)s AND shelf = %(shelf)s AND key = ANY(%(keys)s)""")
_PIECES = _at_once("""
    SELECT chunk, entries FROM search_postings
    WHERE generation = %(generation)s AND shelf = %(shelf)s AND key = '%%' AND chunk = ANY(%(chunks)s)""")
_BY_SOUND = _at_once("""
    SELECT word.stem, word.sound, word.documents, word.named, row.chunk, row.entries
    FROM search_words AS word LEFT JOIN LATERAL (
        SELECT chunk, entries FROM search_postings AS row
        WHERE row.generation = word.generation AND row.shelf = word.shelf AND row.key = word.stem OFFSET 0
    ) AS row ON true
    WHERE word.generation = %(generation)s AND word.shelf = %(shelf)s AND word.sound = ANY(%(sounds)s)
    UNION ALL
    SELECT key, NULL, 0, 0, chunk, entries FROM search_postings
    WHERE generation = %(generation)s AND search_postings.shelf = %(shelf)s AND key = ANY(%(keys)s)""")
_BY_NUMBER = _at_once("""
    SELECT number, stem, sound, documents, named FROM search_words
    WHERE generation = %(generation)s AND shelf = %(shelf)s AND number = ANY(%(numbers)s)""")
_CODES = _at_once("""
    SELECT DISTINCT key FROM search_postings
    WHERE generation = %(generation)s AND shelf = %(shelf)s AND key >= %(least)s AND key < %(most)s
    ORDER BY key LIMIT 2""")
_BY_NUMBERS = _at_once(f"""
    SELECT number, id, title_stems, left(source, {HEAD}) FROM search_documents
    WHERE search_documents.shelf = %(shelf)s AND number = ANY(%(numbers)s)""")  # noqa: S608
_BY_IDS = _at_once(f"""
    SELECT number, id, title_stems, left(source, {HEAD}) FROM search_documents
    WHERE search_documents.shelf = %(shelf)s AND id = ANY(%(ids)s)""")  # noqa: S608
_SOURCES = _at_once("""
    SELECT number, source FROM search_documents
    WHERE search_documents.shelf = %(shelf)s AND number = ANY(%(numbers)s)""")
_BY_VALUE = _at_once("""
    SELECT field, folded, number FROM search_values JOIN unnest(%(fields)s::text[], %(folded)s::text[])
        AS given (field, folded) USING (field, folded)
    WHERE search_values.generation = %(generation)s AND search_values.shelf = %(shelf)s""")
_BY_VALUE_NUMBER = _at_once("""
    SELECT field, number, shown FROM search_values JOIN unnest(%(fields)s::text[], %(numbers)s::int[])
        AS given (field, number) USING (field, number)
    WHERE search_values.generation = %(generation)s AND search_values.shelf = %(shelf)s""")

# All of a shelf, some rows at a time, each part beginning behind the last of the part before.
_EVERY_WORD = _at_once("""
    SELECT stem, sound, number, documents, named FROM search_words
    WHERE generation = %(generation)s AND shelf = %(shelf)s AND stem > %(stem)s ORDER BY stem LIMIT %(most)s""")
_EVERY_POSTING = _at_once("""
    SELECT key, chunk, entries FROM search_postings
    WHERE generation = %(generation)s AND shelf = %(shelf)s AND (key, chunk) > (%(key)s, %(chunk)s)
        AND left(key, 1) NOT IN ('#', '=') ORDER BY key, chunk LIMIT %(most)s""")
_EVERY_DOCUMENT = _at_once(f"""
    SELECT id, number, title_stems, left(source, {HEAD}) FROM search_documents
    WHERE search_documents.shelf = %(shelf)s AND id > %(id)s ORDER BY id LIMIT %(most)s""")  # noqa: S608


class Statements:
    """Rows by statements, a connection for each. Every method raises Moved."""

    def __init__(self, connect: Connect, shelf: ShelfNow) -> None:
        self._connect = connect
        self._shelf = shelf

    async def postings(self, keys: Collection[str]) -> Sequence[tuple[Any, ...]]:
        return await self._read(_POSTINGS, keys=texts(sorted(keys)))

    async def sounding(self, sounds: Collection[str], keys: Collection[str]) -> Sequence[tuple[Any, ...]]:
        return await self._read(_BY_SOUND, sounds=texts(sorted(sounds)), keys=texts(sorted(keys)))

    async def pieces(self, chunks: Sequence[int]) -> Sequence[tuple[Any, ...]]:
        return await self._read(_PIECES, chunks=array(chunks))

    async def words(self, numbers: Collection[int]) -> Sequence[tuple[Any, ...]]:
        return await self._read(_BY_NUMBER, numbers=array(sorted(numbers)))

    async def documents(self, numbers: Collection[int]) -> Sequence[tuple[Any, ...]]:
        return _with_titles(await self._read(_BY_NUMBERS, numbers=array(sorted(numbers))))

    async def documents_by_id(self, ids: Collection[str]) -> Sequence[tuple[Any, ...]]:
        """The same, of those that the shelf has."""
        return _with_titles(await self._read(_BY_IDS, ids=array([UUID(each) for each in ids])))

    async def sources(self, numbers: Collection[int]) -> Sequence[tuple[Any, ...]]:
        """(number, source)."""
        return await self._read(_SOURCES, numbers=array(sorted(numbers)))

    async def codes(self, beginning: str) -> list[str]:
        """Keys that begin like this, two of several."""
        rows = await self._read(_CODES, least=beginning, most=beginning + "\U0010ffff")
        return [key for (key,) in rows]

    async def values(self, folded: Collection[tuple[str, str]]) -> Sequence[tuple[Any, ...]]:
        """(key of the column, folded value, its number)."""
        fields, values = zip(*sorted(folded), strict=True)
        return await self._read(_BY_VALUE, fields=list(fields), folded=list(values))

    async def shown(self, values: Collection[tuple[str, int]]) -> Sequence[tuple[Any, ...]]:
        """(key of the column, number of a value, how it is written)."""
        fields, numbers = zip(*sorted(values), strict=True)
        return await self._read(_BY_VALUE_NUMBER, fields=list(fields), numbers=list(numbers))

    async def every_word(self) -> AsyncIterator[Sequence[tuple[Any, ...]]]:
        """(stem, sound, number, documents, named) of all words, some at a time."""
        async for rows in self._parts(_EVERY_WORD, {"stem": ""}, lambda row: {"stem": row[0]}):
            yield rows

    async def every_posting(self) -> AsyncIterator[Sequence[tuple[Any, ...]]]:
        """(key, chunk, entries) of all that does not only say what is filtered by, some at a time."""
        last = {"key": "", "chunk": -1}
        async for rows in self._parts(_EVERY_POSTING, last, lambda row: {"key": row[0], "chunk": row[1]}):
            yield rows

    async def every_document(self) -> AsyncIterator[Sequence[tuple[Any, ...]]]:
        """(id, number, stems of the title, title) of all documents, some at a time."""
        async for rows in self._parts(_EVERY_DOCUMENT, {"id": UUID(int=0)}, lambda row: {"id": row[0]}):
            yield _with_titles(rows)

    async def _parts(
        self, statement: str, last: Mapping[str, Any], last_of: Callable[[tuple[Any, ...]], Mapping[str, Any]]
    ) -> AsyncIterator[list[tuple[Any, ...]]]:
        """What is filtered by may change in between."""
        while True:
            rows = await self._rows(statement, most=SLICE, **last)
            if rows[0][:3:2] != (self._shelf.generation, self._shelf.texts):
                raise Moved
            found = _without_versions(rows)
            yield found
            if len(found) < SLICE:
                return
            last = last_of(found[-1])

    async def _read(self, statement: str, **given: Any) -> list[tuple[Any, ...]]:
        rows = await self._rows(statement, **given)
        if rows[0][:2] != (self._shelf.generation, self._shelf.version):
            raise Moved
        return _without_versions(rows)

    async def _rows(self, statement: str, **given: Any) -> list[tuple[Any, ...]]:
        async with self._connect() as connection:
            cursor = connection.cursor(binary=True, row_factory=tuple_row)
            shelf = {"shelf": self._shelf.number, "generation": self._shelf.generation}
            await cursor.execute(statement, shelf | given)
            rows = await cursor.fetchall()
        if not rows:
            raise Moved
        return rows


def _without_versions(rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [] if rows[0][3] is None else [row[3:] for row in rows]


def _with_titles(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [(*row[:-1], title_of(row[-1])) for row in rows]
