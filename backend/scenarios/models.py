"""A tenant's scenario: what a customer says, and what must come of it."""

from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.database import Json, JsonList, TenantRecord, tenant_reference, tenant_table


class Scenario(TenantRecord):
    """A chat of nobody: names, numbers, addresses and codes are taken out of what came from a conversation."""

    __tablename__ = "scenarios"
    __table_args__ = tenant_table(
        tenant_reference("conversation_id", "conversations", ondelete="SET NULL"),
        Index("ix_scenarios_conversation", "tenant_id", "conversation_id"),
    )

    title: Mapped[str] = mapped_column(Text)
    chat: Mapped[JsonList]
    """[{"says", "hears": [...], "never_hears": [...], "like"}]; see `backend.scenarios.schemas.Said`."""
    expect: Mapped[Json]
    """{"outcome", "does": [tools], "never_does": [tools], "state"}; see `backend.scenarios.end_state.EndState`."""
    held_out: Mapped[bool] = mapped_column(default=True)
    """Kept for judging: nothing is learnt from it."""
    source: Mapped[str] = mapped_column(Text)
    """takeover or manual."""
    conversation_id: Mapped[UUID | None]
    """Where it came from."""
    made_by: Mapped[str] = mapped_column(Text)
