"""HTTP tools that tenants declare, the secrets that they send, and the history of their calls."""

from collections.abc import Sequence

from alembic import op

_TABLES = (
    """
    CREATE TABLE tenant_tools (
        name text NOT NULL,
        description text NOT NULL,
        method text NOT NULL,
        url text NOT NULL,
        parameters jsonb NOT NULL,
        query jsonb NOT NULL,
        headers jsonb NOT NULL,
        body jsonb,
        timeout_seconds integer NOT NULL,
        retries integer NOT NULL,
        repeatable boolean NOT NULL,
        picks jsonb NOT NULL,
        result_characters integer NOT NULL,
        irreversible boolean NOT NULL,
        enabled boolean NOT NULL,
        failures integer NOT NULL,
        paused_until timestamptz,
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT pk_tenant_tools PRIMARY KEY (tenant_id, id),
        CONSTRAINT uq_tenant_tools_tenant_id_name UNIQUE (tenant_id, name),
        CONSTRAINT fk_tenant_tools_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE tool_secrets (
        name text NOT NULL,
        host text NOT NULL,
        value bytea NOT NULL,
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT pk_tool_secrets PRIMARY KEY (tenant_id, id),
        CONSTRAINT uq_tool_secrets_tenant_id_name UNIQUE (tenant_id, name),
        CONSTRAINT fk_tool_secrets_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE tool_executions (
        tool_id uuid NOT NULL,
        conversation_id uuid,
        turn_id uuid,
        outcome text NOT NULL,
        status integer,
        error text,
        milliseconds integer,
        tries integer NOT NULL,
        size integer,
        excerpt text NOT NULL,
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT pk_tool_executions PRIMARY KEY (tenant_id, id),
        CONSTRAINT fk_tool_executions_tenant_id_tool_id FOREIGN KEY (tenant_id, tool_id)
            REFERENCES tenant_tools (tenant_id, id) ON DELETE CASCADE,
        CONSTRAINT fk_tool_executions_tenant_id_conversation_id FOREIGN KEY (tenant_id, conversation_id)
            REFERENCES conversations (tenant_id, id) ON DELETE CASCADE,
        CONSTRAINT fk_tool_executions_tenant_id_turn_id FOREIGN KEY (tenant_id, turn_id)
            REFERENCES turns (tenant_id, id) ON DELETE CASCADE,
        CONSTRAINT fk_tool_executions_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX ix_tool_executions_tool ON tool_executions (tenant_id, tool_id, id)",
    "CREATE INDEX ix_tool_executions_conversation ON tool_executions (tenant_id, conversation_id)",
    "CREATE INDEX ix_tool_executions_turn ON tool_executions (tenant_id, turn_id)",
)

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    for statement in _TABLES:
        op.execute(statement)


def downgrade() -> None:
    for table in ("tool_executions", "tool_secrets", "tenant_tools"):
        op.drop_table(table)
