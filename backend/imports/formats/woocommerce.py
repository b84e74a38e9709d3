"""Products as WooCommerce exports them, with headings in the language of the shop (English, Spanish, Portuguese)
(https://woocommerce.com/document/product-csv-importer-exporter/).

A `variable` row has the words, its `variation` rows what is sold; they name it by its SKU or as `id:123`, and may stand
before it.
"""

import re
from collections.abc import Mapping
from typing import Any

from backend.imports.formats.base import Piece, path_of, sale
from backend.imports.formats.cells import MOST_TAGS, Cells

_NUMBERS = range(1, 31)
_COMMA = re.compile(r"(?<!\\),")
_ATTRIBUTE = re.compile(
    r"(?:attribute|nombre del atributo|nome do atributo) (\d{1,2})(?: name)?|"
    r"(?:attribute (\d{1,2}) value\(s\)|valor(?:\(es\)|es) d[eo]l? atributo (\d{1,2}))",
    re.IGNORECASE,
)


class WooCommerce:
    name = "woocommerce"
    title = "WooCommerce products"
    columns: Mapping[str, tuple[str, ...]] = {
        "id": ("ID",),
        "type": ("Type", "Tipo"),
        "sku": ("SKU",),
        "barcode": ("GTIN, UPC, EAN, or ISBN", "GTIN, UPC, EAN o ISBN", "GTIN, UPC, EAN ou ISBN"),
        "name": ("Name", "Nombre", "Nome"),
        "published": ("Published", "Publicado"),
        "visibility": ("Visibility in catalog", "Visibility in catalogue", "Visibilidad en el catálogo",
                       "Visibilidade no catálogo"),
        "short": ("Short description", "Descripción corta", "Descrição curta"),
        "description": ("Description", "Descripción", "Descrição"),
        "sale_starts": ("Date sale price starts", "Día en que empieza el precio rebajado",
                        "Data de preço promocional começa em"),
        "sale_ends": ("Date sale price ends", "Día en que termina el precio rebajado",
                      "Data de preço promocional termina em"),
        "in_stock": ("In stock?", "¿Existencias?", "¿En inventario?", "Em estoque?"),
        "stock": ("Stock", "Inventario", "Estoque"),
        "sale_price": ("Sale price", "Precio rebajado", "Preço promocional"),
        "price": ("Regular price", "Precio normal", "Preço"),
        "categories": ("Categories", "Categorías", "Categorias"),
        "tags": ("Tags", "Etiquetas"),
        "images": ("Images", "Imágenes", "Imagens"),
        "parent": ("Parent", "Superior", "Principal", "Ascendente"),
        "brand": ("Brands", "Brand", "Marcas", "Marca"),
    }  # fmt: skip
    required: tuple[tuple[str, ...], ...] = (("name",), ("sku", "id"))
    telling = frozenset({"type", "parent", "visibility", "in_stock", "attribute1_name", "sale_starts"})

    def further(self, heading: str) -> str | None:
        found = _ATTRIBUTE.fullmatch(" ".join(heading.split()))
        if found is None:
            return None
        return f"attribute{found[1]}_name" if found[1] else f"attribute{found[2] or found[3]}_values"

    def piece(self, cells: Cells) -> Piece | None:
        kinds = {word.strip() for word in cells.raw("type").lower().split(",")}
        if "grouped" in kinds:
            cells.note("type", "a grouped product sells nothing of its own", "it was left out; its parts are imported")
            return None
        sku, number = cells.line("sku"), cells.raw("id")
        own = sku or (f"id:{number}" if number else "")
        if "variation" in kinds:
            return _variation(cells, own)
        if not own:
            own = cells.line("name")
        if not own:
            cells.error("sku", "the row names no product", "give it a SKU or a name")
            return None
        aliases = tuple(filter(None, (f"id:{number}" if number else "", sku)))
        piece = Piece(group=own, row=cells.row, leads=True, whole="variable" in kinds, aliases=aliases)
        piece.product = _product(cells)
        piece.all_attributes = piece.whole and "attributes" in piece.product
        if "variable" not in kinds:
            piece.variant = _variant(cells, own, {})
        return piece


def _variation(cells: Cells, own: str) -> Piece | None:
    parent = cells.raw("parent")
    if not parent:
        cells.error("parent", "the variation does not name its parent", "write the parent's SKU, or id: and its ID")
        return None
    options = {name: values[0] for name, values in _attributes(cells).items() if values}
    piece = Piece(group=parent, row=cells.row, whole=True)
    piece.variant = _variant(cells, own or parent, options)
    if pictures := cells.addresses("images"):
        piece.variant["image"] = pictures[0]
    return piece


def _product(cells: Cells) -> dict[str, Any]:
    product: dict[str, Any] = {"name": cells.line("name")}
    words = [text for text in (cells.prose("short"), cells.prose("description")) if text]
    if cells.has("short") or cells.has("description"):
        product["description"] = "\n\n".join(dict.fromkeys(words))[:20_000]
    if cells.has("brand"):
        product["brand"] = cells.line("brand") or None
    paths = [path_of(part.replace("\\,", ",")) for part in _COMMA.split(cells.raw("categories"))]
    paths = [path for path in paths if path]
    if cells.has("categories"):
        product["category"] = paths[0] if paths else None
    if cells.has("tags"):
        leaves = [path.rpartition(" > ")[2] for path in paths[1:]]
        product["tags"] = list(dict.fromkeys([*cells.words("tags"), *leaves]))[:MOST_TAGS]
    published, visibility = cells.flag("published"), cells.raw("visibility").lower()
    if published is not None or visibility:
        product["visible"] = published is not False and visibility != "hidden"
    if cells.has("images"):
        product["images"] = cells.addresses("images")
    if attributes := {name: ", ".join(values)[:300] for name, values in _attributes(cells).items() if values}:
        product["attributes"] = attributes
    return product


def _variant(cells: Cells, own: str, options: dict[str, str]) -> dict[str, Any]:
    made = f"woo-{cells.raw('id')}" if cells.raw("id") else own
    variant: dict[str, Any] = {
        "sku": cells.sku("sku", made, [] if cells.raw("id") else list(options.values())),
    }
    if cells.has("attribute1_name"):
        variant["options"] = options
    regular, reduced = cells.price("price"), cells.price("sale_price")
    if regular is None and reduced is not None:
        regular, reduced = reduced, None
    if regular is not None:
        variant["price"] = regular
    if cells.has("sale_price"):
        variant["prices"] = sale(reduced, cells.instant("sale_starts"), cells.instant("sale_ends", end=True))
    variant |= cells.stock("stock", "in_stock")
    if cells.has("barcode"):
        variant["barcode"] = cells.raw("barcode") or None
    return variant


def _attributes(cells: Cells) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for number in _NUMBERS:
        name = cells.line(f"attribute{number}_name")
        if name:
            found[name] = cells.words(f"attribute{number}_values", ",|")
    return found
