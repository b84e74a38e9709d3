"""What the backend itself says about every message, turn and part, read through its public API."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from evals.world.echo import tokens_in
from evals.world.twin import Business, Json

OPEN_TURNS = ("waiting", "running", "replied")
OPEN_PARTS = ("queued", "sending", "unknown")
_AT_ONCE = 8


@dataclass
class Books:
    """`turn_of` and `stored` are by token; `said` is what was said to each customer, in its order."""

    stored: dict[str, int] = field(default_factory=dict)
    """How often each token was stored."""
    turn_of: dict[str, str] = field(default_factory=dict)
    turns: dict[str, Json] = field(default_factory=dict)
    parts: dict[str, list[str]] = field(default_factory=dict)
    """States of what a turn sent, by turn."""
    said: list[list[str]] = field(default_factory=list)
    """Bodies of the agent's messages, by conversation, in their order."""
    cases: int = 0
    """Handed to a person."""

    def open_rows(self) -> int:
        """Turns and parts that have not ended."""
        turns = sum(turn["status"] in OPEN_TURNS for turn in self.turns.values())
        return turns + sum(state in OPEN_PARTS for states in self.parts.values() for state in states)

    def parts_in(self, *states: str) -> int:
        """Parts in one of these states."""
        return sum(state in states for part in self.parts.values() for state in part)


async def read_books(businesses: Sequence[Business]) -> Books:
    """Everything of these businesses. Raises httpx.HTTPError while the backend is down."""
    books = Books()
    gate = asyncio.Semaphore(_AT_ONCE)
    for business in businesses:
        books.cases += len(await business.all("/v1/handoffs", limit=200))
        books.turns |= {turn["id"]: turn for turn in await business.all("/v1/turns", limit=200)}
        conversations = await business.all("/v1/conversations", limit=200)
        await asyncio.gather(*(_read(books, business, each["id"], gate) for each in conversations))
    return books


async def open_turns(businesses: Sequence[Business]) -> int:
    """How many turns have not ended, at most 200 of each state: cheap enough to be asked again and again."""
    pages = [
        await business.get("/v1/turns", status=status, limit=200) for business in businesses for status in OPEN_TURNS
    ]
    return sum(len(page["items"]) for page in pages)


async def _read(books: Books, business: Business, conversation: str, gate: asyncio.Semaphore) -> None:
    async with gate:
        messages = await business.all(f"/v1/conversations/{conversation}/messages", limit=200)
    messages.sort(key=lambda message: int(message["sequence"]))
    books.said.append([message["body"] for message in messages if message["author"] == "agent"])
    for message in messages:
        turn = message["turn_id"] or ""
        if message["author"] != "contact":
            books.parts.setdefault(turn, []).extend(part["status"] for part in message["deliveries"])
            continue
        for token in tokens_in(message["body"]):
            books.stored[token] = books.stored.get(token, 0) + 1
            books.turn_of[token] = turn
