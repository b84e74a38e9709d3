"""Rows of one shelf for a search: decoded, all of one moment, and kept in memory while the shelf stays as it is.

What was read is kept by (generation, shelf, version, key), so that a search that finds all of it reads nothing. Once as
much was read one by one as all would have been, there is a copy of all (`copies.py`).
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, NamedTuple

from agent.search.asking import Text
from agent.search.columns import Numbers
from agent.search.copies import Copies, copy_in
from agent.search.entries import Entry
from agent.search.generations import FORMAT
from agent.search.guessing import Known
from agent.search.memory import Drawer, Memory
from agent.search.postings import (
    CODE,
    Bucket,
    Column,
    Posting,
    bucket,
    chunks_of_bucket,
    decode,
    decode_bucket,
    decode_column,
    words_with,
)
from agent.search.rows import Statements, TextRows
from agent.search.synonyms import OwnSynonyms, synonyms_of
from agent.search.thesaurus import Synonyms
from agent.search.versions import Connect, ShelfNow
from agent.search.words import asked_pieces, spoken

MOST_ALIKE = 2_000


_FACTS = "column", "value", "shown"
"""Kinds of rows that a change of a price touches; what others are made of are texts."""


class Kept(NamedTuple):
    """What stage 2 looks at; tuples of plain values, as the collector of garbage passes over them."""

    number: int
    id: str
    name: str
    """Its title, as it sounds."""
    title: str
    """Empty if it is too long."""


class Reader:
    """Rows of one shelf at one moment. Every method raises `rows.Moved`."""

    def __init__(self, connect: Connect, tenant_id: str, shelf: ShelfNow, memory: Memory, copies: Copies) -> None:
        self.shelf = shelf
        self._connect = connect
        self._tenant_id = tenant_id
        self._memory = memory
        place = shelf.generation, shelf.number
        self._texts = memory.open((*place, "texts"), shelf.texts)
        self._facts = memory.open((*place, "facts"), shelf.version)
        self._database = Statements(connect, shelf)
        self._copies = copies
        self._copy = copy_in(self._texts)

    async def postings(self, keys: Iterable[str]) -> dict[str, Posting]:
        """Of each key what the shelf has; an empty one if it has nothing."""
        found, missing = self._kept("row", set(keys))
        if not missing:
            return found
        return found | self._keep_postings(_by_key(missing, await self._text_rows().postings(missing)))

    async def columns(self, keys: Iterable[str]) -> dict[str, Column]:
        """Of each key the same, to be asked by document."""
        found, missing = self._kept("column", set(keys))
        if missing:
            for key, rows in _by_key(missing, await self._database.postings(missing)).items():
                found[key] = column = decode_column(key, rows)
                self._keep("column", key, column, column.bytes)
        return found

    async def sounding(self, sounds: Iterable[str], keys: Iterable[str] = ()) -> list[Known]:
        """Words of the shelf that sound like this; their postings, and those of further keys, come along."""
        found, missing = self._kept("sound", set(sounds))
        if self._copy is None:
            missing = {sound for sound in missing if not self._is_no_word(sound)}
        _, further = self._kept("row", set(keys))
        if missing or further:
            known: dict[str, dict[str, Known]] = {sound: {} for sound in missing}
            rows: dict[str, list[tuple[int, bytes]]] = {key: [] for key in further}
            read = await self._text_rows().sounding(missing, further)
            for key, sound, documents, named, chunk, entries in read:
                if sound is not None:
                    known[sound][key] = Known(key, sound, documents, named)
                if chunk is not None:
                    rows.setdefault(key, []).append((chunk, entries))
            self._keep_postings(rows)
            for sound, words in known.items():
                found[sound] = list(words.values())
                self._keep("sound", sound, found[sound], 200 + 200 * len(words))
        return [word for words in found.values() for word in words]

    def _keep_postings(self, rows: Mapping[str, Sequence[tuple[int, bytes]]]) -> dict[str, Posting]:
        decoded = {key: decode(key, chunks) for key, chunks in rows.items()}
        for key, posting in decoded.items():
            self._keep("row", key, posting, posting.bytes)
        return decoded

    async def alike(self, sounds: Iterable[str]) -> list[Known]:
        """Words of the shelf that share a piece with one of these."""
        found, missing = self._kept("alike", set(sounds))
        if missing:
            parts = {asked: asked_pieces(asked) for asked in missing}
            buckets = await self._buckets({bucket(part)[0] for each in parts.values() for part in each})
            numbers = {asked: words_with(its, buckets)[:MOST_ALIKE] for asked, its in parts.items()}
            words = await self._words({number for each in numbers.values() for number in each})
            for asked, its in numbers.items():
                found[asked] = [words[number] for number in its if number in words]
                self._keep("alike", asked, found[asked], 200 + 8 * len(found[asked]))
        return [word for words in found.values() for word in words]

    async def _buckets(self, numbers: Collection[int]) -> dict[int, Bucket]:
        found, missing = self._kept("bucket", numbers)
        if missing and self.shelf.words:
            chunks = {number: chunks_of_bucket(number, self.shelf.words) for number in missing}
            wanted = sorted({chunk for each in chunks.values() for chunk in each})
            rows = dict(await self._text_rows().pieces(wanted))
            for number, its in chunks.items():
                found[number] = row = decode_bucket([rows[chunk] for chunk in its if chunk in rows])
                self._keep("bucket", number, row, row.bytes)
        return found

    async def _words(self, numbers: Collection[int]) -> dict[int, Known]:
        found, missing = self._kept("word", numbers)
        if missing:
            for number, *word in await self._text_rows().words(missing):
                found[number] = Known(*word)
                self._keep("word", number, found[number], 300)
        return found

    def _is_no_word(self, sound: str) -> bool:
        """Known without a look: no word of the shelf sounds like this, as its pieces, itself being one, are kept. Rows
        of an older format may lie elsewhere, and prove nothing."""
        if not sound.isalpha() or self.shelf.format != FORMAT:
            return False
        number, check = bucket(sound)
        found, _ = self._kept("bucket", (number,))
        return number in found and not found[number].has(check)

    async def completed(self, code: str) -> str | None:
        """The one code of the shelf that begins like this; None if none or several do."""
        found, missing = self._kept("code", {code})
        if missing:
            keys = await self._database.codes(CODE + code)
            found[code] = (keys[0][len(CODE) :],) if len(keys) == 1 else ()
            self._keep("code", code, found[code], 200)
        return found[code][0] if found[code] else None

    async def documents(self, numbers: Collection[int]) -> dict[int, Kept]:
        """By number."""
        found, missing = self._kept("document", set(numbers))
        if missing:
            found |= self._keep_documents(await self._text_rows().documents(missing))
        return found

    async def documents_by_id(self, ids: Collection[str]) -> dict[str, Kept]:
        """Of these ids those that the shelf has."""
        return {kept.id: kept for kept in self._keep_documents(await self._database.documents_by_id(ids)).values()}

    def _keep_documents(self, rows: Sequence[tuple[Any, ...]]) -> dict[int, Kept]:
        found = {}
        for number, document_id, stems, title in rows:
            found[number] = kept = Kept(number, str(document_id), spoken(stems.split()), title)
            self._keep("document", number, kept, 600 + len(stems))
        return found

    async def texts(self, numbers: Iterable[int]) -> dict[int, Text]:
        """What documents say, by number."""
        found, missing = self._kept("text", set(numbers))
        if missing:
            for number, source in await self._database.sources(missing):
                found[number] = Entry(source, "").text
                self._keep("text", number, found[number], 500 + 2 * len(source))
        return found

    async def value_numbers(self, wanted: Mapping[str, Sequence[str]]) -> Numbers:
        """Numbers of folded values, by the key of their column; values that the shelf does not know are not there."""
        pairs = [(field, value) for field, values in wanted.items() for value in values]
        found, missing = self._kept("value", set(pairs))
        if missing:
            there = {(field, value): number for field, value, number in await self._database.values(missing)}
            for pair in missing:
                found[pair] = there.get(pair, -1)
                self._keep("value", pair, found[pair], 200)
        numbers: dict[str, dict[str, int]] = {field: {} for field in wanted}
        for (field, value), number in found.items():
            if number >= 0:
                numbers[field][value] = number
        return numbers

    async def shown(self, values: Collection[tuple[str, int]]) -> dict[tuple[str, int], str]:
        """How values, (key of the column, number), are written."""
        found, missing = self._kept("shown", set(values))
        if missing:
            for field, number, text in await self._database.shown(missing):
                found[field, number] = text
                self._keep("shown", (field, number), text, 300)
        return found

    async def synonyms(self, waiting: Callable[[], AbstractAsyncContextManager[Any]] = nullcontext) -> Synonyms:
        """The tenant's and the lexicon's; `waiting` is entered while the tenant's are taken apart."""
        drawer = self._memory.open(("synonyms", self._tenant_id), self.shelf.synonyms)
        found, missing = drawer.find("synonyms", ("own",))
        if missing:
            async with self._connect() as connection:
                read = await synonyms_of(connection, self._tenant_id)
            found, missing = drawer.find("synonyms", ("own",))  # of several who read them, the first's
            if missing:
                found["own"] = read
                drawer.put("synonyms", "own", read, read.same.bytes if isinstance(read, OwnSynonyms) else 100)
        own: Synonyms = found["own"]
        if isinstance(own, OwnSynonyms) and not own.same.is_read:
            async with waiting():
                await own.read()
        return own

    def _kept(self, kind: str, keys: Collection[Any]) -> tuple[dict[Any, Any], set[Any]]:
        return self._drawer(kind).find(kind, keys)

    def _keep(self, kind: str, key: Any, row: Any, size: int) -> None:
        self._drawer(kind).put(kind, key, row, size)

    def _drawer(self, kind: str) -> Drawer:
        return self._facts if kind in _FACTS else self._texts

    def _text_rows(self) -> TextRows:
        if self._copy is not None:
            return self._copy
        self._copies.asked(self.shelf, self._texts)
        return self._database


def _by_key(keys: Iterable[str], rows: Iterable[tuple[Any, ...]]) -> dict[str, list[tuple[int, bytes]]]:
    found: dict[str, list[tuple[int, bytes]]] = {key: [] for key in keys}
    for key, chunk, entries in rows:
        found[key].append((chunk, entries))
    return found
