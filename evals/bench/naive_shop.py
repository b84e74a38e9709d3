"""The naive service's catalog: everything in one process's memory, found by fuzzy words, with the evidence the observer
reads. Same products, prices and shapes as the product's own tools; no database, no tenant, no expiry."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from rapidfuzz import fuzz, process

from graphs.evidence import Evidence
from graphs.ports import ToolOutcome

Json = dict[str, Any]
SHOWN = 5
LEAST_LIKENESS = 60.0


class Shop:
    """`products` as `GET /v1/products` lists them."""

    def __init__(self, products: list[Json]) -> None:
        self._cards = [_card(product) for product in products if product["visible"] and product["variants"]]
        self._titles = [
            " ".join([product["name"], product["category"] or "", *product["tags"]]).lower()
            for product in products
            if product["visible"] and product["variants"]
        ]

    def use(self, name: str, arguments: Json) -> ToolOutcome:
        """Answers `search_products`; the bench asks for nothing else."""
        if name != "search_products":
            return ToolOutcome(content=f"There is no tool {name!r}.", failed=True)
        found = process.extract(
            str(arguments["query"]).lower(),
            self._titles,
            scorer=fuzz.token_set_ratio,
            limit=SHOWN,
            score_cutoff=LEAST_LIKENESS,
        )
        cards = [self._cards[place] for _, _, place in found]
        expires_at = datetime.now(UTC) + timedelta(hours=1)
        return ToolOutcome(
            content=json.dumps({"products": cards}, ensure_ascii=False, separators=(",", ":")),
            evidence=[item for card in cards for item in _evidence(card, expires_at)],
        )


def _card(product: Json) -> Json:
    currency = product["currency"]
    return {
        **{key: product[key] for key in ("id", "name", "brand", "category", "description")},
        "price_from": {"amount": min(variant["price"] for variant in product["variants"]), "currency": currency},
        "variants": [
            {
                "id": variant["id"],
                "sku": variant["sku"],
                "name": " ".join([product["name"], *variant["options"].values()]),
                "options": variant["options"],
                "price": {"amount": variant["price"], "currency": currency},
                "stock": variant["stock"],
            }
            for variant in product["variants"]
        ],
    }


def _evidence(card: Json, expires_at: datetime) -> list[Evidence]:
    total = sum(variant["stock"] for variant in card["variants"])
    subjects = [("product", card, card["price_from"], total, {"description": card["description"]})]
    subjects += [
        ("variant", variant, variant["price"], variant["stock"], {"options": variant["options"]})
        for variant in card["variants"]
    ]
    about = {key: card[key] for key in ("name", "brand", "category")}
    found = []
    for kind, thing, price, stock, own in subjects:
        aliases = [card["name"], thing["sku"]] if kind == "variant" else []
        subject = {"type": kind, "id": thing["id"], "name": thing["name"], "aliases": aliases}
        for sort, value in (
            ("product", about | own),
            ("price", price),
            ("stock", {"quantity": stock, "available": stock > 0}),
        ):
            wire = {"id": str(uuid.uuid4()), "kind": sort, "subject": subject, "value": value}
            found.append(Evidence.model_validate({**wire, "source": "search_products", "expires_at": expires_at}))
    return found
