"""What a business spends on models in a month, and what happens once that is enough."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from backend import clock
from backend.database import Database
from backend.settings import Settings
from tests.backend.line import Agent
from tests.backend.settling import settled
from tests.factories import Business, Client, make_business

QUICK = {"quiet_window_seconds": 0, "longest_wait_seconds": 0}


def call(cost_micros: int, feature: str = "vendor") -> dict[str, Any]:
    return {
        "provider": "openai",
        "model": "gpt-5-mini",
        "feature": feature,
        "input_tokens": 100,
        "output_tokens": 10,
        "cost_micros": cost_micros,
    }


async def turn_of(business: Business, agent: Agent, sender: str) -> dict[str, Any]:
    await business.ok("POST", "/v1/sandbox/messages", {"from": sender, "text": "¿Tienen botas?"})
    [bundle] = await agent.claim(business)
    return bundle


async def test_what_is_spent_is_told_by_the_next_bundle_and_twice_by_an_event(
    client: Client, agent: Agent, settings: Settings, database: Database
) -> None:
    business = await make_business(client, settings, settings={**QUICK, "budget_micros": 1000})
    for spent, remaining in ((500, 1000), (350, 500), (0, 150), (200, 150)):
        bundle = await turn_of(business, agent, "ana")
        assert bundle["budget"] == {"remaining_micros": remaining}
        await agent.answer(bundle, "Sí.", usage=[call(spent)])
    await settled(database)
    events = (await business.ok("GET", "/v1/events"))["items"]
    told = [(one["type"], one["data"]) for one in events if one["type"].startswith("budget.")]
    month = clock.now().astimezone(ZoneInfo("America/Mexico_City")).strftime("%Y-%m")
    assert [(kind, data["spent_micros"], data["budget_micros"]) for kind, data in told] == [
        ("budget.low", 850, 1000),
        ("budget.spent", 1050, 1000),
    ]
    assert {data["month"] for _, data in told} == {month}


async def test_without_money_one_honest_message_and_a_case_then_silence_until_there_is_some(
    client: Client, agent: Agent, settings: Settings
) -> None:
    business = await make_business(client, settings, settings={**QUICK, "budget_micros": 0})
    bundle = await turn_of(business, agent, "ana")
    assert bundle["budget"] == {"remaining_micros": 0}
    await agent.answer(bundle, "Te escribirá una persona.", outcome="safe_reply", budget_spent=True)
    [case] = (await business.ok("GET", "/v1/handoffs", status="open"))["items"]
    assert (case["reason"], case["conversation_id"]) == ("budget", bundle["conversation"]["id"])
    assert "budget" in case["summary"]
    await business.ok("POST", "/v1/sandbox/messages", {"from": "ana", "text": "¿Hola?"})
    assert await agent.claim(business) == []
    turns = (await business.ok("GET", "/v1/turns"))["items"]
    assert [(turn["status"], turn["outcome"]) for turn in turns] == [("done", "silent"), ("done", "safe_reply")]
    assert len(await agent_words(business, bundle)) == 1
    await business.ok("PATCH", "/v1/tenant", {"settings": {"budget_micros": 100}})
    assert (await turn_of(business, agent, "ana"))["budget"] == {"remaining_micros": 100}


async def agent_words(business: Business, bundle: dict[str, Any]) -> list[str]:
    page = await business.ok("GET", f"/v1/conversations/{bundle['conversation']['id']}/messages")
    return [message["body"] for message in page["items"] if message["author"] == "agent"]


async def test_who_has_no_budget_is_not_limited(client: Client, agent: Agent, settings: Settings) -> None:
    business = await make_business(client, settings, settings=QUICK)
    await agent.answer(await turn_of(business, agent, "ana"), "Sí.", usage=[call(10**9)])
    assert (await turn_of(business, agent, "ana"))["budget"] == {"remaining_micros": None}


async def test_a_months_calls_are_listed_by_model_and_purpose(
    client: Client, agent: Agent, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The month is that of the business: at 03:00 UTC of the first it is still the last of the month in Mexico."""
    business = await make_business(
        client, settings, timezone="America/Mexico_City", settings={**QUICK, "budget_micros": 400}
    )
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 12, 1, 3, tzinfo=UTC))
    usage = [call(100), call(30, "summary"), call(100)]
    await agent.answer(await turn_of(business, agent, "ana"), "Sí.", usage=usage)
    november = await business.ok("GET", "/v1/usage")
    assert (november["month"], november["spent_micros"], november["remaining_micros"]) == ("2026-11", 230, 170)
    assert [(one["feature"], one["calls"], one["input_tokens"], one["cost_micros"]) for one in november["calls"]] == [
        ("vendor", 2, 200, 200),
        ("summary", 1, 100, 30),
    ]
    december = await business.ok("GET", "/v1/usage", month="2026-12")
    assert (december["spent_micros"], december["remaining_micros"], december["calls"]) == (0, 400, [])
    stranger = await make_business(client, settings)
    assert (await stranger.ok("GET", "/v1/usage", month="2026-11"))["calls"] == []
    for rubbish in ("2026-13", "november", "", "2026-1", "9999999-01"):
        assert (await business.call("GET", "/v1/usage", month=rubbish)).status_code in (400, 422)


async def test_help_for_a_person_is_told_what_is_left_too(client: Client, agent: Agent, settings: Settings) -> None:
    business = await make_business(client, settings, settings={**QUICK, "budget_micros": 100})
    bundle = await turn_of(business, agent, "ana")
    await agent.answer(bundle, "Sí.", usage=[call(60)])
    await business.ok("POST", f"/v1/conversations/{bundle['conversation']['id']}/assist", {"kind": "summary"})
    [asked] = await agent.claim(business, "assist")
    assert asked["budget"] == {"remaining_micros": 40}


async def test_a_rest_that_pays_for_no_call_is_announced_once_too(
    client: Client, agent: Agent, settings: Settings
) -> None:
    """There is money left, but not enough for one call: the agent says so each time, the customer hears it once."""
    business = await make_business(client, settings, settings={**QUICK, "budget_micros": 5})
    for outcome in ("safe_reply", "silent", "silent"):
        bundle = await turn_of(business, agent, "ana")
        assert bundle["budget"] == {"remaining_micros": 5}
        said = "Te escribirá una persona."
        answer = await agent.answer(bundle, said, outcome="safe_reply", budget_spent=True)
        assert answer["outcome"] == outcome
    assert len(await agent_words(business, bundle)) == 1
    assert [case["reason"] for case in (await business.ok("GET", "/v1/handoffs", status="open"))["items"]] == ["budget"]
