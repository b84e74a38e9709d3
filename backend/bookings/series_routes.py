"""Recurring bookings over HTTP."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bookings import series
from backend.bookings.models import Booking
from backend.bookings.series_models import BookingSeries
from backend.bookings.series_schemas import CancelFrom, Every, NewSeries, SeriesBookings, SeriesView
from backend.bookings.views import booking_views
from backend.fields import Limit, Page, page_of
from backend.scopes import TenantScope


class SeriesController(Controller):
    """The same appointment every so often."""

    path = "/v1/booking-series"
    tags = ("bookings",)

    @post()
    async def create(self, tenant: NamedDependency[TenantScope], data: JSONBody[NewSeries]) -> SeriesBookings:
        """Book 2 to 52 occurrences at the same wall time, up to 730 days ahead, in one transaction; each is an ordinary
        booking. 409 `series-conflicts` lists what cannot be had, with alternatives, and nothing is booked."""
        async with tenant.transaction() as session:
            made, bookings = await series.create(session, data)
            return await _with_bookings(session, made, bookings)

    @get()
    async def index(
        self,
        tenant: NamedDependency[TenantScope],
        cursor: FromQuery[UUID | None] = None,
        limit: Limit = 50,
        contact_id: FromQuery[UUID | None] = None,
    ) -> Page[SeriesView]:
        """Recurring bookings, oldest first."""
        async with tenant.transaction() as session:
            found = await series.list_series(session, cursor, limit + 1, contact_id)
            return page_of([SeriesView(**_fields(one)) for one in found], limit)

    @get("/{series_id:uuid}")
    async def show(self, tenant: NamedDependency[TenantScope], series_id: FromPath[UUID]) -> SeriesBookings:
        """One of them, with its bookings."""
        async with tenant.transaction() as session:
            return await _shown(session, await series.get_series(session, series_id))

    @post("/{series_id:uuid}/cancel", status_code=200)
    async def cancel(
        self, tenant: NamedDependency[TenantScope], series_id: FromPath[UUID], data: JSONBody[CancelFrom]
    ) -> SeriesBookings:
        """Cancel its CONFIRMED bookings from an instant on; the earlier ones, and what has ended, stay."""
        async with tenant.transaction() as session:
            return await _shown(session, await series.cancel_from(session, series_id, data.from_))


async def _shown(session: AsyncSession, one: BookingSeries) -> SeriesBookings:
    return await _with_bookings(session, one, await series.bookings_of(session, one.id))


async def _with_bookings(session: AsyncSession, one: BookingSeries, bookings: Sequence[Booking]) -> SeriesBookings:
    return SeriesBookings(**_fields(one), bookings=await booking_views(session, bookings))


def _fields(one: BookingSeries) -> dict[str, Any]:
    return {
        "id": one.id,
        "contact_id": one.contact_id,
        "service_id": one.service_id,
        "service": one.service_name,
        "staff_id": one.staff_id,
        "first": one.first,
        "timezone": one.timezone,
        "every": Every(**{one.unit: one.step}),
        "count": one.count,
        "left_out": one.left_out,
    }


CONTROLLERS: list[Any] = [SeriesController]
