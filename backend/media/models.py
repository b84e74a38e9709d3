"""What a machine read in the files that customers sent."""

from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.database import Instant, Json, PartRecord, tenant_reference, tenant_table


class MediaReading(PartRecord):
    """One file of one message. The same file sent again is found by its content and gets a row of its own, so that
    each goes with the conversation it came in."""

    __tablename__ = "media_readings"
    __table_args__ = tenant_table(
        tenant_reference("conversation_id", "conversations"),
        tenant_reference("message_id", "messages"),
        tenant_reference("order_id", "orders", ondelete="SET NULL"),
        UniqueConstraint("tenant_id", "message_id", "place"),
        Index("ix_media_readings_content", "tenant_id", "content_hash"),
        Index("ix_media_readings_conversation", "tenant_id", "conversation_id", "id"),
        Index("ix_media_readings_order", "tenant_id", "order_id", postgresql_where=text("order_id IS NOT NULL")),
        Index("ix_media_readings_review", "tenant_id", "id", postgresql_where=text("review IS NOT NULL")),
    )

    conversation_id: Mapped[UUID]
    message_id: Mapped[UUID]
    place: Mapped[int]
    """Which of the message's attachments, from 0."""
    content_hash: Mapped[str] = mapped_column(Text)
    """SHA-256 of the file, in hexadecimal."""
    content_type: Mapped[str] = mapped_column(Text)
    """What the file is, by its first bytes."""
    kind: Mapped[str] = mapped_column(Text)
    """transcript, description or payment_proof."""
    text: Mapped[str] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(Text)
    model: Mapped[str] = mapped_column(Text)
    cost_micros: Mapped[int] = mapped_column(BigInteger)
    """Millionths of a US dollar; 0 for what was known by its content."""
    details: Mapped[Json] = mapped_column(default=dict)
    """Of a payment_proof: {"amount", "currency", "reference", "paid_on"} as printed, and {"seen_before": true}."""
    order_id: Mapped[UUID | None]
    """Of a payment_proof: the order that it may pay."""
    review: Mapped[str | None] = mapped_column(Text)
    """Of a payment_proof: waiting, confirmed or rejected; none if the same file waits already."""
    reviewed_by: Mapped[str | None] = mapped_column(Text)
    reviewed_at: Mapped[Instant | None]
