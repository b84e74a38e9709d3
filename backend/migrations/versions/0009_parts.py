"""What is part of another row has its tenant from there, and locks the tenant's row no more."""

from collections.abc import Sequence

from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_PARTS = (
    "channel_events",
    "messages",
    "turns",
    "reflections",
    "journal",
    "evidence",
    "claims",
    "proposals",
    "outbox",
    "observations",
)


def upgrade() -> None:
    for table in _PARTS:
        op.drop_constraint(f"fk_{table}_tenant_id", table, type_="foreignkey")


def downgrade() -> None:
    for table in _PARTS:
        op.create_foreign_key(f"fk_{table}_tenant_id", table, "tenants", ["tenant_id"], ["id"], ondelete="CASCADE")
