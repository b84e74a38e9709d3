"""The seed data is complete and consistent with itself."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

FOLDER = Path(__file__).parents[3] / "evals" / "world" / "businesses"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def business(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load((FOLDER / f"{name}.yaml").read_text()))


def ranges(hours: dict[str, list[list[str]]], day: str) -> list[tuple[time, time]]:
    return [(time.fromisoformat(start), time.fromisoformat(end)) for start, end in hours.get(day, [])]


@pytest.fixture(scope="module")
def shop() -> dict[str, Any]:
    return business("deportes_sol")


@pytest.fixture(scope="module")
def salon() -> dict[str, Any]:
    return business("salao_aurora")


@pytest.fixture(scope="module")
def workshop() -> dict[str, Any]:
    return business("wheelhouse_bikes")


@pytest.mark.parametrize("name", sorted(file.stem for file in FOLDER.glob("*.yaml")))
def test_a_business_says_who_it_is_and_when_it_is_open(name: str) -> None:
    data = business(name)
    assert data["slug"] == name.replace("_", "-")
    assert data["mode"] in ("sales", "appointments", "both")
    assert ZoneInfo(data["timezone"]).key == data["timezone"]
    assert set(data["hours"]) <= set(DAYS)
    assert all(start < end for day in DAYS for start, end in ranges(data["hours"], day))
    keys = [fact["key"] for fact in data["facts"]]
    assert len(set(keys)) == len(keys) >= 8
    assert len(data["instructions"]) > 200


def test_the_shop_has_a_catalog_worth_searching(shop: dict[str, Any]) -> None:
    products = shop["products"]
    assert len(products) >= 80
    assert len({product["name"] for product in products}) == len(products)
    assert len({product["category"] for product in products}) >= 8
    assert sum(not product.get("visible", True) for product in products) == 1
    assert all(len(product["description"]) > 25 and product["tags"] and product["brand"] for product in products)


@pytest.mark.parametrize(("name", "cheapest"), [("deportes_sol", 10_000), ("wheelhouse_bikes", 900)])
def test_every_variant_is_one_thing_with_a_price(name: str, cheapest: int) -> None:
    products = business(name)["products"]
    variants = [variant for product in products for variant in product["variants"]]
    assert max(Counter(variant["sku"] for variant in variants).values()) == 1
    assert all(isinstance(variant["price"], int) and variant["price"] >= cheapest for variant in variants)
    assert all(isinstance(value, str) for variant in variants for value in variant["options"].values())
    for product in products:
        options = [tuple(sorted(variant["options"].items())) for variant in product["variants"]]
        assert len(set(options)) == len(options), product["name"]
        assert len({tuple(variant["options"]) for variant in product["variants"]}) == 1, product["name"]


def test_some_things_are_out_of_stock_wholly_or_in_a_size(shop: dict[str, Any]) -> None:
    stocks = [[variant["stock"] for variant in product["variants"]] for product in shop["products"]]
    assert 2 <= sum(not any(stock) for stock in stocks) <= 5
    assert sum(0 in stock and any(stock) for stock in stocks) >= 5


def test_the_salon_offers_eight_services_that_somebody_does(salon: dict[str, Any]) -> None:
    services = {service["key"]: service for service in salon["services"]}
    assert len(services) == 8
    assert {key for member in salon["staff"] for key in member["services"]} == set(services)
    for service in services.values():
        assert service["duration_minutes"] >= 30
        assert service["price"] > 0
        assert service["buffer_before_minutes"] >= 0
        assert service["buffer_after_minutes"] >= 0


def test_the_workshop_sells_and_takes_appointments_where_clocks_change_before_its_agenda_ends(
    workshop: dict[str, Any],
) -> None:
    assert workshop["mode"] == "both"
    assert len(workshop["products"]) >= 20
    assert len(workshop["services"]) == 6
    assert {key for member in workshop["staff"] for key in member["services"]} == {
        service["key"] for service in workshop["services"]
    }
    begins = datetime(2026, 11, 24, 17, tzinfo=UTC).astimezone(ZoneInfo(workshop["timezone"]))
    ends = begins + timedelta(days=workshop["settings"]["booking_horizon_days"])
    assert begins.utcoffset() != ends.utcoffset()


@pytest.mark.parametrize("name", ["salao_aurora", "wheelhouse_bikes"])
def test_the_three_work_different_hours_with_breaks_inside_opening_hours(name: str) -> None:
    house = business(name)
    staff = house["staff"]
    assert len(staff) == 3
    assert len({str(member["hours"]) for member in staff}) == 3
    for member in staff:
        for day in member["hours"]:
            shifts = ranges(member["hours"], day)
            [(opens, closes)] = ranges(house["hours"], day)
            assert opens <= shifts[0][0]
            assert shifts[-1][1] <= closes
            assert [start < end for start, end in shifts] == [True, True]
            assert shifts[0][1] < shifts[1][0]
