"""What waits, runs and is parked is told in one cheap statement, without naming anybody."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from pydantic import SecretStr
from sqlalchemy import text, update

from backend import clock
from backend.conversations.models import OutboxEntry, Turn
from backend.database import Database
from backend.embedded.stores import Stores
from backend.overview import LOOK, Overview, look
from backend.settings import Settings
from tests.agent.processes import free_port
from tests.backend.conftest import serving, settings_of
from tests.backend.line import Agent, connect_line
from tests.factories import Client, make_business

MANY = 20_000
EAGER = {"quiet_window_seconds": 0, "longest_wait_seconds": 0}


@pytest.fixture
def settings(fresh_stores: Stores) -> Settings:
    """Databases of this test alone: everything in them is counted."""
    return settings_of(fresh_stores)


async def test_each_state_is_counted_with_the_age_of_its_oldest(
    client: Client, settings: Settings, database: Database, agent: Agent
) -> None:
    business = await make_business(client, settings, settings=EAGER)
    line = await connect_line(business, settings)
    for number in range(3):
        await line.write("hola", customer=f"+52155000000{number:02d}")
    first, second, _ = await agent.claim(business)
    await agent.answer(first, "uno")
    await agent.reply(second, "dos")
    await line.write("¿sigues?", customer="+5215500000009")
    async with database.tenant(business.tenant_id) as session:
        ago = clock.now() - timedelta(seconds=90)
        await session.execute(update(Turn).where(Turn.status == "waiting").values(due_at=ago))
        await session.execute(update(OutboxEntry).values(created_at=ago))
    seen = await look(database)
    counted = seen.turns.model_dump()
    assert 90 <= counted.pop("oldest_due_seconds") < 120
    assert 0 < counted.pop("oldest_claim_seconds") < 60
    assert counted == {"due": 1, "later": 0, "running": 1, "replied": 1, "silent": 0, "quarantined": 0}
    assert (seen.outbox.queued, seen.outbox.sending, seen.outbox.unknown) == (2, 0, 0)
    assert 90 <= seen.outbox.oldest_queued_seconds < 120
    assert seen.reflections == 1


async def test_metrics_tell_the_same_and_no_tenant(
    client: Client, settings: Settings, agent: Agent, database: Database
) -> None:
    business = await make_business(client, settings, settings=EAGER)
    line = await connect_line(business, settings)
    await line.write("hola")
    assert (await line.post(line.form("falso"), signature="forged")).status_code == 401
    [bundle] = await agent.claim(business)
    for _ in range(4):
        await agent.turn(bundle, "fail", {"reason": "unlucky", "counted": True})
        async with database.tenant(business.tenant_id) as session:
            await session.execute(update(Turn).values(due_at=clock.now()))
        [bundle] = await agent.claim(business)
    await agent.turn(bundle, "fail", {"reason": "unlucky", "counted": True})
    figures = (await client.get("/metrics")).text
    for series in (
        'tendero_turns{state="quarantined"} 1.0',
        'tendero_outbox_rows{status="queued"} 1.0',
        "tendero_database_up 1.0",
        "tendero_turn_queue_age_seconds 0.0",
        'tendero_rows_added{table="turns"}',
    ):
        assert series in figures
    assert re.search(r'tendero_webhooks_total{kind="event",provider="twilio",status="401"} [1-9]', figures)
    assert re.search(r'tendero_turn_claims_total{try="again"} [1-9]', figures)
    assert re.search(r"tendero_turn_quarantines_total [1-9]", figures)
    assert str(business.tenant_id) not in figures
    assert business.api_key not in figures


async def test_twenty_thousand_done_turns_cost_nothing(settings: Settings, client: Client, database: Database) -> None:
    """The plan reads the indexes of what is open, whatever lies done beside it."""
    business = await make_business(client, settings, settings=EAGER)
    line = await connect_line(business, settings)
    await line.write("hola")
    of = {"tenant": business.tenant_id, "count": MANY, "now": clock.now()}
    async with database.tenant(business.tenant_id) as session:
        await session.execute(
            text("""
            INSERT INTO turns (tenant_id, id, conversation_id, contact_id, status, due_at, latest_at, version, folds,
                               attempt, tries, trace, created_at, updated_at)
            SELECT :tenant, gen_random_uuid(), conversation_id, contact_id, 'done', :now, :now, 1, 0, 1, 0, '{}', :now,
                   :now
            FROM turns, generate_series(1, :count)
            """),
            of,
        )
        await session.execute(
            text("""
            INSERT INTO outbox (tenant_id, id, conversation_id, channel_id, message_id, part, body, attachments, status,
                                due_at, attempt, looks, created_at, updated_at)
            SELECT :tenant, gen_random_uuid(), conversation_id, channels.id, messages.id, number, '', '[]', 'delivered',
                   :now, 1, 0, :now, :now
            FROM messages, channels, generate_series(1, :count) AS numbers(number)
            """),
            of,
        )
    owner = await asyncpg.connect(settings.database_url)
    await owner.execute("ANALYZE turns, outbox")
    arguments = LOOK.arguments({"now": clock.now(), "machine_now": clock.machine_now()})
    plan = "\n".join(row[0] for row in await owner.fetch(f"EXPLAIN {LOOK.sql}", *arguments))
    await owner.close()
    assert "ix_turns_quarantined" in plan
    assert not re.search(r"Seq Scan on (turns|outbox)", plan), plan


async def test_processes_are_known_by_their_connections(
    client: Client, settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGAPPNAME", "tendero dispatcher here-4711")
    named = Database(settings)
    await look(named)
    found = [process for process in (await look(database)).processes if process.name == "here-4711"]
    await named.close()
    assert [process.kind for process in found] == ["dispatcher"]
    operator = {"Authorization": f"Bearer {settings.platform_token}"}
    answer = await client.get("/internal/overview", headers=operator)
    assert Overview.model_validate(answer.json()).at.tzinfo is not None
    assert answer.json()["bell"] in ("ok", "absent")


@pytest.mark.parametrize("token", ["", "tnd_wrong", "service"])
async def test_the_overview_is_the_operators(client: Client, settings: Settings, token: str) -> None:
    given = settings.service_token if token == "service" else token
    answer = await client.get("/internal/overview", headers={"Authorization": f"Bearer {given}".strip()})
    assert answer.status_code == 401


@pytest.fixture
async def cut_off(settings: Settings) -> AsyncIterator[Client]:
    """The application, whose database nobody serves."""
    parts = urlsplit(settings.database_url)
    away = parts._replace(netloc=f"tendero@127.0.0.1:{free_port()}")
    changed = settings.model_copy(update={"database_url": urlunsplit(away)})
    async with serving(changed) as client:
        yield client


async def test_without_the_database_metrics_say_so_and_the_process_is_not_ready(cut_off: Client) -> None:
    live, ready, metrics = await asyncio.gather(
        *(cut_off.get(path) for path in ("/health/live", "/health/ready", "/metrics"))
    )
    assert (live.status_code, ready.status_code, metrics.status_code) == (200, 503, 200)
    assert ready.json()["database"] == "unreachable"
    assert "tendero_database_up 0.0" in metrics.text
    assert "tendero_turns{" not in metrics.text


async def test_figures_are_for_whoever_knows_the_token_where_there_is_one(client: Client, settings: Settings) -> None:
    settings.metrics_token = SecretStr("scrape-me-if-you-can")
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Bearer {settings.platform_token}"}):
        refused = await client.get("/metrics", headers=headers)
        assert (refused.status_code, "tendero_" in refused.text) == (401, False)
    known = await client.get("/metrics", headers={"Authorization": "Bearer scrape-me-if-you-can"})
    assert "tendero_database_up 1.0" in known.text
