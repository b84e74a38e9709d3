"""Passages of the backend's documents and FAQs, as documents of the shelf `knowledge`."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from agent.search import writing
from agent.search.asking import Document, Text
from agent.search.catalog import LARGEST
from agent.search.columns import storable
from agent.search.feed import Connection, Source


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
    tenant_id, passage_id = str(UUID(item["tenant_id"])), str(UUID(item["passage_id"]))
    revision = min(max(int(item["revision"]), 0), LARGEST)
    if item["deleted"] or item["text"] is None:
        return Document(tenant_id, passage_id, revision, None, shelf="knowledge")
    text = item["text"]
    headings = str(text.get("heading") or "").replace("\n", " > ").split(" > ")
    labels = tuple(dict.fromkeys(clean for one in headings if (clean := storable(one).strip())))
    words = Text(title=storable(str(text["title"])).strip(), labels=labels, body=storable(str(text["body"])).strip())
    return Document(tenant_id, passage_id, revision, words, shelf="knowledge")
