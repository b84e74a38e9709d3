"""Generations of the text index: one is live and answers; another may be built beside it from the documents that are
kept, in the order of (shelf, id), and takes over when it has them all. Changes go into both as far as it is built.
"""

from dataclasses import dataclass
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from agent.search import postings, words

FORMAT = f"{words.FORMAT}.{postings.FORMAT}"


@dataclass(frozen=True)
class Generation:
    """One that is written to."""

    number: int
    built: tuple[int, UUID] | None = None
    """The last (shelf, id) that is in it; None: it has everything."""

    @property
    def live(self) -> bool:
        """Whether searches read it."""
        return self.built is None

    def has(self, shelf: int, document_id: UUID) -> bool:
        return self.built is None or (shelf, document_id) <= self.built


async def written_generations(connection: AsyncConnection[DictRow]) -> list[Generation]:
    """The live one, made if there is none, and the one that is built."""
    rows = await (
        await connection.execute("SELECT * FROM search_generations WHERE state <> 'old' ORDER BY number")
    ).fetchall()
    if not any(row["state"] == "live" for row in rows):
        await connection.execute(
            "INSERT INTO search_generations (number, format, state)"
            " SELECT coalesce(max(number), 0) + 1, %s, 'live' FROM search_generations",
            (FORMAT,),
        )
        return await written_generations(connection)
    return [
        Generation(row["number"], None if row["state"] == "live" else (row["built_shelf"], row["built_id"]))
        for row in rows
    ]
