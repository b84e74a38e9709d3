"""Of a long chat's evidence the newest rows are read: their order is the index's."""

from collections.abc import Sequence

from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_index("ix_evidence_newest", "evidence", ["tenant_id", "conversation_id", "id"])
    op.drop_index("ix_evidence_live", "evidence")


def downgrade() -> None:
    op.create_index("ix_evidence_live", "evidence", ["tenant_id", "conversation_id", "expires_at"])
    op.drop_index("ix_evidence_newest", "evidence")
