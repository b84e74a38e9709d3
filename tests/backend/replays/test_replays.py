"""Replays as leased work: ordered once, played from the record of the time, told case by case, anonymised, ended."""

from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from backend.database import Database, new_id
from backend.replays import service
from backend.replays.schemas import ReplayOrder
from tests.backend.line import Agent
from tests.backend.replays.talks import talk
from tests.backend.settling import settled
from tests.factories import Business

ORDER = {"of": "draft", "conversations": 5, "runs": 2}
ROWS = "SELECT (SELECT count(*) FROM quotes) + (SELECT count(*) FROM journal) + (SELECT count(*) FROM handoffs)"


async def draft(business: Business, words: str = "Abrimos los domingos.") -> None:
    await business.ok("PATCH", "/v1/playbook/draft", {"lessons": [words]})


async def tell(agent: Agent, bundle: dict[str, Any], verb: str, body: dict[str, Any]) -> httpx.Response:
    return await agent.client.post(
        f"/internal/replays/{bundle['id']}/{verb}", json=body, headers={"Authorization": f"Bearer {bundle['token']}"}
    )


def done(key: str, **more: Any) -> dict[str, Any]:
    return {"report": {"key": key, "kind": key.partition(":")[0], "moved": "better", "effect": 1.0, **more}}


async def kept(database: Database, business: Business) -> int:
    async with database.tenant(business.tenant_id) as session:
        found: int = (await session.execute(text(ROWS))).scalar_one()
    return found


async def test_a_replay_is_ordered_played_case_by_case_and_told(
    shop: Business, agent: Agent, database: Database
) -> None:
    past = await talk(shop, agent, "Soy Lucía, ¿abren el domingo?", "No lo sé, Lucía.")
    await draft(shop)
    asked = await shop.ok("POST", "/v1/replays", ORDER)
    assert (asked["status"], asked["progress"], asked["verdict"]) == ("queued", {"done": 0, "total": 1}, None)
    assert (await shop.ok("POST", "/v1/replays", ORDER))["id"] == asked["id"]
    [bundle] = await agent.claim(shop, "replay")
    key = f"turn:{past['id']}"
    assert [case["key"] for case in bundle["cases"]] == [key]
    assert (bundle["base"]["lessons"], bundle["candidate"]["lessons"]) == ([], ["Abrimos los domingos."])
    told = done(key, asked="Soy Lucía", before={"answers": ["Hola Lucía, tel. 55 1234 5678"]}, why=["Lucía"])
    for _ in range(2):
        assert (await tell(agent, bundle, "cases", {**told, "cost_micros": 12})).status_code == 204
    shown = await shop.ok("GET", f"/v1/replays/{asked['id']}")
    assert (shown["status"], shown["progress"], shown["cost_micros"]) == ("running", {"done": 1, "total": 1}, 12)
    [case] = shown["cases"]
    assert (case["asked"], case["before"]["answers"], case["why"]) == (
        "Soy «name»",
        ["Hola «name», tel. «phone»"],
        ["«name»"],
    )
    for _ in range(2):
        verdict = {"verdict": "improved", "confidence": 0.75, "machinery_only": True}
        assert (await tell(agent, bundle, "done", verdict)).status_code == 204
    [row] = (await shop.ok("GET", "/v1/replays"))["items"]
    assert (row["status"], row["verdict"], row["confidence"], row["machinery_only"]) == ("done", "improved", 0.75, True)
    assert row["finished_at"] is not None
    assert "cases" not in row
    await settled(database)
    [event] = (await shop.ok("GET", "/v1/events", type="replay.finished"))["items"]
    assert (event["subject_id"], event["data"]) == (
        asked["id"],
        {"status": "done", "verdict": "improved", "lesson_id": None},
    )
    assert (await tell(agent, bundle, "cases", told)).status_code == 409


async def test_a_past_turn_comes_with_its_own_moment_and_record(
    shop: Business, agent: Agent, database: Database
) -> None:
    fact = {
        "id": str(new_id()),
        "kind": "fact",
        "subject": {"type": "tenant", "id": "t", "name": "", "aliases": []},
        "value": {"key": "x", "text": "y"},
        "source": "search_products",
        "expires_at": None,
    }
    first = await talk(shop, agent, "hola", "¡Hola!", evidence=[fact])
    second = await talk(shop, agent, "¿abren?", "Sí.", evidence=[{**fact, "id": str(new_id())}])
    await talk(shop, agent, "gracias", "De nada.")
    await draft(shop)
    await shop.ok("POST", "/v1/replays", ORDER)
    [bundle] = await agent.claim(shop, "replay")
    assert len(bundle["cases"]) == service.TURNS_EACH
    before = await kept(database, shop)
    material = (await tell(agent, bundle, "case", {"key": f"turn:{second['id']}"})).json()
    was = material["bundle"]
    assert [line["body"] for line in was["missed"]] == ["hola", "¡Hola!"]
    assert [message["body"] for message in material["turns"][0]["messages"]] == ["¿abren?"]
    assert [item["turn_id"] for item in was["evidence"]] == [first["id"]]
    assert [item["turn_id"] for item in material["recorded"]["evidence"]] == [second["id"]]
    assert datetime.fromisoformat(first["now"]) < datetime.fromisoformat(was["now"])
    assert datetime.fromisoformat(was["now"]) <= datetime.fromisoformat(second["now"])
    wrote = await agent.tool({**was, "messages": second["messages"]}, "hand_off", {"reason": "x", "summary": "x"})
    assert wrote.status_code == 200
    assert await kept(database, shop) == before


async def test_a_scenario_is_played_with_nobody_and_leaves_nothing(
    shop: Business, agent: Agent, database: Database
) -> None:
    chat = [{"says": "quiero dos", "hears": ["2"]}, {"says": "sí"}]
    scenario = await shop.ok("POST", "/v1/scenarios", {"title": "Dos", "chat": chat, "expect": {"does": ["hand_off"]}})
    product = {"name": "Gorra", "variants": [{"sku": f"G-{new_id().hex[-8:]}", "price": 100, "stock": 9}]}
    variant = (await shop.ok("POST", "/v1/products", product))["variants"][0]
    await draft(shop)
    await shop.ok("POST", "/v1/replays", {**ORDER, "conversations": 0})
    [bundle] = await agent.claim(shop, "replay")
    [case] = bundle["cases"]
    assert case["key"] == f"scenario:{scenario['id']}"
    material = (await tell(agent, bundle, "case", {"key": case["key"]})).json()
    assert (material["title"], [len(turn["messages"]) for turn in material["turns"]]) == ("Dos", [1, 1])
    assert material["expect"]["does"] == ["hand_off"]
    async with database.tenant(shop.tenant_id) as session:
        before = (await session.execute(text("SELECT count(*) FROM contacts"))).scalar_one()
    played = {**material["bundle"], "messages": material["turns"][0]["messages"]}
    for tool, arguments in (
        ("create_quote", {"items": [{"variant_id": variant["id"], "quantity": 2}]}),
        ("schedule_follow_up", {"when": "mañana a las 11:00", "topic": "x"}),
        ("hand_off", {"reason": "x", "summary": "x"}),
    ):
        used = await agent.tool(played, tool, arguments)
        assert used.status_code == 200, used.text
    assert await kept(database, shop) == 0
    async with database.tenant(shop.tenant_id) as session:
        assert (await session.execute(text("SELECT count(*) FROM contacts"))).scalar_one() == before
        assert (await session.execute(text("SELECT count(*) FROM turns"))).scalar_one() == 0
    await shop.ok("DELETE", f"/v1/scenarios/{scenario['id']}")
    assert (await tell(agent, bundle, "case", {"key": case["key"]})).status_code == 404


async def test_a_dead_holders_replay_is_taken_up_where_it_stood_and_given_up_in_the_end(
    shop: Business, agent: Agent, database: Database
) -> None:
    past = await talk(shop, agent, "hola", "¡Hola!")
    await talk(shop, agent, "¿abren?", "Sí.")
    await draft(shop)
    asked = await shop.ok("POST", "/v1/replays", ORDER)
    [late] = await agent.claim(shop, "replay")
    key = f"turn:{past['id']}"
    assert (await tell(agent, late, "cases", done(key))).status_code == 204
    for attempt in (2, 3, 4):
        await _dies(database, shop)
        claimed = await agent.claim(shop, "replay")
        if attempt == 4:
            assert claimed == []
            break
        [bundle] = claimed
        assert (bundle["attempt"], [case["key"] for case in bundle["done"]]) == (attempt, [key])
        assert (await tell(agent, late, "cases", done(key))).json()["type"].endswith("lease-lost")
    shown = await shop.ok("GET", f"/v1/replays/{asked['id']}")
    assert (shown["status"], shown["reason"], shown["progress"]["done"]) == ("failed", "agent-died", 1)


async def _dies(database: Database, business: Business) -> None:
    async with database.tenant(business.tenant_id) as session:
        await session.execute(text("UPDATE replays SET lease_until = now() - interval '1 second'"))


async def test_one_that_cannot_be_played_fails_with_its_reason(shop: Business, agent: Agent) -> None:
    await talk(shop, agent, "hola", "¡Hola!")
    await draft(shop)
    asked = await shop.ok("POST", "/v1/replays", ORDER)
    [bundle] = await agent.claim(shop, "replay")
    told = {"reason": "budget-spent", "final": True}
    for _ in range(2):
        assert (await tell(agent, bundle, "fail", told)).status_code == 204
    shown = await shop.ok("GET", f"/v1/replays/{asked['id']}")
    assert (shown["status"], shown["reason"], shown["verdict"]) == ("failed", "budget-spent", None)
    assert (await shop.ok("POST", "/v1/replays", ORDER))["id"] != asked["id"]


async def test_what_cannot_be_ordered_is_refused(shop: Business, agent: Agent) -> None:
    same = await shop.call("POST", "/v1/replays", {})
    assert (same.status_code, same.json()["type"]) == (422, "urn:tendero:problem:no-difference")
    wrong: Any
    for wrong in (
        {"of": "nothing"},
        {"of": "9"},
        {"runs": 11},
        {"runs": 0},
        {"conversations": 101},
        {"parts": {"lessons": ["x" * 601]}},
        {"parts": {"voice": "{{nothing}}"}},
        {"parts": {"lessons": ["a\0b"]}},
        {"parts": 3},
        {"unknown": 1},
        [],
    ):
        refused = await shop.call("POST", "/v1/replays", wrong)
        assert refused.status_code in (400, 404, 422), (wrong, refused.text)
    parts = await shop.ok("POST", "/v1/replays", {"parts": {"voice": "Tutea."}, "conversations": 0})
    assert (parts["candidate"]["voice"], parts["base"]["voice"]) == ("Tutea.", "")
    [bundle] = await agent.claim(shop, "replay")
    assert bundle["cases"] == []


async def test_the_agent_is_held_to_its_own_replay(shop: Business, agent: Agent) -> None:
    past = await talk(shop, agent, "hola", "¡Hola!")
    await draft(shop)
    await shop.ok("POST", "/v1/replays", ORDER)
    [bundle] = await agent.claim(shop, "replay")
    foreign = {**bundle, "id": str(new_id())}
    assert (await tell(agent, foreign, "done", {"verdict": "improved", "confidence": 1})).status_code == 403
    assert (await tell(agent, bundle, "case", {"key": f"turn:{new_id()}"})).status_code == 404
    for verb, wrong in (
        ("cases", {"report": {"key": "turn:x", "kind": "turn", "moved": "better"}}),
        ("cases", done(f"turn:{past['id']}", effect=7)),
        ("cases", done(f"turn:{past['id']}", moved="great")),
        ("done", {"verdict": "splendid", "confidence": 1}),
        ("done", {"verdict": "improved", "confidence": 2}),
        ("fail", {"reason": "with spaces"}),
    ):
        assert (await tell(agent, bundle, verb, wrong)).status_code == 422, (verb, wrong)
    writes = await agent.tool({**bundle, "messages": past["messages"]}, "hand_off", {"reason": "x", "summary": "x"})
    assert writes.status_code == 409
    unknown = done(f"turn:{new_id()}")
    assert (await tell(agent, bundle, "cases", unknown)).status_code == 204
    shown = await shop.ok("GET", f"/v1/replays/{bundle['id']}")
    assert shown["progress"] == {"done": 0, "total": 1}


async def test_only_so_many_wait_at_once(shop: Business, database: Database) -> None:
    async with database.tenant(shop.tenant_id) as session:
        for number in range(service.MOST_WAITING):
            order = ReplayOrder(base={"version": 1}, candidate={"voice": str(number)}, conversations=0)
            await service.order_replay(session, order, lesson_id=new_id())
    await draft(shop)
    refused = await shop.call("POST", "/v1/replays", ORDER)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:tendero:problem:too-many-replays")


@pytest.mark.parametrize("limit", [1, 2])
async def test_replays_are_listed_page_by_page_and_found_by_lesson(
    shop: Business, database: Database, limit: int
) -> None:
    lessons = [new_id(), new_id(), new_id()]
    async with database.tenant(shop.tenant_id) as session:
        for lesson_id in lessons:
            order = ReplayOrder(base={"version": 1}, candidate={"voice": "x"}, conversations=0)
            await service.order_replay(session, order, lesson_id=lesson_id)
    found, cursor = [], None
    while True:
        page = await shop.ok("GET", "/v1/replays", limit=limit, **({"cursor": cursor} if cursor else {}))
        found += [UUID(item["lesson_id"]) for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == lessons[::-1]
    async with database.tenant(shop.tenant_id) as session:
        [of_one] = await service.list_replays(session, None, 5, lessons[1])
    assert of_one.lesson_id == lessons[1]
