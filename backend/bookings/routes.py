"""What can be booked, slots, holds and bookings over HTTP, for the tenant; the agent's tools are in `tool_routes`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, cast
from uuid import UUID

from litestar import Controller, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bookings import listing, offer, public, service
from backend.bookings.links import RESOURCES_OF, SERVICES_OF_RESOURCE, SERVICES_OF_STAFF, linked
from backend.bookings.models import Booking, BookingStatus, Resource, Service, StaffMember
from backend.bookings.schemas import (
    Availability,
    BookingView,
    HoldView,
    NewBooking,
    NewHold,
    NewResource,
    NewService,
    NewStaff,
    NewStatus,
    NewTime,
    ResourceChange,
    ResourceView,
    ServiceChange,
    ServiceView,
    StaffChange,
    StaffView,
)
from backend.bookings.tool_routes import BookingTools
from backend.bookings.views import booking_views, hold_view, resource_view, service_view, staff_view
from backend.fields import Limit, Page, page_of
from backend.scopes import TenantScope
from backend.tenants.service import load_tenant


class ServiceController(Controller):
    """What can be booked."""

    path = "/v1/services"
    tags = ("bookings",)

    @post()
    async def create(self, tenant: NamedDependency[TenantScope], data: JSONBody[NewService]) -> ServiceView:
        """A new service. 409 `name-taken`."""
        async with tenant.transaction() as session:
            return (await _services(session, [await offer.create_service(session, data)]))[0]

    @get()
    async def index(
        self,
        tenant: NamedDependency[TenantScope],
        cursor: FromQuery[UUID | None] = None,
        limit: Limit = 50,
        active: FromQuery[bool | None] = None,
    ) -> Page[ServiceView]:
        """Services, oldest first."""
        async with tenant.transaction() as session:
            found = await offer.list_services(session, cursor, limit + 1, active)
            items = await _services(session, found[:limit])
        return Page(items=items, next_cursor=str(items[-1].id) if len(found) > limit else None)

    @get("/{service_id:uuid}")
    async def show(self, tenant: NamedDependency[TenantScope], service_id: FromPath[UUID]) -> ServiceView:
        """One service."""
        async with tenant.transaction() as session:
            return (await _services(session, [await offer.get_service(session, service_id)]))[0]

    @patch("/{service_id:uuid}")
    async def change(
        self, tenant: NamedDependency[TenantScope], service_id: FromPath[UUID], data: JSONBody[ServiceChange]
    ) -> ServiceView:
        """Changes the fields that are given; bookings made before keep theirs."""
        async with tenant.transaction() as session:
            return (await _services(session, [await offer.change_service(session, service_id, data)]))[0]

    @delete("/{service_id:uuid}")
    async def remove(self, tenant: NamedDependency[TenantScope], service_id: FromPath[UUID]) -> None:
        """Takes it off the offer; its bookings stay."""
        async with tenant.transaction() as session:
            await offer.delete_service(session, service_id)


class StaffController(Controller):
    """Who can be booked."""

    path = "/v1/staff"
    tags = ("bookings",)

    @post()
    async def create(self, tenant: NamedDependency[TenantScope], data: JSONBody[NewStaff]) -> StaffView:
        """A new staff member. 409 `name-taken`."""
        async with tenant.transaction() as session:
            return (await _staff(session, [await offer.create_staff(session, data)]))[0]

    @get()
    async def index(
        self, tenant: NamedDependency[TenantScope], cursor: FromQuery[UUID | None] = None, limit: Limit = 50
    ) -> Page[StaffView]:
        """Staff, oldest first."""
        async with tenant.transaction() as session:
            found = await offer.list_staff(session, cursor, limit + 1)
            items = await _staff(session, found[:limit])
        return Page(items=items, next_cursor=str(items[-1].id) if len(found) > limit else None)

    @get("/{staff_id:uuid}")
    async def show(self, tenant: NamedDependency[TenantScope], staff_id: FromPath[UUID]) -> StaffView:
        """One staff member."""
        async with tenant.transaction() as session:
            return (await _staff(session, [await offer.get_staff(session, staff_id)]))[0]

    @patch("/{staff_id:uuid}")
    async def change(
        self, tenant: NamedDependency[TenantScope], staff_id: FromPath[UUID], data: JSONBody[StaffChange]
    ) -> StaffView:
        """Changes the fields that are given; bookings outside the new hours stay."""
        async with tenant.transaction() as session:
            return (await _staff(session, [await offer.change_staff(session, staff_id, data)]))[0]

    @delete("/{staff_id:uuid}")
    async def remove(self, tenant: NamedDependency[TenantScope], staff_id: FromPath[UUID]) -> None:
        """Removes somebody; their bookings stay, without a person."""
        async with tenant.transaction() as session:
            await offer.delete_staff(session, staff_id)


class ResourceController(Controller):
    """Rooms, chairs, machines: what services need besides people."""

    path = "/v1/resources"
    tags = ("bookings",)

    @post()
    async def create(self, tenant: NamedDependency[TenantScope], data: JSONBody[NewResource]) -> ResourceView:
        """A new resource. 409 `name-taken`."""
        async with tenant.transaction() as session:
            return (await _resources(session, [await offer.create_resource(session, data)]))[0]

    @get()
    async def index(
        self, tenant: NamedDependency[TenantScope], cursor: FromQuery[UUID | None] = None, limit: Limit = 50
    ) -> Page[ResourceView]:
        """Resources, oldest first."""
        async with tenant.transaction() as session:
            return page_of(await _resources(session, await offer.list_resources(session, cursor, limit + 1)), limit)

    @get("/{resource_id:uuid}")
    async def show(self, tenant: NamedDependency[TenantScope], resource_id: FromPath[UUID]) -> ResourceView:
        """One resource."""
        async with tenant.transaction() as session:
            return (await _resources(session, [await offer.get_resource(session, resource_id)]))[0]

    @patch("/{resource_id:uuid}")
    async def change(
        self, tenant: NamedDependency[TenantScope], resource_id: FromPath[UUID], data: JSONBody[ResourceChange]
    ) -> ResourceView:
        """Changes the fields that are given; what has it booked keeps it."""
        async with tenant.transaction() as session:
            return (await _resources(session, [await offer.change_resource(session, resource_id, data)]))[0]

    @delete("/{resource_id:uuid}")
    async def remove(self, tenant: NamedDependency[TenantScope], resource_id: FromPath[UUID]) -> None:
        """Removes it; bookings keep its name. With `active: false` services go on needing one of its kind."""
        async with tenant.transaction() as session:
            await offer.delete_resource(session, resource_id)


class SlotController(Controller):
    """Free slots, and holding one."""

    path = "/v1"
    tags = ("bookings",)

    @get("/availability")
    async def availability(
        self,
        tenant: NamedDependency[TenantScope],
        first: Annotated[str, QueryParameter(name="from", max_length=40)],
        last: Annotated[str, QueryParameter(name="to", max_length=40)],
        service_id: FromQuery[UUID | None] = None,
        duration_minutes: Annotated[int | None, QueryParameter(ge=1, le=1440)] = None,
        staff_id: FromQuery[UUID | None] = None,
        step_minutes: Annotated[int | None, QueryParameter(ge=5, le=120)] = None,
        timezone: Annotated[str | None, QueryParameter(max_length=60)] = None,
    ) -> Response[Availability]:
        """Free starts between `from` and `to` for a service, or for any appointment of `duration_minutes`.

        Dates (2026-08-07) mean whole local days, both included; instants (2026-08-07T09:00:00-03:00) mean starts from
        the first up to, not including, the second. At most 93 days. `timezone` (default: the business's) is the zone of
        dates and of the answer; it never changes which instants are free. 422 `window-too-wide` for too many starts of
        too many people at once. `Server-Timing` says how many milliseconds reading, arithmetic and showing took.
        """
        asked = public.Asked(first, last, service_id, duration_minutes, staff_id, step_minutes, timezone)
        async with tenant.transaction() as session:
            found = await public.availability(session, asked)
        timing = ", ".join(f"{name};dur={seconds * 1000:.2f}" for name, seconds in found.took.items())
        return Response(cast("Availability", found.shown), headers={"Server-Timing": timing})

    @post("/holds")
    async def hold(self, tenant: NamedDependency[TenantScope], data: JSONBody[NewHold]) -> HoldView:
        """Keep a slot for a few minutes. 409 `slot-unavailable` with the reason and alternatives."""
        async with tenant.transaction() as session:
            return await hold_view(session, await public.hold(session, data))


class BookingController(Controller):
    """Bookings of the tenant whose key it is."""

    path = "/v1/bookings"
    tags = ("bookings",)

    @post()
    async def create(self, tenant: NamedDependency[TenantScope], data: JSONBody[NewBooking]) -> BookingView:
        """Confirm a hold; asked again, the same booking. 409 `slot-unavailable` if it ran out and the slot is gone."""
        async with tenant.transaction() as session:
            return await _booking(session, await public.book(session, data))

    @get()
    async def index(
        self,
        tenant: NamedDependency[TenantScope],
        cursor: Annotated[str | None, QueryParameter(max_length=1000)] = None,
        limit: Limit = 50,
        first: Annotated[datetime | None, QueryParameter(name="from")] = None,
        last: Annotated[datetime | None, QueryParameter(name="to")] = None,
        status: FromQuery[BookingStatus | None] = None,
        staff_id: FromQuery[UUID | None] = None,
        contact_id: FromQuery[UUID | None] = None,
        sort: FromQuery[listing.Sort] = "start",
    ) -> Page[BookingView]:
        """Bookings by start, the first first unless `sort` says otherwise; `from` and `to` are instants, `to` is not
        included."""
        wanted = listing.Wanted(first, last, status, staff_id, contact_id, sort)
        async with tenant.transaction() as session:
            found, following = await listing.list_bookings(session, wanted, cursor, limit)
            items = await booking_views(session, found)
        return Page(items=items, next_cursor=following)

    @get("/{booking_id:uuid}")
    async def show(self, tenant: NamedDependency[TenantScope], booking_id: FromPath[UUID]) -> BookingView:
        """One booking."""
        async with tenant.transaction() as session:
            return await _booking(session, await service.get_booking(session, booking_id))

    @delete("/{booking_id:uuid}")
    async def remove(self, tenant: NamedDependency[TenantScope], booking_id: FromPath[UUID]) -> None:
        """Removes it with its reminders and gives its time back; to keep the record, cancel it instead."""
        async with tenant.transaction() as session:
            await service.delete_booking(session, booking_id)

    @post("/{booking_id:uuid}/reschedule", status_code=200)
    async def reschedule(
        self, tenant: NamedDependency[TenantScope], booking_id: FromPath[UUID], data: JSONBody[NewTime]
    ) -> BookingView:
        """Move it at once; the code stays. 409 `slot-unavailable` leaves it where it is."""
        async with tenant.transaction() as session:
            return await _booking(session, await public.move(session, booking_id, data))

    @post("/{booking_id:uuid}/cancel", status_code=200)
    async def cancel(self, tenant: NamedDependency[TenantScope], booking_id: FromPath[UUID]) -> BookingView:
        """Give its time back. 409 `illegal-transition` if it has ended."""
        async with tenant.transaction() as session:
            return await _booking(session, await service.transition(session, booking_id, BookingStatus.CANCELLED))

    @post("/{booking_id:uuid}/status", status_code=200)
    async def status(
        self, tenant: NamedDependency[TenantScope], booking_id: FromPath[UUID], data: JSONBody[NewStatus]
    ) -> BookingView:
        """CONFIRMED -> IN_PROGRESS, CANCELLED, NO_SHOW; IN_PROGRESS -> COMPLETED, CANCELLED; else 409."""
        async with tenant.transaction() as session:
            return await _booking(session, await service.transition(session, booking_id, data.status))


async def _services(session: AsyncSession, services: Sequence[Service]) -> list[ServiceView]:
    staff = await offer.staff_of(session, services)
    resources = await linked(session, RESOURCES_OF, (one.id for one in services))
    currency = (await load_tenant(session)).currency
    return [service_view(one, staff.get(one.id, []), resources.get(one.id, []), currency) for one in services]


async def _staff(session: AsyncSession, staff: Sequence[StaffMember]) -> list[StaffView]:
    services = await linked(session, SERVICES_OF_STAFF, (one.id for one in staff))
    return [staff_view(one, services.get(one.id, [])) for one in staff]


async def _resources(session: AsyncSession, resources: Sequence[Resource]) -> list[ResourceView]:
    services = await linked(session, SERVICES_OF_RESOURCE, (one.id for one in resources))
    return [resource_view(one, services.get(one.id, [])) for one in resources]


async def _booking(session: AsyncSession, booking: Booking) -> BookingView:
    return (await booking_views(session, [booking]))[0]


CONTROLLERS = [
    ServiceController,
    StaffController,
    ResourceController,
    SlotController,
    BookingController,
    BookingTools,
]
