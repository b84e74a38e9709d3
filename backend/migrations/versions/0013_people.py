"""What customers say about being remembered, with time, source and message; files that providers have to erase."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

_TAGS = (
    """
    CREATE TABLE contact_tags (
        contact_id uuid NOT NULL,
        tag text NOT NULL,
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT pk_contact_tags PRIMARY KEY (tenant_id, id),
        CONSTRAINT uq_contact_tags_tenant_id_tag_contact_id UNIQUE (tenant_id, tag, contact_id),
        CONSTRAINT fk_contact_tags_tenant_id_contact_id FOREIGN KEY (tenant_id, contact_id)
            REFERENCES contacts (tenant_id, id) ON DELETE CASCADE,
        CONSTRAINT fk_contact_tags_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX ix_contact_tags_contact ON contact_tags (tenant_id, contact_id)",
    """
    CREATE FUNCTION keep_contact_tags() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            DELETE FROM contact_tags WHERE tenant_id = NEW.tenant_id AND contact_id = NEW.id
                AND (NEW.merged_into IS NOT NULL OR NEW.erased_at IS NOT NULL OR tag <> ALL (NEW.tags));
        END IF;
        IF NEW.merged_into IS NULL AND NEW.erased_at IS NULL THEN
            INSERT INTO contact_tags (tenant_id, id, contact_id, tag, created_at, updated_at)
            SELECT NEW.tenant_id, gen_random_uuid(), NEW.id, each, NEW.updated_at, NEW.updated_at
            FROM unnest(NEW.tags) AS each
            ON CONFLICT DO NOTHING;
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER tags_of_new AFTER INSERT ON contacts FOR EACH ROW
    WHEN (NEW.tags <> '{}') EXECUTE FUNCTION keep_contact_tags()
    """,
    """
    CREATE TRIGGER tags AFTER UPDATE ON contacts FOR EACH ROW
    WHEN (OLD.tags <> NEW.tags OR OLD.merged_into IS DISTINCT FROM NEW.merged_into
        OR OLD.erased_at IS DISTINCT FROM NEW.erased_at)
    EXECUTE FUNCTION keep_contact_tags()
    """,
    # The owner sees the rows of a table that forces its policies upon it only while it does not.
    "ALTER TABLE contacts NO FORCE ROW LEVEL SECURITY",
    """
    INSERT INTO contact_tags (tenant_id, id, contact_id, tag, created_at, updated_at)
    SELECT DISTINCT ON (contacts.tenant_id, contacts.id, each)
        contacts.tenant_id, gen_random_uuid(), contacts.id, each, contacts.updated_at, contacts.updated_at
    FROM contacts CROSS JOIN unnest(contacts.tags) AS each
    WHERE merged_into IS NULL AND erased_at IS NULL
    """,
    "ALTER TABLE contacts FORCE ROW LEVEL SECURITY",
)

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("contacts", sa.Column("memory_withdrawn_at", sa.TIMESTAMP(timezone=True)))
    op.add_column("contacts", sa.Column("memory_withdrawn_source", sa.Text()))
    op.add_column("contacts", sa.Column("memory_message_id", sa.Uuid()))
    op.add_column("conversations", sa.Column("memory_asked_at", sa.TIMESTAMP(timezone=True)))
    op.add_column("erasures", sa.Column("media", JSONB(), nullable=False, server_default=sa.text("'[]'")))
    op.add_column("erasures", sa.Column("media_erased", sa.Integer(), nullable=False, server_default=sa.text("0")))
    for statement in _TAGS:
        op.execute(statement)


def downgrade() -> None:
    for trigger in ("tags", "tags_of_new"):
        op.execute(f"DROP TRIGGER {trigger} ON contacts")
    op.execute("DROP FUNCTION keep_contact_tags()")
    op.drop_table("contact_tags")
    op.execute("DROP FUNCTION IF EXISTS forget_audited_values(text, text[], text[])")
    for table in ("contacts", "conversations", "erasures"):  # the trigger names columns; the migrate step makes it anew
        op.execute(f"DROP TRIGGER IF EXISTS audit_update ON {table}")
    for column in ("media_erased", "media"):
        op.drop_column("erasures", column)
    op.drop_column("conversations", "memory_asked_at")
    for column in ("memory_message_id", "memory_withdrawn_source", "memory_withdrawn_at"):
        op.drop_column("contacts", column)
