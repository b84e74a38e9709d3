"""Recurring bookings: the rule by which ordinary bookings were made together."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Index
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.database import JsonList, TenantRecord, tenant_reference, tenant_table


class BookingSeries(TenantRecord):
    """A rule and what could not be booked by it. Its bookings (`bookings.series_id`) live on their own."""

    __tablename__ = "booking_series"
    __table_args__ = tenant_table(
        tenant_reference("contact_id", "contacts"),
        tenant_reference("service_id", "services", ondelete="SET NULL"),
        tenant_reference("staff_id", "staff", ondelete="SET NULL"),
        Index("ix_booking_series_contact", "tenant_id", "contact_id"),
    )

    contact_id: Mapped[UUID]
    service_id: Mapped[UUID | None]
    staff_id: Mapped[UUID | None]
    """With whom it was asked for; None: with anyone."""
    service_name: Mapped[str] = mapped_column(Text)
    first: Mapped[datetime] = mapped_column(DateTime(timezone=False))
    """Wall time of the first occurrence, in `timezone`."""
    timezone: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(Text)
    """days, weeks or months."""
    step: Mapped[int]
    """How many of them lie between two occurrences."""
    count: Mapped[int]
    left_out: Mapped[JsonList] = mapped_column(default=list)
    """[{"start", "reason"}] of what could not be booked."""
