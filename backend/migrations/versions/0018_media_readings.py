"""What machines read in the files that customers sent, and pictures of products."""

from collections.abc import Sequence

from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_READINGS = (
    """
    CREATE TABLE media_readings (
        conversation_id uuid NOT NULL,
        message_id uuid NOT NULL,
        place integer NOT NULL,
        content_hash text NOT NULL,
        content_type text NOT NULL,
        kind text NOT NULL,
        text text NOT NULL,
        language text,
        model text NOT NULL,
        cost_micros bigint NOT NULL,
        details jsonb NOT NULL,
        order_id uuid,
        review text,
        reviewed_by text,
        reviewed_at timestamptz,
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT pk_media_readings PRIMARY KEY (tenant_id, id),
        CONSTRAINT uq_media_readings_tenant_id_message_id_place UNIQUE (tenant_id, message_id, place),
        CONSTRAINT fk_media_readings_tenant_id_conversation_id FOREIGN KEY (tenant_id, conversation_id)
            REFERENCES conversations (tenant_id, id) ON DELETE CASCADE,
        CONSTRAINT fk_media_readings_tenant_id_message_id FOREIGN KEY (tenant_id, message_id)
            REFERENCES messages (tenant_id, id) ON DELETE CASCADE,
        CONSTRAINT fk_media_readings_tenant_id_order_id FOREIGN KEY (tenant_id, order_id)
            REFERENCES orders (tenant_id, id) ON DELETE SET NULL (order_id)
    )
    """,
    "CREATE INDEX ix_media_readings_content ON media_readings (tenant_id, content_hash)",
    "CREATE INDEX ix_media_readings_conversation ON media_readings (tenant_id, conversation_id, id)",
    "CREATE INDEX ix_media_readings_order ON media_readings (tenant_id, order_id) WHERE order_id IS NOT NULL",
    "CREATE INDEX ix_media_readings_review ON media_readings (tenant_id, id) WHERE review IS NOT NULL",
)


def upgrade() -> None:
    op.execute("ALTER TABLE products ADD COLUMN images jsonb NOT NULL DEFAULT '[]'")
    for statement in _READINGS:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("media_readings")
    # The audit trail's trigger names columns; the migrate step makes it anew.
    op.execute("DROP TRIGGER IF EXISTS audit_update ON products")
    op.drop_column("products", "images")
