"""Passages of the backend's documents and FAQs, as documents of the shelf `knowledge`, and how a long question finds
them."""

import asyncio
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from agent.search import writing
from agent.search.asking import Document, Found, Hit, Search, Text
from agent.search.catalog import id_of, mapping_of, revision_of
from agent.search.columns import storable
from agent.search.feed import Connection, Source
from agent.search.lexicon import STOP_WORDS
from agent.search.words import fold

Find = Callable[[Search], Awaitable[Found]]
_TELLING = re.compile(r"\w{4,}")
_MOST_WORDS, _MOST_OF_A_WORD = 8, 20


async def take(connection: Connection, items: Sequence[dict[str, Any]], run: int) -> None:
    """A batch of the feed, into the index."""
    await writing.write(connection, [document_of(item) for item in items], run)


async def sweep(connection: Connection, run: int) -> None:
    """Takes out what a whole pass did not see."""
    await writing.sweep(connection, "knowledge", run)


KNOWLEDGE = Source("knowledge", "/internal/knowledge/changes", take, sweep)


def document_of(item: Mapping[str, Any]) -> Document:
    """Of an item of the feed; KeyError, TypeError or ValueError if it is not as agreed. A passage is named by its
    document and found by its headings; a FAQ by its question and its other wordings."""
    tenant_id, passage_id = id_of(item["tenant_id"]), id_of(item["passage_id"])
    revision = revision_of(item)
    if item["deleted"] or item["text"] is None:
        return Document(tenant_id, passage_id, revision, None, shelf="knowledge")
    text = mapping_of(item["text"])
    headings = str(text.get("heading") or "").replace("\n", " > ").split(" > ")
    labels = tuple(dict.fromkeys(clean for one in headings if (clean := storable(one).strip())))
    words = Text(title=storable(str(text["title"])).strip(), labels=labels, body=storable(str(text["body"])).strip())
    return Document(tenant_id, passage_id, revision, words, shelf="knowledge")


async def by_words_apart(find: Find, search: Search, found: Found) -> Found:
    """For a question of which no passage has most of the words, as it has more than its answer: those that have two of
    its longer words, rare ones before common ones."""
    telling = {word for word in _TELLING.findall(search.query.lower()) if fold(word) not in STOP_WORDS}
    words = sorted(telling, key=lambda word: (-len(word), word))[:_MOST_WORDS]
    if len(words) < 2:
        return found
    apart = replace(search, facets=(), limit=_MOST_OF_A_WORD, offset=0, explain=False)
    scores: dict[str, list[float]] = defaultdict(list)
    for answer in await asyncio.gather(*(find(replace(apart, query=word)) for word in words)):
        for hit in answer.hits:
            scores[hit.id].append(1 / (1 + answer.total))
    hits = [Hit(one, sum(parts)) for one, parts in scores.items() if len(parts) > 1]
    hits.sort(key=lambda hit: (-hit.score, hit.id))
    return replace(found, hits=tuple(hits[search.offset : search.offset + search.limit]), total=len(hits))
