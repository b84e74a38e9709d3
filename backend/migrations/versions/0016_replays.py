"""Replays of playbooks, and the scenarios of tenants that they play."""

from collections.abc import Sequence

from alembic import op

_STATEMENTS = (
    """
    CREATE TABLE replays (
        lesson_id uuid,
        base_version integer NOT NULL,
        base jsonb NOT NULL,
        candidate jsonb NOT NULL,
        conversations integer NOT NULL,
        scenarios boolean NOT NULL,
        runs integer NOT NULL,
        asked_by text NOT NULL,
        cases jsonb NOT NULL,
        status text NOT NULL,
        reason text,
        verdict text,
        confidence double precision,
        machinery_only boolean NOT NULL,
        report jsonb NOT NULL,
        cost_micros bigint NOT NULL,
        due_at timestamptz NOT NULL,
        attempt integer NOT NULL,
        tries integer NOT NULL,
        lease_until timestamptz,
        lease_owner text,
        finished_at timestamptz,
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT pk_replays PRIMARY KEY (tenant_id, id),
        CONSTRAINT fk_replays_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX ix_replays_due ON replays (due_at) WHERE status = 'waiting'",
    "CREATE INDEX ix_replays_lesson ON replays (tenant_id, lesson_id, id)",
    """
    CREATE TABLE scenarios (
        title text NOT NULL,
        chat jsonb NOT NULL,
        expect jsonb NOT NULL,
        held_out boolean NOT NULL,
        source text NOT NULL,
        conversation_id uuid,
        made_by text NOT NULL,
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT pk_scenarios PRIMARY KEY (tenant_id, id),
        CONSTRAINT fk_scenarios_tenant_id_conversation_id FOREIGN KEY (tenant_id, conversation_id)
            REFERENCES conversations (tenant_id, id) ON DELETE SET NULL (conversation_id),
        CONSTRAINT fk_scenarios_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX ix_scenarios_conversation ON scenarios (tenant_id, conversation_id)",
    """
    CREATE FUNCTION tell_of_replay() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO events (tenant_id, kind, subject_id, data, created_at)
        VALUES (NEW.tenant_id, 'replay.finished', NEW.id,
                jsonb_build_object('status', NEW.status, 'verdict', NEW.verdict, 'lesson_id', NEW.lesson_id),
                NEW.updated_at);
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER events AFTER UPDATE ON replays FOR EACH ROW
        WHEN (OLD.status <> NEW.status AND NEW.status <> 'waiting') EXECUTE FUNCTION tell_of_replay()
    """,
)

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("scenarios")
    op.execute("DROP TRIGGER events ON replays")
    op.execute("DROP FUNCTION tell_of_replay()")
    op.drop_table("replays")
