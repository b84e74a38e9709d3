"""Products over HTTP."""

import asyncio
from typing import Any
from uuid import uuid4

from backend.database import Database
from backend.settings import Settings
from tests.factories import Business, Client, make_business, open_turn


def shoe(**changes: Any) -> dict[str, Any]:
    """A product with two variants."""
    return {
        "name": "Tenis Veloz",
        "brand": "Ocelote",
        "category": "calzado",
        "tags": ["correr"],
        "variants": [
            {"sku": "VEL-26", "options": {"talla": "26"}, "price": 129900, "stock": 3},
            {"sku": "VEL-27", "options": {"talla": "27"}, "price": 139900, "stock": 0},
        ],
        **changes,
    }


async def test_a_product_is_made_read_changed_and_removed(business: Business) -> None:
    made = await business.ok("POST", "/v1/products", shoe())
    assert made["currency"] == "MXN"
    assert [variant["sku"] for variant in made["variants"]] == ["VEL-26", "VEL-27"]
    path = f"/v1/products/{made['id']}"
    changed = await business.ok("PATCH", path, {"description": "Ligero", "visible": False})
    assert (changed["description"], changed["visible"], changed["name"]) == ("Ligero", False, "Tenis Veloz")
    assert await business.ok("GET", path) == changed
    await business.ok("DELETE", path)
    assert (await business.call("GET", path)).status_code == 404
    assert (await business.ok("GET", "/v1/products"))["items"] == []


async def test_replacing_keeps_the_ids_of_variants_whose_sku_stays(business: Business) -> None:
    made = await business.ok("POST", "/v1/products", shoe())
    variants = [
        {"sku": "VEL-27", "options": {"talla": "27"}, "price": 99900, "stock": 5},
        {"sku": "VEL-28", "options": {"talla": "28"}, "price": 99900, "stock": 1},
    ]
    replaced = await business.ok("PUT", f"/v1/products/{made['id']}", shoe(variants=variants))
    assert [variant["sku"] for variant in replaced["variants"]] == ["VEL-27", "VEL-28"]
    assert replaced["variants"][0]["id"] == made["variants"][1]["id"]
    assert replaced["variants"][0]["price"] == 99900


async def test_of_two_who_replace_a_product_at_once_the_variants_of_one_are_left(business: Business) -> None:
    made = await business.ok("POST", "/v1/products", shoe())
    path = f"/v1/products/{made['id']}"
    wanted = [[shoe()["variants"][0], {"sku": f"VEL-{size}", "price": 1}] for size in range(30, 36)]
    ways: list[tuple[str, str, Any]] = [
        *(("PUT", path, shoe(variants=variants)) for variants in wanted[:2]),
        *(("PATCH", path, {"variants": variants}) for variants in wanted[2:4]),
        *(("POST", "/v1/products/bulk", {"products": [shoe(variants=variants)]}) for variants in wanted[4:]),
    ]
    for _ in range(3):
        await asyncio.gather(*(business.ok(*way) for way in ways))
        left = [variant["sku"] for variant in (await business.ok("GET", path))["variants"]]
        assert left in [[variant["sku"] for variant in variants] for variants in wanted]


async def test_a_list_that_is_sent_several_times_at_once_is_refused_to_nobody(business: Business) -> None:
    await business.ok("POST", "/v1/products", shoe())
    for size in range(28, 33):
        grown = {"products": [shoe(variants=[*shoe()["variants"], {"sku": f"VEL-{size}", "price": 1}])]}
        told = await asyncio.gather(*(business.ok("POST", "/v1/products/bulk", grown) for _ in range(4)))
        assert [one["updated"] for one in told] == [1] * 4


async def test_a_sku_belongs_to_one_product_until_that_is_removed(business: Business) -> None:
    first = await business.ok("POST", "/v1/products", shoe())
    refused = await business.call("POST", "/v1/products", shoe(name="Otro"))
    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:tendero:problem:sku-taken"
    assert f"PATCH /v1/products/{first['id']}" in refused.json()["detail"]
    await business.ok("DELETE", f"/v1/products/{first['id']}")
    await business.ok("POST", "/v1/products", shoe(name="Otro"))


async def test_a_sku_that_stands_twice_is_named(business: Business) -> None:
    made = await business.ok("POST", "/v1/products", shoe())
    twice = [{"sku": "VEL-26", "price": 1}, {"sku": "VEL-28", "price": 1}, {"sku": "VEL-28", "price": 2}]
    for method, path, body in (
        ("POST", "/v1/products", shoe(variants=twice)),
        ("PATCH", f"/v1/products/{made['id']}", {"variants": twice}),
        ("POST", "/v1/products/bulk", {"products": [shoe(variants=twice)]}),
        ("POST", "/v1/variants/bulk", {"variants": [{"sku": "VEL-28"}, {"sku": "VEL-28"}]}),
    ):
        refused = await business.call(method, path, body)
        assert refused.status_code == 422, refused.text
        assert "'VEL-28' stands 2 times" in refused.json()["errors"][0]["message"]


async def test_a_brand_and_a_category_without_a_name_are_none(business: Business) -> None:
    made = await business.ok("POST", "/v1/products", shoe(brand=" ", category=" > "))
    assert (made["brand"], made["category"]) == (None, None)
    named = {"brand": " Ocelote ", "category": "Calzado>Tenis"}
    changed = await business.ok("PATCH", f"/v1/products/{made['id']}", named)
    assert (changed["brand"], changed["category"]) == ("Ocelote", "Calzado > Tenis")
    cleared = await business.ok("PATCH", f"/v1/products/{made['id']}", {"brand": "", "category": None})
    assert (cleared["brand"], cleared["category"]) == (None, None)


async def test_a_bulk_call_makes_the_unknown_and_replaces_the_known(business: Business) -> None:
    await business.ok("POST", "/v1/products", shoe())
    cap = shoe(name="Gorra", variants=[{"sku": "GOR-1", "price": 19900, "stock": 9}])
    done = await business.ok("POST", "/v1/products/bulk", {"products": [cap, shoe(name="Tenis Veloz 2")]})
    assert (done["created"], done["updated"], len(done["ids"])) == (1, 1, 2)
    names = {item["name"] for item in (await business.ok("GET", "/v1/products"))["items"]}
    assert names == {"Gorra", "Tenis Veloz 2"}
    again = await business.ok("POST", "/v1/products/bulk", {"products": [cap, shoe(name="Tenis Veloz 2")]})
    assert (again["created"], again["updated"]) == (0, 2)
    assert again["ids"] == done["ids"]


async def test_a_bulk_call_is_all_or_nothing_unless_rows_may_be_left_out(business: Business) -> None:
    await business.ok("POST", "/v1/products", shoe())
    await business.ok("POST", "/v1/products", shoe(name="B", variants=[{"sku": "B-1", "price": 1, "stock": 1}]))
    mixed = shoe(
        variants=[{"sku": "VEL-26", "price": 1, "stock": 1}, {"sku": "B-1", "price": 1, "stock": 1}], name="Mezcla"
    )
    fresh = shoe(name="Nuevo", variants=[{"sku": "N-1", "price": 1, "stock": 1}])
    refused = await business.call("POST", "/v1/products/bulk", {"products": [fresh, mixed]})
    assert (refused.status_code, "send each by itself" in refused.json()["detail"]) == (409, True)
    parted = [shoe(variants=[variant]) for variant in shoe()["variants"]]
    refused = await business.call("POST", "/v1/products/bulk", {"products": parted})
    assert (refused.status_code, "put both into one" in refused.json()["detail"]) == (409, True)
    assert len((await business.ok("GET", "/v1/products"))["items"]) == 2
    lost = shoe(name="Sin foto", images=[f"file:{business.tenant_id}"], variants=[{"sku": "N-2", "price": 1}])
    rows = {"products": [mixed, fresh, lost]}
    done = (await business.call("POST", "/v1/products/bulk", rows, on_error="skip")).json()
    assert [(one["row"], one["sku"], one["type"]) for one in done["problems"]] == [
        (0, "VEL-26", "sku-taken"),
        (2, "N-2", "no-such-picture"),
    ]
    assert (done["created"], [one is None for one in done["ids"]]) == (1, [True, False, True])


async def test_a_row_that_cannot_be_read_is_left_out_and_told_like_any_other(business: Business) -> None:
    await business.ok("POST", "/v1/products", shoe(variants=[{"sku": "B-1", "price": 1}]))
    known = {"sku": "B-1", "price": 1, "stock": 3}
    rows: list[Any] = [
        shoe(variants=[{"sku": "N-1", "price": 1, "barcode": "7501234567890"}], name=" "),
        shoe(variants=[known]),
        "no product",
        shoe(variants=[{"sku": "N-2", "price": 1, "image": f"file:{business.tenant_id}"}]),
        shoe(variants=[{"sku": "N-3", "price": 1}]),
        shoe(variants=[]),
    ]
    done = (await business.call("POST", "/v1/products/bulk", {"products": rows}, on_error="skip")).json()
    assert (done["created"], done["updated"]) == (1, 1)
    assert [one is None for one in done["ids"]] == [True, False, True, True, False, True]
    assert [(one["row"], one["sku"], one["type"]) for one in done["problems"]] == [
        (0, "N-1", "unprocessable"),
        (2, "", "unprocessable"),
        (3, "N-2", "no-such-picture"),
        (5, "", "unprocessable"),
    ]
    told = done["problems"][0]["detail"]
    assert told.startswith("name: String should have at least 1 character; variants.0.barcode: 7501234567890 has a")
    stopped = (await business.call("POST", "/v1/products/bulk", {"products": rows})).json()
    assert [one["field"] for one in stopped["errors"]] == [
        *("products.0.name", "products.0.variants.0.barcode", "products.2", "products.5.variants")
    ]
    none_fits = await business.call("POST", "/v1/products/bulk", {"products": ["a", 1]}, on_error="skip")
    assert (none_fits.status_code, len(none_fits.json()["errors"])) == (422, 2)
    twice = await business.call("POST", "/v1/products/bulk", {"products": [rows[1], rows[1], 1]}, on_error="skip")
    assert "'B-1' stands 2 times" in twice.json()["errors"][0]["message"]

    prices = {"variants": [{"sku": "B-1", "stock": 4}, {"sku": "N-3", "price": -1}, {"sku": "NO-HAY"}]}
    synced = (await business.call("POST", "/v1/variants/bulk", prices, on_error="skip")).json()
    assert (synced["changed"], synced["unchanged"]) == (1, 0)
    assert [(one["row"], one["sku"], one["type"]) for one in synced["problems"]] == [
        (1, "N-3", "unprocessable"),
        (2, "NO-HAY", "unknown-sku"),
    ]
    stopped = (await business.call("POST", "/v1/variants/bulk", prices)).json()
    assert [one["field"] for one in stopped["errors"]] == ["variants.1.price"]


async def test_stock_is_set_or_moved_and_never_falls_below_zero(business: Business) -> None:
    made = await business.ok("POST", "/v1/products", shoe())
    path = f"/v1/variants/{made['variants'][0]['id']}"
    assert (await business.ok("PATCH", path, {"stock_change": -2}))["stock"] == 1
    refused = await business.call("PATCH", path, {"stock_change": -2})
    assert refused.status_code == 409
    assert refused.json()["stock"] == 1
    assert (await business.ok("PATCH", path, {"stock": 7, "price": 5}))["stock"] == 7
    assert (await business.call("PATCH", path, {"stock": 7, "stock_change": 1})).status_code == 422
    assert (await business.call("PATCH", f"/v1/variants/{uuid4()}", {"stock": 7})).status_code == 404


async def test_lists_come_in_pages(business: Business) -> None:
    new = [shoe(name=f"P{n}", variants=[{"sku": f"P-{n}", "price": 1, "stock": 1}]) for n in range(5)]
    await business.ok("POST", "/v1/products/bulk", {"products": new})
    names: list[str] = []
    cursor = None
    while True:
        page = await business.ok("GET", "/v1/products", limit=2, **({"cursor": cursor} if cursor else {}))
        names += [item["name"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(names) == ["P0", "P1", "P2", "P3", "P4"]


async def test_bad_products_are_refused_by_field(business: Business) -> None:
    for bad, field in [
        (shoe(name=""), "name"),
        (shoe(name="nul\0l"), "name"),
        (shoe(variants=[]), "variants"),
        (shoe(variants=[{"sku": "A", "price": -1, "stock": 1}]), "price"),
        (shoe(variants=[{"sku": "A", "price": 1.5, "stock": 1}]), "price"),
        (shoe(variants=[{"sku": "A", "price": 1, "stock": -1}]), "stock"),
        (shoe(variants=[{"sku": "A", "price": 1}, {"sku": "A", "price": 1}]), "SKU"),
    ]:
        answer = await business.call("POST", "/v1/products", bad)
        assert answer.status_code == 422, answer.text
        assert field in str(answer.json()["errors"]), answer.text
    assert (await business.call("GET", "/v1/products/not-an-id")).status_code == 404
    assert (await business.call("GET", "/v1/products", limit=1000)).status_code == 422


async def test_foreign_products_and_variants_do_not_exist(
    client: Client, settings: Settings, business: Business
) -> None:
    made = await business.ok("POST", "/v1/products", shoe())
    other = await make_business(client, settings)
    path, variant = f"/v1/products/{made['id']}", f"/v1/variants/{made['variants'][0]['id']}"
    for method, address, body in [
        ("GET", path, None),
        ("PUT", path, shoe()),
        ("PATCH", path, {"name": "Robado"}),
        ("DELETE", path, None),
        ("PATCH", variant, {"stock": 0}),
    ]:
        assert (await other.call(method, address, body)).status_code == 404
    assert (await business.ok("GET", path)) == made
    await other.ok("POST", "/v1/products", shoe())


async def test_the_agent_gets_cards_of_what_is_on_sale_with_evidence(
    client: Client, settings: Settings, database: Database, business: Business
) -> None:
    seen = await business.ok("POST", "/v1/products", shoe())
    hidden = await business.ok(
        "POST", "/v1/products", shoe(visible=False, variants=[{"sku": "H", "price": 1, "stock": 1}])
    )
    stranger = await make_business(client, settings)
    foreign = await stranger.ok("POST", "/v1/products", shoe())
    turn = await open_turn(client, database, settings, business.tenant_id)
    ids = [foreign["id"], hidden["id"], seen["id"], str(uuid4())]
    answer = await turn.use("product_cards", {"product_ids": ids})
    (card,) = answer["result"]["products"]
    assert card["id"] == seen["id"]
    assert card["price_from"] == {"amount": 129900, "currency": "MXN"}
    assert card["variants"][0]["name"] == "Tenis Veloz 26"
    prices = [
        (item["subject"]["name"], item["value"]["amount"]) for item in answer["evidence"] if item["kind"] == "price"
    ]
    assert prices == [("Tenis Veloz", 129900), ("Tenis Veloz 26", 129900), ("Tenis Veloz 27", 139900)]
    stock = {item["subject"]["name"]: item["value"] for item in answer["evidence"] if item["kind"] == "stock"}
    assert stock["Tenis Veloz 27"] == {"quantity": 0, "available": False}
    options = [item["value"]["options"] for item in answer["evidence"] if "options" in item["value"]]
    assert options == [{"talla": "26"}, {"talla": "27"}]
    assert (await turn.use("get_product", {"product_id": seen["id"]}))["result"] == card
    for product in (hidden, foreign):
        assert (await turn.call("get_product", {"product_id": product["id"]})).status_code == 404


async def test_what_is_left_is_told_of_visible_variants_alone(
    client: Client, settings: Settings, database: Database, business: Business
) -> None:
    seen = await business.ok("POST", "/v1/products", shoe())
    variants = [{"sku": "H", "options": {"color": "Azul Marino"}, "price": 1, "stock": 1}]
    hidden = await business.ok("POST", "/v1/products", shoe(visible=False, variants=variants))
    turn = await open_turn(client, database, settings, business.tenant_id)
    ids = [variant["id"] for product in (hidden, seen) for variant in product["variants"]]
    answer = await turn.use("check_stock", {"variant_ids": ids})
    assert [(one["name"], one["stock"]) for one in answer["result"]["variants"]] == [
        ("Tenis Veloz 26", 3),
        ("Tenis Veloz 27", 0),
    ]
    told = {item["subject"]["name"]: item["value"] for item in answer["evidence"] if item["kind"] == "stock"}
    assert told == {
        "Tenis Veloz 26": {"quantity": 3, "available": True},
        "Tenis Veloz 27": {"quantity": 0, "available": False},
    }
    one = await turn.use("check_stock", {"product_id": seen["id"], "options": {"Talla": "27"}})
    assert [variant["name"] for variant in one["result"]["variants"]] == ["Tenis Veloz 27"]
    assert (await turn.call("check_stock", {"product_id": hidden["id"]})).status_code == 404
    await business.ok("PATCH", f"/v1/products/{hidden['id']}", {"visible": True})
    blue = await turn.use("check_stock", {"product_id": hidden["id"], "options": {"color": "azul"}})
    assert [variant["stock"] for variant in blue["result"]["variants"]] == [1]
