"""Links by which calendars outside read our bookings, and calendars outside whose busy times we read."""

from uuid import UUID

from sqlalchemy import Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.database import Instant, Json, TenantRecord, tenant_reference, tenant_table


class CalendarLink(TenantRecord):
    """A secret address at which a calendar program reads the bookings of one person, or of the business."""

    __tablename__ = "calendar_links"
    __table_args__ = tenant_table(
        tenant_reference("staff_id", "staff"),
        UniqueConstraint("digest"),
        Index("ix_calendar_links_staff", "tenant_id", "staff_id"),
    )

    staff_id: Mapped[UUID | None]
    """Nobody: the whole business."""
    details: Mapped[str] = mapped_column(Text)
    """full: service, the customer's first name and the code; busy: nothing but the time."""
    prefix: Mapped[str] = mapped_column(Text)
    """The beginning of the token, to recognise it by."""
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    last_read_at: Mapped[Instant | None]
    """Machine time, right to a few minutes."""


class CalendarFeed(TenantRecord):
    """A calendar outside, in which a person is busy too."""

    __tablename__ = "calendar_feeds"
    __table_args__ = tenant_table(
        tenant_reference("staff_id", "staff"),
        Index("ix_calendar_feeds_staff", "tenant_id", "staff_id"),
        Index("ix_calendar_feeds_due", "due_at"),
    )

    staff_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(Text)
    host: Mapped[str] = mapped_column(Text)
    """All that is shown of the address."""
    url: Mapped[bytes] = mapped_column(LargeBinary)
    """Sealed {"url": "https://..."}: whoever knows it reads that calendar."""
    due_at: Mapped[Instant]
    """Machine time of the next look; while one is under way, of the time at which it counts as lost."""
    last_fetched_at: Mapped[Instant | None]
    """Machine time of the last look that went well."""
    last_error: Mapped[str | None] = mapped_column(Text)
    """Why the last look failed; what was read before stands."""
    failures: Mapped[int] = mapped_column(default=0)
    """In a row, up to now."""
    busy: Mapped[int] = mapped_column(default=0)
    """Busy times that were read."""
    skipped: Mapped[int] = mapped_column(default=0)
    """Events that cannot be read, of a calendar that can."""
    seen: Mapped[Json] = mapped_column(default=dict)
    """What was read last: {"etag", "last_modified", "window", "digest"}."""
