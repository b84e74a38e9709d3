"""Which embedder answers, which is being built, and their tables. Written by the holder of the loop's lock alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from psycopg import AsyncConnection, sql
from psycopg.rows import DictRow

from agent.database import make_tables
from agent.search.embedders.base import Embedder

SCHEMA = Path(__file__).with_name("schema.sql")
LOCK_WAIT = "SET LOCAL lock_timeout = '3s'"
"""A foreign key is made and dropped under a lock on the documents, behind which searches would queue."""


SERVING = "SELECT id, name, number, state, done FROM search_embedders WHERE state = 'serving'"


@dataclass(frozen=True)
class Row:
    """One embedder; `done` is how far it has come in `search_documents.changed`."""

    id: str
    name: str
    number: int
    state: str
    done: int

    @property
    def table(self) -> str:
        return table_of(self.number)


def table_of(number: int) -> str:
    """Name of the table of an embedder's vectors."""
    return f"search_vectors_{number}"


def index_name(table: str, shelf: int) -> str:
    """Of a large shelf's own index."""
    return f"{table}_shelf_{shelf}"


async def make_vector_tables(connection: AsyncConnection[DictRow]) -> None:
    """The registry, if it is missing; the caller holds `SETUP_LOCK`."""
    await make_tables(connection, SCHEMA)


async def rows_of(connection: AsyncConnection[DictRow], *states: str) -> list[Row]:
    """Those in the states; what answers comes first."""
    found = await connection.execute(
        """SELECT id, name, number, state, done FROM search_embedders
        WHERE state = ANY(%s) ORDER BY state = 'serving' DESC, number""",
        (list(states),),
    )
    return [Row(**row) for row in await found.fetchall()]


async def want(connection: AsyncConnection[DictRow], embedder: Embedder) -> None:
    """From now on this one is wanted: it serves if none does, else it is built beside the one that does. Another that
    was being built is given up. One that had been retired goes on where it was."""
    async with connection.transaction():
        await connection.execute(LOCK_WAIT)
        await connection.execute(
            "UPDATE search_embedders SET state = 'retired', since = now() WHERE state = 'building' AND id <> %s",
            (embedder.id,),
        )
        found = await connection.execute(
            """INSERT INTO search_embedders AS known (id, name, dimension, state)
            SELECT %(id)s, %(name)s, %(dimension)s,
                CASE WHEN EXISTS (SELECT FROM search_embedders WHERE state = 'serving') THEN 'building'
                    ELSE 'serving' END
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, since = now(),
                state = CASE known.state WHEN 'retired' THEN excluded.state ELSE known.state END
            RETURNING number""",
            {"id": embedder.id, "name": embedder.name, "dimension": embedder.dimension},
        )
        row = await found.fetchone()
        assert row is not None
        await _make_table(connection, row["number"], embedder.dimension)


async def flip(connection: AsyncConnection[DictRow], built: Row) -> None:
    """What was built answers from now on."""
    async with connection.transaction():
        await connection.execute(
            "UPDATE search_embedders SET state = 'retired', since = now() WHERE state = 'serving' AND id <> %s",
            (built.id,),
        )
        await connection.execute(
            "UPDATE search_embedders SET state = 'serving', since = now() WHERE id = %s", (built.id,)
        )


async def drop_retired(connection: AsyncConnection[DictRow], grace_seconds: float) -> Sequence[str]:
    """Drops what has been retired for so long that no process reads it any more; returns their ids."""
    found = await connection.execute(
        """SELECT id, number FROM search_embedders
        WHERE state = 'retired' AND since <= now() - make_interval(secs => %s)""",
        (grace_seconds,),
    )
    gone = await found.fetchall()
    for row in gone:
        async with connection.transaction():
            await connection.execute(LOCK_WAIT)
            await connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(table_of(row["number"]))))
            await connection.execute("DELETE FROM search_embedders WHERE id = %s", (row["id"],))
    return [row["id"] for row in gone]


async def _make_table(connection: AsyncConnection[DictRow], number: int, dimension: int) -> None:
    """Half precision: half the bytes, and no difference in what is found. Inline, as an exact search reads them all.

    The hash is of the text that the vector was made of, and stands in the place of the text for langchain-postgres."""
    table = sql.Identifier(table_of(number))
    exists = await (
        await connection.execute("SELECT to_regclass(%s) IS NOT NULL AS there", (table_of(number),))
    ).fetchone()
    if exists and exists["there"]:
        return
    await connection.execute(
        sql.SQL(
            """CREATE TABLE {table} (
                shelf integer NOT NULL,
                id uuid NOT NULL,
                text_hash text NOT NULL,
                embedding halfvec({dimension}) NOT NULL,
                PRIMARY KEY (shelf, id),
                FOREIGN KEY (shelf, id) REFERENCES search_documents (shelf, id) ON DELETE CASCADE
            )"""
        ).format(table=table, dimension=sql.Literal(dimension))
    )
    await connection.execute(sql.SQL("ALTER TABLE {} ALTER COLUMN embedding SET STORAGE PLAIN").format(table))
