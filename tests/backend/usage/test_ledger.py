"""The ledger of model calls: each one once, whatever became of the work that it was made for."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text, update

from backend import clock
from backend.conversations.models import Turn
from backend.database import Database
from tests.backend.line import Agent, WhatsAppLine
from tests.factories import Business


def call(feature: str = "vendor", **changes: Any) -> dict[str, Any]:
    """One call with an id of its own."""
    told = {"id": str(uuid4()), "provider": "openai", "model": "gpt-5-mini", "feature": feature}
    return {**told, "input_tokens": 100, "output_tokens": 10, "cost_micros": 45, **changes}


async def spend(agent: Agent, token: str, *calls: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return await agent.client.post("/internal/usage", json={"usage": list(calls)}, headers=headers)


async def ledger(business: Business) -> list[tuple[str, int, int]]:
    """(feature, calls, cost) of the month."""
    calls = (await business.ok("GET", "/v1/usage"))["calls"]
    return sorted((one["feature"], one["calls"], one["cost_micros"]) for one in calls)


async def test_calls_told_by_a_reply_and_again_by_its_turn_count_once(
    line: WhatsAppLine, agent: Agent, eager_business: Business
) -> None:
    """An answer that was lost on the way leaves the agent unsure of what the backend has heard."""
    await line.write("hola")
    [bundle] = await agent.claim(eager_business)
    thought, summed_up = call(), call("summary")
    assert (await agent.reply(bundle, usage=[thought])).status_code == 200
    for _ in range(2):
        assert (await spend(agent, bundle["token"], thought, summed_up)).status_code == 204
    assert (await agent.turn(bundle, "finish")).status_code == 204
    assert await ledger(eager_business) == [("summary", 1, 45), ("vendor", 1, 45)]
    used = await eager_business.ok("GET", "/v1/usage")
    assert used["spent_micros"] == 90
    [turn] = (await eager_business.ok("GET", "/v1/turns"))["items"]
    assert turn["id"] == bundle["id"]


async def test_who_has_lost_a_turn_still_tells_what_it_spent(
    line: WhatsAppLine, agent: Agent, eager_business: Business, database: Database
) -> None:
    await line.write("hola")
    [lost] = await agent.claim(eager_business)
    async with database.tenant(eager_business.tenant_id) as session:
        await session.execute(update(Turn).values(attempt=Turn.attempt + 1, due_at=clock.now()))
    assert (await agent.reply(lost)).status_code == 409
    assert (await spend(agent, lost["token"], call())).status_code == 204
    async with database.tenant(eager_business.tenant_id) as session:
        rows = (await session.execute(text("SELECT turn_id, cost_micros FROM usage"))).all()
    assert [(str(row.turn_id), row.cost_micros) for row in rows] == [(lost["id"], 45)]


async def test_previews_and_help_for_a_person_are_paid_too_and_are_no_turns(
    line: WhatsAppLine, agent: Agent, eager_business: Business, database: Database
) -> None:
    await line.write("hola")
    [bundle] = await agent.claim(eager_business)
    await agent.answer(bundle, "Hola.")
    conversation = bundle["conversation"]["id"]
    preview = await agent.service(f"/internal/preview/{conversation}", {})
    assert (await spend(agent, preview["token"], call("preview"))).status_code == 204
    await eager_business.ok("POST", f"/v1/conversations/{conversation}/assist", {"kind": "summary"})
    [asked] = await agent.claim(eager_business, "assist")
    assert (await spend(agent, asked["token"], call("assist"))).status_code == 204
    assert await ledger(eager_business) == [("assist", 1, 45), ("preview", 1, 45)]
    async with database.tenant(eager_business.tenant_id) as session:
        turns = (await session.execute(text("SELECT turn_id FROM usage"))).scalars().all()
    assert turns == [None, None]


@pytest.mark.parametrize(
    "rubbish",
    [
        {"cost_micros": -1},
        {"cost_micros": 10**30},
        {"input_tokens": 2**31},
        {"output_tokens": -5},
        {"provider": "x" * 101},
        {"model": "x" * 201},
        {"feature": "x" * 51},
        {"id": "not-a-uuid"},
        {"model": "gpt\0"},
    ],
)
async def test_rubbish_is_refused_and_nothing_of_it_kept(
    line: WhatsAppLine, agent: Agent, eager_business: Business, rubbish: dict[str, Any]
) -> None:
    await line.write("hola")
    [bundle] = await agent.claim(eager_business)
    assert (await spend(agent, bundle["token"], call(), call(**rubbish))).status_code == 422
    assert await ledger(eager_business) == []


async def test_the_door_wants_a_bundles_token(line: WhatsAppLine, agent: Agent, eager_business: Business) -> None:
    for token in ("nobody", "a.b.c", eager_business.api_key, agent.settings.service_token):
        assert (await spend(agent, token, call())).status_code == 401
    await line.write("hola")
    [bundle] = await agent.claim(eager_business)
    assert (await spend(agent, bundle["token"], *[call() for _ in range(201)])).status_code == 422
    assert (await spend(agent, bundle["token"])).status_code == 204
