"""Imports of catalogs, what was wrong in their files, and what they changed."""

from collections.abc import Sequence

from alembic import op

revision: str = "0028"
down_revision: str | None = "0027"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_COUNTERS = ("created", "updated", "unchanged", "failed", "hidden", "errors", "notes", "restored", "kept")
_ACTIVE = "status IN ('uploaded', 'checking', 'importing', 'undoing')"
_STATEMENTS = (
    f"""
    CREATE TABLE catalog_imports (
        file_id uuid,
        name text NOT NULL,
        size bigint NOT NULL,
        format text NOT NULL,
        columns jsonb NOT NULL,
        ignored jsonb NOT NULL,
        dry_run boolean NOT NULL,
        missing text NOT NULL,
        asked_by text NOT NULL,
        status text NOT NULL,
        reason text,
        attempt integer NOT NULL,
        tries integer NOT NULL,
        lease_until timestamptz NOT NULL,
        rows integer NOT NULL,
        bytes_read bigint NOT NULL,
        products integer,
        position integer NOT NULL,
        {", ".join(f"{name} integer NOT NULL" for name in _COUNTERS)},
        started_at timestamptz,
        finished_at timestamptz,
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT pk_catalog_imports PRIMARY KEY (tenant_id, id),
        CONSTRAINT fk_catalog_imports_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
    )
    """,
    f"CREATE INDEX ix_catalog_imports_due ON catalog_imports (lease_until) WHERE {_ACTIVE}",
    f"CREATE UNIQUE INDEX ix_catalog_imports_active ON catalog_imports (tenant_id) WHERE {_ACTIVE}",
    """
    CREATE TABLE import_faults (
        import_id uuid NOT NULL,
        level text NOT NULL,
        row integer NOT NULL,
        line integer NOT NULL,
        heading text NOT NULL,
        value text NOT NULL,
        wrong text NOT NULL,
        remedy text NOT NULL,
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT pk_import_faults PRIMARY KEY (tenant_id, id),
        CONSTRAINT fk_import_faults_tenant_id_import_id FOREIGN KEY (tenant_id, import_id)
            REFERENCES catalog_imports (tenant_id, id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX ix_import_faults_import ON import_faults (tenant_id, import_id, row, id)",
    """
    CREATE TABLE import_changes (
        import_id uuid NOT NULL,
        product_id uuid NOT NULL,
        before jsonb,
        after jsonb NOT NULL,
        outcome text,
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT pk_import_changes PRIMARY KEY (tenant_id, id),
        CONSTRAINT uq_import_changes_tenant_id_import_id_product_id UNIQUE (tenant_id, import_id, product_id),
        CONSTRAINT fk_import_changes_tenant_id_import_id FOREIGN KEY (tenant_id, import_id)
            REFERENCES catalog_imports (tenant_id, id) ON DELETE CASCADE,
        CONSTRAINT fk_import_changes_tenant_id_product_id FOREIGN KEY (tenant_id, product_id)
            REFERENCES products (tenant_id, id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX ix_import_changes_product ON import_changes (tenant_id, product_id)",
    "CREATE INDEX ix_import_changes_open ON import_changes (tenant_id, import_id, id) WHERE outcome IS NULL",
    """
    CREATE FUNCTION tell_of_import() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO events (tenant_id, kind, subject_id, data, created_at)
        VALUES (NEW.tenant_id, 'import.finished', NEW.id,
                jsonb_build_object('status', NEW.status, 'created', NEW.created, 'updated', NEW.updated,
                                   'unchanged', NEW.unchanged, 'failed', NEW.failed, 'errors', NEW.errors),
                NEW.updated_at);
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER events AFTER UPDATE ON catalog_imports FOR EACH ROW
        WHEN (OLD.status <> NEW.status AND NEW.status IN ('checked', 'done', 'failed', 'cancelled', 'undone'))
        EXECUTE FUNCTION tell_of_import()
    """,
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TRIGGER events ON catalog_imports")
    op.execute("DROP FUNCTION tell_of_import()")
    op.drop_table("import_changes")
    op.drop_table("import_faults")
    op.drop_table("catalog_imports")
