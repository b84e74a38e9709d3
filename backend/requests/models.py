"""Requests that were made with an Idempotency-Key, for a day."""

from uuid import UUID

from sqlalchemy import Index, LargeBinary, PrimaryKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.database import Instant, Record, new_id


class IdempotentRequest(Record):
    """One key of one caller on one route. Its tenant is no foreign key: the operator's requests have the nil tenant."""

    __tablename__ = "idempotency"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "caller", "route", "key_digest"),
        Index("ix_idempotency_expiry", "expires_at"),
    )

    tenant_id: Mapped[UUID]
    id: Mapped[UUID] = mapped_column(default=new_id)
    caller: Mapped[str] = mapped_column(Text)
    route: Mapped[str] = mapped_column(Text)
    """Method and path as they were called."""
    key_digest: Mapped[bytes] = mapped_column(LargeBinary)
    fingerprint_digest: Mapped[bytes] = mapped_column(LargeBinary)
    """Keyed digest of query, media type and body."""
    attempt: Mapped[int]
    """Raised by whoever takes the request over after a crash; a lower one commits nothing any more."""
    lease_until: Mapped[Instant]
    """Machine time, like `expires_at`."""
    effect_at: Mapped[Instant | None]
    """Set in the transaction of the request's first write."""
    status: Mapped[int | None]
    """Of the stored answer."""
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Sealed: headers and body."""
    expires_at: Mapped[Instant]
