"""What a turn cost, by provider, model and brain."""

from uuid import UUID

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.database import TenantRecord, tenant_reference, tenant_table


class Usage(TenantRecord):
    """One model call."""

    __tablename__ = "usage"
    __table_args__ = tenant_table(
        tenant_reference("turn_id", "turns", ondelete="SET NULL"), Index("ix_usage_created", "tenant_id", "created_at")
    )

    turn_id: Mapped[UUID | None]
    provider: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(Text)
    feature: Mapped[str] = mapped_column(Text)
    """vendor, observer, refiner, summary, assist or embedding."""
    input_tokens: Mapped[int] = mapped_column(default=0)
    output_tokens: Mapped[int] = mapped_column(default=0)
    cost_micros: Mapped[int] = mapped_column(BigInteger, default=0)
    """Millionths of a US dollar."""
