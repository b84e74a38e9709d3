"""Services, staff, resources, holds and bookings. One table of allocations keeps anybody and anything from being taken
twice."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, PrimaryKeyConstraint, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.database import (
    CURRENT_TRANSACTION,
    Instant,
    Json,
    JsonList,
    Record,
    TenantRecord,
    tenant_reference,
    tenant_table,
)


class BookingStatus(StrEnum):
    """CONFIRMED -> IN_PROGRESS, CANCELLED, NO_SHOW; IN_PROGRESS -> COMPLETED, CANCELLED; the last three end it."""

    CONFIRMED = "CONFIRMED"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    NO_SHOW = "NO_SHOW"


OPEN = (BookingStatus.CONFIRMED.value, BookingStatus.IN_PROGRESS.value)
"""Of bookings whose time is taken."""


class DepositStatus(StrEnum):
    """due -> paid, waived; paid -> refunded. Of a booking that ended, `due` says that it was never paid."""

    DUE = "due"
    PAID = "paid"
    REFUNDED = "refunded"
    WAIVED = "waived"


class Service(TenantRecord):
    """Something that can be booked."""

    __tablename__ = "services"
    __table_args__ = tenant_table(
        UniqueConstraint("tenant_id", "name"), Index("ix_services_revision", "revision", "id")
    )

    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text, default="")
    duration_minutes: Mapped[int]
    price: Mapped[int] = mapped_column(BigInteger)
    """Minor units of the tenant's currency."""
    deposit: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    """What is asked for beforehand, a part of the price; 0: nothing."""
    buffer_before_minutes: Mapped[int] = mapped_column(default=0)
    buffer_after_minutes: Mapped[int] = mapped_column(default=0)
    capacity: Mapped[int] = mapped_column(default=1)
    """How many customers come at once; more than one makes its appointments group sessions."""
    active: Mapped[bool] = mapped_column(default=True)
    revision: Mapped[int] = mapped_column(BigInteger, server_default=CURRENT_TRANSACTION)
    """As of products: the search index follows it. Kept by a trigger."""


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


class Resource(TenantRecord):
    """A room, a chair, a machine: what an appointment needs besides a person. Its seats are taken one by one."""

    __tablename__ = "resources"
    __table_args__ = tenant_table(UniqueConstraint("tenant_id", "name"))

    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text, default="room")
    """A service takes one seat of each kind among the resources that it is linked with."""
    capacity: Mapped[int] = mapped_column(default=1)
    """How many appointments it serves at once."""
    active: Mapped[bool] = mapped_column(default=True)


class ServiceResource(Record):
    """What a service may use."""

    __tablename__ = "service_resources"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "service_id", "resource_id"),
        tenant_reference("service_id", "services"),
        tenant_reference("resource_id", "resources"),
    )

    tenant_id: Mapped[UUID]
    service_id: Mapped[UUID]
    resource_id: Mapped[UUID]


class GroupSession(TenantRecord):
    """One appointment of several customers: it takes the person and the resources once, each customer a seat of it.

    A trigger removes it with its last seat; until then the time of its person expires with the last of its holds.
    """

    __tablename__ = "group_sessions"
    __table_args__ = tenant_table(
        tenant_reference("service_id", "services", ondelete="SET NULL"),
        tenant_reference("staff_id", "staff", ondelete="SET NULL"),
        UniqueConstraint("tenant_id", "service_id", "staff_id", "starts_at"),
    )

    service_id: Mapped[UUID | None]
    staff_id: Mapped[UUID | None]
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    capacity: Mapped[int]
    """Seats: of the service when it was opened; a change of the service changes those that are still to come."""
    provisional: Mapped[bool] = mapped_column(default=False)
    """Held by a move that counts on the time of the booking it moves: nobody else may join."""


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
    deposit: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    """As the price: what the customer was told. A booking that is moved keeps its own."""
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
        tenant_reference("session_id", "group_sessions", ondelete="SET NULL"),
        tenant_reference("series_id", "booking_series", ondelete="SET NULL"),
        UniqueConstraint("tenant_id", "code"),
        UniqueConstraint("tenant_id", "hold_id"),
        Index("ix_bookings_starts_at", "tenant_id", "starts_at"),
        Index("ix_bookings_contact", "tenant_id", "contact_id"),
        Index("ix_bookings_session", "tenant_id", "session_id", postgresql_where=text("session_id IS NOT NULL")),
        Index("ix_bookings_unpaid", "deposit_due_at", postgresql_where=text("deposit_status = 'due'")),
        Index(
            "ix_bookings_series",
            "tenant_id",
            "series_id",
            "starts_at",
            postgresql_where=text("series_id IS NOT NULL"),
        ),
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
    session_id: Mapped[UUID | None]
    """The group session in which it has a seat; none if it has the person for itself, or no time any more."""
    service_name: Mapped[str] = mapped_column(Text)
    staff_name: Mapped[str] = mapped_column(Text)
    resource_names: Mapped[JsonList] = mapped_column(default=list)
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    timezone: Mapped[str] = mapped_column(Text)
    """IANA zone of the business when the time was agreed."""
    price: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    deposit: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    deposit_status: Mapped[str | None] = mapped_column(Text)
    """None: no deposit was asked for."""
    deposit_due_at: Mapped[Instant | None]
    """Without the deposit the booking is cancelled then; None: never by itself."""
    status: Mapped[str] = mapped_column(Text, default=BookingStatus.CONFIRMED)
    cancelled_at: Mapped[Instant | None]
    attendance_confirmed_at: Mapped[Instant | None]
    """When the customer said that they come, to this start: a move forgets it."""
    series_id: Mapped[UUID | None]
    """The recurring booking it is one of (`series_models.py`)."""
    calendar_sequence: Mapped[int] = mapped_column(default=0)
    """How often calendars outside had to be told of a change (SEQUENCE, RFC 5545 3.8.7.4)."""


class Allocation(TenantRecord):
    """Time that is taken, buffers included: of a staff member, of a seat of a resource, or a seat of a group session.
    The exclusion constraint is the real guard: expired holds are deleted in the transaction that claims, since a
    predicate cannot look at the time.

    A hold or a booking owns it; the person and the resources of a group session belong to the session, `session_id`,
    and go with its last seat. Reads go by plain columns: `&&` is not leakproof, so that under row-level security no
    index would serve it.
    """

    __tablename__ = "allocations"
    __table_args__ = tenant_table(
        tenant_reference("staff_id", "staff"),
        tenant_reference("resource_id", "resources"),
        tenant_reference("session_id", "group_sessions"),
        tenant_reference("hold_id", "holds"),
        tenant_reference("booking_id", "bookings"),
        CheckConstraint("ends_at > starts_at", name="allocation_not_empty"),
        CheckConstraint(
            "num_nonnulls(staff_id, resource_id) <= 1 AND "
            "subject_id IS NOT DISTINCT FROM coalesce(staff_id, resource_id, session_id)",
            name="allocation_subject",
        ),
        CheckConstraint(
            "num_nonnulls(hold_id, booking_id) = CASE WHEN subject_id <> session_id THEN 0 ELSE 1 END",
            name="allocation_owner",
        ),
        ExcludeConstraint(
            (text("uuidrange(subject_id, subject_id, '[]')"), "&&"),
            (text("int4range(seat, seat, '[]')"), "&&"),
            (text("tstzrange(starts_at, ends_at)"), "&&"),
            name="ex_allocations_overlap",
        ),
        Index("ix_allocations_subject", "tenant_id", "subject_id", "starts_at"),
        Index("ix_allocations_hold", "tenant_id", "hold_id"),
        Index("ix_allocations_booking", "tenant_id", "booking_id"),
        Index("ix_allocations_session", "tenant_id", "session_id", postgresql_where=text("session_id IS NOT NULL")),
    )

    subject_id: Mapped[UUID]
    """Whose time: the staff member's, the resource's, else the session's."""
    staff_id: Mapped[UUID | None]
    resource_id: Mapped[UUID | None]
    session_id: Mapped[UUID | None]
    seat: Mapped[int] = mapped_column(default=0)
    """Counted from 0; a staff member has one."""
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    hold_id: Mapped[UUID | None]
    booking_id: Mapped[UUID | None]
    expires_at: Mapped[Instant | None]
    """Set while holds alone keep it."""
