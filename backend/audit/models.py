"""The audit trail: one row for every change to a tenant's records, written by the database itself."""

from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, PrimaryKeyConstraint, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.database import Instant, Json, Record


class AuditEntry(Record):
    """Who changed which row, and how. Triggers insert it in the change's own transaction; nobody updates or deletes it,
    except that `forget_audited` empties `changes`, and `forget_audited_values` parts of it."""

    __tablename__ = "audit"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "sequence"),
        Index("ix_audit_row", "tenant_id", "table_name", "row_id", "sequence"),
        Index("ix_audit_actor", "tenant_id", "actor", "sequence"),
        Index("ix_audit_at", "tenant_id", "at"),
        Index("ix_audit_request", "tenant_id", "request_id", postgresql_where=text("request_id IS NOT NULL")),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"))
    sequence: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    at: Mapped[Instant]
    """Machine time of the transaction: evidence is not moved by a virtual clock."""
    actor: Mapped[str] = mapped_column(Text)
    """"member:<id>", "key:<id>", "agent:<turn id>", "operator:<id>" or "system"."""
    request_id: Mapped[str | None] = mapped_column(Text)
    """`X-Request-Id` of the call that asked for it; null for what nobody asked for, and on the message path."""
    action: Mapped[str] = mapped_column(Text)
    """insert, update or delete."""
    table_name: Mapped[str] = mapped_column(Text)
    row_id: Mapped[str] = mapped_column(Text)
    """The row's id; of a row without one its key's parts, joined by a slash."""
    changes: Mapped[Json | None]
    """column -> {"old", "new"}; {"hidden": true} for a secret, {"omitted": characters} for what is long. Null once it
    was forgotten."""
