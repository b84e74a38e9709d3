"""Products: writing them, reading them."""

from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.catalog.fields import MOST_STOCK, STEP, category_path
from backend.catalog.models import Product, Variant
from backend.catalog.prices import next_change
from backend.catalog.rows import RowProblem
from backend.catalog.schemas import BulkProducts, BulkResult, NewProduct, NewVariant, ProductChange, VariantChange
from backend.catalog.writing import Stored, lock_variants, told, write_products, write_variants
from backend.database import new_id
from backend.errors import Conflict, NotFound, Unprocessable
from backend.files.pictures import expect_none_missing, expect_pictures, missing_pictures

UNKNOWN_PRODUCT = "there is no such product; GET /v1/products lists them"


async def save_products(session: AsyncSession, new: Sequence[NewProduct]) -> tuple[list[UUID], int]:
    """Creates or, where a SKU is known, replaces each product. Returns ids in order and how many were new.

    Raises Conflict `sku-taken` if the SKUs of one product belong to two different ones.
    """
    stored = await lock_variants(session, (variant.sku for product in new for variant in product.variants))
    placed: dict[UUID, NewProduct] = {}
    for draft in new:
        placed[_place(stored, draft, placed)] = draft
    await write_products(session, placed, stored)
    return list(placed), sum(product_id not in stored.by_product for product_id in placed)


async def save_fitting(session: AsyncSession, sent: BulkProducts) -> BulkResult:
    """The same with those that can be read and written; the others are told."""
    new = sent.products
    stored = await lock_variants(session, (variant.sku for product in new for variant in product.variants))
    missing = await missing_pictures(session, (picture for draft in new for picture in draft.pictures))
    placed: dict[UUID, NewProduct] = {}
    ids: dict[int, UUID] = {}
    problems = sent.problems()
    for number, draft in sent.numbered(new):
        try:
            expect_none_missing(missing, draft.pictures)
            product_id = _place(stored, draft, placed)
        except (Conflict, Unprocessable) as refusal:
            sku = draft.variants[0].sku
            problems.append(RowProblem(row=number, sku=sku, type=refusal.type, detail=refusal.detail))
        else:
            placed[product_id] = draft
            ids[number] = product_id
    if placed:
        await write_products(session, placed, stored)
    created = sum(product_id not in stored.by_product for product_id in placed)
    return BulkResult(
        created=created,
        updated=len(placed) - created,
        ids=[ids.get(number) for number in range(len(ids) + len(problems))],
        problems=sorted(problems, key=lambda problem: problem.row),
    )


async def create_product(session: AsyncSession, new: NewProduct) -> UUID:
    """A new product; Conflict `sku-taken` if a SKU is in use."""
    stored = await lock_variants(session, (variant.sku for variant in new.variants))
    _expect_free(stored, new.variants, None)
    product_id = new_id()
    await write_products(session, {product_id: new}, stored)
    return product_id


async def replace_product(session: AsyncSession, product_id: UUID, new: NewProduct) -> None:
    """Writes a product anew; variants whose SKU stays keep their id. NotFound, Conflict `sku-taken`."""
    if await session.scalar(select(Product.id).where(Product.id == product_id, Product.deleted_at.is_(None))) is None:
        raise NotFound(UNKNOWN_PRODUCT)
    stored = await lock_variants(session, (variant.sku for variant in new.variants), [product_id])
    _expect_free(stored, new.variants, product_id)
    await write_products(session, {product_id: new}, stored)


async def change_product(session: AsyncSession, product_id: UUID, change: ProductChange) -> None:
    """Applies the fields that were given; NotFound, Conflict `sku-taken`."""
    product = await get_product(session, product_id)
    stored = None
    if "variants" in change.model_fields_set:
        stored = await lock_variants(session, (variant.sku for variant in change.variants), [product_id])
        _expect_free(stored, change.variants, product_id)
    await expect_pictures(session, change.images)
    values = change.model_dump(exclude_unset=True, exclude={"variants"})
    if "translations" in values:
        values["translations"] = told(values["translations"])
    for name, value in values.items():
        setattr(product, name, value)
    await session.flush()
    if stored is not None:
        await write_variants(session, {product_id: change.variants}, stored)


async def get_variant(session: AsyncSession, variant_id: UUID) -> Variant:
    """A variant of a product that is not deleted; NotFound."""
    variant = await session.scalar(select(Variant).where(Variant.id == variant_id, _of_living_product()))
    if variant is None:
        raise NotFound("there is no such variant; GET /v1/products lists them")
    return variant


async def variant_of(session: AsyncSession, sku: str) -> Variant:
    """The same, by its SKU; NotFound."""
    variant = await session.scalar(select(Variant).where(Variant.sku == sku, _of_living_product()))
    if variant is None:
        raise NotFound("no variant has this SKU; GET /v1/products lists them")
    return variant


async def change_variant(session: AsyncSession, variant_id: UUID, change: VariantChange) -> Variant:
    """Sets what was given. Conflict `out-of-stock` if `stock_change` would take more than there is, or bring more than
    can be counted; Unprocessable `no-such-picture`."""
    await expect_pictures(session, [change.image])
    values = change.model_dump(exclude_unset=True, exclude={"prices", "stock_change"})
    values = {name: value for name, value in values.items() if value is not None or name in ("barcode", "image")}
    if change.prices is not None:
        values["prices"] = change.model_dump(mode="json", include={"prices"})["prices"]
        values["price_due_at"] = next_change(values["prices"], clock.now())
    statement = update(Variant).where(Variant.id == variant_id, _of_living_product()).values(updated_at=clock.now())
    if change.stock_change is not None:
        stock = Variant.stock + change.stock_change
        values["stock"] = stock
        statement = statement.where(stock >= 0, stock <= MOST_STOCK)
    if values:
        statement = statement.values(**values)
    changed = await session.scalar(statement.returning(Variant).execution_options(synchronize_session=False))
    if changed is None:
        exists = await session.scalar(select(Variant.stock).where(Variant.id == variant_id, _of_living_product()))
        if exists is None:
            raise NotFound("there is no such variant; GET /v1/products lists them")
        raise Conflict(
            f"the stock of a variant stays between 0 and {MOST_STOCK}, and there are {exists}",
            type="out-of-stock",
            stock=exists,
        )
    return changed


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


def _expect_free(stored: Stored, variants: Sequence[NewVariant], own: UUID | None) -> None:
    for variant in variants:
        if variant.sku in stored.by_sku and stored.by_sku[variant.sku][1] != own:
            owner = stored.by_sku[variant.sku][1]
            raise Conflict(
                f"the SKU {variant.sku!r} belongs to another product; PATCH /v1/products/{owner} changes that one, or "
                "give this variant another SKU",
                type="sku-taken",
                sku=variant.sku,
            )


def _place(stored: Stored, draft: NewProduct, placed: Container[UUID]) -> UUID:
    """The product that a draft of a list is written to, a new one or a stored one that no other is written to."""
    known = stored.owners(draft)
    if not known:
        return new_id()
    shared = next(variant.sku for variant in draft.variants if variant.sku in stored.by_sku)
    if len(known) > 1:
        raise Conflict(
            f"the SKUs of {draft.name!r}, {shared!r} among them, belong to several products; send each by itself",
            type="sku-taken",
            sku=shared,
        )
    product_id = known.pop()
    if product_id in placed:
        raise Conflict(
            f"another product of the list is written to the one that has the SKU {shared!r} already; put both into one",
            type="sku-taken",
            sku=shared,
        )
    return product_id


def _of_living_product() -> Any:
    return Variant.product_id.in_(select(Product.id).where(Product.deleted_at.is_(None)))
