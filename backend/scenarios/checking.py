"""Whether an expected end state can be reached at all: its products and services exist, its times are clear."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bookings.diary import open_diary
from backend.bookings.models import Service
from backend.catalog.models import Product, Variant
from backend.errors import Unprocessable
from backend.scenarios.end_state import EndState, expect_clear_starts

_NAMED = 10
"""So many names are told to whoever named another."""


async def expect_reachable(session: AsyncSession, state: EndState | None) -> None:
    """Unprocessable of type unknown-sku, unknown-service or unclear-time, with what there is."""
    if state is None:
        return
    await _expect_skus(session, [item.sku for order in state.orders or () for item in order.items])
    await _expect_services(session, [booking.service for booking in state.bookings or ()])
    expect_clear_starts(await open_diary(session), state)


async def _expect_skus(session: AsyncSession, named: list[str]) -> None:
    if not named:
        return
    known = (
        select(Variant.sku)
        .join(Product, (Product.tenant_id == Variant.tenant_id) & (Product.id == Variant.product_id))
        .where(Variant.sku.in_(named), Product.deleted_at.is_(None))
    )
    missing = sorted(set(named) - set(await session.scalars(known)))
    if missing:
        raise Unprocessable(
            f"expect.state.orders: no product has the SKU {missing[0]!r}; GET /v1/products shows those that there are.",
            type="unknown-sku",
            unknown=missing,
        )


async def _expect_services(session: AsyncSession, named: list[str]) -> None:
    if not named:
        return
    offered = list(await session.scalars(select(Service.name).where(Service.active).order_by(Service.name)))
    known = {name.casefold() for name in offered}
    missing = sorted(name for name in set(named) if name.casefold() not in known)
    if missing:
        there = ", ".join(offered[:_NAMED]) or "none yet"
        raise Unprocessable(
            f"expect.state.bookings: there is no service {missing[0]!r}; the services are: {there}.",
            type="unknown-service",
            unknown=missing,
            services=offered[:_NAMED],
        )
