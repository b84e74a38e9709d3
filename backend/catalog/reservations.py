"""Stock that is kept for somebody, and stock that is taken: the one place that writes either.

    available = stock - reservations that have not expired, never below 0

Every change locks its variants in id order first, clears away what has expired of them, and only then looks: of any
number of racers each sees what the one before left. Reservations may come to more than the stock once a shop lowers
it; then those who come first are served.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.catalog.models import StockReservation
from backend.database import fetch, new_id, tenant_of
from backend.errors import NotFound
from backend.statements import Statement

_LOCK = Statement("""
SELECT variants.id, variants.stock, products.deleted_at IS NULL AS living
FROM variants
JOIN products ON products.tenant_id = variants.tenant_id AND products.id = variants.product_id
WHERE variants.tenant_id = :tenant_id AND variants.id = ANY(CAST(:ids AS uuid[]))
ORDER BY variants.id
FOR UPDATE OF variants
""")
_KEPT = Statement("""
WITH expired AS (
    DELETE FROM stock_reservations
    WHERE tenant_id = :tenant_id AND variant_id = ANY(CAST(:ids AS uuid[])) AND expires_at <= :now
)
SELECT variant_id, sum(quantity)::bigint AS quantity,
    coalesce(sum(quantity) FILTER (WHERE quote_id = :quote_id), 0)::bigint AS own
FROM stock_reservations
WHERE tenant_id = :tenant_id AND variant_id = ANY(CAST(:ids AS uuid[])) AND expires_at > :now
GROUP BY variant_id
""")
_OF_QUOTE = Statement(
    "DELETE FROM stock_reservations WHERE tenant_id = :tenant_id AND quote_id = CAST(:quote_id AS uuid)"
)
_SETTLE = Statement("""
UPDATE variants SET stock = stock - taken.quantity, reserved = kept.quantity, updated_at = :now
FROM unnest(CAST(:ids AS uuid[]), CAST(:quantities AS integer[])) AS taken (id, quantity),
    LATERAL (
        SELECT coalesce(sum(quantity), 0)::integer AS quantity FROM stock_reservations
        WHERE tenant_id = :tenant_id AND variant_id = taken.id
    ) AS kept
WHERE variants.tenant_id = :tenant_id AND variants.id = taken.id
    AND (taken.quantity <> 0 OR variants.reserved <> kept.quantity)
""")


@dataclass(frozen=True, slots=True)
class OnHand:
    """A variant that is locked."""

    stock: int
    kept: int = 0
    """For anybody."""
    own: int = 0
    """Of these for the quote that asks."""

    @property
    def available(self) -> int:
        """How many the one who asks may have: what nobody else keeps, or what was kept for them."""
        return max(self.stock - (self.kept - self.own), min(self.own, self.stock), 0)


async def reserved_of(session: AsyncSession, variant_ids: Sequence[UUID], now: datetime) -> dict[UUID, int]:
    """How many of each variant are kept for somebody at `now`; variants without reservations are left out."""
    if not variant_ids:
        return {}
    query = (
        select(StockReservation.variant_id, func.sum(StockReservation.quantity))
        .where(StockReservation.variant_id.in_(variant_ids), StockReservation.expires_at > now)
        .group_by(StockReservation.variant_id)
    )
    return dict((await session.execute(query)).tuples().all())


async def take_stock(
    session: AsyncSession, quantities: Mapping[UUID, int], quote_id: UUID | None = None
) -> dict[UUID, int]:
    """Takes each quantity, and uses up what is reserved for the quote.

    Returns what is left of the variants that have too little (none for one no longer sold); if that is not empty,
    nothing was taken.
    """
    held = await _count(session, await _lock(session, quantities), quote_id)
    if short := _short(held, quantities):
        return short
    if any(one.own for one in held.values()):
        await fetch(session, _OF_QUOTE, {"tenant_id": tenant_of(session), "quote_id": quote_id})
    await _settle(session, quantities)
    return {}


async def reserve(
    session: AsyncSession,
    quantities: Mapping[UUID, int],
    until: datetime,
    *,
    quote_id: UUID | None = None,
    reference: str | None = None,
    instead_of: Mapping[UUID, UUID] | None = None,
) -> tuple[list[StockReservation], dict[UUID, int]]:
    """Keeps each quantity until then, and gives back what is kept `instead_of`, {reservation id: variant id}. Returns
    the reservations, or none and what is left of the variants that have too little: the caller must roll back."""
    given_up = instead_of or {}
    rows = await _lock(session, {*quantities, *given_up.values()})
    await _remove(session, given_up)
    if short := _short(await _count(session, rows), quantities):
        return [], short
    made = [
        StockReservation(
            id=new_id(),
            tenant_id=tenant_of(session),
            variant_id=variant_id,
            quantity=quantity,
            expires_at=until,
            quote_id=quote_id,
            reference=reference,
        )
        for variant_id, quantity in quantities.items()
    ]
    session.add_all(made)
    await session.flush()
    await _settle(session, dict.fromkeys(rows, 0))
    return made, {}


async def release(session: AsyncSession, reservation_id: UUID) -> None:
    """Gives back what one reservation keeps; NotFound, also for one that has expired and was cleared away."""
    reservation = await get_reservation(session, reservation_id)
    rows = await _lock(session, [reservation.variant_id])
    await _remove(session, [reservation_id])
    await _settle(session, dict.fromkeys(rows, 0))


async def clear_expired(session: AsyncSession, variant_ids: Sequence[UUID]) -> None:
    """Removes what has expired of these variants, so that the search index learns of it."""
    rows = await _lock(session, variant_ids)
    await _count(session, rows)
    await _settle(session, dict.fromkeys(rows, 0))


async def get_reservation(session: AsyncSession, reservation_id: UUID) -> StockReservation:
    """One that stands; NotFound."""
    found = await session.scalar(
        select(StockReservation).where(StockReservation.id == reservation_id, StockReservation.expires_at > clock.now())
    )
    if found is None:
        raise NotFound("there is no such reservation, or it has expired; GET /v1/stock-reservations lists them")
    return found


async def list_reservations(
    session: AsyncSession, after: UUID | None, limit: int, variant_id: UUID | None, reference: str | None
) -> Sequence[StockReservation]:
    """Those that stand, oldest first, behind the one named."""
    query = select(StockReservation).where(StockReservation.expires_at > clock.now()).order_by(StockReservation.id)
    if after is not None:
        query = query.where(StockReservation.id > after)
    if variant_id is not None:
        query = query.where(StockReservation.variant_id == variant_id)
    if reference is not None:
        query = query.where(StockReservation.reference == reference)
    return (await session.scalars(query.limit(limit))).all()


async def _lock(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, Any]:
    """The rows of these variants, locked: `stock`, and whether they are `living`."""
    await session.flush()
    return {row.id: row for row in await fetch(session, _LOCK, {"tenant_id": tenant_of(session), "ids": list(ids)})}


async def _count(session: AsyncSession, rows: Mapping[UUID, Any], quote_id: UUID | None = None) -> dict[UUID, OnHand]:
    """What there is of each that is still sold; expired reservations of all are gone."""
    scope = {"tenant_id": tenant_of(session), "ids": list(rows), "now": clock.now(), "quote_id": quote_id}
    kept = {row.variant_id: row for row in await fetch(session, _KEPT, scope)}
    held = {row_id: OnHand(row.stock) for row_id, row in rows.items() if row.living}
    for variant_id in held.keys() & kept.keys():
        held[variant_id] = OnHand(rows[variant_id].stock, kept[variant_id].quantity, kept[variant_id].own)
    return held


def _short(held: Mapping[UUID, OnHand], wanted: Mapping[UUID, int]) -> dict[UUID, int]:
    left = {variant_id: held.get(variant_id, OnHand(0)).available for variant_id in wanted}
    return {variant_id: left[variant_id] for variant_id, quantity in wanted.items() if left[variant_id] < quantity}


async def _remove(session: AsyncSession, ids: Iterable[UUID]) -> None:
    if ids := list(ids):
        await session.execute(
            delete(StockReservation).where(StockReservation.id.in_(ids)).execution_options(synchronize_session=False)
        )


async def _settle(session: AsyncSession, taken: Mapping[UUID, int]) -> None:
    ids = list(taken)
    scope = {"tenant_id": tenant_of(session), "ids": ids, "now": clock.now()}
    await fetch(session, _SETTLE, scope | {"quantities": [taken[one] for one in ids]})
