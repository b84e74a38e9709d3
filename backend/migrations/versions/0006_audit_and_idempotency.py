"""Who changed what, which request was made before, and what the operator should know."""

from collections.abc import Sequence

from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TABLES = (
    """
    CREATE TABLE audit (
        tenant_id uuid NOT NULL,
        sequence bigint GENERATED ALWAYS AS IDENTITY,
        at timestamptz NOT NULL,
        actor text NOT NULL,
        action text NOT NULL,
        table_name text NOT NULL,
        row_id text NOT NULL,
        changes jsonb,
        CONSTRAINT pk_audit PRIMARY KEY (tenant_id, sequence),
        CONSTRAINT fk_audit_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX ix_audit_row ON audit (tenant_id, table_name, row_id, sequence)",
    "CREATE INDEX ix_audit_actor ON audit (tenant_id, actor, sequence)",
    "CREATE INDEX ix_audit_at ON audit (tenant_id, at)",
    """
    CREATE TABLE incidents (
        id uuid NOT NULL,
        tenant_id uuid,
        at timestamptz NOT NULL,
        severity text NOT NULL,
        source text NOT NULL,
        kind text NOT NULL,
        message text NOT NULL,
        details jsonb NOT NULL,
        CONSTRAINT pk_incidents PRIMARY KEY (id),
        CONSTRAINT fk_incidents_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX ix_incidents_severity ON incidents (severity, id)",
    "CREATE INDEX ix_incidents_source ON incidents (source, id)",
    "CREATE INDEX ix_incidents_tenant ON incidents (tenant_id, id)",
    """
    CREATE TABLE idempotency (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        caller text NOT NULL,
        route text NOT NULL,
        key_digest bytea NOT NULL,
        fingerprint_digest bytea NOT NULL,
        attempt integer NOT NULL,
        lease_until timestamptz NOT NULL,
        effect_at timestamptz,
        status integer,
        answer bytea,
        expires_at timestamptz NOT NULL,
        CONSTRAINT pk_idempotency PRIMARY KEY (tenant_id, id),
        CONSTRAINT uq_idempotency_tenant_id_caller_route_key_digest UNIQUE (tenant_id, caller, route, key_digest)
    )
    """,
    "CREATE INDEX ix_idempotency_expiry ON idempotency (expires_at)",
)


def upgrade() -> None:
    for statement in _TABLES:
        op.execute(statement)


def downgrade() -> None:
    for table in ("idempotency", "incidents", "audit"):
        op.drop_table(table)
    op.execute(
        """
        DO $$ DECLARE one record; BEGIN
            FOR one IN SELECT tgname, tgrelid::regclass AS name FROM pg_trigger
                WHERE tgname IN ('audit_insert', 'audit_update', 'audit_delete') AND NOT tgisinternal
            LOOP EXECUTE format('DROP TRIGGER %I ON %s', one.tgname, one.name); END LOOP;
        END $$
        """
    )
    for function in ("note_change()", "shown_change(jsonb, jsonb)", "forget_audited(text, text[])"):
        op.execute(f"DROP FUNCTION IF EXISTS {function}")
