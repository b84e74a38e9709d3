"""Other hours of single days, and time in which somebody is not there."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.database import Instant, JsonList, TenantRecord, tenant_reference, tenant_table


class DateOverride(TenantRecord):
    """Hours of one date, or of each date of a range, instead of the weekly ones: of the business or of one person."""

    __tablename__ = "date_overrides"
    __table_args__ = tenant_table(
        tenant_reference("staff_id", "staff"),
        CheckConstraint("first_day <= last_day", name="override_days_in_order"),
        Index("ix_date_overrides_last_day", "tenant_id", "last_day"),
    )

    staff_id: Mapped[UUID | None]
    """Nobody: of the business."""
    first_day: Mapped[date]
    last_day: Mapped[date]
    """Included."""
    hours: Mapped[JsonList]
    """[from, to] wall times of each day, as in weekly hours; none: closed."""
    reason: Mapped[str] = mapped_column(Text, default="")
    """Customers are told it."""


class BusyTime(TenantRecord):
    """Somebody is not there: an absence, or an entry of a calendar that is read in. No allocation, since it is never
    refused because of a booking; bookings inside it are reported instead."""

    __tablename__ = "busy_times"
    __table_args__ = tenant_table(
        tenant_reference("staff_id", "staff"),
        tenant_reference("feed_id", "calendar_feeds"),
        CheckConstraint("ends_at > starts_at", name="busy_time_not_empty"),
        Index("ix_busy_times_staff", "tenant_id", "staff_id", "ends_at"),
        Index("ix_busy_times_feed", "tenant_id", "feed_id"),
    )

    staff_id: Mapped[UUID]
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    reason: Mapped[str] = mapped_column(Text, default="")
    """For the team alone: customers are never told why somebody is away."""
    feed_id: Mapped[UUID | None]
    """The calendar it was read from; none: an absence."""
    uid: Mapped[str | None] = mapped_column(Text)
    """How that calendar names it."""
