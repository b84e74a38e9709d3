"""What a link shows: bookings as entries of a calendar."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.bookings.models import Booking, BookingStatus, StaffMember
from backend.calendars.models import CalendarLink
from backend.calendars.writing import Book, Entry
from backend.contacts.models import Contact
from backend.conversations.notices import language
from backend.database import tenant_of
from backend.tenants.service import load_tenant

PAST = timedelta(days=30)
AHEAD = timedelta(days=730)
"""As far as a booking horizon can reach: a business that draws its own nearer keeps what is booked beyond."""
_GIVEN_BACK = (BookingStatus.CANCELLED.value, BookingStatus.NO_SHOW.value)


async def book_of(session: AsyncSession, link_id: UUID) -> Book | None:
    """The calendar of a link; None if it was revoked meanwhile."""
    link = await session.get(CalendarLink, (tenant_of(session), link_id))
    if link is None:
        return None
    tenant, name = await load_tenant(session), ""
    if link.staff_id is not None:
        name = await session.scalar(select(StaffMember.name).where(StaffMember.id == link.staff_id)) or ""
    now = clock.now()
    query = (
        select(
            Booking.id,
            Booking.starts_at,
            Booking.ends_at,
            Booking.created_at,
            Booking.updated_at,
            Booking.calendar_sequence,
            Booking.status,
            Booking.service_name,
            Booking.staff_name,
            Booking.code,
            Contact.name.label("customer"),
        )
        .join(Contact, (Contact.tenant_id == Booking.tenant_id) & (Contact.id == Booking.contact_id))
        .where(Booking.starts_at >= now - PAST, Booking.starts_at <= now + AHEAD)
        .order_by(Booking.starts_at, Booking.id)
    )
    if link.staff_id is not None:
        query = query.where(Booking.staff_id == link.staff_id)
    busy_only = link.details == "busy"
    return Book(
        tenant_id=tenant.id,
        name=f"{tenant.name} - {name}" if name else tenant.name,
        zone=tenant.timezone,
        language=language(tenant.locale),
        busy_only=busy_only,
        entries=[_entry(row, link.staff_id is None, busy_only) for row in await session.execute(query)],
    )


def _entry(row: Row[Any], of_everybody: bool, busy_only: bool) -> Entry:
    told = {} if busy_only else {"title": _title(row), "notes": _notes(row, of_everybody)}
    return Entry(
        id=row.id,
        start=row.starts_at,
        end=row.ends_at,
        made_at=row.created_at,
        changed_at=row.updated_at,
        sequence=row.calendar_sequence,
        cancelled=row.status in _GIVEN_BACK,
        **told,
    )


def _title(row: Row[Any]) -> str:
    """The service, and the customer's first name as far as it is known: who was erased has none."""
    first = (row.customer or "").split()[:1]
    return " - ".join([row.service_name, *first])


def _notes(row: Row[Any], of_everybody: bool) -> str:
    return f"{row.code}\n{row.staff_name}" if of_everybody else str(row.code)
