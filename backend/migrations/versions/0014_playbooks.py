"""Playbooks have named parts, a draft, and say who published them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_DRAFTS = """
CREATE TABLE playbook_drafts (
    base_version integer NOT NULL,
    saved_by text NOT NULL,
    voice text NOT NULL,
    policies text NOT NULL,
    instructions text NOT NULL,
    guidelines jsonb NOT NULL,
    lessons jsonb NOT NULL,
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT pk_playbook_drafts PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_playbook_drafts_tenant_id UNIQUE (tenant_id),
    CONSTRAINT fk_playbook_drafts_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
)
"""


def upgrade() -> None:
    for name in ("voice", "policies", "note"):
        op.add_column("playbooks", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.add_column("playbooks", sa.Column("guidelines", JSONB(), nullable=False, server_default=sa.text("'[]'")))
    op.add_column("playbooks", sa.Column("published_by", sa.Text()))
    op.add_column("playbooks", sa.Column("restores", sa.Integer()))
    op.execute(_DRAFTS)


def downgrade() -> None:
    op.drop_table("playbook_drafts")
    # The audit trail's trigger names columns; the migrate step makes it anew.
    op.execute("DROP TRIGGER IF EXISTS audit_update ON playbooks")
    for name in ("restores", "published_by", "guidelines", "note", "policies", "voice"):
        op.drop_column("playbooks", name)
