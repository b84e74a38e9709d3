"""Help for a person as leased work: asked once, fenced, tried again, given up, paid for."""

from typing import Any

import httpx
from sqlalchemy import text

from backend.database import Database, new_id
from backend.settings import Settings
from tests.backend.line import Agent
from tests.backend.settling import settled
from tests.factories import Business, Client, make_business

USAGE = {
    "provider": "openai",
    "model": "gpt-5-mini",
    "feature": "assist",
    "input_tokens": 100,
    "output_tokens": 10,
    "cost_micros": 45,
}


async def chat(business: Business) -> str:
    """The path of a conversation in which somebody wrote."""
    received = await business.ok("POST", "/v1/sandbox/messages", {"from": "ana", "text": "¿Tienen botas?"})
    return f"/v1/conversations/{received['conversation_id']}"


async def tell(agent: Agent, bundle: dict[str, Any], verb: str, body: dict[str, Any]) -> httpx.Response:
    return await agent.client.post(
        f"/internal/assists/{bundle['id']}/{verb}", json=body, headers={"Authorization": f"Bearer {bundle['token']}"}
    )


async def test_what_was_asked_for_is_claimed_made_told_and_paid(
    business: Business, agent: Agent, database: Database
) -> None:
    path = await chat(business)
    asked = await business.ok("POST", f"{path}/assist", {"kind": "intent"})
    again = await business.ok("POST", f"{path}/assist", {"kind": "intent"})
    assert (asked["status"], asked["result"], again["id"]) == ("waiting", None, asked["id"])
    [bundle] = await agent.claim(business, "assist")
    assert await agent.claim(business, "assist") == []
    assert (bundle["wanted"], [said["body"] for said in bundle["messages"]]) == ("intent", ["¿Tienen botas?"])
    found = {"text": "Pregunta por botas.", "intent": "availability", "usage": [USAGE]}
    for _ in range(2):
        assert (await tell(agent, bundle, "done", found)).status_code == 204
    shown = await business.ok("GET", f"{path}/assists/{asked['id']}")
    assert (shown["status"], shown["result"]) == (
        "ready",
        {"text": "Pregunta por botas.", "intent": "availability", "entities": None},
    )
    assert (await business.ok("GET", f"{path}/assists"))["items"] == [shown]
    await settled(database)
    events = await business.ok("GET", "/v1/events", type="assist.ready")
    assert [(event["subject_id"], event["data"]) for event in events["items"]] == [(asked["id"], {"kind": "intent"})]
    async with database.tenant(business.tenant_id) as session:
        spent = (await session.execute(text("SELECT feature, cost_micros, turn_id FROM usage"))).all()
    assert [tuple(row) for row in spent] == [("assist", 45, None)]
    assert (await business.ok("POST", f"{path}/assist", {"kind": "intent"}))["id"] != asked["id"]


async def test_one_message_is_asked_about_by_its_id(business: Business, agent: Agent) -> None:
    path = await chat(business)
    [said] = (await business.ok("GET", f"{path}/messages"))["items"]
    asked = await business.ok("POST", f"{path}/assist", {"kind": "intent", "message_id": said["id"]})
    again = await business.ok("POST", f"{path}/assist", {"kind": "intent", "message_id": said["id"]})
    whole = await business.ok("POST", f"{path}/assist", {"kind": "intent"})
    assert (again["id"], asked["message_id"], whole["message_id"]) == (asked["id"], said["id"], None)
    bundles = {bundle["id"]: bundle for bundle in await agent.claim(business, "assist")}
    bundle = bundles[asked["id"]]
    assert (bundle["of_message"], bundle["about"]["body"], bundle["messages"]) == (True, "¿Tienen botas?", [])
    assert (bundles[whole["id"]]["of_message"], len(bundles[whole["id"]]["messages"])) == (False, 1)
    named = {"kind": "product", "text": "botas", "value": None}
    for bad in ({"kind": "<b>"}, {"text": ""}, {"text": "a\0b"}):
        odd = {"text": "x", "entities": [named | bad]}
        assert (await tell(agent, bundle, "done", odd)).status_code == 422, bad
    found = {"text": "Pregunta por botas.", "intent": "availability", "entities": [named]}
    assert (await tell(agent, bundle, "done", found)).status_code == 204
    assert (await business.ok("GET", f"{path}/assists/{asked['id']}"))["result"] == found
    for refused in ({"kind": "reply", "message_id": said["id"]}, {"kind": "intent", "message_id": "x"}):
        assert (await business.call("POST", f"{path}/assist", refused)).status_code == 422
    nobody = {"kind": "intent", "message_id": str(new_id())}
    assert (await business.call("POST", f"{path}/assist", nobody)).status_code == 404


async def test_only_the_latest_holder_is_heard(business: Business, agent: Agent, database: Database) -> None:
    path = await chat(business)
    await business.ok("POST", f"{path}/assist", {"kind": "summary"})
    [late] = await agent.claim(business, "assist")
    async with database.tenant(business.tenant_id) as session:
        await session.execute(text("UPDATE assists SET lease_until = now() - interval '1 second'"))
    [bundle] = await agent.claim(business, "assist")
    assert bundle["attempt"] == 2
    refused = await tell(agent, late, "done", {"text": "zu spät"})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:tendero:problem:lease-lost")
    assert (await agent.renew(late))["lost"] == [late["id"]]
    assert (await agent.release(bundle))["kept"] == [bundle["id"]]
    [bundle] = await agent.claim(business, "assist")
    assert (await tell(agent, bundle, "done", {"text": "Pide botas."})).status_code == 204


async def test_it_is_tried_three_times_unless_that_would_not_help(
    business: Business, agent: Agent, database: Database
) -> None:
    path = await chat(business)
    asked = await business.ok("POST", f"{path}/assist", {"kind": "reply"})
    for tries in range(1, 4):
        [bundle] = await agent.claim(business, "assist", wait_seconds=30)
        assert (await tell(agent, bundle, "fail", {"reason": "models-silent"})).status_code == 204
        shown = await business.ok("GET", f"{path}/assists/{asked['id']}")
        assert shown["status"] == ("failed" if tries == 3 else "waiting")
    assert shown["reason"] == "models-silent"
    other = await business.ok("POST", f"{path}/assist", {"kind": "reply"})
    [bundle] = await agent.claim(business, "assist", wait_seconds=30)
    await tell(agent, bundle, "fail", {"reason": "nothing-to-answer", "final": True})
    assert (await business.ok("GET", f"{path}/assists/{other['id']}"))["status"] == "failed"
    await settled(database)
    failed = await business.ok("GET", "/v1/events", type="assist.failed")
    assert [event["subject_id"] for event in failed["items"]] == [asked["id"], other["id"]]


async def test_what_is_given_back_counts_for_nothing_and_three_dead_holders_end_it(
    business: Business, agent: Agent, database: Database
) -> None:
    path = await chat(business)
    asked = await business.ok("POST", f"{path}/assist", {"kind": "reply"})
    for _ in range(4):
        [bundle] = await agent.claim(business, "assist")
        assert (await agent.release(bundle))["kept"] == [asked["id"]]
    for _ in range(3):
        assert [bundle["id"] for bundle in await agent.claim(business, "assist")] == [asked["id"]]
        async with database.tenant(business.tenant_id) as session:
            await session.execute(text("UPDATE assists SET lease_until = now() - interval '1 second'"))
    assert await agent.claim(business, "assist") == []
    shown = await business.ok("GET", f"{path}/assists/{asked['id']}")
    assert (shown["status"], shown["reason"]) == ("failed", "agent-died")


async def test_strangers_find_nothing_and_rubbish_is_refused(
    business: Business, agent: Agent, client: Client, settings: Settings
) -> None:
    path = await chat(business)
    asked = await business.ok("POST", f"{path}/assist", {"kind": "intent"})
    stranger = await make_business(client, settings)
    for method, address, body in (
        ("POST", f"{path}/assist", {"kind": "intent"}),
        ("GET", f"{path}/assists", None),
        ("GET", f"{path}/assists/{asked['id']}", None),
        ("GET", f"{path}/assists/{new_id()}", None),
        ("POST", f"/v1/conversations/{new_id()}/assist", {"kind": "reply"}),
    ):
        assert (await stranger.call(method, address, body)).status_code == 404
    for body in ({}, {"kind": "joke"}, {"kind": "intent", "model": "x"}):
        assert (await business.call("POST", f"{path}/assist", body)).status_code == 422
    [bundle] = await agent.claim(business, "assist")
    assert (await tell(agent, {**bundle, "id": str(new_id())}, "done", {"text": "x"})).status_code == 403
    assert (await tell(agent, {**bundle, "token": "x"}, "done", {"text": "x"})).status_code == 401
    assert (await tell(agent, bundle, "done", {"text": "x" * 20_001})).status_code == 422
    assert (await tell(agent, bundle, "fail", {"reason": "a b; c"})).status_code == 422
    # The token of this work opens no turn.
    assert (await agent.turn(bundle, "finish")).status_code == 409
