"""A contact (the customer) and the identities by which channels know them."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.database import Instant, Json, TenantRecord, tenant_reference, tenant_table


class IdentityKind(StrEnum):
    WA_ID = "wa_id"
    """WhatsApp's id, verbatim."""
    BSUID = "bsuid"
    """Business-scoped user id, for people without a visible phone number."""
    PHONE = "phone"
    """E.164; the known variants of one number (Brazil's 9, Mexico's 1, Argentina's 9) are rows of their own."""


class Contact(TenantRecord):
    """A person who writes to the business. The phone may be missing."""

    __tablename__ = "contacts"
    __table_args__ = tenant_table()

    name: Mapped[str | None] = mapped_column(Text)
    locale: Mapped[str | None] = mapped_column(Text)
    details: Mapped[Json] = mapped_column(default=dict)
    """What was learnt: key -> {"value", "source": "manual" | "tool" | "model", "at"}."""
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    bot_enabled: Mapped[bool] = mapped_column(default=True)
    opted_out_at: Mapped[Instant | None]
    first_seen_at: Mapped[Instant]
    last_seen_at: Mapped[Instant]


class Identity(TenantRecord):
    """One way to recognise a contact."""

    __tablename__ = "identities"
    __table_args__ = tenant_table(
        UniqueConstraint("tenant_id", "kind", "value"), tenant_reference("contact_id", "contacts")
    )

    contact_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Text)
    value: Mapped[str] = mapped_column(Text)
