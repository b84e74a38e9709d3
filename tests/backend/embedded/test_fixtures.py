"""The shared fixtures give real, separate stores."""

import asyncpg
import psycopg
import redis

from backend.embedded.stores import Stores


async def test_both_drivers_reach_the_workers_clone(stores: Stores) -> None:
    connection = await asyncpg.connect(stores.database_url)
    try:
        version = await connection.fetchval("SHOW server_version_num")
    finally:
        await connection.close()
    assert int(version) >= 180000
    with psycopg.connect(stores.agent_database_url) as sync_connection:
        name = sync_connection.execute("SELECT current_database()").fetchone()
    assert name is not None
    assert name[0].endswith("_agent")


def test_a_fresh_clone_shares_nothing_with_the_workers(stores: Stores, fresh_stores: Stores) -> None:
    with psycopg.connect(fresh_stores.database_url) as connection:
        connection.execute("CREATE TABLE only_here ()")
    with psycopg.connect(stores.database_url) as connection:
        assert connection.execute("SELECT to_regclass('only_here')").fetchone() == (None,)
    if stores.redis_url and fresh_stores.redis_url:
        with redis.Redis.from_url(fresh_stores.redis_url) as ours, redis.Redis.from_url(stores.redis_url) as theirs:
            ours.set("only_here", "1")
            assert theirs.get("only_here") is None
