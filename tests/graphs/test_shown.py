"""What a customer was shown lately is found again, however long ago the window lost it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from graphs.evidence import Claim, Evidence, EvidenceKind, Subject
from graphs.shown import MOST, kept, told

MONDAY = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)


def product(key: str, name: str, price: int) -> list[Evidence]:
    def item(kind: EvidenceKind, value: dict[str, Any], of: str = "product") -> Evidence:
        subject = Subject(type=of, id=key if of == "product" else f"{key}-38", name=name, aliases=(name,))
        return Evidence(id=f"{kind}-{of}-{key}", kind=kind, subject=subject, value=value, source="search_products")

    money = {"amount": price, "currency": "MXN"}
    return [
        item(EvidenceKind.PRODUCT, {"name": name}),
        item(EvidenceKind.PRICE, money),
        item(EvidenceKind.PRICE, money, "variant"),
    ]


def names(groups: list[dict[str, Any]]) -> list[list[str]]:
    return [[item["name"] for item in group["products"]] for group in groups]


def test_what_a_reply_names_is_kept_in_its_order_with_the_price_of_then() -> None:
    evidence = [*product("a", "Veloz 3", 1299), *product("b", "Veloz 3 mujer", 999), *product("c", "Bota", 500)]
    groups = kept([], "• *Veloz 3 mujer* — $9.99\n• *Veloz 3* — $12.99", [], evidence, MONDAY)
    assert told(groups, "America/Mexico_City") == [
        {
            "at": "Mon 2026-11-23 11:00",
            "products": [
                {"id": "b", "name": "Veloz 3 mujer", "price": {"amount": 999, "currency": "MXN"}},
                {"id": "a", "name": "Veloz 3", "price": {"amount": 1299, "currency": "MXN"}},
            ],
        }
    ]
    assert names(kept([], "*Veloz 3 mujer* — $9.99", [], evidence, MONDAY)) == [["Veloz 3 mujer"]]
    assert kept([], "Botana no tenemos", [], evidence, MONDAY) == []


def test_a_product_whose_price_alone_is_stated_counts_as_shown() -> None:
    claim = Claim(kind="money", quote="$12.99", support="evidence", evidence_id="price-variant-a")
    assert names(kept([], "Los azules cuestan $12.99.", [claim], product("a", "Veloz 3", 1299), MONDAY)) == [
        ["Veloz 3"]
    ]


def test_of_a_day_a_product_stands_where_it_was_shown_last_and_the_oldest_leave() -> None:
    two = [*product("a", "Bota", 1), *product("b", "Gorra", 2)]
    groups = kept([], "Bota, Gorra", [], two, MONDAY)
    groups = kept(groups, "la Bota", [], two, MONDAY + timedelta(hours=1))
    assert names(groups) == [["Gorra"], ["Bota"]]
    groups = kept(groups, "la Bota", [], two, MONDAY + timedelta(days=1))
    assert names(groups) == [["Gorra"], ["Bota"], ["Bota"]]
    many = [item for number in range(MOST) for item in product(f"n{number}", f"Cosa{number}x", 1)]
    text = " ".join(item.subject.name for item in many)
    assert len(kept(groups, text, [], many, MONDAY + timedelta(days=2))[-1]["products"]) == MOST
    assert kept(groups, "hola", [], [], MONDAY + timedelta(days=40)) == []
