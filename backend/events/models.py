"""What happened, in order: one insert-only table, written by triggers in the transaction of the change itself."""

from datetime import datetime
from uuid import UUID

from advanced_alchemy.types import DateTimeUTC
from sqlalchemy import BigInteger, Identity, Index, PrimaryKeyConstraint, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.database import Json, Record

CURRENT_TRANSACTION = text("(pg_current_xact_id()::text::bigint)")


class Event(Record):
    """One thing that happened to a tenant. `data` holds ids, statuses and amounts, never words, numbers or names.

    The order of a tenant's events is (transaction, sequence). Readers take transactions below
    `pg_snapshot_xmin(pg_current_snapshot())` only, so that none can commit behind their cursor.
    """

    __tablename__ = "events"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "transaction", "sequence"),
        Index("ix_events_created_at", "created_at", postgresql_using="brin"),
    )

    tenant_id: Mapped[UUID]
    """Without a foreign key: each message would lock its tenant's row once more. What happened is pruned by its age."""
    transaction: Mapped[int] = mapped_column(BigInteger, server_default=CURRENT_TRANSACTION)
    sequence: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    id: Mapped[UUID] = mapped_column(server_default=text("gen_random_uuid()"))
    """By which receivers know an event that reaches them twice."""
    kind: Mapped[str] = mapped_column(Text)
    """One of `backend.events.catalogue`."""
    subject_id: Mapped[UUID | None]
    """The message, order, booking ... that the kind names."""
    conversation_id: Mapped[UUID | None]
    contact_id: Mapped[UUID | None]
    data: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    created_at: Mapped[datetime] = mapped_column(DateTimeUTC(timezone=True))
    """Business time of the change."""
