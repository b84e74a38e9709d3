"""What happened, in order, and whom it is told; words of messages by which they are found."""

from collections.abc import Sequence
from pathlib import Path

from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_STATEMENTS = Path(__file__).with_suffix(".sql")
_TOLD_OF = {
    "messages": "message",
    "outbox": "status",
    "conversations": "conversation",
    "contacts": "contact",
    "handoffs": "handoff",
    "turns": "turn",
    "orders": "order",
    "payments": "payment",
    "bookings": "booking",
    "assists": "assist",
    "hook_endpoints": "hook_endpoint",
}


def upgrade() -> None:
    connection = op.get_bind().connection.driver_connection
    assert connection is not None
    connection.execute(_STATEMENTS.read_text())


def downgrade() -> None:
    for table, noun in _TOLD_OF.items():
        op.execute(f"DROP TRIGGER IF EXISTS events_of_new ON {table}")
        op.execute(f"DROP TRIGGER events ON {table}")
        op.execute(f"DROP FUNCTION tell_of_{noun}()")
    op.drop_index("ix_messages_words")
    op.drop_column("messages", "words")
    op.execute("DROP FUNCTION message_words(uuid, text)")
    op.drop_column("outbox", "template")
    # The audit trail's triggers look at every column; each migrate step makes them anew.
    op.execute("DROP TRIGGER IF EXISTS audit_update ON conversations")
    for index in ("ix_conversations_unread", "ix_conversations_assigned"):
        op.drop_index(index)
    for column in ("assigned_to", "bot_enabled", "read_sequence", "unread_since"):
        op.drop_column("conversations", column)
    for name in ("assists", "hook_deliveries", "hook_endpoints", "events"):
        op.drop_table(name)
