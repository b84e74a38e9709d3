"""What a reply leaves behind: its claims with their evidence, its cost, and who is in charge afterwards."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from backend.conversations.models import OutboxEntry
from backend.conversations.turn_models import Observation
from backend.database import Database, new_id
from tests.backend.line import Agent, WhatsAppLine
from tests.factories import Business


@pytest.fixture
async def bundle(line: WhatsAppLine, agent: Agent, eager_business: Business) -> dict[str, Any]:
    """A claimed turn."""
    await line.write("¿cuánto cuesta?")
    [claimed] = await agent.claim(eager_business)
    return claimed


def _price(evidence_id: str) -> dict[str, Any]:
    return {
        "id": evidence_id,
        "kind": "price",
        "subject": {"type": "product", "id": "p1", "name": "Pulso X5", "aliases": []},
        "value": {"amount": 129900, "currency": "MXN"},
        "source": "search_products",
        "expires_at": None,
        "turn_id": None,
    }


async def _why(business: Business, bundle: dict[str, Any]) -> dict[str, Any]:
    path = f"/v1/conversations/{bundle['conversation']['id']}/turns/{bundle['id']}"
    return dict(await business.ok("GET", path))


async def _texts(database: Database, business: Business) -> list[str]:
    async with database.tenant(business.tenant_id) as session:
        return list(await session.scalars(select(OutboxEntry.body)))


async def test_every_claim_links_to_the_evidence_behind_it(
    agent: Agent, eager_business: Business, bundle: dict[str, Any]
) -> None:
    evidence_id = str(new_id())
    claims = [
        {"kind": "money", "quote": "$1,299.00", "support": "evidence", "evidence_id": evidence_id},
        {"kind": "time", "quote": "6 pm", "support": "fact", "evidence_id": "fact:hours"},
    ]
    usage = [{"provider": "offline", "model": "offline", "feature": "vendor", "input_tokens": 10, "output_tokens": 5}]
    await agent.answer(
        bundle,
        "Cuesta $1,299.00; abrimos hasta las 6 pm.",
        claims=claims,
        evidence=[_price(evidence_id), {**_price("tenant"), "id": "fact:hours", "kind": "fact"}],
        tool_calls=[{"name": "search_products", "arguments": {"query": "pulso"}}],
        rejected=[{"text": "Cuesta $1.", "faults": ["no such price"]}],
        usage=usage,
    )
    why = await _why(eager_business, bundle)
    assert [(claim["quote"], claim["evidence_id"]) for claim in why["claims"]] == [
        ("$1,299.00", evidence_id),
        ("6 pm", None),
    ]
    assert [item["value"] for item in why["evidence"]] == [{"amount": 129900, "currency": "MXN"}]
    assert why["tool_calls"][0]["name"] == "search_products"
    assert why["rejected"][0]["faults"] == ["no such price"]
    assert why["usage"][0]["input_tokens"] == 10
    assert [message["author"] for message in why["messages"]] == ["contact", "agent"]


async def test_evidence_is_there_for_the_next_turn_and_the_newest_price_counts(
    line: WhatsAppLine, agent: Agent, eager_business: Business, bundle: dict[str, Any]
) -> None:
    older, newer, expired = _price(str(new_id())), _price(str(new_id())), _price(str(new_id()))
    newer["value"] = {"amount": 99900, "currency": "MXN"}
    expired |= {"subject": {**expired["subject"], "id": "p2"}, "expires_at": "2020-01-01T00:00:00+00:00"}
    await agent.answer(bundle, "Cuesta $999.00.", evidence=[older, newer, expired])
    await line.write("lo quiero")
    [following] = await agent.claim(eager_business)
    assert [item["id"] for item in following["evidence"]] == [newer["id"]]


async def test_after_a_reply_there_is_something_to_reflect_on(
    agent: Agent, eager_business: Business, database: Database, bundle: dict[str, Any]
) -> None:
    await agent.answer(bundle, "No lo sé.", rejected=[{"text": "$1", "faults": ["no such price"]}])
    [work] = await agent.claim(eager_business, kind="reflect")
    assert work["id"] == bundle["id"]
    assert [message["author"] for message in work["messages"]] == ["contact", "agent"]
    assert work["rejected"][0]["faults"] == ["no such price"]
    assert (await agent.renew(work))["kept"] == [work["id"]]
    noted = {"token": work["token"], "observations": [{"kind": "unanswered", "note": "precio sin respuesta"}]}
    for _ in range(2):
        told = await agent.service("/internal/reflections", {"items": [noted]})
        assert (told["closed"], told["lost"]) == ([work["id"]], [])
    async with database.tenant(eager_business.tenant_id) as session:
        kept = (await session.scalars(select(Observation))).all()
    assert [(one.kind, one.note) for one in kept] == [("unanswered", "precio sin respuesta")]
    assert await agent.claim(eager_business, kind="reflect") == []


async def test_notes_of_an_earlier_holder_are_lost(
    agent: Agent, eager_business: Business, bundle: dict[str, Any]
) -> None:
    await agent.answer(bundle, "No lo sé.")
    [first] = await agent.claim(eager_business, kind="reflect")
    await agent.service("/internal/leases/release", {"leases": [{"kind": "reflect", "id": first["id"], "attempt": 1}]})
    [second] = await agent.claim(eager_business, kind="reflect")
    noted = [{"token": one["token"], "observations": [{"kind": "fact", "note": "n"}]} for one in (first, second)]
    assert (await agent.service("/internal/reflections", {"items": noted[:1]}))["lost"] == [first["id"]]
    assert (await agent.service("/internal/reflections", {"items": noted[1:]}))["closed"] == [second["id"]]


async def test_handing_off_puts_a_person_in_charge_and_the_agent_stays_silent(
    line: WhatsAppLine, agent: Agent, eager_business: Business, bundle: dict[str, Any]
) -> None:
    asked = await agent.tool(bundle, "hand_off", {"reason": "quiere una persona", "summary": "pregunta por garantía"})
    assert asked.status_code == 200
    handoff_id = asked.json()["result"]["handoff_id"]
    answer = await agent.answer(bundle, "Le paso con una persona.", outcome="handed_off")
    assert answer["outcome"] == "handed_off"
    [case] = (await eager_business.ok("GET", "/v1/handoffs", status="open"))["items"]
    assert (case["id"], case["reason"]) == (handoff_id, "requested")
    assert "garantía" in case["summary"]
    await line.write("¿hola?")
    assert await agent.claim(eager_business) == []
    conversation = await line.conversation()
    assert conversation["in_charge"] == "person"
    path = f"/v1/conversations/{conversation['id']}"
    await eager_business.ok("POST", f"{path}/messages", {"text": "Soy Marta, dígame."})
    await eager_business.ok("POST", f"/v1/handoffs/{case['id']}/close")
    await eager_business.ok("POST", f"{path}/hand-back")
    await line.write("ya resolví, gracias")
    [following] = await agent.claim(eager_business)
    assert [entry["author"] for entry in following["missed"]] == ["contact", "person"]
    assert (await eager_business.ok("GET", "/v1/handoffs", status="open"))["items"] == []


async def test_a_handoff_asked_for_by_tool_counts_whatever_the_reply_calls_itself(
    agent: Agent, bundle: dict[str, Any]
) -> None:
    await agent.tool(bundle, "hand_off", {"reason": "quiere una persona", "summary": ""})
    assert (await agent.answer(bundle, "Le paso con alguien."))["outcome"] == "handed_off"


async def test_a_safe_reply_opens_a_case_and_leaves_the_agent_in_charge(
    line: WhatsAppLine, agent: Agent, eager_business: Business, bundle: dict[str, Any]
) -> None:
    await agent.answer(bundle, "Lo consulto.", outcome="safe_reply", rejected=[{"text": "x", "faults": ["bad price"]}])
    [case] = (await eager_business.ok("GET", "/v1/handoffs", status="open"))["items"]
    assert (case["reason"], case["summary"]) == ("safe_reply", "bad price")
    assert (await line.conversation())["in_charge"] == "agent"


async def test_a_person_who_takes_over_while_the_agent_thinks_is_not_talked_over(
    line: WhatsAppLine, agent: Agent, eager_business: Business, database: Database, bundle: dict[str, Any]
) -> None:
    conversation = await line.conversation()
    await eager_business.ok("POST", f"/v1/conversations/{conversation['id']}/take-over")
    answer = await agent.answer(bundle, "Yo contesto.")
    assert answer == {"message_ids": [], "outcome": "silent"}
    assert await _texts(database, eager_business) == []


async def test_a_turn_that_waits_when_a_person_takes_over_is_closed_unanswered(
    line: WhatsAppLine, agent: Agent, eager_business: Business
) -> None:
    await line.write("hola")
    conversation = await line.conversation()
    await eager_business.ok("POST", f"/v1/conversations/{conversation['id']}/take-over")
    assert await agent.claim(eager_business) == []
    [turn] = (await eager_business.ok("GET", "/v1/turns"))["items"]
    assert (turn["status"], turn["outcome"]) == ("done", "silent")


async def test_a_fold_and_a_reply_at_once_lose_nothing(
    line: WhatsAppLine, agent: Agent, eager_business: Business, bundle: dict[str, Any]
) -> None:
    replying = asyncio.create_task(agent.reply(bundle))
    await asyncio.gather(*(line.write(f"más {number}") for number in range(5)))
    if (await replying).status_code == 409:
        retry = await agent.answer({**bundle, "version": 100})
        assert len(retry["message_ids"]) == 1
    else:
        await agent.turn(bundle, "finish")
    seen = {message["turn_id"] for message in await line.transcript() if message["author"] == "contact"}
    turns = {turn["id"]: turn["status"] for turn in (await eager_business.ok("GET", "/v1/turns"))["items"]}
    assert seen <= set(turns)
    while claimed := await agent.claim(eager_business):
        await agent.answer(claimed[0])
    left = {turn["status"] for turn in (await eager_business.ok("GET", "/v1/turns"))["items"]}
    assert left == {"done"}


async def test_a_reply_of_nothing_sends_nothing(
    agent: Agent, eager_business: Business, database: Database, bundle: dict[str, Any]
) -> None:
    answer = await agent.answer(bundle, "  ", outcome="silent")
    assert answer["message_ids"] == []
    assert await _texts(database, eager_business) == []


async def test_finish_without_a_reply_is_refused(agent: Agent, bundle: dict[str, Any]) -> None:
    refused = await agent.turn(bundle, "finish")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:tendero:problem:not-replied")


@pytest.mark.parametrize(
    "body", [{"version": 0, "text": "x"}, {"text": "x"}, {"version": 1, "outcome": "sold"}, {"version": 1, "text": 5}]
)
async def test_a_malformed_reply_is_unprocessable(agent: Agent, bundle: dict[str, Any], body: dict[str, Any]) -> None:
    assert (await agent.turn(bundle, "reply", body)).status_code == 422


async def test_follow_ups_want_a_time_that_is_clear_and_to_come(agent: Agent, bundle: dict[str, Any]) -> None:
    clear = await agent.tool(bundle, "schedule_follow_up", {"when": "mañana a las 10 de la mañana", "topic": "envío"})
    assert clear.status_code == 200
    assert "10:00" in clear.json()["result"]["spoken"]
    assert clear.json()["evidence"][0]["value"]["action"] == "follow_up_scheduled"
    unclear = await agent.tool(bundle, "schedule_follow_up", {"when": "luego te digo", "topic": "envío"})
    assert (unclear.status_code, unclear.json()["type"]) == (422, "urn:tendero:problem:unclear-time")


async def test_another_tenant_sees_nothing_of_a_conversation(
    agent: Agent, eager_business: Business, business: Business, bundle: dict[str, Any]
) -> None:
    await agent.answer(bundle)
    conversation = f"/v1/conversations/{bundle['conversation']['id']}"
    for method, path in (
        ("GET", conversation),
        ("GET", f"{conversation}/messages"),
        ("GET", f"{conversation}/turns/{bundle['id']}"),
        ("POST", f"{conversation}/take-over"),
        ("POST", f"{conversation}/hand-back"),
        ("POST", f"/v1/turns/{bundle['id']}/requeue"),
        ("GET", f"/v1/contacts/{bundle['contact']['id']}"),
    ):
        assert (await business.call(method, path)).status_code == 404, path
    assert (await business.call("PATCH", conversation, {"debug": True})).status_code == 404
    assert (await business.call("POST", f"{conversation}/messages", {"text": "x"})).status_code == 404
    for path in ("/v1/conversations", "/v1/contacts", "/v1/turns", "/v1/handoffs", "/v1/channels"):
        assert (await business.ok("GET", path))["items"] == []
