"""Outgoing webhooks: where a tenant wants to be told, and each telling with its attempts."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.database import Instant, Json, JsonList, TenantRecord, tenant_reference, tenant_table


class DeliveryStatus(StrEnum):
    WAITING = "waiting"
    """Due at `due_at`; with a lease it is being sent."""
    DELIVERED = "delivered"
    FAILED = "failed"
    """Given up after the last attempt; it may be replayed."""


class HookEndpoint(TenantRecord):
    """An address that is told about events. It follows the events table by its own cursor."""

    __tablename__ = "hook_endpoints"
    __table_args__ = tenant_table(
        Index("ix_hook_endpoints_enabled", "tenant_id", "id", postgresql_where=text("enabled"))
    )

    url: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text, default="")
    events: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """Kinds, or "*" for all of them."""
    secrets: Mapped[bytes] = mapped_column(LargeBinary)
    """Sealed {"current": "whsec_...", "previous": "whsec_..." | null}."""
    previous_until: Mapped[Instant | None]
    """Until when the previous secret signs too (machine time)."""
    enabled: Mapped[bool] = mapped_column(default=True)
    disabled_reason: Mapped[str | None] = mapped_column(Text)
    """by_hand, gone (it answered 410) or failing."""
    failing_since: Mapped[Instant | None]
    """The first failure after the last success."""
    seen_transaction: Mapped[int] = mapped_column(BigInteger)
    seen_sequence: Mapped[int] = mapped_column(BigInteger)
    """The last event that deliveries were made of."""


class HookDelivery(TenantRecord):
    """One event on its way to one endpoint."""

    __tablename__ = "hook_deliveries"
    __table_args__ = tenant_table(
        tenant_reference("endpoint_id", "hook_endpoints"),
        UniqueConstraint("tenant_id", "endpoint_id", "event_id"),
        Index("ix_hook_deliveries_due", "due_at", postgresql_where=text("status = 'waiting'")),
        Index(
            "ix_hook_deliveries_waiting",
            "tenant_id",
            "endpoint_id",
            "due_at",
            postgresql_where=text("status = 'waiting'"),
        ),
        Index("ix_hook_deliveries_log", "tenant_id", "endpoint_id", "id"),
        Index("ix_hook_deliveries_created_at", "created_at", postgresql_using="brin"),
    )

    endpoint_id: Mapped[UUID]
    event_id: Mapped[UUID]
    """The same in every attempt and replay: the header `webhook-id`."""
    kind: Mapped[str] = mapped_column(Text)
    payload: Mapped[Json]
    """What is sent, {"type", "timestamp", "data"}: ids and statuses, no words and no numbers."""
    happened_at: Mapped[Instant]
    status: Mapped[str] = mapped_column(Text, default=DeliveryStatus.WAITING)
    due_at: Mapped[Instant]
    """Business time."""
    attempt: Mapped[int] = mapped_column(default=0)
    """Fencing token: raised by each claim."""
    tries: Mapped[int] = mapped_column(default=0)
    """Attempts on the schedule since it was made or last replayed."""
    lease_until: Mapped[Instant | None]
    """Machine time."""
    attempts: Mapped[JsonList] = mapped_column(default=list)
    """[{"at", "status", "error", "milliseconds"}], the latest 20."""
    delivered_at: Mapped[Instant | None]
