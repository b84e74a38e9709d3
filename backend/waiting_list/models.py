"""Who waits for time to become free, in the order in which they are asked."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from advanced_alchemy.types import DateTimeUTC
from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend import clock
from backend.database import Instant, TenantRecord, tenant_reference, tenant_table

Instants = Annotated[list[datetime], mapped_column(ARRAY(DateTimeUTC(timezone=True)), default=list)]


class WaitingStatus(StrEnum):
    """waiting <-> offered; either -> booked, withdrawn, expired, which end it."""

    WAITING = "waiting"
    OFFERED = "offered"
    BOOKED = "booked"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


OPEN = (WaitingStatus.WAITING.value, WaitingStatus.OFFERED.value)


class WaitingEntry(TenantRecord):
    """A contact who wants a service on some days for which nothing was free."""

    __tablename__ = "waiting_list"
    __table_args__ = tenant_table(
        tenant_reference("contact_id", "contacts"),
        tenant_reference("conversation_id", "conversations", ondelete="SET NULL"),
        tenant_reference("service_id", "services"),
        tenant_reference("staff_id", "staff", ondelete="SET NULL"),
        tenant_reference("hold_id", "holds", ondelete="SET NULL"),
        Index("ix_waiting_list_due", "look_at", postgresql_where=text("status IN ('waiting', 'offered')")),
        Index(
            "ix_waiting_list_line",
            "tenant_id",
            "queued_at",
            "id",
            postgresql_where=text("status IN ('waiting', 'offered')"),
        ),
        Index("ix_waiting_list_contact", "tenant_id", "contact_id"),
    )

    contact_id: Mapped[UUID]
    conversation_id: Mapped[UUID | None]
    """Where they asked for it; without one they are written to where they wrote last."""
    service_id: Mapped[UUID]
    staff_id: Mapped[UUID | None]
    """Only with this person; None: with anyone."""
    first_day: Mapped[date]
    last_day: Mapped[date]
    """Both included, on the business's calendar."""
    from_minute: Mapped[int] = mapped_column(default=0)
    to_minute: Mapped[int] = mapped_column(default=1440)
    """Starts in [from, to) minutes of the day."""
    status: Mapped[str] = mapped_column(Text, default=WaitingStatus.WAITING)
    reason: Mapped[str | None] = mapped_column(Text)
    """Waiting: why they were passed over last. Expired: why."""
    hold_id: Mapped[UUID | None]
    """What is, or was last, kept for them."""
    offered_at: Mapped[Instant | None]
    offers: Mapped[int] = mapped_column(default=0)
    """How often they were asked."""
    queued_at: Mapped[Instant] = mapped_column(default=clock.now)
    """Their place in the line; who lets an offer pass goes to its end."""
    look_at: Mapped[Instant] = mapped_column(default=clock.now)
    """When the sweep looks at it next, business time."""
    known: Mapped[Instants]
    """Starts that were free already when it was looked at last: nothing new."""
    declined: Mapped[Instants]
    """Starts that were offered and not taken."""
