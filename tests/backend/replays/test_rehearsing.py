"""The steps of a rehearsed run build on each other, and nothing of them stays, in no table at all."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from backend.database import Database, new_id
from backend.settings import Settings
from tests.backend.line import Agent
from tests.backend.replays.rehearsals import Rehearsed, case_of, everything
from tests.backend.replays.talks import talk
from tests.factories import Business, open_turn, working_day

CHAT = [{"says": "quiero dos gorras"}, {"says": "sí"}]


@pytest.fixture
async def sku(shop: Business) -> str:
    """Of caps, three of which are there."""
    sku = f"G-{new_id().hex[-8:]}"
    await shop.ok("POST", "/v1/products", {"name": "Gorra", "variants": [{"sku": sku, "price": 100, "stock": 3}]})
    return sku


async def variant_of(shop: Business, sku: str) -> str:
    [product] = (await shop.ok("GET", "/v1/products"))["items"]
    return next(str(one["id"]) for one in product["variants"] if one["sku"] == sku)


async def begun(shop: Business, agent: Agent, **expect: Any) -> Rehearsed:
    """A run of a new scenario, in which the customer has just written."""
    scenario = await shop.ok("POST", "/v1/scenarios", {"title": "Dos", "chat": CHAT, "expect": expect})
    run = Rehearsed(agent.client, (await case_of(shop, agent, scenario))["bundle"]["token"])
    await run.says("quiero dos gorras")
    return run


async def test_a_quote_is_ordered_in_the_next_turn_and_no_table_changes(
    shop: Business, agent: Agent, database: Database, sku: str
) -> None:
    variant_id = await variant_of(shop, sku)
    run = await begun(shop, agent)
    before = await everything(database, shop)
    quote = await run.uses("create_quote", items=[{"variant_id": variant_id, "quantity": 2}])
    early = await run.tries("place_order", proposal_id=quote["proposal_id"])
    assert (early.status_code, early.json()["type"]) == (409, "urn:tendero:problem:proposal-not-answered")
    await run.says("sí", "Son 2.00, ¿los pido?")
    open_then = await run.standing()
    assert [(card["id"], card["answerable"]) for card in open_then["proposals"]] == [(quote["proposal_id"], True)]
    assert [card["code"] for card in open_then["open"]["quotes"]] == [quote["code"]]
    placed = await run.uses("place_order", proposal_id=quote["proposal_id"])
    status = await run.uses("order_status", order_code=placed["code"])
    assert (status["code"], status["status"]) == (placed["code"], "pending_payment")
    assert (await run.standing())["state"] == {
        "orders": [{"status": "pending_payment", "items": [{"sku": sku, "quantity": 2}]}],
        "bookings": [],
        "handed_off": False,
    }
    short = await run.tries("create_quote", items=[{"variant_id": variant_id, "quantity": 2}])
    assert (short.status_code, short.json()["type"]) == (422, "urn:tendero:problem:not-enough-stock")
    assert await everything(database, shop) == before


async def test_a_slot_is_held_and_booked_and_shown_and_stays_free(
    shop: Business, agent: Agent, database: Database
) -> None:
    service = await shop.ok("POST", "/v1/services", {"name": "Corte", "duration_minutes": 30, "price": 100})
    await shop.ok("POST", "/v1/staff", {"name": "Bia", "service_ids": [service["id"]]})
    run = await begun(shop, agent)
    before = await everything(database, shop)
    wish = {"service": "Corte", "when": f"{working_day()} 10:00"}
    held = await run.uses("find_and_hold_slot", **wish)
    await run.says("sí", "¿Confirmo?")
    booked = await run.uses("confirm_booking", proposal_id=held["proposal_id"])
    assert [card["code"] for card in (await run.uses("my_bookings"))["bookings"]] == [booked["code"]]
    await run.uses("hand_off", reason="requested", summary="x")
    state = (await run.standing())["state"]
    assert state["bookings"] == [
        {"service": "Corte", "staff": "Bia", "start": booked["start"][:16], "status": "CONFIRMED"}
    ]
    assert state["handed_off"]
    other = Rehearsed(agent.client, run.token)
    await other.says("quiero un corte a las 10")
    again = await other.uses("find_and_hold_slot", **wish)
    assert (again["start"], again["proposal_id"] == held["proposal_id"]) == (held["start"], False)
    assert await everything(database, shop) == before


async def test_the_same_quote_in_a_later_turn_is_a_new_one(shop: Business, agent: Agent, sku: str) -> None:
    items = [{"variant_id": await variant_of(shop, sku), "quantity": 1}]
    run = await begun(shop, agent)
    first = await run.uses("create_quote", items=items)
    await run.says("mejor dime otra vez", "Cuesta 1.00.")
    second = await run.uses("create_quote", items=items)
    assert first["code"] != second["code"]
    assert [card["id"] for card in (await run.standing())["proposals"]] == [second["proposal_id"]]


async def test_what_cannot_be_rolled_back_is_refused_and_so_is_every_other_token(
    shop: Business, agent: Agent, database: Database, settings: Settings
) -> None:
    run = await begun(shop, agent)
    assert (await run.tries("send_payment_link", order_code="P-7KM4XP")).status_code == 403
    assert (await run.tries("no_such_tool")).status_code == 404
    assert (await run.tries("../replays")).status_code == 422
    real = await open_turn(agent.client, database, settings, shop.tenant_id)
    live = Rehearsed(agent.client, real.token)
    assert (await live.tries("hand_off", reason="x", summary="x")).status_code == 403
    past = await talk(shop, agent, "hola", "¡Hola!")
    await shop.ok("POST", "/v1/replays", {"of": "draft", "conversations": 1, "runs": 1, "scenarios": False})
    [bundle] = await agent.claim(shop, "replay")
    headers = {"Authorization": f"Bearer {bundle['token']}"}
    path, key = f"/internal/replays/{bundle['id']}/case", f"turn:{past['id']}"
    material = (await agent.client.post(path, json={"key": key}, headers=headers)).json()
    somebody = Rehearsed(agent.client, material["bundle"]["token"])
    somebody.message_id = past["messages"][-1]["id"]
    before = await everything(database, shop)
    await somebody.uses("schedule_follow_up", when="mañana 11:00", topic="x")
    await somebody.uses("hand_off", reason="requested", summary="x")
    await somebody.says("¿sigues ahí?", "Sí.")
    assert (await somebody.ask("standing")).status_code == 403
    assert await everything(database, shop) == before


async def test_a_rehearsal_gives_way_to_a_customer_who_orders(
    shop: Business, agent: Agent, database: Database, sku: str
) -> None:
    run = await begun(shop, agent)
    quote = await run.uses("create_quote", items=[{"variant_id": await variant_of(shop, sku), "quantity": 1}])
    await run.says("sí", "¿Lo pido?")
    async with database.tenant(shop.tenant_id) as session:
        await session.execute(text("UPDATE variants SET stock = stock - 1 WHERE sku = :sku"), {"sku": sku})
        waiting = await asyncio.wait_for(run.tries("place_order", proposal_id=quote["proposal_id"]), 10)
        assert waiting.status_code == 503
    await run.uses("place_order", proposal_id=quote["proposal_id"])


async def test_starts_are_counted_from_the_day_of_the_replay(shop: Business, agent: Agent) -> None:
    await shop.ok("POST", "/v1/services", {"name": "Corte", "duration_minutes": 30, "price": 100})
    bookings = [{"service": "corte", "start": start} for start in ("mañana 10:00", "9:30")] + [{"service": "Corte"}]
    expect = {"state": {"orders": [], "bookings": bookings}}
    scenario = await shop.ok("POST", "/v1/scenarios", {"title": "Cita", "chat": CHAT, "expect": expect})
    told = (await case_of(shop, agent, scenario))["expect"]["state"]
    tomorrow = datetime.now(ZoneInfo("America/Mexico_City")).date() + timedelta(days=1)
    assert [booking["at"] for booking in told["bookings"]] == [f"{tomorrow}T10:00", "09:30", None]
    assert told["orders"] == []
