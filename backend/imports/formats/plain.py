"""Our own template: one row for each thing that can be bought, with names of columns in Spanish, Portuguese or English.

`option:Talla` and `attribute:Material` are columns of the business's own, and so is a mere `Talla` or `Color`;
`name:pt` and `description:pt-BR` translate. What an export has no columns left for stands in one as JSON. Rows with
the same `product` are variants of one product, and all that it has; a row without one changes its SKU alone. Where
there is no such column, rows with options belong together that have the same name, brand and category.
"""

import re
from collections.abc import Mapping
from typing import Any

from backend.imports.formats.base import Piece, path_of, sale
from backend.imports.formats.cells import MOST_SAID, Cells, plain_key
from backend.imports.template import JSON_COLUMNS

_LANGUAGE = re.compile(
    r"(name|nombre|nome|description|descripción|descripcion|descrição|descricao)\s*:\s*([a-z]{2,3})(-[a-z]{2})?", re.I
)
_OPTIONS = frozenset({"talla", "tallas", "tamano", "tamanho", "size", "color", "colour", "cor", "sabor"})
_OWN = re.compile(r"(option|opción|opcion|opção|opcao|attribute|atributo)\s*:\s*(.{1,300})", re.IGNORECASE | re.DOTALL)


class Plain:
    name = "plain"
    title = "Tendero's template"
    columns: Mapping[str, tuple[str, ...]] = {
        "product": ("producto", "produto", "product id"),
        "sku": ("código", "codigo", "código interno", "clave", "referencia", "referência"),
        "name": ("nombre", "nome", "nombre del producto", "nome do produto", "product name", "artículo"),
        "description": ("descripción", "descrição"),
        "brand": ("marca",),
        "category": ("categoría", "categoria", "categorías", "categorias", "categories"),
        "tags": ("etiquetas", "palabras", "palavras"),
        "price": (
            *("precio", "preço", "precio de venta", "precio venta", "precio unitario", "preço de venda"),
            *("preço unitário", "pvp"),
        ),
        "sale_price": ("precio de oferta", "precio oferta", "preço promocional"),
        "sale_starts": ("oferta desde", "promoção de", "sale from"),
        "sale_ends": ("oferta hasta", "promoção até", "sale until"),
        "stock": ("existencias", "existencia", "inventario", "estoque", "quantity", "cantidad", "quantidade"),
        "barcode": ("código de barras", "codigo de barras", "ean", "gtin", "upc"),
        "images": ("imágenes", "imagens", "image", "imagen", "imagem", "fotos"),
        "variant_image": ("imagen de la variante", "imagem da variante"),
        "visible": ("activo", "ativo", "active", "visible en venta"),
        "kind": ("tipo",),
        "synonyms": ("sinónimos", "sinônimos"),
        **dict.fromkeys(JSON_COLUMNS.values(), ()),
    }
    required: tuple[tuple[str, ...], ...] = (("name", "sku"),)
    telling = frozenset({"name", "sku"})

    def further(self, heading: str) -> str | None:
        if (found := _OWN.fullmatch(heading.strip())) is not None:
            kind = "option" if found[1].lower().startswith("op") else "attribute"
            return f"{kind}:{found[2].strip()}"
        if (found := _LANGUAGE.fullmatch(heading.strip())) is not None:
            kind = "description" if found[1].lower().startswith("d") else "name"
            return f"{kind}:{found[2].lower()}{(found[3] or '').upper()}"
        return f"option:{heading.strip()}" if plain_key(heading) in _OPTIONS else None

    def piece(self, cells: Cells) -> Piece | None:
        options = {name: cells.line(f"option:{name}") for name in cells.names("option:")}
        options |= cells.entries(JSON_COLUMNS["options"])
        group, sku, name = cells.line("product"), cells.line("sku"), cells.line("name")
        if not (group or sku or name):
            cells.error("name", "the row names no product", "give it a name and a SKU")
            return None
        own = cells.sku("sku", group or name, list(options.values()))
        key = f"product:{group}" if group else f"sku:{own}"
        if name and options and not cells.has("product"):
            key = "name:" + "\n".join(map(plain_key, (name, cells.raw("brand"), cells.raw("category"))))
        piece = Piece(group=key, row=cells.row, leads=bool(name), whole=bool(group))
        piece.product = _product(cells, name)
        piece.variant = _variant(cells, own, options)
        return piece


def _product(cells: Cells, name: str) -> dict[str, Any]:
    product: dict[str, Any] = {"name": name} if name else {}
    if cells.has("description") and (name or cells.raw("description")):
        product["description"] = cells.prose("description")
    if cells.has("brand") and (name or cells.raw("brand")):
        product["brand"] = cells.line("brand") or None
    if cells.has("category") and (name or cells.raw("category")):
        product["category"] = path_of(cells.raw("category")) or None
    for field in ("tags", "synonyms"):
        if cells.has(field) and (name or cells.raw(field)):
            product[field] = cells.words(field, ",;|")
    if cells.has("images") and (name or cells.raw("images")):
        product["images"] = cells.addresses("images")
    if (seen := cells.flag("visible")) is not None:
        product["visible"] = seen
    if kind := cells.raw("kind").lower():
        product["kind"] = "service" if kind.startswith("serv") else "product"
    attributes = {own: cells.line(f"attribute:{own}") for own in cells.names("attribute:", empty=bool(name))}
    product["attributes"] = attributes | cells.entries(JSON_COLUMNS["attributes"])
    translations: dict[str, Any] = {}
    for language in cells.names("name:", empty=bool(name)):
        translations.setdefault(language, {})["name"] = cells.line(f"name:{language}")
    for language in cells.names("description:", empty=bool(name)):
        translations.setdefault(language, {})["description"] = cells.prose(f"description:{language}")
    product["translations"] = translations | cells.entries(JSON_COLUMNS["translations"])
    return product


def _variant(cells: Cells, own: str, options: dict[str, str]) -> dict[str, Any]:
    variant: dict[str, Any] = {"sku": own}
    if options:
        variant["options"] = options
    if (price := cells.price("price")) is not None:
        variant["price"] = price
    if cells.has("sale_price"):
        variant["prices"] = _sales(cells)
    if (stock := cells.count("stock")) is not None:
        variant["stock"] = stock
    if cells.has("barcode"):
        variant["barcode"] = cells.raw("barcode") or None
    if picture := cells.addresses("variant_image"):
        variant["image"] = picture[0]
    return variant


def _sales(cells: Cells) -> list[dict[str, Any]]:
    """Several are written with `;` between them."""
    amounts, starts, ends = (
        [part.strip() for part in cells.raw(name).split(";", MOST_SAID)]
        for name in ("sale_price", "sale_starts", "sale_ends")
    )
    found = []
    for place, text in enumerate(amounts):
        start, end = (days[place] if place < len(days) else "" for days in (starts, ends))
        moments = cells.moment("sale_starts", start), cells.moment("sale_ends", end, end=True)
        found += sale(cells.amount("sale_price", text), *moments)
    return found
