"""From quote to order: prices of the moment, consent before effect, stock taken once."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import update

from backend import clock
from backend.database import Database
from backend.orders.models import Order, Quote
from backend.orders.service import open_cards
from backend.settings import Settings
from tests.factories import (
    Business,
    Client,
    OpenTurn,
    customer_writes,
    make_business,
    open_turn,
    present_and_answer,
)


async def stocked(business: Business, stock: int = 3, sku: str = "VEL-26") -> Any:
    """The only variant of a new product."""
    variant = {"sku": sku, "options": {"talla": "26"}, "price": 129900, "stock": stock}
    return (await business.ok("POST", "/v1/products", {"name": "Tenis Veloz", "variants": [variant]}))["variants"][0]


async def quoted(turn: OpenTurn, variant: Any, quantity: int = 1) -> Any:
    return await turn.use("create_quote", {"items": [{"variant_id": variant["id"], "quantity": quantity}]})


async def stock_of(business: Business) -> int:
    page = await business.ok("GET", "/v1/products")
    return int(page["items"][0]["variants"][0]["stock"])


async def test_a_quote_adds_up_at_the_prices_of_now(
    client: Client, settings: Settings, database: Database, business: Business
) -> None:
    variant = await stocked(business)
    turn = await open_turn(client, database, settings, business.tenant_id)
    items = [{"variant_id": variant["id"], "quantity": 1}, {"variant_id": variant["id"], "quantity": 1}]
    answer = await turn.use("create_quote", {"items": items})
    quote = answer["result"]
    assert quote["code"].startswith("Q-")
    assert (quote["total"], quote["currency"]) == (259800, "MXN")
    assert quote["expires_at"].endswith("-06:00"), "the business's zone"
    (line,) = quote["lines"]
    assert (line["name"], line["quantity"], line["unit_price"]) == ("Tenis Veloz 26", 2, 129900)
    assert [item["kind"] for item in answer["evidence"]] == ["quote", "price"]
    public = await business.ok("GET", f"/v1/quotes/{quote['quote_id']}")
    assert public["total"] == 259800
    other = await make_business(client, settings)
    assert (await other.call("GET", f"/v1/quotes/{quote['quote_id']}")).status_code == 404


async def test_a_quote_beyond_the_stock_says_what_is_left(
    client: Client, settings: Settings, database: Database, business: Business
) -> None:
    variant = await stocked(business, stock=2)
    turn = await open_turn(client, database, settings, business.tenant_id)
    refused = await turn.call("create_quote", {"items": [{"variant_id": variant["id"], "quantity": 3}]})
    assert refused.status_code == 422
    problem = refused.json()
    assert problem["type"] == "urn:tendero:problem:not-enough-stock"
    assert "2 left of Tenis Veloz 26" in problem["detail"]
    foreign = await stocked(await make_business(client, settings))
    missing = await turn.call("create_quote", {"items": [{"variant_id": foreign["id"], "quantity": 1}]})
    assert missing.status_code == 404


async def test_an_order_needs_an_answer_that_came_after_the_offer(
    client: Client, settings: Settings, database: Database, business: Business
) -> None:
    turn = await open_turn(client, database, settings, business.tenant_id)
    quote = (await quoted(turn, await stocked(business)))["result"]
    early = await turn.call("place_order", {"proposal_id": quote["proposal_id"]})
    assert early.status_code == 409
    assert early.json()["type"] == "urn:tendero:problem:proposal-not-answered"
    assert await stock_of(business) == 3
    await present_and_answer(database, turn)
    answer = await turn.use("place_order", {"proposal_id": quote["proposal_id"], "delivery": "Calle 1"})
    order = answer["result"]
    assert (order["status"], order["total"], order["delivery"]) == ("pending_payment", 129900, "Calle 1")
    assert {"action": "order_placed", "code": order["code"]} in [item["value"] for item in answer["evidence"]]
    assert await stock_of(business) == 2
    assert (await business.ok("GET", f"/v1/orders/{order['order_id']}"))["code"] == order["code"]
    assert [item["code"] for item in (await business.ok("GET", "/v1/orders"))["items"]] == [order["code"]]
    other = await make_business(client, settings)
    assert (await other.call("GET", f"/v1/orders/{order['order_id']}")).status_code == 404
    assert (await other.ok("GET", "/v1/orders"))["items"] == []


async def test_a_yes_after_the_words_of_a_person_may_be_theirs_and_orders_nothing(
    client: Client, settings: Settings, database: Database, business: Business
) -> None:
    variant = await stocked(business)
    turn = await open_turn(client, database, settings, business.tenant_id)
    quote = (await quoted(turn, variant))["result"]
    await present_and_answer(database, turn, "¿y de qué color?")
    await business.ok("POST", f"/v1/conversations/{turn.conversation_id}/messages", {"text": "¿Reviso tu talla antes?"})
    await customer_writes(database, turn, "sí")
    refused = await turn.call("place_order", {"proposal_id": quote["proposal_id"]})
    assert refused.status_code == 409
    assert "A colleague wrote" in refused.json()["detail"]
    assert await stock_of(business) == 3
    anew = (await quoted(turn, variant, 2))["result"]
    await present_and_answer(database, turn)
    assert (await turn.use("place_order", {"proposal_id": anew["proposal_id"]}))["result"]["total"] == 259800


async def test_a_newer_quote_withdraws_the_older_offer(
    client: Client, settings: Settings, database: Database, business: Business
) -> None:
    variant = await stocked(business)
    turn = await open_turn(client, database, settings, business.tenant_id)
    first = (await quoted(turn, variant, 1))["result"]
    second = (await quoted(turn, variant, 2))["result"]
    await present_and_answer(database, turn)
    assert (await turn.call("place_order", {"proposal_id": first["proposal_id"]})).status_code == 409
    assert (await turn.use("place_order", {"proposal_id": second["proposal_id"]}))["result"]["total"] == 259800


async def test_a_replayed_call_gets_the_first_answer_and_takes_stock_once(
    client: Client, settings: Settings, database: Database, business: Business
) -> None:
    variant = await stocked(business)
    turn = await open_turn(client, database, settings, business.tenant_id)
    first, second = [await quoted(turn, variant) for _ in range(2)]
    assert (first["replayed"], second["replayed"]) == (False, True)
    assert second["result"] == first["result"]
    await present_and_answer(database, turn)
    place = {"proposal_id": first["result"]["proposal_id"]}
    answers = await asyncio.gather(*(turn.use("place_order", place) for _ in range(4)))
    assert len({answer["result"]["code"] for answer in answers}) == 1
    assert sorted(answer["replayed"] for answer in answers) == [False, True, True, True]
    again = await turn.use("place_order", place, occurrence=1)
    assert again["result"]["code"] == answers[0]["result"]["code"], "one order a quote, also for a further call"
    assert await stock_of(business) == 2


async def test_of_two_racers_for_the_last_item_exactly_one_gets_it(
    client: Client, settings: Settings, database: Database, business: Business
) -> None:
    variant = await stocked(business, stock=1)
    turns = [await open_turn(client, database, settings, business.tenant_id) for _ in range(5)]
    proposals = []
    for turn in turns:
        proposals.append((await quoted(turn, variant))["result"]["proposal_id"])
        await present_and_answer(database, turn)
    answers = await asyncio.gather(
        *(turn.call("place_order", {"proposal_id": proposal}) for turn, proposal in zip(turns, proposals, strict=True))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]
    losers = [answer.json() for answer in answers if answer.status_code == 409]
    assert {loser["type"] for loser in losers} == {"urn:tendero:problem:out-of-stock"}
    assert all("0 left of Tenis Veloz 26" in loser["detail"] for loser in losers)
    assert await stock_of(business) == 0
    assert len((await business.ok("GET", "/v1/orders"))["items"]) == 1


async def test_orders_of_the_same_things_in_another_order_do_not_deadlock(
    client: Client, settings: Settings, database: Database, business: Business
) -> None:
    variants = [await stocked(business, stock=50, sku=f"S-{number}") for number in range(3)]
    turns = [await open_turn(client, database, settings, business.tenant_id) for _ in range(6)]
    proposals = []
    for number, turn in enumerate(turns):
        wanted = variants if number % 2 else variants[::-1]
        items = [{"variant_id": variant["id"], "quantity": 1} for variant in wanted]
        proposals.append((await turn.use("create_quote", {"items": items}))["result"]["proposal_id"])
        await present_and_answer(database, turn)
    answers = await asyncio.gather(
        *(turn.call("place_order", {"proposal_id": proposal}) for turn, proposal in zip(turns, proposals, strict=True))
    )
    assert [answer.status_code for answer in answers] == [200] * 6


async def test_out_of_stock_rolls_everything_back(
    client: Client, settings: Settings, database: Database, business: Business
) -> None:
    plenty, scarce = await stocked(business, 9, "A"), await stocked(business, 1, "B")
    turn = await open_turn(client, database, settings, business.tenant_id)
    items = [{"variant_id": item["id"], "quantity": 1} for item in (plenty, scarce)]
    quote = (await turn.use("create_quote", {"items": items}))["result"]
    await present_and_answer(database, turn)
    await business.ok("PATCH", f"/v1/variants/{scarce['id']}", {"stock": 0})
    assert (await turn.call("place_order", {"proposal_id": quote["proposal_id"]})).status_code == 409
    stocks = [item["variants"][0]["stock"] for item in (await business.ok("GET", "/v1/products"))["items"]]
    assert stocks == [9, 0]
    await business.ok("PATCH", f"/v1/variants/{scarce['id']}", {"stock": 1})
    await turn.use("place_order", {"proposal_id": quote["proposal_id"]})


async def test_an_expired_quote_is_not_ordered(
    client: Client, settings: Settings, database: Database, business: Business
) -> None:
    turn = await open_turn(client, database, settings, business.tenant_id)
    quote = (await quoted(turn, await stocked(business)))["result"]
    await present_and_answer(database, turn)
    async with database.tenant(business.tenant_id) as session:
        await session.execute(update(Quote).values(expires_at=clock.now() - timedelta(seconds=1)))
    refused = await turn.call("place_order", {"proposal_id": quote["proposal_id"]})
    assert refused.json()["type"] == "urn:tendero:problem:quote-expired"


async def test_a_customer_sees_their_own_orders_only(
    client: Client, settings: Settings, database: Database, business: Business
) -> None:
    turn = await open_turn(client, database, settings, business.tenant_id)
    quote = (await quoted(turn, await stocked(business)))["result"]
    await present_and_answer(database, turn)
    order = (await turn.use("place_order", {"proposal_id": quote["proposal_id"]}))["result"]
    spoken = order["code"].removeprefix("P-").lower()
    assert (await turn.use("order_status", {"order_code": f"#{spoken}"}))["result"]["code"] == order["code"]
    assert (await turn.use("order_status", {}))["result"]["code"] == order["code"]
    stranger = await open_turn(client, database, settings, business.tenant_id)
    assert (await stranger.call("order_status", {"order_code": order["code"]})).status_code == 404
    assert (await stranger.call("order_status", {})).status_code == 404
    assert (await stranger.call("place_order", {"proposal_id": quote["proposal_id"]})).status_code == 409


async def test_open_cards_are_quotes_that_stand_and_orders_under_way(
    client: Client, settings: Settings, database: Database, business: Business
) -> None:
    variant = await stocked(business)
    turn = await open_turn(client, database, settings, business.tenant_id)
    quote = (await quoted(turn, variant))["result"]
    async with database.tenant(business.tenant_id) as session:
        before = await open_cards(session, turn.contact_id)
    assert [card["code"] for card in before["quotes"]] == [quote["code"]]
    await present_and_answer(database, turn)
    order = (await turn.use("place_order", {"proposal_id": quote["proposal_id"]}))["result"]
    async with database.tenant(business.tenant_id) as session:
        after = await open_cards(session, turn.contact_id)
    assert after["quotes"] == []
    assert [(card["code"], card["status"]) for card in after["orders"]] == [(order["code"], "pending_payment")]


async def test_bad_quotes_are_refused(
    client: Client, settings: Settings, database: Database, business: Business
) -> None:
    variant = await stocked(business)
    turn = await open_turn(client, database, settings, business.tenant_id)
    for items in ([], [{"variant_id": variant["id"], "quantity": 0}], [{"variant_id": "x", "quantity": 1}]):
        assert (await turn.call("create_quote", {"items": items})).status_code == 422
    headers = {"Authorization": f"Bearer {business.api_key}"}
    answer = await client.post("/internal/tools/create_quote", json={"arguments": {"items": []}}, headers=headers)
    assert answer.status_code == 401, "an API key is no turn"


async def test_orders_are_found_by_time_status_and_contact_in_either_order(
    client: Client, settings: Settings, database: Database, business: Business
) -> None:
    variant, now = await stocked(business, 9), clock.now()
    made: list[tuple[str, str]] = []
    for days in (3, 1, 2, 2, 0):
        turn = await open_turn(client, database, settings, business.tenant_id)
        quote = (await quoted(turn, variant))["result"]
        await present_and_answer(database, turn)
        order = (await turn.use("place_order", {"proposal_id": quote["proposal_id"]}))["result"]
        made.append((order["order_id"], str(turn.contact_id)))
        async with database.tenant(business.tenant_id) as session:
            placed = (
                update(Order).where(Order.id == UUID(order["order_id"])).values(created_at=now - timedelta(days=days))
            )
            await session.execute(placed)
    oldest, later, middle, twin, newest = [order for order, _ in made]

    async def listed(**query: Any) -> list[str]:
        found: list[str] = []
        while True:
            page = await business.ok("GET", "/v1/orders", limit=2, **query)
            found += [order["id"] for order in page["items"]]
            if page["next_cursor"] is None:
                return found
            query["cursor"] = page["next_cursor"]

    assert await listed(sort="created_at") == [oldest, middle, twin, later, newest]
    assert await listed() == [newest, later, twin, middle, oldest]
    span = {"from": (now - timedelta(days=2)).isoformat(), "to": now.isoformat()}
    assert await listed(**span) == [later, twin, middle]
    assert await listed(**span, contact_id=made[3][1]) == [twin]
    async with database.tenant(business.tenant_id) as session:
        await session.execute(update(Order).where(Order.id == UUID(middle)).values(status="paid"))
    assert await listed(**span, status="paid") == [middle]
