"""What model calls cost: each of them, and the sum of a month."""

from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.database import Record, TenantRecord, tenant_reference, tenant_table


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
    """vendor, observer, refiner, summary, assist, media or preview."""
    input_tokens: Mapped[int] = mapped_column(default=0)
    output_tokens: Mapped[int] = mapped_column(default=0)
    cost_micros: Mapped[int] = mapped_column(BigInteger, default=0)
    """Millionths of a US dollar."""


class Spending(Record):
    """A calendar month of a business, kept by a trigger on `usage`: a budget is asked about before every turn, and must
    not be added up from the calls of a whole month."""

    __tablename__ = "spending"
    __table_args__ = (PrimaryKeyConstraint("tenant_id", "month"),)

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"))
    month: Mapped[date]
    """Its first day, in the business's zone."""
    cost_micros: Mapped[int] = mapped_column(BigInteger)
