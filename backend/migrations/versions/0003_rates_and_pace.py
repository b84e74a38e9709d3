"""What is kept about a pair: how much it was sent (outbox), and how it alternates (turns)."""

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
    op.add_column("turns", sa.Column("pace", JSONB))


def downgrade() -> None:
    op.drop_column("turns", "pace")
    op.drop_column("outbox", "pair_until")
