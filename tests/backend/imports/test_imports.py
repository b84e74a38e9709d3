"""A file on its way into the catalog: tried, applied, sent again, broken off, taken back."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import select, text, update

from backend import clock
from backend.bell import Bell
from backend.catalog.models import Product
from backend.database import Database
from backend.imports import hiding, running
from backend.imports.leasing import due
from backend.imports.models import CatalogImport
from backend.imports.running import IMPORTS
from backend.settings import Settings
from backend.worker import BackgroundJobs
from tests.backend.imports.importer import FEED, HOSTILE, SHOPIFY, WOO, Importer, counted
from tests.backend.settling import blocked


async def test_a_file_is_tried_then_applied_and_sent_again_changes_nothing(
    importer: Importer, database: Database
) -> None:
    tried = await importer.send(SHOPIFY, dry_run=True)
    assert (tried["status"], tried["format"]) == ("uploaded", "shopify")
    assert (await importer.send(SHOPIFY))["type"] == "urn:tendero:problem:import-running"
    assert (importer.business.tenant_id, UUID(tried["id"])) in await due(database)
    tried = await importer.work(tried)
    assert (tried["status"], counted(tried), await importer.products()) == ("checked", (4, 0, 0, 0), {})
    done = await importer.work(await importer.business.ok("POST", f"/v1/imports/{tried['id']}/apply"))
    assert (done["status"], counted(done), done["progress"]["percent"]) == ("done", (4, 0, 0, 0), 100)
    boot = (await importer.products())["Botín Sierra"]
    assert [(one["sku"], one["price"], one["stock"]) for one in boot["variants"]] == [
        ("BS-38-AZ", 129990, 4),
        ("BS-39-AZ", 129990, 0),
    ]
    for sample in (SHOPIFY, WOO, FEED):
        await importer.work(await importer.send(sample))
        again = await importer.work(await importer.send(sample))
        assert counted(again)[:2] == (0, 0), (sample, again)
        assert counted(again)[2] > 0
    [event] = (await importer.business.ok("GET", "/v1/events", type="import.finished", limit=1))["items"]
    assert event["data"]["status"] == "checked"


async def test_what_the_first_of_several_rows_leaves_empty_is_emptied(importer: Importer) -> None:
    stored = {"name": "Gorra", "brand": "Nube", "tags": ["lana"], "description": "Tejida."}
    await importer.business.ok("POST", "/v1/products", stored | {"variants": [{"sku": "G-1", "price": 1000}]})
    heading = "Handle,Title,Body (HTML),Vendor,Tags,Status,Option1 Name,Option1 Value,Variant SKU,Variant Price\n"
    rows = "gorra,Gorra,,,,draft,Talla,S,G-1,10\ngorra,,,,,,,M,G-2,10\n"
    assert counted(await importer.work(await importer.send(heading + rows))) == (0, 1, 0, 0)
    cap = (await importer.products())["Gorra"]
    assert (cap["visible"], cap["brand"], cap["tags"], cap["description"]) == (False, None, [], "")
    assert [one["sku"] for one in cap["variants"]] == ["G-1", "G-2"]


async def test_a_file_and_its_import_are_there_together_or_not_at_all(importer: Importer, database: Database) -> None:
    made = await importer.send(SHOPIFY)
    assert (await importer.send("a,b\n1,2\n"))["type"] == "urn:tendero:problem:import-running"
    async with database.tenant(importer.business.tenant_id) as session:
        rows = "SELECT f.xmin = i.xmin FROM files f LEFT JOIN catalog_imports i ON i.file_id = f.id"
        assert (await session.scalars(text(rows))).all() == [True], "one commit made both"
    await importer.business.ok("POST", f"/v1/imports/{made['id']}/cancel")
    await importer.work(made)
    assert (await importer.send("a,b\n1,2\n"))["type"] == "urn:tendero:problem:unknown-format"
    assert (await importer.business.ok("GET", "/v1/files"))["items"] == []


async def test_an_import_is_called_what_its_form_calls_it(importer: Importer) -> None:
    headers = {"Authorization": f"Bearer {importer.business.api_key}"}
    file = {"file": ("productos.csv", b"sku,name,price\nG-1,Gorra,1\n")}
    called = []
    for fields in ({"name": "Primavera"}, {}):
        answer = await importer.business.client.post("/v1/imports", files=file, data=fields, headers=headers)
        called.append(answer.json()["name"])
        await importer.work(answer.json())
    assert called == ["Primavera", "productos.csv"]


async def test_what_was_imported_is_taken_back_but_for_what_was_edited_since(importer: Importer) -> None:
    before = await importer.business.ok(
        "POST", "/v1/products", {"name": "Gorra", "variants": [{"sku": "G-1", "price": 100, "stock": 9}]}
    )
    table = "sku,name,price,stock\nG-1,Gorra nueva,3.00,20\nN-1,Nueva,5,1\nN-2,Editada,5,1\n"
    made = await importer.work(await importer.send(table))
    assert counted(made) == (2, 1, 0, 0)
    products = await importer.products()
    await importer.business.ok("PATCH", f"/v1/products/{products['Editada']['id']}", {"brand": "Propia"})
    variant = products["Gorra nueva"]["variants"][0]["id"]
    await importer.business.ok("PATCH", f"/v1/variants/{variant}", {"stock_change": -3})
    undone = await importer.work(await importer.business.ok("POST", f"/v1/imports/{made['id']}/undo"))
    assert (undone["status"], undone["undo"]) == ("undone", {"restored": 2, "kept": 1})
    after = await importer.products()
    assert set(after) == {"Gorra", "Editada"}
    assert after["Gorra"]["id"] == before["id"]
    sold = {"stock": 6, "available": 6}
    assert after["Gorra"]["variants"][0] == before["variants"][0] | sold, "what was sold meanwhile is sold"
    errors = await importer.business.ok("GET", f"/v1/imports/{made['id']}/errors")
    assert [item["value"] for item in errors["items"]] == ["Editada"]
    refused = await importer.business.call("POST", f"/v1/imports/{made['id']}/undo")
    assert refused.json()["type"] == "urn:tendero:problem:import-not-undoable"


@pytest.mark.parametrize("batch", [1, 250])
@pytest.mark.parametrize("first", ["alone", "together"])
async def test_a_dry_run_tells_what_the_import_will_do_with_one_product_under_two_keys(
    importer: Importer, batch: int, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "BATCH", batch)
    variants = [{"sku": f"S-{number}", "price": 1, "options": {"Talla": str(number)}} for number in range(3)]
    await importer.business.ok("POST", "/v1/products", {"name": "Gorra", "variants": variants})
    alone, together = ",S-0,Gorra,5\n", "gorra,S-1,Gorra,5\n"
    rows = alone + together if first == "alone" else together + alone
    told = await importer.work(await importer.send("product,sku,name,price\n" + rows, dry_run=True))
    assert counted(told) == (0, 1, 0, 1)
    errors = [await importer.business.ok("GET", f"/v1/imports/{told['id']}/errors")]
    done = await importer.work(await importer.business.ok("POST", f"/v1/imports/{told['id']}/apply"))
    assert counted(done) == counted(told)
    errors.append(await importer.business.ok("GET", f"/v1/imports/{told['id']}/errors"))
    rows_of = [[(item["row"], item["wrong"], item["value"]) for item in page["items"]] for page in errors]
    row = 3 if first == "alone" else 2
    assert rows_of == [[(row, "rows of another key name this product too", "S-0")]] * 2
    [cap] = (await importer.products()).values()
    assert [(one["sku"], one["price"]) for one in cap["variants"]] == [("S-0", 500), ("S-1", 1), ("S-2", 1)]


@pytest.mark.parametrize("dry_run", [True, False])
async def test_what_is_hidden_is_counted_once_though_the_worker_was_broken_off(
    importer: Importer, database: Database, dry_run: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hiding, "_BATCH", 1)
    for number in range(3):
        variant = {"sku": f"S-{number}", "price": 1}
        await importer.business.ok("POST", "/v1/products", {"name": f"Viejo {number}", "variants": [variant]})
    made = await importer.send("sku,name,price\nN-1,Nuevo,2\n", missing="hide", dry_run=dry_run)
    async with database.tenant(importer.business.tenant_id) as session:
        await session.execute(select(Product).where(Product.name == "Viejo 1").with_for_update())
        worker = asyncio.create_task(importer.work(made))
        await blocked(session, worker)
        worker.cancel()
        await asyncio.wait({worker})
    assert (await importer.look(made))["counts"]["hidden"] == 1
    async with database.tenant(importer.business.tenant_id) as session:
        await session.execute(update(CatalogImport).values(lease_until=clock.machine_now()))
    done = await importer.work(made)
    assert (done["status"], done["counts"]["hidden"]) == ("checked" if dry_run else "done", 3)


async def test_what_somebody_makes_meanwhile_is_neither_replaced_nor_deleted_by_undoing(
    importer: Importer, database: Database
) -> None:
    await importer.business.ok("POST", "/v1/products", {"name": "Viejo", "variants": [{"sku": "K-1", "price": 1}]})
    made = await importer.send("sku,name,price\nK-1,Viejo,2\nF-1,Del archivo,2\nF-2,Otro,2\n")
    async with database.tenant(importer.business.tenant_id) as session:
        await session.execute(select(Product).with_for_update())
        worker = asyncio.create_task(importer.work(made))
        await blocked(session, worker)
        await importer.business.ok(
            "POST", "/v1/products", {"name": "De otro", "variants": [{"sku": "F-1", "price": 9}]}
        )
    done = await worker
    assert (done["status"], counted(done)) == ("done", (1, 1, 0, 1))
    errors = await importer.business.ok("GET", f"/v1/imports/{made['id']}/errors")
    assert [(item["row"], item["wrong"]) for item in errors["items"]] == [
        (3, "somebody made a product with one of its SKUs meanwhile")
    ]
    await importer.work(await importer.business.ok("POST", f"/v1/imports/{made['id']}/undo"))
    assert {name: one["variants"][0]["price"] for name, one in (await importer.products()).items()} == {
        "Viejo": 1,
        "De otro": 9,
    }


async def test_another_worker_goes_on_behind_the_last_batch_of_one_that_was_broken_off(
    importer: Importer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "BATCH", 2)
    await importer.business.ok("POST", "/v1/products", {"name": "Viejo", "variants": [{"sku": "S-5", "price": 1}]})
    rows = "".join(f"S-{number},Producto {number},1.00,1\n" for number in range(7))
    made = await importer.send(f"sku,name,price,stock\n{rows}")
    async with database.tenant(importer.business.tenant_id) as session:
        await session.execute(select(Product).with_for_update())
        worker = asyncio.create_task(importer.work(made))
        while (left := await importer.look(made))["progress"]["products_done"] < 4:
            assert not worker.done()
        worker.cancel()
        await asyncio.wait({worker})
    assert (left["status"], counted(left)) == ("importing", (4, 0, 0, 0))
    assert (await importer.work(made))["status"] == "importing", "its lease still holds"
    async with database.tenant(importer.business.tenant_id) as session:
        await session.execute(update(CatalogImport).values(lease_until=clock.machine_now()))
    done = await importer.work(made)
    assert (done["status"], counted(done)) == ("done", (6, 1, 0, 0))
    assert len(await importer.products()) == 7


async def test_a_file_that_kills_its_worker_five_times_at_one_place_ends_failed_and_says_so(
    importer: Importer, database: Database
) -> None:
    await importer.business.ok("POST", "/v1/products", {"name": "Viejo", "variants": [{"sku": "S-1", "price": 1}]})
    made = await importer.send("sku,name,price\nS-1,Nuevo,2\n")
    waits = update(CatalogImport).values(status="checking", lease_until=clock.machine_now())
    for _ in range(5):
        async with database.tenant(importer.business.tenant_id) as session:
            await session.execute(select(Product).with_for_update())
            worker = asyncio.create_task(importer.work(made))
            while (await importer.look(made))["status"] != "importing":
                assert not worker.done()
            worker.cancel()
            await asyncio.wait({worker})
        async with database.tenant(importer.business.tenant_id) as session:
            await session.execute(waits)
    ended = await importer.work(made)
    assert (ended["status"], "five tries" in ended["reason"]) == ("failed", True)
    assert (await importer.business.ok("GET", "/v1/files"))["items"] == [], "its file is not kept"


async def test_a_product_whose_picture_is_gone_is_told_and_keeps_no_other_from_its_import(importer: Importer) -> None:
    picture = b"GIF89a" + bytes(20)
    headers = {"Authorization": f"Bearer {importer.business.api_key}", "Content-Type": "image/gif"}
    file = (await importer.business.client.post("/v1/files", content=picture, headers=headers)).json()
    product = {"name": "Viejo", "images": [f"file:{file['id']}"], "variants": [{"sku": "S-1", "price": 1}]}
    await importer.business.ok("POST", "/v1/products", product)
    await importer.business.call("DELETE", f"/v1/files/{file['id']}", force=True)
    made = await importer.work(await importer.send("sku,name,price\nS-1,Viejo,2\nS-2,Nuevo,2\n"))
    assert (made["status"], counted(made)) == ("done", (1, 0, 0, 1))


async def test_a_file_without_products_hides_none(importer: Importer, database: Database) -> None:
    await importer.business.ok("POST", "/v1/products", {"name": "Gorra", "variants": [{"sku": "S-1", "price": 1}]})
    made = await importer.work(await importer.send("sku,name,price\n", missing="hide", dry_run=True))
    assert (made["status"], made["counts"]["hidden"], made["counts"]["notes"]) == ("checked", 0, 1)
    async with database.tenant(importer.business.tenant_id) as session:
        await session.execute(update(CatalogImport).values(status="checking", lease_until=clock.machine_now()))
    assert (await importer.work(made))["counts"]["notes"] == 1, "whoever goes on behind it does not tell it again"
    done = await importer.work(await importer.business.ok("POST", f"/v1/imports/{made['id']}/apply"))
    assert (done["status"], done["counts"]["hidden"], done["counts"]["notes"]) == ("done", 0, 1)


@pytest.mark.parametrize(
    ("format", "table"),
    [
        (
            "woocommerce",
            "Type,SKU,Name,Regular price,Parent\nvariable,GORRA,Gorra,,\nvariation,S-1,Gorra,5,\nsimple,N,N,1,\n",
        ),
        ("google", "id,title,availability,price\n,Gorra,in stock,5\nN,N,in stock,1\n"),
        ("plain", "name,sku,price\nGorra, roja,S-1,5\nN,N,1\n"),
        ("shopify", "Handle,Title,Variant SKU,Variant Price,Published\n,,S-1,5,TRUE\nn,N,N,1,TRUE\n"),
    ],
)
async def test_nothing_is_hidden_where_a_row_does_not_tell_its_product(
    importer: Importer, format: str, table: str
) -> None:
    await importer.business.ok("POST", "/v1/products", {"name": "Gorra", "variants": [{"sku": "S-1", "price": 1}]})
    made = await importer.work(await importer.send(table, missing="hide"))
    assert (made["format"], made["counts"]["hidden"], made["counts"]["created"]) == (format, 0, 1)
    errors = await importer.business.ok("GET", f"/v1/imports/{made['id']}/errors", level="note")
    assert "nothing was hidden, as 1 rows could not be read" in [item["wrong"] for item in errors["items"]]


async def test_bad_rows_are_told_in_a_file_that_a_spreadsheet_may_open(importer: Importer) -> None:
    made = await importer.work(await importer.send(HOSTILE))
    assert (made["status"], made["counts"]["failed"], made["counts"]["errors"]) == ("done", 7, 7)
    errors = await importer.business.ok("GET", f"/v1/imports/{made['id']}/errors", level="error", limit=3)
    assert [item["row"] for item in errors["items"]] == [3, 4, 5]
    answer = await importer.business.call("GET", f"/v1/imports/{made['id']}/errors.csv")
    assert "error,3,3,price,'-5,the amount is below zero,write a price of 0 or more" in answer.text
    broken = await importer.send("\0\1\2" * 50)
    assert broken["type"] == "urn:tendero:problem:not-a-table"
    unknown = await importer.send("uno,dos\n1,2\n")
    assert (unknown["type"], unknown["found"]) == ("urn:tendero:problem:unknown-format", ["uno", "dos"])
    assert (await importer.business.ok("GET", "/v1/files"))["items"] == [], "no file of any of these is kept"


async def test_without_redis_the_dispatcher_imports(importer: Importer, database: Database, settings: Settings) -> None:
    settings.redis_url = None
    jobs = BackgroundJobs(database, settings, Bell(None), jobs=(IMPORTS,))
    made = await importer.send("sku,name,price\nA-1,Gorra,1\n")
    await jobs.look()
    async with asyncio.timeout(30):
        while (await importer.look(made))["status"] != "done":
            pass
    await jobs.close()
    assert set(await importer.products()) == {"Gorra"}
