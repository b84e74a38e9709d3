"""Builds a generation of the text index beside the live one, step by step.

A step is one transaction with its place in it, so that a process that is killed goes on where it was.
"""

import structlog
from psycopg import AsyncConnection
from psycopg.rows import DictRow

from agent import metrics
from agent.search.generations import FORMAT
from agent.search.indexing import index_kept

BATCH = 500
CLEARED = 20_000

log = structlog.get_logger()


async def build_anew(connection: AsyncConnection[DictRow]) -> None:
    """Has the running agent build a generation beside the live one; one that is half built starts over."""
    async with connection.transaction():
        await connection.execute("UPDATE search_generations SET state = 'old' WHERE state = 'building'")
        await connection.execute(
            "INSERT INTO search_generations (number, format, state)"
            " SELECT coalesce(max(number), 0) + 1, %s, 'building' FROM search_generations",
            (FORMAT,),
        )
        await connection.execute("UPDATE search_shelves SET building = 0 WHERE building > 0")


async def step(connection: AsyncConnection[DictRow]) -> bool:
    """One step towards a single, current generation, in a transaction of its own; False: there is nothing to do."""
    async with connection.transaction():
        generations = {
            row["state"]: row
            for row in await (await connection.execute("SELECT * FROM search_generations ORDER BY number")).fetchall()
        }
        building, live = generations.get("building"), generations.get("live")
        if building and building["format"] == FORMAT:
            await _build(connection, building)
            return True
        if building or (live and live["format"] != FORMAT):
            await build_anew(connection)
            log.info("index.rebuilding", format=FORMAT)
            return True
        if "old" in generations:
            await _clear(connection, generations["old"]["number"])
            return True
    return False


async def _build(connection: AsyncConnection[DictRow], building: DictRow) -> None:
    """Who wants another one (`build_anew`) waits for the end of the step; one that is wanted no more is left alone."""
    wanted = await connection.execute(
        "SELECT FROM search_generations WHERE number = %s AND state = 'building' FOR UPDATE", (building["number"],)
    )
    if not wanted.rowcount:
        return
    rows = await (
        await connection.execute(
            """SELECT shelf, id, number, title_stems, source, facts FROM search_documents
            WHERE (shelf, id) > (%s, %s) ORDER BY shelf, id LIMIT %s""",
            (building["built_shelf"], building["built_id"], BATCH),
        )
    ).fetchall()
    if rows:
        await index_kept(connection, building["number"], rows)
        built = building["built"] + len(rows)
        await connection.execute(
            "UPDATE search_generations SET built_shelf = %s, built_id = %s, built = %s WHERE number = %s",
            (rows[-1]["shelf"], rows[-1]["id"], built, building["number"]),
        )
        total = (
            await (await connection.execute("SELECT sum(alive) AS alive FROM search_shelves")).fetchone() or {}
        ).get("alive") or built
        metrics.INDEX_BUILT.set(min(built / total, 1.0))
        log.info("index.building", generation=building["number"], documents=built, of=int(total))
        return
    await connection.execute("UPDATE search_generations SET state = 'old' WHERE state = 'live'")
    await connection.execute("UPDATE search_generations SET state = 'live' WHERE number = %s", (building["number"],))
    await connection.execute("UPDATE search_shelves SET words = building, building = 0")
    metrics.INDEX_BUILT.set(1.0)
    log.info("index.rebuilt", generation=building["number"], documents=building["built"])


async def _clear(connection: AsyncConnection[DictRow], number: int) -> None:
    """Rows of a generation that answers no more, some at a time."""
    left = 0
    for table in ("search_postings", "search_words", "search_values"):
        gone = await connection.execute(
            f"""DELETE FROM {table} WHERE generation = %s AND ctid = ANY(ARRAY(
                SELECT ctid FROM {table} WHERE generation = %s LIMIT %s))""",  # noqa: S608 - two names of ours
            (number, number, CLEARED),
        )
        left += gone.rowcount
    if not left:
        await connection.execute("DELETE FROM search_generations WHERE number = %s", (number,))
