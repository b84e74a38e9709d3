"""Stock that is kept for somebody: counted once, taken once, given back by itself."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

from backend import clock
from backend.catalog.reservations import reserve, take_stock
from backend.database import Database
from backend.settings import Settings
from tests.factories import Business, Client, open_turn, present_and_answer


async def stocked(business: Business, stock: int = 3) -> Any:
    """The only variant of a new product."""
    variant = {"sku": "VEL-26", "options": {"talla": "26"}, "price": 129900, "stock": stock}
    return (await business.ok("POST", "/v1/products", {"name": "Tenis Veloz", "variants": [variant]}))["variants"][0]


async def test_racers_take_and_reserve_no_more_than_there_is(business: Business, database: Database) -> None:
    """50 orders and 50 reservations of one piece each, for 7 pieces, all at once."""
    variant_id = UUID((await stocked(business, 7))["id"])
    until = clock.now() + timedelta(minutes=5)

    async def one(number: int) -> bool:
        async with database.tenant(business.tenant_id) as session:
            if number % 2:
                return not await take_stock(session, {variant_id: 1})
            return bool((await reserve(session, {variant_id: 1}, until))[0])

    won = await asyncio.gather(*(one(number) for number in range(100)))
    assert sum(won) == 7
    view = await business.ok("GET", f"/v1/variants/{variant_id}")
    assert (view["available"], view["stock"] - view["reserved"]) == (0, 0)


async def test_a_quote_that_reserves_keeps_its_things_for_its_order_alone(
    client: Client, settings: Settings, database: Database, business: Business
) -> None:
    await business.ok("PATCH", "/v1/tenant", {"settings": {"reserve_quote_minutes": 30}})
    variant = await stocked(business, 3)
    first = await open_turn(client, database, settings, business.tenant_id)
    second = await open_turn(client, database, settings, business.tenant_id)

    async def asks(turn: Any, quantity: int) -> Any:
        return await turn.call("create_quote", {"items": [{"variant_id": variant["id"], "quantity": quantity}]})

    assert (await asks(first, 3)).status_code == 200
    quote = (await asks(first, 2)).json()["result"]
    assert "reserved_until" in quote
    view = await business.ok("GET", f"/v1/variants/{variant['id']}")
    assert (view["stock"], view["reserved"], view["available"]) == (3, 2, 1), (
        "the newer quote took the older one's place"
    )
    refused = await asks(second, 2)
    assert refused.json()["type"] == "urn:tendero:problem:not-enough-stock"
    cards = await second.use(
        "product_cards", {"product_ids": [(await business.ok("GET", "/v1/products"))["items"][0]["id"]]}
    )
    assert cards["result"]["products"][0]["variants"][0]["stock"] == 1
    await business.ok("PATCH", f"/v1/variants/{variant['id']}", {"stock": 2})
    view = await business.ok("GET", f"/v1/variants/{variant['id']}")
    assert view["available"] == 0
    await present_and_answer(database, first)
    await first.use("place_order", {"proposal_id": quote["proposal_id"]})
    view = await business.ok("GET", f"/v1/variants/{variant['id']}")
    assert (view["stock"], view["reserved"]) == (0, 0)
