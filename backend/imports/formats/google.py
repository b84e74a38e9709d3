"""Product feeds of Google Merchant Center and Meta's catalogs, as CSV or TSV
(https://support.google.com/merchants/answer/7052112, https://www.facebook.com/business/help/120325381656392).

Each row is one thing that can be bought; `item_group_id` holds variants together.
"""

from collections.abc import Mapping
from typing import Any

from backend.imports.formats.base import Piece, path_of, sale
from backend.imports.formats.cells import Cells

_CHOICES = ("color", "size", "material", "pattern")
_TRAITS = ("gender", "age_group", "condition")
_USUAL = {"condition": "new"}


class Google:
    name = "google"
    title = "Google or Meta product feed"
    columns: Mapping[str, tuple[str, ...]] = {
        "id": ("id", "retailer_id"),
        "name": ("title",),
        "description": ("description", "rich_text_description"),
        "availability": ("availability",),
        "stock": ("quantity_to_sell_on_facebook", "sell_on_google_quantity", "inventory", "quantity"),
        "price": ("price",),
        "sale_price": ("sale_price",),
        "sale_dates": ("sale_price_effective_date",),
        "barcode": ("gtin",),
        "brand": ("brand",),
        "group": ("item_group_id",),
        "type": ("product_type",),
        "category": ("google_product_category", "fb_product_category"),
        "image": ("image_link",),
        "images": ("additional_image_link", "additional_image_links"),
        "labels": ("custom_label_0",),
        "visibility": ("visibility", "status"),
        **{name: (name,) for name in (*_CHOICES, *_TRAITS)},
    }
    required: tuple[tuple[str, ...], ...] = (("id",), ("name",))
    telling = frozenset({"availability", "group", "type", "category", "image", "sale_dates"})

    def further(self, heading: str) -> str | None:
        return None

    def piece(self, cells: Cells) -> Piece | None:
        own, group = cells.line("id"), cells.line("group")
        if not own:
            cells.error("id", "the row has no id", "give it the id that it has in the shop")
            return None
        piece = Piece(group=group or own, row=cells.row, leads=True, whole=bool(group))
        choices = {name: cells.line(name) for name in _CHOICES if cells.has(name)}
        piece.product = _product(cells, {} if group else choices)
        piece.variant = _variant(cells, own)
        if choices:
            piece.variant["options"] = {name: value for name, value in choices.items() if value and group}
        return piece


def _product(cells: Cells, more: dict[str, str]) -> dict[str, Any]:
    product: dict[str, Any] = {"name": cells.line("name")}
    if cells.has("description"):
        product["description"] = cells.prose("description")
    if cells.has("brand"):
        product["brand"] = cells.line("brand") or None
    if cells.has("type") or cells.has("category"):
        named = path_of(cells.raw("category"))
        own = path_of(cells.raw("type").partition(",")[0] if ">" in cells.raw("type") else cells.raw("type"))
        product["category"] = own or (None if named.isdigit() else named) or None
    if images := cells.addresses("image", "images"):
        product["images"] = images
    if seen := cells.raw("visibility").lower():
        product["visible"] = seen in ("published", "active")
    traits = {name: cells.line(name) for name in _TRAITS if cells.has(name)}
    usual = {name: "" for name, value in traits.items() if value.lower() == _USUAL.get(name)}
    product["attributes"] = traits | usual | more
    return product


def _variant(cells: Cells, own: str) -> dict[str, Any]:
    variant: dict[str, Any] = {"sku": own}
    if (price := cells.price("price")) is not None:
        variant["price"] = price
    if cells.has("sale_price"):
        starts, _, ends = cells.raw("sale_dates").partition("/")
        days = cells.moment("sale_dates", starts.strip()), cells.moment("sale_dates", ends.strip(), end=True)
        variant["prices"] = sale(cells.price("sale_price"), *days)
    variant |= cells.stock("stock", "availability")
    if cells.has("barcode"):
        variant["barcode"] = cells.raw("barcode") or None
    return variant
