"""Which request changed a row."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("audit", sa.Column("request_id", sa.Text(), nullable=True))
    known = sa.text("request_id IS NOT NULL")
    op.create_index("ix_audit_request", "audit", ["tenant_id", "request_id"], postgresql_where=known)


def downgrade() -> None:
    op.drop_index("ix_audit_request")
    op.drop_column("audit", "request_id")
