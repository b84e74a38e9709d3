"""A channel: one number or address of a tenant at one provider."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.database import Instant, Json, PartRecord, TenantRecord, tenant_reference, tenant_table


class Provider(StrEnum):
    TWILIO = "twilio"
    SANDBOX = "sandbox"


class Channel(TenantRecord):
    """Webhooks reach `/webhooks/{provider}/{token}`; the token names the channel and is no secret by itself."""

    __tablename__ = "channels"
    __table_args__ = tenant_table(
        Index("uq_channels_token", "token", unique=True), UniqueConstraint("tenant_id", "provider", "address")
    )

    provider: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    """The business's side: `whatsapp:+14155238886`."""
    token: Mapped[str] = mapped_column(Text)
    credentials: Mapped[bytes | None] = mapped_column(LargeBinary)
    """AES-GCM sealed JSON (`backend.security.seal`), bound to tenant and column."""
    config: Mapped[Json] = mapped_column(default=dict)
    """Provider options that are no secrets: send rate, content template ids."""
    enabled: Mapped[bool] = mapped_column(default=True)


class ChannelEvent(PartRecord):
    """What a provider told us, once: unique on (channel, kind, provider's id)."""

    __tablename__ = "channel_events"
    __table_args__ = tenant_table(
        UniqueConstraint("tenant_id", "channel_id", "kind", "provider_id"), tenant_reference("channel_id", "channels")
    )

    channel_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Text)
    """message, or status:<name>."""
    provider_id: Mapped[str] = mapped_column(Text)
    payload: Mapped[Json]
    received_at: Mapped[Instant]
