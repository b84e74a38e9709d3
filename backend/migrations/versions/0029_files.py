"""Files that businesses upload."""

from collections.abc import Sequence

from alembic import op

revision: str = "0029"
down_revision: str | None = "0028"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_STATEMENTS = (
    """
    CREATE TABLE files (
        name text NOT NULL,
        content_type text NOT NULL,
        size bigint NOT NULL,
        sha256 text NOT NULL,
        blob uuid NOT NULL,
        purpose text NOT NULL,
        caption text NOT NULL,
        sendable boolean NOT NULL,
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT pk_files PRIMARY KEY (tenant_id, id),
        CONSTRAINT ck_files_size_not_negative CHECK (size >= 0),
        CONSTRAINT fk_files_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX ix_files_sha256 ON files (tenant_id, sha256)",
    "CREATE INDEX ix_files_sendable ON files (tenant_id, id) WHERE sendable",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("files")
