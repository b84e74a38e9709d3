"""The event log: what the operator of the installation should know."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.database import Instant, Json, Record, new_id


class Severity(StrEnum):
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


class Incident(Record):
    """Something worth a look. Never a body, a number, a name or a secret."""

    __tablename__ = "incidents"
    __table_args__ = (
        Index("ix_incidents_severity", "severity", "id"),
        Index("ix_incidents_source", "source", "id"),
        Index("ix_incidents_tenant", "tenant_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    tenant_id: Mapped[UUID | None] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"))
    at: Mapped[Instant]
    """Machine time."""
    severity: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    """The part that noticed it: "hooks", "api", "keys"."""
    kind: Mapped[str] = mapped_column(Text)
    """What happened, as logs name events: "endpoint.disabled"."""
    message: Mapped[str] = mapped_column(Text)
    details: Mapped[Json] = mapped_column(default=dict)
