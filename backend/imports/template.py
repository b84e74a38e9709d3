"""The template to fill in, in the three languages of the house."""

from backend.imports.lines import lines

COLUMNS = (
    *("product", "sku", "name", "description", "brand", "category", "tags", "price", "sale_price", "sale_starts"),
    *("sale_ends", "stock", "barcode", "images", "visible"),
)
"""Our names, in the order of the template; `option:` and `attribute:` columns come behind them."""
JSON_COLUMNS = {name: f"{name} (json)" for name in ("options", "attributes", "translations")}
"""Where an export puts what it has no columns left for."""
_HEADINGS = {
    "es": (
        *("producto", "sku", "nombre", "descripción", "marca", "categoría", "etiquetas", "precio", "precio de oferta"),
        *("oferta desde", "oferta hasta", "existencias", "código de barras", "imágenes", "activo"),
        *("opción:Talla", "opción:Color", "atributo:Material"),
    ),
    "pt": (
        *("produto", "sku", "nome", "descrição", "marca", "categoria", "etiquetas", "preço", "preço promocional"),
        *("promoção de", "promoção até", "estoque", "código de barras", "imagens", "ativo"),
        *("opção:Tamanho", "opção:Cor", "atributo:Material"),
    ),
    "en": (*COLUMNS, "option:Size", "option:Colour", "attribute:Material"),
}
_WORDS = {
    "es": ("Botín Sierra", "Botín de piel con cierre lateral", "Calzado > Botas", "invierno, piel", "azul", "piel",
           "Taza Luna", "Taza de cerámica de 350 ml", "Cocina > Tazas", "regalo", "sí", "cerámica"),
    "pt": ("Bota Serra", "Bota de couro com zíper lateral", "Calçados > Botas", "inverno, couro", "azul", "couro",
           "Caneca Lua", "Caneca de cerâmica de 350 ml", "Cozinha > Canecas", "presente", "sim", "cerâmica"),
    "en": ("Sierra boot", "Leather boot with a side zip", "Shoes > Boots", "winter, leather", "blue", "leather",
           "Moon mug", "Ceramic mug of 350 ml", "Kitchen > Mugs", "gift", "yes", "ceramic"),
}  # fmt: skip


def template(language: str) -> str:
    """A heading and three rows: a product with two sizes, and one that has no choice."""
    boot, leather, boots, winter, blue, hide, mug, ceramic, mugs, gift, yes, clay = _WORDS[language]

    def row(size: str, price: str, stock: str) -> list[str]:
        said = ["boot", f"BOOT-{size}", boot, leather, "Andes", boots, winter, price, "", "", "", stock, "", "", yes]
        return [*said, size, blue, hide]

    cup = ["", "MUG-1", mug, ceramic, "", mugs, gift, "199.00", "149.00", "2026-12-01", "2026-12-24", "40", "", "", yes]
    return "\ufeff" + lines(
        [_HEADINGS[language], row("38", "1299.90", "4"), row("39", "1299.90", "2"), [*cup, "", "", clay]]
    )
