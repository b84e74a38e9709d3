"""Pictures of products: kept with the catalog, sent by their product's id, once, and from nowhere else."""

from typing import Any

import pytest
from sqlalchemy import text, update

from backend.contacts.models import Contact
from backend.database import Database, new_id
from backend.settings import Settings
from tests.factories import Business, Client, OpenTurn, open_turn

PICTURE = "https://example.com/andes.png?v=2"


@pytest.fixture
async def turn(client: Client, database: Database, settings: Settings, business: Business) -> OpenTurn:
    return await open_turn(client, database, settings, business.tenant_id)


async def product(business: Business, **changes: Any) -> str:
    variant = {"sku": f"A-{new_id().hex}", "price": 100, "stock": 1}
    made = await business.ok("POST", "/v1/products", {"name": "Andes", "variants": [variant], **changes})
    return str(made["id"])


async def sent(business: Business, turn: OpenTurn) -> list[tuple[str, Any]]:
    page = await business.ok("GET", f"/v1/conversations/{turn.conversation_id}/messages")
    return [(item["body"], item["attachments"]) for item in page["items"] if item["author"] == "agent"]


async def test_a_picture_goes_out_once_under_its_products_name(
    business: Business, turn: OpenTurn, database: Database
) -> None:
    shown, plain = await product(business, images=[PICTURE, f"{PICTURE}2"]), await product(business, name="Sin foto")
    card = (await turn.use("get_product", {"product_id": shown}))["result"]
    assert card["pictures"] == 2
    assert "pictures" not in (await turn.use("get_product", {"product_id": plain}))["result"]
    for _ in range(2):
        answer = await turn.use("show_pictures", {"product_ids": [shown, plain, shown]})
        assert answer["result"]["shown"] == ["Andes"]
    picture = {"url": PICTURE, "content_type": "image/png", "name": None}
    assert await sent(business, turn) == [("Andes", [picture])]
    async with database.tenant(turn.tenant_id) as session:
        [queued] = (await session.execute(text("SELECT body, attachments FROM outbox"))).all()
    assert (queued.body, queued.attachments) == ("Andes", [picture])


async def test_a_picture_goes_under_the_name_that_the_customer_was_told(
    business: Business, turn: OpenTurn, database: Database
) -> None:
    shown = await product(business, images=[PICTURE], translations={"pt": {"name": "Mochila Andes"}})
    async with database.tenant(turn.tenant_id) as session:
        await session.execute(update(Contact).where(Contact.id == turn.contact_id).values(locale="pt-BR"))
    assert (await turn.use("get_product", {"product_id": shown}))["result"]["name"] == "Mochila Andes"
    assert (await turn.use("show_pictures", {"product_ids": [shown]}))["result"]["shown"] == ["Mochila Andes"]
    assert [body for body, _ in await sent(business, turn)] == ["Mochila Andes"]


async def test_what_has_no_picture_for_this_business_sends_nothing(
    client: Client, settings: Settings, business: Business, turn: OpenTurn
) -> None:
    hidden = await product(business, images=[PICTURE], visible=False)
    for products in ([hidden], [await product(business)], [str(new_id())]):
        refused = await turn.call("show_pictures", {"product_ids": products})
        assert (refused.status_code, refused.json()["type"]) == (422, "urn:tendero:problem:no-pictures")
    for wrong in ([], [PICTURE], [str(new_id())] * 4):
        assert (await turn.call("show_pictures", {"product_ids": wrong})).status_code == 422
    assert await sent(business, turn) == []


async def test_a_chat_that_a_person_has_taken_over_gets_no_picture(business: Business, turn: OpenTurn) -> None:
    shown = await product(business, images=[PICTURE])
    await business.ok("POST", f"/v1/conversations/{turn.conversation_id}/take-over")
    refused = await turn.call("show_pictures", {"product_ids": [shown]})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:tendero:problem:person-in-charge")
    assert await sent(business, turn) == []


async def test_only_addresses_of_the_open_web_are_pictures(business: Business) -> None:
    made = await product(business, images=[PICTURE])
    for wrong in (
        "http://example.com/a.jpg",
        "https://127.0.0.1/a.jpg",
        "https://localhost/a.jpg",
        "https://user:pw@example.com/a.jpg",
        "javascript:alert(1)",
        "https://example.com/a b.jpg",
        f"https://example.com/{'x' * 2000}",
        "",
    ):
        answer = await business.call("PATCH", f"/v1/products/{made}", {"images": [wrong]})
        assert answer.status_code == 422, wrong
    assert (await business.call("PATCH", f"/v1/products/{made}", {"images": [PICTURE] * 11})).status_code == 422
    assert (await business.ok("GET", f"/v1/products/{made}"))["images"] == [PICTURE]
    assert (await business.ok("PATCH", f"/v1/products/{made}", {"images": []}))["images"] == []


async def test_a_file_that_is_no_picture_of_the_business_is_none_of_a_variant_either(business: Business) -> None:
    made = await business.ok("GET", f"/v1/products/{await product(business)}")
    path = f"/v1/variants/{made['variants'][0]['id']}"
    headers = {"Authorization": f"Bearer {business.api_key}"}
    page = await business.client.post("/v1/files", files={"file": ("a.txt", b"no picture")}, headers=headers)
    for wrong in (new_id(), page.json()["id"]):
        refused = await business.call("PATCH", path, {"price": 1, "image": f"file:{wrong}"})
        assert (refused.status_code, refused.json()["type"]) == (422, "urn:tendero:problem:no-such-picture")
    assert (await business.ok("GET", path))["image"] is None
    picture = b"\x89PNG\r\n\x1a\n" + bytes(64)
    shown = (await business.client.post("/v1/files", files={"file": ("a.png", picture)}, headers=headers)).json()
    image = f"file:{shown['id']}"
    assert (await business.ok("PATCH", path, {"image": image}))["image"] == image
