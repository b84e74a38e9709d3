"""Stock that is kept for somebody: counted once, taken once, given back by itself."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from backend import clock
from backend.catalog.models import Product, StockReservation, Variant
from backend.catalog.reservations import reserve, take_stock
from backend.catalog.sweep import settle_due
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
    for turn, left in ((second, 1), (first, 3)):  # what is kept for them is not sold out for them
        found = await turn.use("check_stock", {"variant_ids": [variant["id"]]})
        assert found["result"]["variants"][0]["stock"] == left
        assert [one["value"]["quantity"] for one in found["evidence"] if one["kind"] == "stock"] == [left]
    await business.ok("PATCH", f"/v1/variants/{variant['id']}", {"stock": 2})
    view = await business.ok("GET", f"/v1/variants/{variant['id']}")
    assert view["available"] == 0
    await present_and_answer(database, first)
    await first.use("place_order", {"proposal_id": quote["proposal_id"]})
    view = await business.ok("GET", f"/v1/variants/{variant['id']}")
    assert (view["stock"], view["reserved"]) == (0, 0)


async def test_what_has_expired_counts_no_more_and_the_index_hears_of_it(
    business: Business, database: Database
) -> None:
    variant = await stocked(business, 2)
    kept = await business.ok("POST", "/v1/stock-reservations", {"sku": "VEL-26", "quantity": 2, "reference": "caja 4"})
    assert (await business.ok("GET", "/v1/stock-reservations", reference="caja 4"))["items"] == [kept]
    refused = await business.call("POST", "/v1/stock-reservations", {"sku": "VEL-26", "quantity": 1})
    assert (refused.status_code, refused.json()["stock"]) == (409, 0)
    past = clock.now() - timedelta(minutes=1)
    async with database.tenant(business.tenant_id) as session:
        await session.execute(update(StockReservation).values(expires_at=past))
        was = await session.scalar(select(Product.revision))
    assert (await business.ok("GET", f"/v1/variants/{variant['id']}"))["available"] == 2
    await settle_due(database)
    async with database.tenant(business.tenant_id) as session:
        assert await session.scalar(select(StockReservation.id)) is None
        assert await session.scalar(select(Variant.reserved)) == 0
        assert (await session.scalar(select(Product.revision)) or 0) > (was or 0)
    again = await business.ok("POST", "/v1/stock-reservations", {"sku": "VEL-26", "quantity": 2})
    await business.ok("DELETE", f"/v1/stock-reservations/{again['id']}")
    assert (await business.ok("GET", f"/v1/variants/{variant['id']}"))["reserved"] == 0


async def test_a_sale_that_ends_is_told_to_the_index_when_it_does(business: Business, database: Database) -> None:
    variant = await stocked(business)
    now = clock.now()
    sale = {"amount": 99900, "starts_at": None, "ends_at": (now + timedelta(hours=1)).isoformat()}
    changed = await business.ok("POST", "/v1/variants/bulk", {"variants": [{"sku": "VEL-26", "prices": [sale]}]})
    assert changed == {"changed": 1, "unchanged": 0, "problems": []}
    view = await business.ok("GET", f"/v1/variants/{variant['id']}")
    assert (view["price"], view["price_now"]) == (129900, 99900)
    async with database.tenant(business.tenant_id) as session:
        assert await session.scalar(select(Variant.price_due_at)) == now + timedelta(hours=1)
        await session.execute(update(Variant).values(price_due_at=now))
        was = await session.scalar(select(Product.revision))
    await settle_due(database)
    async with database.tenant(business.tenant_id) as session:
        assert await session.scalar(select(Variant.price_due_at)) == now + timedelta(hours=1)
        assert (await session.scalar(select(Product.revision)) or 0) > (was or 0)


async def test_rows_that_do_not_fit_refuse_the_sync_or_are_left_out(business: Business) -> None:
    await stocked(business, 2)
    rows = {"variants": [{"sku": "VEL-26", "stock_change": -1}, {"sku": "NO-HAY", "stock": 4}]}
    refused = await business.call("POST", "/v1/variants/bulk", rows)
    assert (refused.status_code, refused.json()["problems"][0]["sku"]) == (409, "NO-HAY")
    done = await business.call("POST", "/v1/variants/bulk", rows, on_error="skip")
    assert (done.json()["changed"], done.json()["problems"][0]["row"]) == (1, 1)
    assert (await business.ok("GET", "/v1/products"))["items"][0]["variants"][0]["stock"] == 1
