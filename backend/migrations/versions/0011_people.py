"""What customers say about being remembered, in the chat, with time, source and message."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0008"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("contacts", sa.Column("memory_withdrawn_at", sa.TIMESTAMP(timezone=True)))
    op.add_column("contacts", sa.Column("memory_withdrawn_source", sa.Text()))
    op.add_column("contacts", sa.Column("memory_message_id", sa.Uuid()))
    op.add_column("conversations", sa.Column("memory_asked_at", sa.TIMESTAMP(timezone=True)))


def downgrade() -> None:
    op.execute("DROP FUNCTION IF EXISTS forget_audited_values(text, text[], text[])")
    for table in ("contacts", "conversations"):  # the trigger names columns; the migrate step makes it anew
        op.execute(f"DROP TRIGGER IF EXISTS audit_update ON {table}")
    op.drop_column("conversations", "memory_asked_at")
    for column in ("memory_message_id", "memory_withdrawn_source", "memory_withdrawn_at"):
        op.drop_column("contacts", column)
