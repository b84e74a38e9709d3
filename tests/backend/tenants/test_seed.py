"""Businesses from files, through the public API alone."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from backend.app import create_app
from backend.database import new_id
from backend.settings import Settings
from backend.tenants.seed import SeedRefused, seed
from evals.world.serving import running
from tests.factories import Business, Client

BUSINESSES = Path(__file__).resolve().parents[3] / "evals" / "world" / "businesses"


@pytest.fixture
async def url(settings: Settings) -> AsyncIterator[str]:
    async with running(create_app(settings)) as url:
        yield url


def copy_of(name: str, folder: Path, **changes: Any) -> Path:
    """The file under a slug of this test's own."""
    business = yaml.safe_load((BUSINESSES / f"{name}.yaml").read_text("utf-8"))
    file = folder / "business.yaml"
    file.write_text(yaml.safe_dump({**business, "slug": f"seeded-{new_id().hex}", **changes}), "utf-8")
    return file


async def seeded(client: Client, settings: Settings, url: str, file: Path) -> Business:
    made = await seed(url, settings.platform_token, file)
    assert not made["exists"]
    return Business(client, made["tenant"]["id"], made["api_key"])


async def everything(business: Business, path: str) -> list[Any]:
    items: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        page = await business.ok("GET", path, limit=100, **cursor)
        items += page["items"]
        if page.get("next_cursor") is None:
            return items
        cursor = {"cursor": page["next_cursor"]}


async def test_a_shop_is_made_whole_and_only_once(client: Client, settings: Settings, url: str, tmp_path: Path) -> None:
    file = copy_of("deportes_sol", tmp_path)
    shop = await seeded(client, settings, url, file)
    written = yaml.safe_load(file.read_text("utf-8"))
    products = await everything(shop, "/v1/products")
    assert len(products) == len(written["products"]) >= 80
    assert sum(len(item["variants"]) for item in products) == sum(len(item["variants"]) for item in written["products"])
    assert len((await shop.ok("GET", "/v1/facts"))["items"]) == len(written["facts"])
    assert (await shop.ok("GET", "/v1/playbook"))["instructions"] == written["instructions"]
    assert (await shop.ok("GET", "/v1/payment-accounts"))["items"][0]["provider"] == "sandbox"
    again = await seed(url, settings.platform_token, file)
    assert (again["exists"], again["api_key"]) == (True, None)


async def test_a_salon_is_made_with_its_services_and_staff(
    client: Client, settings: Settings, url: str, tmp_path: Path
) -> None:
    file = copy_of("salao_aurora", tmp_path)
    salon = await seeded(client, settings, url, file)
    written = yaml.safe_load(file.read_text("utf-8"))
    services = {item["id"]: item["name"] for item in await everything(salon, "/v1/services")}
    assert sorted(services.values()) == sorted(item["name"] for item in written["services"])
    staff = await everything(salon, "/v1/staff")
    assert sorted(item["name"] for item in staff) == sorted(item["name"] for item in written["staff"])


async def test_a_file_that_the_api_refuses_says_where(
    client: Client, settings: Settings, url: str, tmp_path: Path
) -> None:
    broken = copy_of("deportes_sol", tmp_path, products=[{"name": "Sin variantes", "variants": []}])
    with pytest.raises(SeedRefused, match="POST /v1/products/bulk answered 422"):
        await seed(url, settings.platform_token, broken)
