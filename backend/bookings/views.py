"""Rows as the public API shows them."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.bookings.dates import spoken
from backend.bookings.diary import Diary, open_diary
from backend.bookings.models import Booking, BookingStatus, Hold, Service, StaffMember
from backend.bookings.schemas import BookingView, HoldView, ServiceView, StaffName, StaffView
from backend.database import tenant_of
from backend.fields import Money


def service_view(service: Service, staff_ids: list[UUID], currency: str) -> ServiceView:
    """A service with who does it."""
    return ServiceView(
        id=service.id,
        name=service.name,
        description=service.description,
        duration_minutes=service.duration_minutes,
        price=Money(amount=service.price, currency=currency),
        buffer_before_minutes=service.buffer_before_minutes,
        buffer_after_minutes=service.buffer_after_minutes,
        active=service.active,
        staff_ids=staff_ids,
    )


def staff_view(member: StaffMember, service_ids: list[UUID]) -> StaffView:
    """A staff member with what they do."""
    return StaffView(id=member.id, name=member.name, hours=member.hours, service_ids=service_ids, active=member.active)


async def hold_view(session: AsyncSession, hold: Hold) -> HoldView:
    """A hold with the name of who is held."""
    diary = await open_diary(session)
    member = await session.get_one(StaffMember, (tenant_of(session), hold.staff_id))
    return HoldView(
        id=hold.id,
        status=hold.status,
        start=diary.local(hold.starts_at),
        end=diary.local(hold.ends_at),
        service_id=hold.service_id,
        staff=StaffName(id=member.id, name=member.name),
        price=Money(amount=hold.price, currency=diary.tenant.currency),
        expires_at=diary.local(hold.expires_at),
    )


def booking_view(diary: Diary, booking: Booking) -> BookingView:
    """A booking, its instants with the business's offset."""
    return BookingView(
        id=booking.id,
        code=booking.code,
        status=BookingStatus(booking.status),
        start=diary.local(booking.starts_at),
        end=diary.local(booking.ends_at),
        service_id=booking.service_id,
        service=booking.service_name,
        staff_id=booking.staff_id,
        staff=booking.staff_name,
        contact_id=booking.contact_id,
        price=Money(amount=booking.price, currency=booking.currency),
        spoken=spoken(diary.local(booking.starts_at), diary.tenant.locale),
        cancelled_at=booking.cancelled_at,
        series_id=booking.series_id,
    )
