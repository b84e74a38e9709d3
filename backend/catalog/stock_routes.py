"""Variants, and stock that is kept, over HTTP."""

from datetime import timedelta
from typing import Annotated, Literal
from uuid import UUID

from litestar import Controller, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.catalog import reservations, service
from backend.catalog.models import Variant
from backend.catalog.schemas import VariantChange, VariantView
from backend.catalog.stock_schemas import BulkVariants, NewReservation, ReservationView, VariantsChanged
from backend.catalog.variant_sync import change_variants
from backend.catalog.views import variant_views
from backend.errors import Conflict
from backend.fields import Limit, Page, page_of
from backend.scopes import TenantScope


class VariantController(Controller):
    """Price and stock of variants."""

    path = "/v1/variants"
    tags = ("catalog",)

    @get("/{variant_id:uuid}")
    async def show(self, tenant: NamedDependency[TenantScope], variant_id: FromPath[UUID]) -> VariantView:
        """One variant, with its price and what is left of it."""
        async with tenant.transaction() as session:
            return await _view(session, await service.get_variant(session, variant_id))

    @patch("/{variant_id:uuid}")
    async def change(
        self, tenant: NamedDependency[TenantScope], variant_id: FromPath[UUID], data: JSONBody[VariantChange]
    ) -> VariantView:
        """Sets the price, sets the stock, or adds to it. 409 `out-of-stock`; 422 `no-such-picture`."""
        async with tenant.transaction() as session:
            return await _view(session, await service.change_variant(session, variant_id, data))

    @post("/bulk", status_code=200)
    async def bulk(
        self,
        tenant: NamedDependency[TenantScope],
        data: JSONBody[BulkVariants],
        on_error: FromQuery[Literal["stop", "skip"]] = "stop",
    ) -> VariantsChanged:
        """Prices and stock of up to 1,000 variants by SKU. 409 `rows-refused` if one does not fit; with `on_error=skip`
        those that fit are changed, and the others told."""
        if on_error == "stop":
            data.expect_all()
        async with tenant.transaction() as session:
            return await change_variants(session, data, skip=on_error == "skip")


class ReservationController(Controller):
    """Stock that is kept for somebody, by quotes and by the shop's other systems."""

    path = "/v1/stock-reservations"
    tags = ("catalog",)

    @post()
    async def create(self, tenant: NamedDependency[TenantScope], data: JSONBody[NewReservation]) -> ReservationView:
        """Keeps some of a variant's stock for up to 30 days. 404; 409 `out-of-stock` with what is left."""
        until = clock.now() + timedelta(minutes=data.minutes)
        async with tenant.transaction() as session:
            variant = await service.variant_of(session, data.sku)
            made, short = await reservations.reserve(
                session, {variant.id: data.quantity}, until, reference=data.reference
            )
            if short:
                raise Conflict("there is less in stock than that", type="out-of-stock", stock=short[variant.id])
            return ReservationView.of(made[0])

    @get()
    async def index(
        self,
        tenant: NamedDependency[TenantScope],
        cursor: FromQuery[UUID | None] = None,
        limit: Limit = 50,
        variant_id: FromQuery[UUID | None] = None,
        reference: Annotated[str | None, QueryParameter(max_length=300)] = None,
    ) -> Page[ReservationView]:
        """Those that stand, oldest first."""
        async with tenant.transaction() as session:
            found = await reservations.list_reservations(session, cursor, limit + 1, variant_id, reference)
        return page_of([ReservationView.of(one) for one in found], limit)

    @get("/{reservation_id:uuid}")
    async def show(self, tenant: NamedDependency[TenantScope], reservation_id: FromPath[UUID]) -> ReservationView:
        """One that stands."""
        async with tenant.transaction() as session:
            return ReservationView.of(await reservations.get_reservation(session, reservation_id))

    @delete("/{reservation_id:uuid}")
    async def release(self, tenant: NamedDependency[TenantScope], reservation_id: FromPath[UUID]) -> None:
        """Gives back what it keeps. Of what was sold elsewhere, lower the stock first."""
        async with tenant.transaction() as session:
            await reservations.release(session, reservation_id)


async def _view(session: AsyncSession, variant: Variant) -> VariantView:
    ((view, _),) = await variant_views(session, [variant])
    return view
