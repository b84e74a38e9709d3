"""What customers say about being remembered, with time, source and message; files that providers have to erase."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0011"
down_revision: str | None = "0008"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("contacts", sa.Column("memory_withdrawn_at", sa.TIMESTAMP(timezone=True)))
    op.add_column("contacts", sa.Column("memory_withdrawn_source", sa.Text()))
    op.add_column("contacts", sa.Column("memory_message_id", sa.Uuid()))
    op.add_column("conversations", sa.Column("memory_asked_at", sa.TIMESTAMP(timezone=True)))
    op.add_column("erasures", sa.Column("media", JSONB(), nullable=False, server_default=sa.text("'[]'")))
    op.add_column("erasures", sa.Column("media_erased", sa.Integer(), nullable=False, server_default=sa.text("0")))


def downgrade() -> None:
    op.execute("DROP FUNCTION IF EXISTS forget_audited_values(text, text[], text[])")
    for table in ("contacts", "conversations", "erasures"):  # the trigger names columns; the migrate step makes it anew
        op.execute(f"DROP TRIGGER IF EXISTS audit_update ON {table}")
    for column in ("media_erased", "media"):
        op.drop_column("erasures", column)
    op.drop_column("conversations", "memory_asked_at")
    for column in ("memory_message_id", "memory_withdrawn_source", "memory_withdrawn_at"):
        op.drop_column("contacts", column)
