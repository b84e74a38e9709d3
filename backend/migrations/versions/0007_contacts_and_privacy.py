"""What a contact agreed to, what was merged, exported and erased."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_INSTANTS = ("opted_in_at", "memory_consent_at", "archived_at", "erased_at")
_WORDS = ("email", "opted_out_source", "opted_in_source", "memory_consent_source")
_OF_TENANT = "CONSTRAINT fk_{0}_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE"
_OF_CONTACT = (
    "CONSTRAINT fk_{0}_tenant_id_{1} FOREIGN KEY (tenant_id, {1}) REFERENCES contacts (tenant_id, id) ON DELETE CASCADE"
)

_TABLES = (
    f"""
    CREATE TABLE contact_notes (
        contact_id uuid NOT NULL,
        author text NOT NULL,
        body text NOT NULL,
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT pk_contact_notes PRIMARY KEY (tenant_id, id),
        {_OF_CONTACT.format("contact_notes", "contact_id")},
        {_OF_TENANT.format("contact_notes")}
    )
    """,
    "CREATE INDEX ix_contact_notes_contact ON contact_notes (tenant_id, contact_id, id)",
    f"""
    CREATE TABLE contact_fields (
        key text NOT NULL,
        label text NOT NULL,
        kind text NOT NULL,
        choices jsonb NOT NULL,
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT pk_contact_fields PRIMARY KEY (tenant_id, id),
        CONSTRAINT uq_contact_fields_tenant_id_key UNIQUE (tenant_id, key),
        {_OF_TENANT.format("contact_fields")}
    )
    """,
    f"""
    CREATE TABLE contact_merges (
        kept_id uuid NOT NULL,
        merged_id uuid NOT NULL,
        moved jsonb NOT NULL,
        before jsonb NOT NULL,
        undo_until timestamptz NOT NULL,
        undone_at timestamptz,
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT pk_contact_merges PRIMARY KEY (tenant_id, id),
        {_OF_CONTACT.format("contact_merges", "kept_id")},
        {_OF_CONTACT.format("contact_merges", "merged_id")},
        {_OF_TENANT.format("contact_merges")}
    )
    """,
    "CREATE INDEX ix_contact_merges_kept ON contact_merges (tenant_id, kept_id)",
    "CREATE INDEX ix_contact_merges_merged ON contact_merges (tenant_id, merged_id)",
    f"""
    CREATE TABLE erasures (
        reason text NOT NULL,
        contact_id uuid,
        requested_by text NOT NULL,
        status text NOT NULL,
        counts jsonb NOT NULL,
        threads jsonb NOT NULL,
        threads_erased integer NOT NULL,
        attempts integer NOT NULL,
        due_at timestamptz NOT NULL,
        finished_at timestamptz,
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT pk_erasures PRIMARY KEY (tenant_id, id),
        {_OF_TENANT.format("erasures")}
    )
    """,
    "CREATE INDEX ix_erasures_due ON erasures (due_at) WHERE status = 'running'",
    "CREATE INDEX ix_erasures_contact ON erasures (tenant_id, contact_id)",
)


def upgrade() -> None:
    for name in _INSTANTS:
        op.add_column("contacts", sa.Column(name, sa.DateTime(timezone=True)))
    for name in _WORDS:
        op.add_column("contacts", sa.Column(name, sa.Text))
    op.add_column("contacts", sa.Column("merged_into", sa.Uuid))
    op.execute("CREATE INDEX ix_contacts_email ON contacts (tenant_id, email) WHERE email IS NOT NULL")
    op.add_column("contacts", sa.Column("sort_name", sa.Text, sa.Computed("coalesce(lower(name), '')", persisted=True)))
    op.create_index("ix_contacts_name", "contacts", ["tenant_id", "sort_name", "id"])
    op.execute("CREATE INDEX ix_contacts_archived ON contacts (tenant_id, id) WHERE archived_at IS NOT NULL")
    op.create_index("ix_contacts_seen", "contacts", ["tenant_id", "last_seen_at", "id"])
    op.create_index("ix_identities_contact", "identities", ["tenant_id", "contact_id"])
    op.add_column("conversations", sa.Column("folded_into", sa.Uuid))
    op.execute(
        "CREATE UNIQUE INDEX uq_conversations_contact ON conversations (tenant_id, channel_id, contact_id) "
        "WHERE folded_into IS NULL"
    )
    op.drop_constraint("uq_conversations_tenant_id_channel_id_contact_id", "conversations")
    op.create_index("ix_conversations_owner", "conversations", ["tenant_id", "contact_id"])
    for statement in _TABLES:
        op.execute(statement)


def downgrade() -> None:
    """Contacts that were merged stay apart from their conversations' new owner."""
    for table in ("erasures", "contact_merges", "contact_fields", "contact_notes"):
        op.drop_table(table)
    # The audit trail's triggers look at every column; each migrate step makes them anew.
    for table in ("contacts", "conversations"):
        op.execute(f"DROP TRIGGER IF EXISTS audit_update ON {table}")
    op.drop_index("ix_conversations_owner", "conversations")
    op.create_unique_constraint(
        "uq_conversations_tenant_id_channel_id_contact_id", "conversations", ["tenant_id", "channel_id", "contact_id"]
    )
    op.drop_index("uq_conversations_contact", "conversations")
    op.drop_column("conversations", "folded_into")
    op.drop_index("ix_identities_contact", "identities")
    op.drop_index("ix_contacts_seen", "contacts")
    op.drop_index("ix_contacts_archived", "contacts")
    op.drop_index("ix_contacts_name", "contacts")
    op.drop_index("ix_contacts_email", "contacts")
    for name in ("sort_name", "merged_into", *_WORDS, *_INSTANTS):
        op.drop_column("contacts", name)
