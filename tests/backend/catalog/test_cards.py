"""What the agent may show: in the contact's language, with a sale told as one, of services too."""

from datetime import timedelta
from typing import Any

from sqlalchemy import update

from backend import clock
from backend.contacts.models import Contact
from backend.database import Database
from backend.settings import Settings
from tests.factories import Business, Client, open_turn


async def test_a_sale_is_shown_with_what_is_asked_without_it(
    client: Client, settings: Settings, database: Database, business: Business
) -> None:
    ends = clock.now() + timedelta(minutes=10)
    sale = {"amount": 9900, "ends_at": ends.isoformat()}
    boot = {
        "name": "Bota de cuero",
        "category": "Calzado>Botas",
        "translations": {"pt": {"name": "Bota de couro"}},
        "attributes": {"material": "cuero"},
        "variants": [{"sku": "B-38", "options": {"talla": "38"}, "price": 12900, "prices": [sale], "stock": 2}],
    }
    made = await business.ok("POST", "/v1/products", boot)
    assert made["category"] == "Calzado > Botas"
    assert [one["id"] for one in (await business.ok("GET", "/v1/products", category="calzado"))["items"]] == [
        made["id"]
    ]
    assert (await business.ok("GET", f"/v1/products/{made['id']}", lang="pt-BR"))["name"] == "Bota de couro"
    turn = await open_turn(client, database, settings, business.tenant_id)
    async with database.tenant(business.tenant_id) as session:
        await session.execute(update(Contact).where(Contact.id == turn.contact_id).values(locale="pt-BR"))
    answer = await turn.use("get_product", {"product_id": made["id"]})
    card = answer["result"]
    assert (card["name"], card["variants"][0]["name"]) == ("Bota de couro", "Bota de couro 38")
    assert (card["price_from"]["amount"], card["regular_price"]["amount"]) == (9900, 12900)
    prices = of_kind(answer, "price")
    assert [one["value"] for one in prices] == [{"amount": 9900, "currency": "MXN", "regular": 12900}] * 2
    assert {one["expires_at"] for one in prices} == {ends.isoformat()}, "no later than the sale"
    assert "Bota de cuero" in prices[0]["subject"]["aliases"]
    item = {"variant_id": made["variants"][0]["id"], "quantity": 2}
    quote = await turn.use("create_quote", {"items": [item]})
    assert quote["result"]["total"] == 19800
    assert of_kind(quote, "price")[0]["value"]["regular"] == 12900


async def test_a_service_is_answered_where_a_product_was_asked_for(
    client: Client, settings: Settings, database: Database, business: Business
) -> None:
    cut = {"name": "Corte", "description": "Con lavado", "duration_minutes": 30, "price": 25000, "deposit": 5000}
    made = await business.ok("POST", "/v1/services", cut)
    turn = await open_turn(client, database, settings, business.tenant_id)
    answer = await turn.use("get_product", {"product_id": made["id"]})
    card = answer["result"]
    assert (card["kind"], card["duration_minutes"], card["variants"]) == ("service", 30, [])
    assert card["deposit"]["amount"] == 5000
    assert [one["kind"] for one in answer["evidence"]] == ["service", "price", "payment"]
    await business.ok("PATCH", f"/v1/services/{made['id']}", {"active": False})
    assert (await turn.call("get_product", {"product_id": made["id"]})).status_code == 404


def of_kind(answer: Any, kind: str) -> list[Any]:
    return [item for item in answer["evidence"] if item["kind"] == kind]
