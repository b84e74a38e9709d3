"""The salon of the bookings' tests, whose customers are reminded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, select, update

from backend import clock
from backend.bookings.models import Booking
from backend.conversations.models import Conversation, Message
from backend.database import Database
from backend.reminders.models import Reminder
from backend.reminders.sweep import send_due
from tests.backend.bookings.conftest import Calendar, Salon, calendar, salon, turn
from tests.backend.settling import settled
from tests.factories import OpenTurn

__all__ = ["calendar", "salon", "turn"]


@dataclass
class Desk:
    """A customer of the salon who writes and is reminded."""

    salon: Salon
    turn: OpenTurn
    database: Database
    calendar: Calendar

    async def book(self, start: str = "2026-08-07T10:00:00") -> Any:
        """A cut for this customer, by default on Friday at ten: 48 hours ahead."""
        return await self.salon.business.ok("POST", "/v1/bookings", {"hold_id": (await self._hold(start))["id"]})

    async def delete(self, booking: Any) -> None:
        """The booking is gone."""
        async with self.database.tenant(self.turn.tenant_id) as session:
            await session.execute(delete(Booking).where(Booking.id == UUID(booking["id"])))

    async def _hold(self, start: str) -> Any:
        return await self.salon.hold(start, contact_id=str(self.turn.contact_id))

    async def writes(self) -> None:
        """The customer writes now: the 24 h window opens."""
        async with self.database.tenant(self.turn.tenant_id) as session:
            await session.execute(
                update(Conversation)
                .where(Conversation.id == self.turn.conversation_id)
                .values(last_inbound_at=clock.now())
            )

    async def reminders(self, booking: Any) -> list[tuple[int, str, str, str | None]]:
        """(minutes before, due by the salon's clock, status, reason) by due time."""
        found = (await self.salon.business.ok("GET", f"/v1/bookings/{booking['id']}/reminders"))["items"]
        return [(one["minutes_before"], one["due_at"][5:16], one["status"], one["reason"]) for one in found]

    async def events(self) -> list[Any]:
        """All that was told until now, with type and data."""
        await settled(self.database)
        found = await self.salon.business.ok("GET", "/v1/events", limit=200)
        return list(found["items"])

    async def sweep(self) -> None:
        """What is due in the whole installation."""
        while await send_due(self.database) >= 200:
            pass

    async def sweep_in(self, hours: float) -> None:
        """So much later."""
        self.calendar.advance(timedelta(hours=hours))
        await self.sweep()

    async def notices(self) -> Sequence[Message]:
        """What the business sent by itself, oldest first."""
        async with self.database.tenant(self.turn.tenant_id) as session:
            query = select(Message).where(Message.author == "system").order_by(Message.sequence)
            return (await session.scalars(query)).all()

    async def row(self, booking: Any, minutes: int) -> Reminder:
        async with self.database.tenant(self.turn.tenant_id) as session:
            query = select(Reminder).where(
                Reminder.booking_id == UUID(booking["id"]), Reminder.minutes_before == minutes
            )
            return (await session.scalars(query.order_by(Reminder.id.desc()).limit(1))).one()

    def at(self, start: str) -> None:
        """It is this moment in São Paulo."""
        self.calendar.set(datetime.fromisoformat(f"{start}-03:00"))


@pytest.fixture
def desk(salon: Salon, turn: OpenTurn, database: Database, calendar: Calendar) -> Desk:
    return Desk(salon, turn, database, calendar)
