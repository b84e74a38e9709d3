"""What somebody left behind in the backend: the rows that the end state of a scenario speaks of."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bookings.diary import open_diary
from backend.bookings.models import Booking
from backend.conversations.models import Handoff
from backend.orders.models import Order
from backend.scenarios.end_state import MOST_ROWS


async def left_behind(
    session: AsyncSession, contact_id: UUID, conversation_id: UUID, since: datetime | None = None
) -> dict[str, Any]:
    """{"orders": [{"status", "items": [{"sku", "quantity"}]}], "bookings": [{"service", "staff", "start", "status"}],
    "handed_off"}: the contact's newest orders and bookings, of those made `since` then, oldest first, `start` on the
    business's wall ("2026-12-04T10:00"); and whether their conversation has an open case."""
    diary = await open_diary(session)
    orders = select(Order).where(Order.contact_id == contact_id).order_by(Order.id.desc()).limit(2 * MOST_ROWS)
    bookings = select(Booking).where(Booking.contact_id == contact_id).order_by(Booking.id.desc()).limit(2 * MOST_ROWS)
    if since is not None:
        orders, bookings = orders.where(Order.created_at >= since), bookings.where(Booking.created_at >= since)
    case = exists().where(Handoff.conversation_id == conversation_id, Handoff.status == "open")
    return {
        "orders": [
            {
                "status": order.status,
                "items": [{"sku": line["sku"], "quantity": line["quantity"]} for line in order.lines],
            }
            for order in (await session.scalars(orders)).all()[::-1]
        ],
        "bookings": [
            {
                "service": booking.service_name,
                "staff": booking.staff_name,
                "start": diary.local(booking.starts_at).strftime("%Y-%m-%dT%H:%M"),
                "status": booking.status,
            }
            for booking in (await session.scalars(bookings)).all()[::-1]
        ],
        "handed_off": bool(await session.scalar(select(case))),
    }
