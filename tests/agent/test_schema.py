"""The agent's tables are made once; a process that starts meets others that are writing to them."""

import asyncio

from agent.settings import Settings
from agent.stores import Stores, open_stores


async def test_a_process_starts_while_another_is_in_the_middle_of_a_long_write(
    agent_settings: Settings, agent_stores: Stores
) -> None:
    async with agent_stores.pool.connection() as connection, connection.transaction():
        rows = await connection.execute("SELECT tablename FROM pg_tables WHERE tablename LIKE 'search%'")
        for row in await rows.fetchall():
            await connection.execute(f"LOCK TABLE {row['tablename']} IN ROW EXCLUSIVE MODE")
        async with asyncio.timeout(60), open_stores(agent_settings) as others:
            assert others.index is not agent_stores.index


async def test_what_was_lost_is_made_anew(agent_settings: Settings, agent_stores: Stores) -> None:
    lost = ["search_postings", "search_embedders", "search_changes", "search_words_sound"]
    async with agent_stores.pool.connection() as connection:
        await connection.execute("DROP TABLE search_postings, search_embedders CASCADE")
        await connection.execute("DROP SEQUENCE search_changes")
        await connection.execute("DROP INDEX search_words_sound")
        async with open_stores(agent_settings):
            rows = await connection.execute("SELECT to_regclass(name) AS made FROM unnest(%s::text[]) AS name", (lost,))
            assert [row["made"] for row in await rows.fetchall()] == lost


async def test_what_was_changed_is_made_anew(agent_settings: Settings, agent_stores: Stores) -> None:
    async with agent_stores.pool.connection() as connection:
        await connection.execute("DROP INDEX search_documents_changed")
        await connection.execute("UPDATE made_schemas SET digest = 'of an older release' WHERE name = 'agent'")
        async with open_stores(agent_settings):
            rows = await connection.execute("SELECT to_regclass('search_documents_changed') AS index")
            assert (await rows.fetchone() or {})["index"] is not None
