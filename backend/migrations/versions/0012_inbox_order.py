"""Conversations by their latest activity, orders by when they were placed."""

from collections.abc import Sequence

from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.execute("ALTER TABLE conversations ADD COLUMN active_at timestamptz")
    # Written by the change of its type, which row-level security and the triggers of changes take no part in.
    op.execute(
        "ALTER TABLE conversations ALTER COLUMN active_at TYPE timestamptz "
        "USING greatest(created_at, last_inbound_at), ALTER COLUMN active_at SET NOT NULL"
    )
    op.execute("CREATE INDEX ix_conversations_active ON conversations (tenant_id, active_at, id)")
    op.execute("CREATE INDEX ix_orders_created ON orders (tenant_id, created_at, id)")


def downgrade() -> None:
    op.drop_index("ix_orders_created")
    op.drop_index("ix_conversations_active")
    # The audit trail's triggers look at every column; each migrate step makes them anew.
    op.execute("DROP TRIGGER IF EXISTS audit_update ON conversations")
    op.drop_column("conversations", "active_at")
