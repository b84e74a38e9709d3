"""Indexes for what every turn asks: a contact's quotes, follow-ups to withdraw, notes of a turn; what a tenant has due.

Without them a turn of a business with 50,000 turns behind it read 150,000 rows.
"""

from collections.abc import Sequence

from alembic import op
from sqlalchemy import text

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_PENDING = "status IN ('queued', 'sending', 'unknown')"


def upgrade() -> None:
    op.create_index("ix_quotes_contact", "quotes", ["tenant_id", "contact_id"])
    op.create_index("ix_observations_turn", "observations", ["tenant_id", "turn_id"])
    op.create_index(
        "ix_follow_ups_conversation",
        "follow_ups",
        ["tenant_id", "conversation_id"],
        postgresql_where=text("status = 'scheduled'"),
    )
    op.drop_index("ix_outbox_due")
    op.create_index("ix_outbox_due", "outbox", ["tenant_id", "due_at"], postgresql_where=text(_PENDING))


def downgrade() -> None:
    op.drop_index("ix_outbox_due")
    op.create_index("ix_outbox_due", "outbox", ["due_at"], postgresql_where=text(_PENDING))
    for name in ("ix_quotes_contact", "ix_observations_turn", "ix_follow_ups_conversation"):
        op.drop_index(name)
