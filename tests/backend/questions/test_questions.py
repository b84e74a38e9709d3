"""Questions that nobody could answer: grouped, settled with a fact or dismissed, and open again when asked in vain."""

from typing import Any

import pytest
from sqlalchemy import text

from backend.database import Database
from backend.settings import Settings
from tests.backend.line import Agent
from tests.factories import Business, Client, make_business

CUSTOMER = "+5215512345678"


async def ask(business: Business, agent: Agent, question: str, topic: Any, customer: str = CUSTOMER) -> dict[str, Any]:
    """A turn in which this could not be answered."""
    await business.ok("POST", "/v1/sandbox/messages", {"from": customer, "text": question})
    [bundle] = await agent.claim(business)
    await agent.answer(bundle, "No lo sé.")
    [work] = await agent.claim(business, "reflect")
    note = {"kind": "unanswered", "note": "n", "data": {"question": question, "topic": topic}}
    await agent.service("/internal/reflections", {"items": [{"token": work["token"], "observations": [note]}]})
    return work


async def listed(business: Business, **wanted: Any) -> list[tuple[str, str, int]]:
    items = (await business.ok("GET", "/v1/questions", **wanted))["items"]
    return [(one["key"], one["status"], one["count"]) for one in items]


async def test_they_are_grouped_counted_and_shown_with_where_they_were_asked(
    eager_business: Business, agent: Agent
) -> None:
    business = eager_business
    assert await listed(business) == []
    works = [
        await ask(business, agent, "¿Envían a Monterrey?", ["envian", "monterrey"]),
        await ask(business, agent, "¿a monterrey envian?", ["monterrey", "envian"], "+5215512345679"),
        await ask(business, agent, "¿Tienen garantía?", ["garantia"]),
        await ask(business, agent, "¿?", "odd"),
    ]
    assert await listed(business) == [("envian-monterrey", "open", 2), ("other", "open", 1), ("garantia", "open", 1)]
    page = await business.ok("GET", "/v1/questions", limit=1)
    rest = await business.ok("GET", "/v1/questions", limit=5, cursor=page["next_cursor"])
    assert [one["key"] for one in rest["items"]] == ["other", "garantia"]
    [most] = page["items"]
    assert (most["topic"], most["conversations"], most["asked_since"]) == (["envian", "monterrey"], 2, 0)
    assert [(one["question"], one["turn_id"]) for one in most["latest"]] == [
        ("¿a monterrey envian?", works[1]["id"]),
        ("¿Envían a Monterrey?", works[0]["id"]),
    ]
    shown = await business.ok("GET", "/v1/questions/envian-monterrey")
    assert shown["latest"] == most["latest"]
    for key in ("nothing", "x'y", "%00", "A"):
        assert (await business.call("GET", f"/v1/questions/{key}")).status_code in (400, 404, 422), key


async def test_a_fact_answers_one_until_it_is_asked_in_vain_again_and_another_is_dismissed(
    eager_business: Business, agent: Agent
) -> None:
    business = eager_business
    await ask(business, agent, "¿Envían a Monterrey?", ["envian"])
    await ask(business, agent, "¿Me regalas uno?", ["regalas"])
    fact = {"key": "shipping", "text": "Enviamos a todo México."}
    settled = await business.ok("PATCH", "/v1/questions/envian", {"status": "answered", "fact": fact})
    assert (settled["status"], settled["fact_key"]) == ("answered", "shipping")
    assert settled["decided_by"].startswith("key:")
    assert (await business.ok("GET", "/v1/facts/shipping"))["text"] == fact["text"]
    await business.ok("PATCH", "/v1/questions/regalas", {"status": "dismissed"})
    assert await listed(business, status="open") == []
    await ask(business, agent, "¿Y a Monterrey envían?", ["envian"])
    await ask(business, agent, "¿Me regalas dos?", ["regalas"])
    assert await listed(business, status="open") == [("envian", "open", 2)]
    again = await business.ok("GET", "/v1/questions/envian")
    assert (again["asked_since"], again["fact_key"]) == (1, "shipping")
    assert await listed(business, status="dismissed") == [("regalas", "dismissed", 2)]
    assert (await business.ok("PATCH", "/v1/questions/regalas", {"status": "open"}))["status"] == "open"


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"status": "done"},
        {"status": "dismissed", "fact": {"key": "a", "text": "b"}},
        {"status": "answered", "fact": {"key": "A b", "text": "b"}},
        {"status": "answered", "fact": {"key": "a", "text": " "}},
        {"status": "answered", "fact": {"key": "a", "text": "x\0"}},
        {"status": "answered", "fact": {"key": "a", "text": "x" * 30_000}},
        {"status": "open", "more": 1},
    ],
)
async def test_what_is_no_decision_is_refused(business: Business, bad: Any) -> None:
    assert (await business.call("PATCH", "/v1/questions/envian", bad)).status_code == 422
    assert (await business.call("PATCH", "/v1/questions/envian", {"status": "open"})).status_code == 404


async def test_writing_a_fact_down_needs_leave_to_write_facts(
    eager_business: Business, agent: Agent, client: Client
) -> None:
    await ask(eager_business, agent, "¿Envían?", ["envian"])
    made = await eager_business.ok("POST", "/v1/api-keys", {"name": "q", "scopes": ["questions:*"]})
    limited = Business(client, eager_business.tenant_id, made["api_key"] if "api_key" in made else made["key"])
    fact = {"status": "answered", "fact": {"key": "a", "text": "b"}}
    refused = await limited.call("PATCH", "/v1/questions/envian", fact)
    assert (refused.status_code, refused.json()["permission"]) == (403, "facts:write")
    assert (await limited.ok("PATCH", "/v1/questions/envian", {"status": "answered"}))["status"] == "answered"


async def test_another_business_sees_nothing_and_erasing_who_asked_leaves_no_word_of_it(
    eager_business: Business, agent: Agent, database: Database, client: Client, settings: Settings
) -> None:
    business = eager_business
    await ask(business, agent, "¿zarzuela?", ["zarzuela"])
    await ask(business, agent, "¿envian?", ["envian"])
    await ask(business, agent, "¿envian?", ["envian"], "+5215512345679")
    for key in ("zarzuela", "envian"):
        await business.ok("PATCH", f"/v1/questions/{key}", {"status": "dismissed"})
    stranger = await make_business(client, settings)
    assert await listed(stranger) == []
    assert (await stranger.call("GET", "/v1/questions/envian")).status_code == 404
    [one] = (await business.ok("GET", "/v1/contacts", phone=CUSTOMER))["items"]
    await business.ok("POST", f"/v1/contacts/{one['id']}/erasure")
    assert await listed(business) == [("envian", "dismissed", 1)]
    async with database.tenant(business.tenant_id) as session:
        assert (await session.scalars(text("SELECT key FROM question_states"))).all() == ["envian"]
