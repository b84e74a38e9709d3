"""A tenant, what it says about itself, and the keys to its API."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.database import Instant, Json, Record, TenantRecord, Timed, new_id, tenant_table
from backend.team.models import User


class Mode(StrEnum):
    """What a tenant does on WhatsApp; decides which tools its agent is offered."""

    SALES = "sales"
    APPOINTMENTS = "appointments"
    BOTH = "both"


class TenantStatus(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"


class Tenant(Timed, Record):
    """A business. Row-level security shows a tenant its own row only."""

    __tablename__ = "tenants"
    __table_args__ = (Index("ix_tenants_suspended", "id", postgresql_where=text("status <> 'active'")),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    mode: Mapped[str] = mapped_column(Text)
    locale: Mapped[str] = mapped_column(Text)
    """es, pt or en, with an optional region: es-MX, pt-BR."""
    currency: Mapped[str] = mapped_column(Text)
    """ISO 4217."""
    timezone: Mapped[str] = mapped_column(Text)
    """IANA zone."""
    status: Mapped[str] = mapped_column(Text, default=TenantStatus.ACTIVE)
    hours: Mapped[Json] = mapped_column(default=dict)
    """Weekday (mon..sun) to a list of [from, to] wall times; a gap between ranges is a break."""
    settings: Mapped[Json] = mapped_column(default=dict)
    """See `backend.tenants.settings.TenantSettings`: every field has a default."""


class Fact(TenantRecord):
    """A sentence the business vouches for: address, shipping, returns. Evidence for the agent."""

    __tablename__ = "facts"
    __table_args__ = tenant_table(UniqueConstraint("tenant_id", "key"))

    key: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)


class ApiKey(TenantRecord):
    """A key of the public API, shown once at creation and stored as a SHA-256 digest."""

    __tablename__ = "api_keys"
    __table_args__ = tenant_table(Index("uq_api_keys_digest", "digest", unique=True))

    name: Mapped[str] = mapped_column(Text)
    prefix: Mapped[str] = mapped_column(Text)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    """What the key may do; see `backend.permissions`."""
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id, ondelete="SET NULL"))
    """The member who made it; None: the platform did."""
    expires_at: Mapped[Instant | None]
    revoked_at: Mapped[Instant | None]
