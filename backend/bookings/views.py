"""Rows as the public API shows them."""

from collections.abc import Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from backend.bookings.claims import group_of, resource_names
from backend.bookings.dates import spoken
from backend.bookings.diary import open_diary
from backend.bookings.group_sessions import seats_left
from backend.bookings.models import (
    Allocation,
    Booking,
    BookingStatus,
    DepositStatus,
    Hold,
    Resource,
    Service,
    StaffMember,
)
from backend.bookings.schemas import BookingView, HoldView, ResourceView, ServiceView, StaffName, StaffView
from backend.database import tenant_of
from backend.fields import Money


def service_view(service: Service, staff_ids: list[UUID], resource_ids: list[UUID], currency: str) -> ServiceView:
    """A service with who does it and what it may use."""
    return ServiceView(
        id=service.id,
        name=service.name,
        description=service.description,
        duration_minutes=service.duration_minutes,
        price=Money(amount=service.price, currency=currency),
        deposit=Money(amount=service.deposit, currency=currency),
        buffer_before_minutes=service.buffer_before_minutes,
        buffer_after_minutes=service.buffer_after_minutes,
        capacity=service.capacity,
        active=service.active,
        staff_ids=staff_ids,
        resource_ids=resource_ids,
    )


def staff_view(member: StaffMember, service_ids: list[UUID]) -> StaffView:
    """A staff member with what they do."""
    return StaffView(id=member.id, name=member.name, hours=member.hours, service_ids=service_ids, active=member.active)


def resource_view(resource: Resource, service_ids: list[UUID]) -> ResourceView:
    """A resource with the services that may use it."""
    return ResourceView(
        id=resource.id,
        name=resource.name,
        kind=resource.kind,
        capacity=resource.capacity,
        active=resource.active,
        service_ids=service_ids,
    )


async def hold_view(session: AsyncSession, hold: Hold) -> HoldView:
    """A hold with the names of whom and what is held."""
    diary = await open_diary(session)
    member = await session.get_one(StaffMember, (tenant_of(session), hold.staff_id))
    mine = Allocation.hold_id == hold.id
    group = await group_of(session, mine)
    left = {} if group is None else await seats_left(session, [group.id], diary.now)
    return HoldView(
        id=hold.id,
        status=hold.status,
        start=diary.local(hold.starts_at),
        end=diary.local(hold.ends_at),
        service_id=hold.service_id,
        staff=StaffName(id=member.id, name=member.name),
        resources=await resource_names(session, mine),
        seats_left=None if group is None else left[group.id],
        price=Money(amount=hold.price, currency=diary.tenant.currency),
        deposit=Money(amount=hold.deposit, currency=diary.tenant.currency),
        expires_at=diary.local(hold.expires_at),
    )


async def booking_views(session: AsyncSession, bookings: Sequence[Booking]) -> list[BookingView]:
    """Bookings, their instants with the offset of the zone in which they were agreed."""
    diary = await open_diary(session)
    groups = {booking.session_id for booking in bookings if booking.session_id is not None}
    left = await seats_left(session, groups, diary.now) if groups else {}
    return [
        _booking_view(booking, left.get(booking.session_id) if booking.session_id else None, diary.tenant.locale)
        for booking in bookings
    ]


def _booking_view(booking: Booking, left: int | None, locale: str) -> BookingView:
    zone = ZoneInfo(booking.timezone)
    start = booking.starts_at.astimezone(zone)
    return BookingView(
        id=booking.id,
        code=booking.code,
        status=BookingStatus(booking.status),
        start=start,
        end=booking.ends_at.astimezone(zone),
        service_id=booking.service_id,
        service=booking.service_name,
        staff_id=booking.staff_id,
        staff=booking.staff_name,
        resources=booking.resource_names,
        session_id=booking.session_id,
        seats_left=left,
        timezone=booking.timezone,
        contact_id=booking.contact_id,
        price=Money(amount=booking.price, currency=booking.currency),
        deposit=Money(amount=booking.deposit, currency=booking.currency),
        deposit_status=DepositStatus(booking.deposit_status) if booking.deposit_status else None,
        deposit_due_at=booking.deposit_due_at.astimezone(zone) if booking.deposit_due_at else None,
        spoken=spoken(start, locale),
        cancelled_at=booking.cancelled_at,
        attendance_confirmed_at=booking.attendance_confirmed_at,
        series_id=booking.series_id,
    )
