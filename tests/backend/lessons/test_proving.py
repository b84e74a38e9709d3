"""A lesson comes to its replay by itself: once a wording and version, alone, and not for the last of the money."""

from typing import Any

import pytest
from sqlalchemy import update

from backend import clock
from backend.bell import Bell
from backend.database import Database, new_id
from backend.lessons.proving import ProofRounds
from backend.replays.models import ReplayRecord, ReplayStatus
from backend.settings import Settings
from backend.usage.models import Usage
from tests.backend.lessons.conftest import Customer, noted, propose
from tests.backend.line import Agent
from tests.factories import Business, Client

CHAT = [{"says": "¿Abren el domingo?"}]


@pytest.fixture
async def played(business: Business) -> Business:
    """A business that has something to play a lesson on."""
    await business.ok("POST", "/v1/scenarios", {"title": "Domingos", "chat": CHAT})
    return business


async def learnt(
    client: Client, settings: Settings, database: Database, customer: Customer, topic: str = "garantia"
) -> str:
    """A lesson from two customers that says what to do; its id."""
    ana, bea = await customer(), await customer()
    asked = [await noted(database, who, topic, kind="fault") for who in (ana, bea)]
    rule = f"Never speak of {topic} without having looked it up."
    [lesson_id] = await propose(client, settings, ana, asked, topic, kind="fault", rule=rule)
    return lesson_id


async def replays(business: Business) -> list[dict[str, Any]]:
    """Newest first."""
    return list((await business.ok("GET", "/v1/replays"))["items"])


async def end(database: Database, business: Business) -> None:
    """What waits is done, and showed nothing."""
    async with database.tenant(business.tenant_id) as session:
        values = {"status": ReplayStatus.DONE, "verdict": "no_effect", "finished_at": clock.now()}
        await session.execute(update(ReplayRecord).values(**values))


async def looks(database: Database, settings: Settings) -> None:
    """The dispatcher's hourly round."""
    bell = Bell(settings.redis_url)
    await ProofRounds(database, bell).round()
    await bell.close()


async def test_what_was_learnt_is_tried_once_and_again_after_a_new_version(
    client: Client, settings: Settings, database: Database, played: Business, customer: Customer
) -> None:
    first = await learnt(client, settings, database, customer)
    second = await learnt(client, settings, database, customer, "descuento")
    [ordered] = await replays(played)
    assert (ordered["lesson_id"], ordered["status"], ordered["base_version"]) == (first, "queued", 0)
    await looks(database, settings)
    assert len(await replays(played)) == 1, "one at a time"
    same = await played.ok("POST", f"/v1/lessons/{first}/replay", {})
    assert same["replay"]["id"] == ordered["id"], "whoever asks meanwhile gets that one"
    for _ in range(2):
        await end(database, played)
        await looks(database, settings)
    assert [one["lesson_id"] for one in await replays(played)] == [second, first]
    await end(database, played)
    await played.ok("PUT", "/v1/playbook", {"instructions": "Tutea."})
    await looks(database, settings)
    newest = (await replays(played))[0]
    assert (newest["lesson_id"], newest["base_version"]) == (first, 1)


async def test_a_replay_that_ends_makes_room_for_the_next(
    client: Client, settings: Settings, database: Database, played: Business, customer: Customer
) -> None:
    first = await learnt(client, settings, database, customer)
    second = await learnt(client, settings, database, customer, "descuento")
    agent = Agent(client, settings)
    [bundle] = await agent.claim(played, "replay")
    headers = {"Authorization": f"Bearer {bundle['token']}"}
    verdict = {"verdict": "no_effect", "confidence": 0.5}
    answer = await client.post(f"/internal/replays/{bundle['id']}/done", json=verdict, headers=headers)
    assert answer.status_code == 204
    assert [one["lesson_id"] for one in await replays(played)] == [second, first]


async def test_what_needs_wording_is_tried_once_it_has_it(
    client: Client, settings: Settings, database: Database, played: Business, customer: Customer
) -> None:
    ana, bea = await customer(), await customer()
    asked = [await noted(database, who, "mascotas") for who in (ana, bea)]
    [lesson_id] = await propose(client, settings, ana, asked, "mascotas")
    await looks(database, settings)
    assert await replays(played) == []
    worded = await played.ok("PATCH", f"/v1/lessons/{lesson_id}", {"rule": "Di que son bienvenidas con correa."})
    assert worded["status"] == "proposed"
    assert [one["lesson_id"] for one in await replays(played)] == [lesson_id]


async def test_what_somebody_wrote_is_left_to_them_and_so_is_what_is_turned_off(
    client: Client, settings: Settings, database: Database, played: Business, customer: Customer
) -> None:
    await played.ok("POST", "/v1/lessons", {"rule": "Saluda por su nombre."})
    await played.ok("PATCH", "/v1/tenant", {"settings": {"lessons_tried": False}})
    await learnt(client, settings, database, customer)
    await looks(database, settings)
    assert await replays(played) == []


@pytest.mark.parametrize(("spent", "ordered"), [(49, 1), (51, 0)])
async def test_half_of_the_months_budget_is_left_to_customers(
    client: Client,
    settings: Settings,
    database: Database,
    played: Business,
    customer: Customer,
    spent: int,
    ordered: int,
) -> None:
    await played.ok("PATCH", "/v1/tenant", {"settings": {"budget_micros": 100}})
    call = {"provider": "openai", "model": "x", "feature": "vendor", "input_tokens": 1, "output_tokens": 1}
    async with database.tenant(played.tenant_id) as session:
        session.add(Usage(tenant_id=played.tenant_id, id=new_id(), cost_micros=spent, **call))
    await learnt(client, settings, database, customer)
    assert len(await replays(played)) == ordered


async def test_without_anything_to_play_it_on_nothing_is_ordered(
    client: Client, settings: Settings, database: Database, business: Business, customer: Customer
) -> None:
    lesson_id = await learnt(client, settings, database, customer)
    assert await replays(business) == []
    await business.ok("POST", "/v1/scenarios", {"title": "Domingos", "chat": CHAT})
    await looks(database, settings)
    assert [one["lesson_id"] for one in await replays(business)] == [lesson_id]
