"""What is counted: how much a pair was sent and how often refused (outbox); how it alternates, what was folded, and who
died over it (turns)."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("pair_until", sa.DateTime(timezone=True)))
    op.add_column("outbox", sa.Column("refusals", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("turns", sa.Column("pace", JSONB))
    op.add_column("turns", sa.Column("folded_version", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("turns", sa.Column("deaths", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    for column in ("deaths", "folded_version", "pace"):
        op.drop_column("turns", column)
    op.drop_column("outbox", "refusals")
    op.drop_column("outbox", "pair_until")
