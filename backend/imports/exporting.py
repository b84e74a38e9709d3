"""The catalog as a table, page by page: our template with all that it can say, or as Shopify reads it."""

import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalog.models import Product, Variant
from backend.catalog.service import list_products, variants_of
from backend.imports.escaping import joined
from backend.imports.lines import lines
from backend.imports.reading.figures import precision
from backend.imports.template import COLUMNS, JSON_COLUMNS
from backend.tenants.service import load_tenant

BATCH = 500
_PLACES = (1, 2, 3)
"""Options that Shopify knows."""
_MOST_COLUMNS = 200
"""Of options, of attributes and of languages each; names used less often share a column."""
Begin = Callable[[], AbstractAsyncContextManager[AsyncSession]]
_SHOPIFY = (
    *(
        "Title",
        "URL handle",
        "Description",
        "Vendor",
        "Product category",
        "Tags",
        "Published on online store",
        "Status",
    ),
    *("SKU", "Barcode", "Option1 name", "Option1 value", "Option2 name", "Option2 value", "Option3 name"),
    *("Option3 value", "Price", "Inventory tracker", "Inventory quantity", "Product image URL", "Image position"),
    "Variant image URL",
)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What all lines of one export have in common."""

    currency: str
    options: Sequence[str]
    attributes: Sequence[str]
    languages: Sequence[str]
    shared: frozenset[str]
    """Which of these have more names than columns."""

    def others(self, field: str, names: Sequence[str], said: Mapping[str, Any]) -> list[str]:
        """The cell of those that share a column, if there is one."""
        if field not in self.shared:
            return []
        left = {name: value for name, value in said.items() if name not in names}
        return [json.dumps(left, ensure_ascii=False) if left else ""]


async def as_plain(begin: Begin) -> AsyncIterator[str]:
    """Our template: a line for each variant; read again it changes nothing but what is put in order in any file's
    texts: markup and double blanks."""
    async with begin() as session:
        shape = await _shape(session)
    yield "\ufeff" + lines(
        [
            [
                *COLUMNS,
                *("kind", "synonyms", "variant_image"),
                *(f"option:{name}" for name in shape.options),
                *(f"attribute:{name}" for name in shape.attributes),
                *(f"{field}:{language}" for language in shape.languages for field in ("name", "description")),
                *(heading for field, heading in JSON_COLUMNS.items() if field in shape.shared),
            ]
        ]
    )
    async for page in _pages(begin):
        yield lines(_plain(shape, product, variant) for product, variants in page for variant in variants)


async def as_shopify(begin: Begin) -> AsyncIterator[str]:
    """As Shopify imports it, under the names that columns have there since 2024. Sale prices, attributes,
    translations, a fourth option and pictures that were uploaded to us have no column there."""
    async with begin() as session:
        currency = (await load_tenant(session)).currency
    yield lines([_SHOPIFY])
    async for page in _pages(begin):
        yield lines(line for product, variants in page for line in _shopify(currency, product, variants))


def amount(minor: int | None, currency: str) -> str:
    """`1299.90`."""
    if minor is None:
        return ""
    digits = precision(currency)
    return str(Decimal(minor).scaleb(-digits).quantize(Decimal(1).scaleb(-digits)))


async def _pages(begin: Begin) -> AsyncIterator[list[tuple[Product, list[Variant]]]]:
    after: UUID | None = None
    while True:
        async with begin() as session:
            products = await list_products(session, after, BATCH)
            variants = await variants_of(session, [product.id for product in products])
        if products:
            yield [(product, variants.get(product.id, [])) for product in products]
        if len(products) < BATCH:
            return
        after = products[-1].id


async def _shape(session: AsyncSession) -> _Shape:
    shared = set()

    async def keys(column: Any) -> list[str]:
        living = Product.deleted_at.is_(None)
        query = select(func.jsonb_object_keys(column.cast(JSONB)).label("key")).select_from(Product)
        if column.class_ is Variant:
            query = query.join(Variant, (Variant.tenant_id == Product.tenant_id) & (Variant.product_id == Product.id))
        found = query.where(living).subquery()
        often = select(found.c.key).group_by(found.c.key).order_by(func.count().desc(), found.c.key)
        names = list(await session.scalars(often.limit(_MOST_COLUMNS + 1)))
        if len(names) > _MOST_COLUMNS:
            shared.add(column.key)
        return sorted(names[:_MOST_COLUMNS])

    currency = (await load_tenant(session)).currency
    options, attributes = await keys(Variant.options), await keys(Product.attributes)
    return _Shape(currency, options, attributes, await keys(Product.translations), frozenset(shared))


def _plain(shape: _Shape, product: Product, variant: Variant) -> list[str]:
    sales: Sequence[Mapping[str, Any]] = variant.prices

    def each(name: str) -> str:
        said = [str(sale.get(name) or "") for sale in sales]
        return "; ".join(said) if any(said) else ""

    words: Mapping[str, Mapping[str, str | None]] = product.translations
    return [
        *(str(product.id), variant.sku, product.name, product.description, product.brand or ""),
        *(product.category or "", joined(product.tags), amount(variant.price, shape.currency)),
        "; ".join(amount(sale["amount"], shape.currency) for sale in sales),
        *(each("starts_at"), each("ends_at"), str(variant.stock), variant.barcode or ""),
        *(" ".join(product.images), "true" if product.visible else "false"),
        *(product.kind, joined(product.synonyms), variant.image or ""),
        *(str(variant.options.get(name, "")) for name in shape.options),
        *(str(product.attributes.get(name, "")) for name in shape.attributes),
        *(
            words.get(language, {}).get(field) or ""
            for language in shape.languages
            for field in ("name", "description")
        ),
        *shape.others("options", shape.options, variant.options),
        *shape.others("attributes", shape.attributes, product.attributes),
        *shape.others("translations", shape.languages, words),
    ]


def _shopify(currency: str, product: Product, variants: Sequence[Variant]) -> Iterable[list[str]]:
    names = list(dict.fromkeys(name for variant in variants for name in variant.options))[: len(_PLACES)]
    pictures = list(_linked(product.images))
    for place in range(max(len(variants), len(pictures))):
        first = place == 0
        line = dict.fromkeys(_SHOPIFY, "")
        line["URL handle"] = str(product.id)
        if first:
            line |= {
                "Title": product.name,
                "Description": product.description,
                "Vendor": product.brand or "",
                "Product category": product.category or "",
                "Tags": ", ".join(product.tags),
                "Published on online store": "TRUE" if product.visible else "FALSE",
                "Status": "active" if product.visible else "draft",
            }
        if place < len(variants):
            line |= _shopify_variant(currency, variants[place], names)
        if place < len(pictures):
            line |= {"Product image URL": pictures[place], "Image position": str(place + 1)}
        yield list(line.values())


def _shopify_variant(currency: str, variant: Variant, names: Sequence[str]) -> dict[str, str]:
    line = {
        "SKU": variant.sku,
        "Barcode": variant.barcode or "",
        "Price": amount(variant.price, currency),
        "Inventory tracker": "shopify",
        "Inventory quantity": str(variant.stock),
        "Variant image URL": next(_linked([variant.image or ""]), ""),
        "Option1 name": "Title",
        "Option1 value": "Default Title",
    }
    for place, name in zip(_PLACES, names, strict=False):
        line |= {f"Option{place} name": name, f"Option{place} value": str(variant.options.get(name, ""))}
    return line


def _linked(pictures: Iterable[str]) -> Iterator[str]:
    """Those that others can fetch."""
    return (picture for picture in pictures if picture.startswith("https://"))
