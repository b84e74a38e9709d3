"""A process that stands still inside a transaction holds up nobody but the one whose rows it has."""

import asyncio
from datetime import timedelta

import asyncpg
import psycopg
from sqlalchemy import text, update

from backend import clock
from backend.access import IDLE_TRANSACTION_SECONDS
from backend.conversations.models import OutboxEntry, Turn
from backend.conversations.outbox import claim_due
from backend.database import Database
from backend.settings import APP_ROLE, QUEUE_ROLE, Settings
from backend.statements import lock_key
from tests.backend.line import Agent, WhatsAppLine
from tests.factories import Business, Client, make_business

PATIENCE_SECONDS = 60
EAGER = {"quiet_window_seconds": 0, "longest_wait_seconds": 0}


async def test_turns_are_claimed_while_somebody_holds_one_that_was_replied_to(
    client: Client, settings: Settings, database: Database, agent: Agent, eager_business: Business
) -> None:
    await eager_business.ok("POST", "/v1/sandbox/messages", {"from": "ana", "text": "hola"})
    [bundle] = await agent.claim(eager_business)
    await agent.reply(bundle)
    async with database.tenant(eager_business.tenant_id) as session:
        await session.execute(update(Turn).values(lease_until=clock.machine_now() - timedelta(seconds=1)))
    other = await make_business(client, settings, settings=EAGER)
    with psycopg.connect(settings.database_url) as still:
        still.execute("SELECT 1 FROM turns WHERE id = %s FOR UPDATE", [bundle["id"]])
        await other.ok("POST", "/v1/sandbox/messages", {"from": "bruno", "text": "oi"})
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert len(await agent.claim(other)) == 1


async def test_rows_are_claimed_for_sending_while_somebody_holds_one_whose_sender_fell_silent(
    client: Client, settings: Settings, database: Database, agent: Agent, eager_business: Business
) -> None:
    other = await make_business(client, settings, settings=EAGER)
    for business in (eager_business, other):
        await business.ok("POST", "/v1/sandbox/messages", {"from": "ana", "text": "hola"})
        [bundle] = await agent.claim(business)
        await agent.answer(bundle, "hola")
    async with database.tenant(eager_business.tenant_id) as session:
        past = clock.machine_now() - timedelta(seconds=1)
        await session.execute(update(OutboxEntry).values(lease_until=past, status="sending"))
    with psycopg.connect(settings.database_url) as still:
        still.execute("SELECT 1 FROM outbox WHERE tenant_id = %s FOR UPDATE", [eager_business.tenant_id])
        async with asyncio.timeout(PATIENCE_SECONDS):
            claimed = await claim_due(database, 64)
    assert other.tenant_id in {one.tenant_id for one in claimed}
    assert eager_business.tenant_id not in {one.tenant_id for one in claimed}


async def test_webhooks_of_others_are_taken_while_a_whole_pool_of_one_contacts_wait(
    settings: Settings, line: WhatsAppLine
) -> None:
    await line.write("hola")
    key = lock_key(f"contact:{line.business.tenant_id}:wa_id:5215512345678")
    with psycopg.connect(settings.database_url) as still:
        still.execute("SELECT pg_advisory_xact_lock(%s)", [key])
        waiting = [asyncio.create_task(line.write(f"{number}")) for number in range(settings.pool_size + 2)]
        async with asyncio.timeout(PATIENCE_SECONDS):
            await line.write("oi", "+5215598765432")
        assert not any(task.done() for task in waiting)
        still.rollback()
        await asyncio.gather(*waiting)


async def test_the_server_ends_a_transaction_in_which_nothing_happens(settings: Settings, database: Database) -> None:
    for role in (APP_ROLE, QUEUE_ROLE):
        connection = await asyncpg.connect(settings.role_url(role).replace("+asyncpg", ""))
        limit = await connection.fetchval("SHOW idle_in_transaction_session_timeout")
        await connection.close()
        assert limit == f"{IDLE_TRANSACTION_SECONDS}s"
    async with database.queue() as session:
        await session.execute(text("SELECT 1"))
