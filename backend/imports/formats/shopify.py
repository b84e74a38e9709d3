"""Products as Shopify exports them, under the names that columns had until 2024 and those that they have since
(https://help.shopify.com/en/manual/products/import-export/using-csv).

A product's first row has its title; further rows of the same handle are variants, or pictures alone.
"""

import re
from collections.abc import Mapping
from typing import Any

from backend.imports.formats.base import Piece, path_of
from backend.imports.formats.cells import Cells, key_of

_METAFIELD = re.compile(r"(.+?) \(product\.metafields\.[\w.-]+\)")
_PLACES = ("1", "2", "3")
_ONLY = "default title"


class Shopify:
    name = "shopify"
    title = "Shopify products"
    columns: Mapping[str, tuple[str, ...]] = {
        "handle": ("Handle", "URL handle"),
        "name": ("Title",),
        "description": ("Body (HTML)", "Body HTML", "Body", "Description"),
        "brand": ("Vendor",),
        "category": ("Product Category", "Standardized Product Type", "Standard Product Type"),
        "type": ("Type", "Custom Product Type", "Product Type"),
        "tags": ("Tags",),
        "published": ("Published", "Published on online store"),
        "status": ("Status",),
        **{f"option{place}_name": (f"Option{place} Name",) for place in _PLACES},
        **{f"option{place}_value": (f"Option{place} Value",) for place in _PLACES},
        "sku": ("Variant SKU", "SKU"),
        "barcode": ("Variant Barcode", "Barcode"),
        "price": ("Variant Price", "Price"),
        "stock": ("Variant Inventory Qty", "Variant Inventory Quantity", "Inventory quantity"),
        "tracker": ("Variant Inventory Tracker", "Inventory tracker"),
        "policy": ("Variant Inventory Policy", "Continue selling when out of stock"),
        "image": ("Image Src", "Product image URL"),
        "variant_image": ("Variant Image", "Variant image URL"),
    }
    required: tuple[tuple[str, ...], ...] = (("name",), ("handle", "sku", "price"))
    telling = frozenset({"handle", "option1_name", "option1_value", "tracker", "policy", "published"})

    def further(self, heading: str) -> str | None:
        found = _METAFIELD.fullmatch(heading)
        return f"attribute:{found[1]}" if found else None

    def piece(self, cells: Cells) -> Piece | None:
        name = cells.line("name")
        handle = cells.raw("handle") or key_of(name)
        if not handle:
            cells.error("handle", "the row names no product", "give it the handle of its product")
            return None
        piece = Piece(group=handle, row=cells.row, leads=bool(name), whole=cells.has("handle"))
        if name:
            piece.product = _product(cells, name)
        if images := cells.addresses("image"):
            piece.product["images"] = images
        choices = {place: value for place in _PLACES if (value := cells.line(f"option{place}_value"))}
        piece.option_names = {place: given for place in _PLACES if (given := cells.line(f"option{place}_name"))}
        if name or choices or cells.raw("sku") or cells.raw("price"):
            piece.variant = _variant(cells, handle, choices)
        return piece


def _product(cells: Cells, name: str) -> dict[str, Any]:
    product: dict[str, Any] = {"name": name}
    if cells.has("description"):
        product["description"] = cells.prose("description")
    if cells.has("brand"):
        product["brand"] = cells.line("brand") or None
    category, kind = path_of(cells.raw("category")), path_of(cells.raw("type"))
    if cells.has("category") or cells.has("type"):
        product["category"] = category or kind or None
    if cells.has("tags"):
        product["tags"] = cells.words("tags")
        if category and kind and kind.casefold() not in category.casefold():
            product["tags"] = list(dict.fromkeys([*product["tags"], kind]))[:50]
    published, status = cells.flag("published"), cells.raw("status").lower()
    if status or published is not None:
        product["visible"] = published is not False and status in ("", "active")
    product["attributes"] = {given: cells.line(f"attribute:{given}") for given in cells.names("attribute:", empty=True)}
    return product


def _variant(cells: Cells, handle: str, choices: dict[str, str]) -> dict[str, Any]:
    if list(choices.values()) == [choices.get("1")] and choices["1"].casefold() == _ONLY:
        choices = {}
    variant: dict[str, Any] = {"sku": cells.sku("sku", handle, list(choices.values()))}
    if cells.has("option1_value"):
        variant["choices"] = choices
    if (price := cells.price("price")) is not None:
        variant["price"] = price
    stock = cells.count("stock")
    untracked = cells.has("tracker") and not cells.raw("tracker")
    goes_on = cells.raw("policy").lower() in ("continue", "true", "yes")
    if untracked or (goes_on and not stock):
        variant["in_stock"] = True
    elif stock is not None:
        variant["stock"] = stock
    if cells.has("barcode"):
        variant["barcode"] = cells.raw("barcode") or None
    if picture := cells.addresses("variant_image"):
        variant["image"] = picture[0]
    return variant
