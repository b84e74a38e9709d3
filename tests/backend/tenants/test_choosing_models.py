"""A business names models for its brains: what it may write, and what it is told otherwise."""

from typing import Any

import pytest
from sqlalchemy import text

from backend.database import Database
from backend.settings import Settings
from tests.backend.line import Agent
from tests.factories import Business, Client, make_business

FIVE = ",".join(["openai:gpt-5-mini"] * 5)


async def test_a_chain_for_each_brain_is_kept_and_comes_with_the_next_bundle(
    client: Client, agent: Agent, settings: Settings
) -> None:
    quick = {"quiet_window_seconds": 0, "longest_wait_seconds": 0}
    business = await make_business(client, settings, settings=quick)
    chosen = {
        "vendor": " openai:gpt-5-mini?effort=low , anthropic:claude-haiku-4-5",
        "summary": "google_genai:gemini-2.5-flash-lite",
        "assist": "offline",
        "observer": "compatible:qwen3@https://llm.example/v1?effort=minimal",
        "refiner": FIVE,
    }
    kept = {**chosen, "vendor": "openai:gpt-5-mini?effort=low,anthropic:claude-haiku-4-5"}
    changed = await business.ok("PATCH", "/v1/tenant", {"settings": {"models": chosen}})
    assert changed["settings"]["models"] == kept
    received = await business.ok("POST", "/v1/sandbox/messages", {"from": "ana", "text": "hola"})
    [bundle] = await agent.claim(business)
    assert bundle["tenant"]["models"] == kept
    await agent.answer(bundle, "Hola.")
    await business.ok("PATCH", "/v1/tenant", {"settings": {"models": None}})
    await business.ok("POST", f"/v1/conversations/{received['conversation_id']}/assist", {"kind": "intent"})
    [asked] = await agent.claim(business, "assist")
    assert asked["tenant"]["models"] == {}


@pytest.mark.parametrize(
    ("models", "told"),
    [
        ({"vendor": "mistral:large"}, "providers are offline, openai, google_genai, anthropic, compatible"),
        ({"vendor": "gpt-5-mini"}, "provider:model"),
        ({"vendor": ""}, "provider:model"),
        ({"vendor": "openai:"}, "wants the name of a model"),
        ({"vendor": "openai:gpt-5-mini,,offline"}, "provider:model"),
        ({"vendor": "openai:gpt-5-mini?effort=extreme"}, "minimal, low, medium, high"),
        ({"vendor": "openai:gpt-4.1?effort=low"}, "takes no effort"),
        ({"vendor": "compatible:llama"}, "compatible:<model>@https://host/v1"),
        ({"vendor": "compatible:llama@ftp://host"}, "compatible:<model>@https://host/v1"),
        ({"vendor": FIVE + ",offline"}, "5 models at most"),
        ({"vendor": "openai:" + "x" * 100_000}, "characters at most"),
        ({"dreamer": "offline"}, "vendor, summary, assist, observer, refiner"),
        ({"vendor": ["offline"]}, "string"),
        ("offline", "dictionary"),
    ],
)
async def test_rubbish_is_refused_with_what_is_allowed(business: Business, models: Any, told: str) -> None:
    answer = await business.call("PATCH", "/v1/tenant", {"settings": {"models": models}})
    assert answer.status_code == 422, answer.text
    assert told in str(answer.json()["errors"])
    assert (await business.ok("GET", "/v1/tenant"))["settings"]["models"] == {}


async def test_what_was_stored_before_there_were_rules_stands_in_nobodys_way(
    business: Business, database: Database
) -> None:
    async with database.tenant(business.tenant_id) as session:
        rubbish = '{"models": {"vendor": "gpt-5", "summary": "offline", "assist": 7}}'
        await session.execute(text("UPDATE tenants SET settings = CAST(:rubbish AS jsonb)"), {"rubbish": rubbish})
    assert (await business.ok("GET", "/v1/tenant"))["settings"]["models"] == {"summary": "offline"}
    changed = await business.ok("PATCH", "/v1/tenant", {"settings": {"hold_minutes": 5}})
    assert changed["settings"]["models"] == {"summary": "offline"}
