"""Products: writing them, reading them, taking their stock."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.catalog.fields import STEP, category_path
from backend.catalog.models import Product, Variant
from backend.catalog.prices import next_change
from backend.catalog.schemas import NewProduct, NewVariant, ProductChange, VariantChange
from backend.database import new_id, tenant_of
from backend.errors import Conflict, NotFound

UNKNOWN_PRODUCT = "there is no such product; GET /v1/products lists them"


async def save_products(session: AsyncSession, new: Sequence[NewProduct]) -> tuple[list[UUID], int]:
    """Creates or, where a SKU is known, replaces each product. Returns ids in order and how many were new.

    Raises Conflict `sku-taken` if the SKUs of one product belong to two different ones.
    """
    skus = sorted({variant.sku for product in new for variant in product.variants})
    await _free_skus_of_deleted(session, skus)
    known_skus = await session.execute(select(Variant.sku, Variant.product_id).where(Variant.sku.in_(skus)))
    owners: dict[str, UUID] = dict(known_skus.tuples().all())
    ids: list[UUID] = []
    created = 0
    for draft in new:
        known = {owners[variant.sku] for variant in draft.variants if variant.sku in owners}
        if len(known) > 1:
            shared = next(variant.sku for variant in draft.variants if variant.sku in owners)
            raise Conflict(f"the SKUs of {draft.name!r} belong to several products", type="sku-taken", sku=shared)
        created += not known
        ids.append(known.pop() if known else new_id())
    if len(set(ids)) != len(ids):
        raise Conflict("two products of the list have SKUs of the same stored product", type="sku-taken")
    await _write(session, dict(zip(ids, new, strict=True)))
    return ids, created


async def create_product(session: AsyncSession, new: NewProduct) -> UUID:
    """A new product; Conflict `sku-taken` if a SKU is in use."""
    skus = [variant.sku for variant in new.variants]
    await _free_skus_of_deleted(session, skus)
    await _refuse_taken(session, skus, None)
    product_id = new_id()
    await _write(session, {product_id: new})
    return product_id


async def replace_product(session: AsyncSession, product_id: UUID, new: NewProduct) -> None:
    """Writes a product anew; variants whose SKU stays keep their id. NotFound, Conflict `sku-taken`."""
    await get_product(session, product_id)
    skus = [variant.sku for variant in new.variants]
    await _free_skus_of_deleted(session, skus)
    await _refuse_taken(session, skus, product_id)
    await _write(session, {product_id: new})


async def change_product(session: AsyncSession, product_id: UUID, change: ProductChange) -> None:
    """Applies the fields that were given; NotFound, Conflict `sku-taken`."""
    product = await get_product(session, product_id)
    for name, value in _product_values(change.model_dump(exclude_unset=True, exclude={"variants"})).items():
        setattr(product, name, value)
    if "variants" in change.model_fields_set:
        skus = [variant.sku for variant in change.variants]
        await _free_skus_of_deleted(session, skus)
        await _refuse_taken(session, skus, product_id)
        await _write_variants(session, {product_id: change.variants})
    await session.flush()


async def get_variant(session: AsyncSession, variant_id: UUID) -> Variant:
    """A variant of a product that is not deleted; NotFound."""
    variant = await session.scalar(select(Variant).where(Variant.id == variant_id, _of_living_product()))
    if variant is None:
        raise NotFound("there is no such variant; GET /v1/products lists them")
    return variant


async def change_variant(session: AsyncSession, variant_id: UUID, change: VariantChange) -> Variant:
    """Sets price and stock of one variant. Conflict `out-of-stock` if `stock_change` would take more than there is."""
    values: dict[str, Any] = {}
    if change.price is not None:
        values["price"] = change.price
    if change.stock is not None:
        values["stock"] = change.stock
    if change.stock_change is not None:
        values["stock"] = Variant.stock + change.stock_change
    statement = update(Variant).where(Variant.id == variant_id, _of_living_product()).values(updated_at=clock.now())
    if change.stock_change is not None:
        statement = statement.where(Variant.stock + change.stock_change >= 0)
    if values:
        statement = statement.values(**values)
    changed = await session.scalar(statement.returning(Variant).execution_options(synchronize_session=False))
    if changed is None:
        exists = await session.scalar(select(Variant.stock).where(Variant.id == variant_id, _of_living_product()))
        if exists is None:
            raise NotFound("there is no such variant; GET /v1/products lists them")
        raise Conflict("there is less in stock than that", type="out-of-stock", stock=exists)
    return changed


async def take_stock(session: AsyncSession, quantities: Mapping[UUID, int]) -> dict[UUID, int]:
    """Takes each quantity by one conditional UPDATE a variant, in id order, so that racers queue and never deadlock.

    Returns what is left of the variants that have too little (none for one no longer sold); if that is not empty,
    the caller must roll back, as the others were taken.
    """
    short: dict[UUID, int] = {}
    for variant_id in sorted(quantities):
        quantity = quantities[variant_id]
        taken = await session.scalar(
            update(Variant)
            .where(Variant.id == variant_id, Variant.stock >= quantity, _of_living_product())
            .values(stock=Variant.stock - quantity, updated_at=clock.now())
            .returning(Variant.id)
            .execution_options(synchronize_session=False)
        )
        if taken is None:
            left = await session.scalar(select(Variant.stock).where(Variant.id == variant_id, _of_living_product()))
            short[variant_id] = left or 0
    return short


async def delete_product(session: AsyncSession, product_id: UUID) -> None:
    """Takes a product out of the catalog; orders keep its lines. NotFound."""
    product = await get_product(session, product_id)
    product.deleted_at = clock.now()
    await session.flush()


async def get_product(session: AsyncSession, product_id: UUID) -> Product:
    """A product that is not deleted; NotFound."""
    product = await session.scalar(select(Product).where(Product.id == product_id, Product.deleted_at.is_(None)))
    if product is None:
        raise NotFound(UNKNOWN_PRODUCT)
    return product


async def list_products(
    session: AsyncSession, after: UUID | None, limit: int, category: str | None = None, visible: bool | None = None
) -> list[Product]:
    """Products by id (oldest first), `limit` of them after the one named; a category includes those below it."""
    query = select(Product).where(Product.deleted_at.is_(None)).order_by(Product.id).limit(limit)
    if after is not None:
        query = query.where(Product.id > after)
    if category is not None:
        path = category_path(category).lower()
        written = func.lower(Product.category)
        query = query.where((written == path) | written.startswith(path + STEP, autoescape=True))
    if visible is not None:
        query = query.where(Product.visible.is_(visible))
    return list(await session.scalars(query))


async def variants_of(session: AsyncSession, product_ids: Sequence[UUID]) -> dict[UUID, list[Variant]]:
    """Variants by product, each list in the tenant's order."""
    found: dict[UUID, list[Variant]] = defaultdict(list)
    query = select(Variant).where(Variant.product_id.in_(product_ids)).order_by(Variant.position, Variant.id)
    for variant in await session.scalars(query):
        found[variant.product_id].append(variant)
    return found


def full_name(product: str, options: Mapping[str, str]) -> str:
    """What a customer would call a variant: the product's name and the values of its options."""
    return " ".join((product, *options.values()))


async def _write(session: AsyncSession, drafts: dict[UUID, NewProduct]) -> None:
    stored = {
        product.id: product
        for product in await session.scalars(
            select(Product).where(Product.id.in_(drafts)).order_by(Product.id).with_for_update()
        )
    }
    for product_id, draft in drafts.items():
        values = _product_values(draft.model_dump(exclude={"variants"}))
        product = stored.get(product_id)
        if product is None:
            session.add(Product(tenant_id=tenant_of(session), id=product_id, **values))
        else:
            for name, value in values.items():
                setattr(product, name, value)
    await session.flush()
    await _write_variants(session, {product_id: draft.variants for product_id, draft in drafts.items()})


async def _write_variants(session: AsyncSession, drafts: dict[UUID, list[NewVariant]]) -> None:
    stored = await variants_of(session, list(drafts))
    for product_id, wanted in drafts.items():
        by_sku = {variant.sku: variant for variant in stored.get(product_id, [])}
        for position, draft in enumerate(wanted):
            values = {**_variant_values(draft), "position": position}
            variant = by_sku.pop(draft.sku, None)
            if variant is None:
                session.add(Variant(tenant_id=tenant_of(session), product_id=product_id, **values))
            else:
                for name, value in values.items():
                    setattr(variant, name, value)
        for left_out in by_sku.values():
            await session.delete(left_out)
    try:
        await session.flush()
    except IntegrityError as error:
        raise Conflict("a SKU was taken meanwhile; read the products and send it again", type="sku-taken") from error


def _product_values(values: dict[str, Any]) -> dict[str, Any]:
    if "translations" in values:
        told = values["translations"].items()
        values["translations"] = {tag: {key: text for key, text in one.items() if text} for tag, one in told}
    return values


def _variant_values(draft: NewVariant) -> dict[str, Any]:
    values = draft.model_dump(exclude={"prices"})
    prices = draft.model_dump(mode="json", include={"prices"})["prices"]
    return {**values, "prices": prices, "price_due_at": next_change(prices, clock.now())}


async def _refuse_taken(session: AsyncSession, skus: list[str], own: UUID | None) -> None:
    query = select(Variant.sku).where(Variant.sku.in_(skus)).limit(1)
    if own is not None:
        query = query.where(Variant.product_id != own)
    taken = await session.scalar(query)
    if taken is not None:
        raise Conflict(f"the SKU {taken!r} belongs to another product", type="sku-taken", sku=taken)


async def _free_skus_of_deleted(session: AsyncSession, skus: list[str]) -> None:
    gone = select(Product.id).where(Product.deleted_at.is_not(None))
    await session.execute(delete(Variant).where(Variant.sku.in_(skus), Variant.product_id.in_(gone)))


def _of_living_product() -> Any:
    return Variant.product_id.in_(select(Product.id).where(Product.deleted_at.is_(None)))
