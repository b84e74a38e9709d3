"""Tools that a tenant declares, the secrets that they may send, and what became of each call."""

from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.database import Instant, Json, TenantRecord, tenant_reference, tenant_table


class TenantTool(TenantRecord):
    """An HTTP call that the agent may make for one tenant."""

    __tablename__ = "tenant_tools"
    __table_args__ = tenant_table(UniqueConstraint("tenant_id", "name"))

    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    method: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(Text)
    parameters: Mapped[Json]
    """JSON schema, of the subset in `parameters.py`."""
    query: Mapped[Json]
    headers: Mapped[Json]
    body: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """Templates; see `templates.py`."""
    timeout_seconds: Mapped[int]
    retries: Mapped[int]
    repeatable: Mapped[bool]
    """The tenant says that the same call may be made twice without harm."""
    picks: Mapped[Json]
    """{name: JSON pointer}; empty: the whole answer."""
    result_characters: Mapped[int]
    irreversible: Mapped[bool]
    enabled: Mapped[bool]
    failures: Mapped[int] = mapped_column(default=0)
    """In a row, up to now."""
    paused_until: Mapped[Instant | None]
    """Machine time; until then it is not called, and then by one caller who tries."""


class ToolSecret(TenantRecord):
    """A value that tools name and nobody reads."""

    __tablename__ = "tool_secrets"
    __table_args__ = tenant_table(UniqueConstraint("tenant_id", "name"))

    name: Mapped[str] = mapped_column(Text)
    host: Mapped[str] = mapped_column(Text)
    """The only host that it is sent to, with its port if that is not 443."""
    value: Mapped[bytes] = mapped_column(LargeBinary)
    """Sealed {"value": "..."}."""


class ToolExecution(TenantRecord):
    """One call of a tool: made before the request leaves, told of when it came back."""

    __tablename__ = "tool_executions"
    __table_args__ = tenant_table(
        tenant_reference("tool_id", "tenant_tools"),
        tenant_reference("conversation_id", "conversations"),
        tenant_reference("turn_id", "turns"),
        Index("ix_tool_executions_tool", "tenant_id", "tool_id", "id"),
        Index("ix_tool_executions_conversation", "tenant_id", "conversation_id"),
        Index("ix_tool_executions_turn", "tenant_id", "turn_id"),
    )

    tool_id: Mapped[UUID]
    conversation_id: Mapped[UUID | None]
    turn_id: Mapped[UUID | None]
    """None: somebody tried it by hand."""
    outcome: Mapped[str] = mapped_column(Text)
    """answered, refused, failed, or unclear: it left, and nobody knows what became of it."""
    status: Mapped[int | None]
    """Of HTTP."""
    error: Mapped[str | None] = mapped_column(Text)
    milliseconds: Mapped[int | None]
    tries: Mapped[int] = mapped_column(default=0)
    size: Mapped[int | None]
    """Bytes of the answer that were read."""
    excerpt: Mapped[str] = mapped_column(Text, default="")
    """The beginning of the answer, masked."""
