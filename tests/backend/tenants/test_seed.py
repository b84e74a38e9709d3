"""Businesses from files, through the public API alone."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from backend.database import new_id
from backend.settings import Settings
from backend.tenants.seed import Seeded, SeedRefused, read_business, seed
from tests.backend.application import running_application
from tests.factories import Business, Client, make_business

BUSINESSES = Path(__file__).resolve().parents[3] / "evals" / "world" / "businesses"


@pytest.fixture
async def url(settings: Settings) -> AsyncIterator[str]:
    async with running_application(settings) as url:
        yield url


def copy_of(name: str, **changes: Any) -> dict[str, Any]:
    """The business of a file under a slug of this test's own."""
    return {**read_business(BUSINESSES / f"{name}.yaml"), "slug": f"seeded-{new_id().hex}", **changes}


def of(client: Client, seeded: Seeded) -> Business:
    return Business(client, seeded.tenant["id"], seeded.api_key)


async def everything(business: Business, path: str) -> list[Any]:
    items: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        page = await business.ok("GET", path, limit=100, **cursor)
        items += page["items"]
        if page.get("next_cursor") is None:
            return items
        cursor = {"cursor": page["next_cursor"]}


async def test_a_shop_is_made_whole(client: Client, settings: Settings, url: str) -> None:
    written = copy_of("deportes_sol")
    seeded = await seed(url, settings.platform_token, written)
    assert seeded.complete
    shop = of(client, seeded)
    products = await everything(shop, "/v1/products")
    assert len(products) == len(written["products"]) >= 80
    assert sum(len(item["variants"]) for item in products) == sum(len(item["variants"]) for item in written["products"])
    assert len((await shop.ok("GET", "/v1/facts"))["items"]) == len(written["facts"])
    assert (await shop.ok("GET", "/v1/playbook"))["instructions"] == written["instructions"]
    assert (await shop.ok("GET", "/v1/payment-accounts"))["items"][0]["provider"] == "sandbox"


async def test_a_salon_is_made_with_its_services_and_staff(client: Client, settings: Settings, url: str) -> None:
    written = copy_of("salao_aurora")
    salon = of(client, await seed(url, settings.platform_token, written))
    services = {item["id"]: item["name"] for item in await everything(salon, "/v1/services")}
    assert sorted(services.values()) == sorted(item["name"] for item in written["services"])
    staff = await everything(salon, "/v1/staff")
    assert sorted(item["name"] for item in staff) == sorted(item["name"] for item in written["staff"])
    assert all(member["service_ids"] for member in staff)


@pytest.mark.parametrize(
    ("name", "part", "broken"),
    [
        ("deportes_sol", "products", {"name": "Sin variantes", "variants": []}),
        ("salao_aurora", "services", {"name": "Sin duración", "price": 100}),
        ("salao_aurora", "staff", {"name": "Sin horas", "hours": {"mon": [["24:00", "09:00"]]}}),
    ],
)
async def test_a_run_that_died_half_way_is_finished_by_the_next(
    client: Client, settings: Settings, url: str, name: str, part: str, broken: dict[str, Any]
) -> None:
    whole = copy_of(name)
    kept: list[Seeded] = []
    with pytest.raises(SeedRefused, match=f"POST /v1/{part}.* answered 422: .*(variants|duration_minutes|hours)"):
        await seed(url, settings.platform_token, {**whole, part: [*whole[part][:2], broken]}, None, kept.append)
    assert [seeded.complete for seeded in kept] == [False]
    again = await seed(url, settings.platform_token, whole, kept[0], kept.append)
    assert (again.complete, again.api_key, kept[-1]) == (True, kept[0].api_key, again)
    business = of(client, again)
    for noun in ("products", "services", "staff"):
        made = [item["name"] for item in await everything(business, f"/v1/{noun}")]
        assert sorted(made) == sorted(item["name"] for item in whole.get(noun, []))
    assert (await business.ok("GET", "/v1/playbook"))["version"] == 1


async def test_a_business_whose_key_was_lost_before_anything_was_in_it_is_filled(
    client: Client, settings: Settings, url: str
) -> None:
    written = copy_of("salao_aurora")
    await make_business(client, settings, slug=written["slug"], name=written["name"])
    salon = of(client, await seed(url, settings.platform_token, written))
    assert len(await everything(salon, "/v1/services")) == len(written["services"])


async def test_a_business_in_use_whose_key_was_lost_gets_a_key_and_stays_as_it_is(
    client: Client, settings: Settings, url: str
) -> None:
    written = copy_of("deportes_sol")
    shop = of(client, await seed(url, settings.platform_token, written))
    variant = (await everything(shop, "/v1/products"))[0]["variants"][0]["id"]
    await shop.ok("PATCH", f"/v1/variants/{variant}", {"stock": 7})
    again = await seed(url, settings.platform_token, written)
    assert again.complete
    assert again.api_key != shop.api_key
    [after] = [
        item
        for product in await everything(of(client, again), "/v1/products")
        for item in product["variants"]
        if item["id"] == variant
    ]
    assert after["stock"] == 7


async def test_only_the_platform_token_makes_further_keys(
    client: Client, settings: Settings, business: Business
) -> None:
    slug = (await business.ok("GET", "/v1/tenant"))["slug"]
    assert (await business.call("POST", f"/v1/tenants/{slug}/keys")).status_code == 401
    platform = {"Authorization": f"Bearer {settings.platform_token}"}
    assert (await client.post("/v1/tenants/nobody-at-all/keys", headers=platform)).status_code == 404
    assert (await client.post("/v1/tenants/nobody%00/keys", headers=platform)).status_code == 404


@pytest.mark.parametrize("text", ["- a list", "name: no slug", "slug: [", "slug: 7", "\x00", b"\xff\xfe"])
def test_a_file_that_is_no_business_is_named(tmp_path: Path, text: str | bytes) -> None:
    file = tmp_path / "business.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SeedRefused, match=r"business\.yaml"):
        read_business(file)
