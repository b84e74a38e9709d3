"""The catalog as a file, and that file read again."""

import csv
import io
import random
from typing import Any

from tests.backend.imports.importer import FEED, HOSTILE, WOO, Importer, counted

LISTED: dict[str, Any] = {
    "name": "Gorra Río",
    "tags": ["lana, fina", "a;b", "x|y", "c:\\", "\\, \\\\"],
    "synonyms": ["cachucha, de sol", "boina"],
    "attributes": {"Material": "lana", "m" * 300: "1", "Nota\naparte": "2"},
    "translations": {
        "en": {"name": "River cap"},
        "pt-BR": {"name": "Boné Rio", "description": "De lã."},
        "fil": {"description": "Sombrero."},
    },
    "variants": [
        {
            "sku": "GR-1",
            "price": 1000,
            "stock": 3,
            "options": {"Talla": "S", "talla": "s"},
            "prices": [
                {"amount": 700, "ends_at": "2027-01-01T00:00:00Z"},
                {"amount": 800, "starts_at": "2027-02-01T00:00:00Z", "ends_at": "2027-03-01T00:00:00Z"},
                {"amount": 900, "starts_at": "2027-04-01T00:00:00Z"},
            ],
        }
    ],
}


async def test_the_export_read_again_changes_nothing_and_hides_what_it_has_not(importer: Importer) -> None:
    await importer.business.ok("POST", "/v1/products", LISTED)
    for sample in (WOO, FEED, HOSTILE):
        await importer.work(await importer.send(sample))
    table = (await importer.business.call("GET", "/v1/products/export.csv")).text
    assert "'=HYPERLINK" in table
    again = await importer.work(await importer.send(table))
    assert (counted(again)[:2], again["counts"]["errors"]) == ((0, 0), 0), again
    shopify = (await importer.business.call("GET", "/v1/products/export.csv", format="shopify")).text
    told = await importer.work(await importer.send(shopify, dry_run=True))
    assert (told["format"], told["counts"]["created"], told["counts"]["failed"]) == ("shopify", 0, 0)
    await importer.business.ok("POST", f"/v1/imports/{told['id']}/cancel")
    kept = await importer.work(await importer.send("sku,name,price\nA-1,Gorra,1\n", missing="hide"))
    visible = [item for item in (await importer.products()).values() if item["visible"]]
    assert ([item["name"] for item in visible], kept["counts"]["hidden"] > 0) == (["Gorra"], True)
    await importer.work(await importer.business.ok("POST", f"/v1/imports/{kept['id']}/undo"))
    assert (await importer.business.call("GET", "/v1/products/export.csv")).text == table


async def test_whatever_signs_a_catalog_is_written_in_its_export_read_again_changes_nothing(importer: Importer) -> None:
    chance = random.Random(5)

    def word(most: int = 12) -> str:
        signs = chance.choices("aábñ,;|\\\"'=+-@:#*()[]{}/%&.!?¿€🙂_ ", k=chance.randint(1, most))
        return " ".join("".join(signs).split()) or "a"

    def several(most: int) -> list[str]:
        return list({word(): None for _ in range(chance.randint(0, most))})

    def product(number: int) -> dict[str, Any]:
        options = several(3)
        sales = [{"amount": 5, "ends_at": "2027-01-01T00:00:00.5Z"}, {"amount": 7, "starts_at": "2027-02-01T00:00:00Z"}]
        return {
            "name": word(),
            "description": f"{word(40)}\n\n{word(40)}",
            "brand": word(),
            "tags": several(5),
            "synonyms": several(3),
            "visible": chance.random() < 0.5,
            "kind": chance.choice(["product", "service"]),
            "attributes": {name: word() for name in several(4)},
            "translations": {tag: {"name": word()} for tag in chance.sample(["pt-BR", "fil", "en", "en-US"], k=2)},
            "variants": [
                {
                    "sku": f"{word(4)}{number}-{one}",
                    "price": chance.randint(0, 10**7),
                    "stock": one,
                    "options": {name: word() for name in options},
                    "prices": sales[: chance.randint(0, 2)],
                }
                for one in range(3)
            ],
        }

    await importer.business.ok("POST", "/v1/products/bulk", {"products": [product(number) for number in range(100)]})
    before = await importer.products()
    table = (await importer.business.call("GET", "/v1/products/export.csv")).text
    again = await importer.work(await importer.send(table))
    assert (counted(again), again["counts"]["notes"], await importer.products()) == ((0, 0, 100, 0), 0, before)


async def test_an_export_leaves_no_name_out_and_gives_those_used_most_a_column(importer: Importer) -> None:
    def product(number: int) -> dict[str, Any]:
        named = {f"{number}-{place}": "1" for place in range(80)}
        variants = [
            {"sku": f"S-{number}-{one}", "price": 1, "options": {f"{number}-{one}-{place}": "1" for place in range(10)}}
            for one in range(7)
        ]
        return {"name": f"P{number}", "attributes": named | {"ztela": "lana"}, "variants": variants}

    await importer.business.ok("POST", "/v1/products/bulk", {"products": [product(number) for number in range(3)]})
    table = (await importer.business.call("GET", "/v1/products/export.csv")).text
    assert "attribute:ztela" in table
    again = await importer.work(await importer.send(table))
    assert (counted(again), again["counts"]["errors"]) == ((0, 0, 3, 0), 0)


async def test_of_attributes_and_translations_only_what_a_column_says_is_changed(importer: Importer) -> None:
    await importer.business.ok("POST", "/v1/products", LISTED)
    table = "product,sku,name,price,attribute:Material,attribute:Nuevo,name:pt-BR,name:pt\n"
    await importer.work(await importer.send(table + "x,GR-1,Gorra Río,10,,sí,,Boné\n"))
    cap = (await importer.products())["Gorra Río"]
    assert cap["attributes"] == {"m" * 300: "1", "Nota\naparte": "2", "Nuevo": "sí"}
    told = {tag: {key: text for key, text in one.items() if text} for tag, one in cap["translations"].items()}
    assert told == LISTED["translations"] | {"pt-BR": {"description": "De lã."}, "pt": {"name": "Boné"}}
    without = [
        "Type,SKU,Name,Regular price,Parent\nvariable,X,Gorra Río,,\nvariation,GR-1,,10,X\n",
        "id,title,price,availability,item_group_id\nGR-1,Gorra Río,10,,X\n",
        "Handle,Title,Variant SKU,Variant Price\nx,Gorra Río,GR-1,10\n",
    ]
    for table in without:
        assert counted(await importer.work(await importer.send(table))) == (0, 0, 1, 0), "no options, no attributes"


async def test_the_export_for_shopify_names_pictures_that_can_be_fetched(importer: Importer) -> None:
    headers = {"Authorization": f"Bearer {importer.business.api_key}", "Content-Type": "image/gif"}
    answer = await importer.business.client.post("/v1/files", content=b"GIF89a" + bytes(20), headers=headers)
    own, linked = f"file:{answer.json()['id']}", "https://example.com/gorra.jpg"
    variants = [{"sku": "G-1", "price": 1, "image": own}, {"sku": "G-2", "price": 1, "image": linked}]
    await importer.business.ok("POST", "/v1/products", {"name": "Gorra", "images": [own, linked], "variants": variants})
    table = (await importer.business.call("GET", "/v1/products/export.csv", format="shopify")).text
    rows = list(csv.DictReader(io.StringIO(table)))
    assert [(row["Product image URL"], row["Variant image URL"]) for row in rows] == [(linked, ""), ("", linked)]
