"""Products as their tenant reads them: as written, with what is asked and what can be sold at this moment."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.catalog.models import Product, Variant
from backend.catalog.prices import asked_at
from backend.catalog.reservations import reserved_of
from backend.catalog.schemas import ProductView, VariantView
from backend.catalog.service import variants_of
from backend.catalog.translations import in_language
from backend.tenants.service import load_tenant


async def product_views(
    session: AsyncSession, products: Sequence[Product], language: str | None = None
) -> list[ProductView]:
    """Views in the order of the products, their words in that language where they are translated."""
    variants = await variants_of(session, [product.id for product in products])
    shown = await variant_views(session, [variant for product in products for variant in variants.get(product.id, [])])
    by_product: dict[object, list[VariantView]] = {product.id: [] for product in products}
    for view, variant in shown:
        by_product[variant.product_id].append(view)
    currency = (await load_tenant(session)).currency
    return [_view(product, by_product[product.id], currency, language) for product in products]


async def variant_views(session: AsyncSession, variants: Sequence[Variant]) -> list[tuple[VariantView, Variant]]:
    """Each variant with its view."""
    now = clock.now()
    reserved = await reserved_of(session, [variant.id for variant in variants if variant.reserved], now)
    return [
        (_variant(one, reserved.get(one.id, 0), asked_at(one.price, one.prices, now).amount), one) for one in variants
    ]


def _variant(variant: Variant, reserved: int, price_now: int) -> VariantView:
    return VariantView(
        id=variant.id,
        sku=variant.sku,
        options=variant.options,
        price=variant.price,
        prices=variant.prices,
        price_now=price_now,
        stock=variant.stock,
        reserved=reserved,
        available=max(variant.stock - reserved, 0),
        barcode=variant.barcode,
        image=variant.image,
    )


def _view(product: Product, variants: list[VariantView], currency: str, language: str | None) -> ProductView:
    name, description = in_language(product.name, product.description, product.translations, language)
    return ProductView(
        id=product.id,
        name=name,
        description=description,
        brand=product.brand,
        category=product.category,
        tags=product.tags,
        visible=product.visible,
        images=product.images,
        kind=product.kind,
        attributes=product.attributes,
        translations=product.translations,
        synonyms=product.synonyms,
        currency=currency,
        variants=variants,
    )
