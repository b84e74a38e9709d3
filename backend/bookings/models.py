"""Services, staff, holds and bookings. One table of allocations keeps any staff member from being taken twice."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, PrimaryKeyConstraint, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.database import Instant, Json, Record, TenantRecord, tenant_reference, tenant_table


class BookingStatus(StrEnum):
    """CONFIRMED -> IN_PROGRESS, CANCELLED, NO_SHOW; IN_PROGRESS -> COMPLETED, CANCELLED; the last three end it."""

    CONFIRMED = "CONFIRMED"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    NO_SHOW = "NO_SHOW"


class Service(TenantRecord):
    """Something that can be booked."""

    __tablename__ = "services"
    __table_args__ = tenant_table(UniqueConstraint("tenant_id", "name"))

    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text, default="")
    duration_minutes: Mapped[int]
    price: Mapped[int] = mapped_column(BigInteger)
    """Minor units of the tenant's currency."""
    buffer_before_minutes: Mapped[int] = mapped_column(default=0)
    buffer_after_minutes: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)


class StaffMember(TenantRecord):
    """A person who can be booked, with weekly hours in the tenant's zone."""

    __tablename__ = "staff"
    __table_args__ = tenant_table(UniqueConstraint("tenant_id", "name"))

    name: Mapped[str] = mapped_column(Text)
    hours: Mapped[Json] = mapped_column(default=dict)
    """Weekday (mon..sun) to a list of [from, to] wall times; a gap is a break."""
    active: Mapped[bool] = mapped_column(default=True)


class StaffService(Record):
    """Who does what."""

    __tablename__ = "staff_services"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "staff_id", "service_id"),
        tenant_reference("staff_id", "staff"),
        tenant_reference("service_id", "services"),
    )

    tenant_id: Mapped[UUID]
    staff_id: Mapped[UUID]
    service_id: Mapped[UUID]


class Hold(TenantRecord):
    """A slot kept for a contact until `expires_at`; not yet a booking."""

    __tablename__ = "holds"
    __table_args__ = tenant_table(
        tenant_reference("conversation_id", "conversations"),
        tenant_reference("service_id", "services"),
        tenant_reference("staff_id", "staff"),
        tenant_reference("booking_id", "bookings"),
        Index("ix_holds_contact", "tenant_id", "contact_id"),
        Index("ix_holds_expiry", "expires_at", postgresql_where=text("status = 'held'")),
    )

    conversation_id: Mapped[UUID | None]
    contact_id: Mapped[UUID | None]
    """Known from the start in a conversation; a hold of the public API may name the contact when it is confirmed."""
    service_id: Mapped[UUID]
    staff_id: Mapped[UUID]
    booking_id: Mapped[UUID | None]
    """While held: the booking it would move, none for a new one. Confirmed: the booking it became or moved."""
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    price: Mapped[int] = mapped_column(BigInteger)
    """What the customer was told, minor units: confirming does not change it."""
    expires_at: Mapped[Instant]
    status: Mapped[str] = mapped_column(Text, default="held")
    """held, confirmed, released or expired."""


class Booking(TenantRecord):
    """A confirmed appointment. Names and price are kept as they were; staff and service may be deleted later."""

    __tablename__ = "bookings"
    __table_args__ = tenant_table(
        tenant_reference("conversation_id", "conversations", ondelete="SET NULL"),
        tenant_reference("contact_id", "contacts"),
        tenant_reference("service_id", "services", ondelete="SET NULL"),
        tenant_reference("staff_id", "staff", ondelete="SET NULL"),
        UniqueConstraint("tenant_id", "code"),
        UniqueConstraint("tenant_id", "hold_id"),
        Index("ix_bookings_starts_at", "tenant_id", "starts_at"),
        Index("ix_bookings_contact", "tenant_id", "contact_id"),
        Index(
            "ix_bookings_open",
            "tenant_id",
            "starts_at",
            "id",
            postgresql_where=text("status IN ('CONFIRMED', 'IN_PROGRESS')"),
        ),
    )

    code: Mapped[str] = mapped_column(Text)
    """What people say on the phone: six unambiguous characters."""
    conversation_id: Mapped[UUID | None]
    contact_id: Mapped[UUID]
    service_id: Mapped[UUID | None]
    staff_id: Mapped[UUID | None]
    hold_id: Mapped[UUID | None]
    """The hold it was confirmed from: one hold, one booking."""
    service_name: Mapped[str] = mapped_column(Text)
    staff_name: Mapped[str] = mapped_column(Text)
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    price: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, default=BookingStatus.CONFIRMED)
    cancelled_at: Mapped[Instant | None]
    calendar_sequence: Mapped[int] = mapped_column(default=0)
    """How often calendars outside had to be told of a change (SEQUENCE, RFC 5545 3.8.7.4)."""


class Allocation(TenantRecord):
    """Time of a staff member that is taken, buffers included. The exclusion constraint is the real guard:
    expired holds are deleted in the transaction that claims, since a predicate cannot look at the time.

    Reads go by plain columns: `&&` is not leakproof, so that under row-level security no index would serve it.
    """

    __tablename__ = "allocations"
    __table_args__ = tenant_table(
        tenant_reference("staff_id", "staff"),
        tenant_reference("hold_id", "holds"),
        tenant_reference("booking_id", "bookings"),
        CheckConstraint("ends_at > starts_at", name="allocation_not_empty"),
        ExcludeConstraint(
            (text("uuidrange(staff_id, staff_id, '[]')"), "&&"),
            (text("tstzrange(starts_at, ends_at)"), "&&"),
            name="ex_allocations_overlap",
        ),
        Index("ix_allocations_staff", "tenant_id", "staff_id", "starts_at"),
        Index("ix_allocations_hold", "tenant_id", "hold_id"),
        Index("ix_allocations_booking", "tenant_id", "booking_id"),
    )

    staff_id: Mapped[UUID]
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    hold_id: Mapped[UUID | None]
    booking_id: Mapped[UUID | None]
    expires_at: Mapped[Instant | None]
    """Set while it is only a hold."""
