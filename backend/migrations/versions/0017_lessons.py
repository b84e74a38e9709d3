"""Lessons have a life: what they rest on, where they hold, who published them and took them back."""

from collections.abc import Sequence

from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_UP = (
    """
    ALTER TABLE lessons
        ADD COLUMN kind text NOT NULL DEFAULT 'manual',
        ADD COLUMN topic text[] NOT NULL DEFAULT '{}',
        ADD COLUMN worded_by text,
        ADD COLUMN risk text NOT NULL DEFAULT 'high',
        ADD COLUMN channel_id uuid,
        ADD COLUMN share integer,
        ADD COLUMN version integer,
        ADD COLUMN published_at timestamptz,
        ADD COLUMN published_by text,
        ADD COLUMN override jsonb,
        ADD COLUMN rolled_back_at timestamptz,
        ADD COLUMN rolled_back_by text,
        ADD CONSTRAINT fk_lessons_tenant_id_channel_id FOREIGN KEY (tenant_id, channel_id)
            REFERENCES channels (tenant_id, id) ON DELETE CASCADE
    """,
    "CREATE INDEX ix_lessons_beside ON lessons (tenant_id) WHERE status = 'published' AND version IS NULL",
    """
    CREATE TABLE lesson_grounds (
        lesson_id uuid NOT NULL,
        observation_id uuid,
        contact_id uuid NOT NULL,
        source text NOT NULL,
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT pk_lesson_grounds PRIMARY KEY (tenant_id, id),
        CONSTRAINT uq_lesson_grounds_tenant_id_lesson_id_observation_id UNIQUE (tenant_id, lesson_id, observation_id),
        CONSTRAINT fk_lesson_grounds_tenant_id_lesson_id FOREIGN KEY (tenant_id, lesson_id)
            REFERENCES lessons (tenant_id, id) DEFERRABLE INITIALLY DEFERRED,
        CONSTRAINT fk_lesson_grounds_tenant_id_observation_id FOREIGN KEY (tenant_id, observation_id)
            REFERENCES observations (tenant_id, id) ON DELETE SET NULL (observation_id),
        CONSTRAINT fk_lesson_grounds_tenant_id_contact_id FOREIGN KEY (tenant_id, contact_id)
            REFERENCES contacts (tenant_id, id) ON DELETE CASCADE,
        CONSTRAINT fk_lesson_grounds_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX ix_lesson_grounds_observation ON lesson_grounds (tenant_id, observation_id)",
    "CREATE INDEX ix_lesson_grounds_contact ON lesson_grounds (tenant_id, contact_id)",
    """
    INSERT INTO lesson_grounds (tenant_id, id, lesson_id, observation_id, contact_id, source, created_at, updated_at)
    SELECT lessons.tenant_id, gen_random_uuid(), lessons.id, observations.id, conversations.contact_id, 'contact',
        lessons.created_at, lessons.created_at
    FROM lessons
    JOIN observations ON observations.tenant_id = lessons.tenant_id AND observations.id = lessons.observation_id
    JOIN conversations ON conversations.tenant_id = observations.tenant_id
        AND conversations.id = observations.conversation_id
    """,
    "SET CONSTRAINTS ALL IMMEDIATE",
    "UPDATE lessons SET kind = 'unanswered' WHERE observation_id IS NOT NULL",
    # The audit trail's trigger names columns; the migrate step makes it anew.
    "DROP TRIGGER IF EXISTS audit_update ON lessons",
    "ALTER TABLE lessons DROP COLUMN observation_id",
    """
    CREATE FUNCTION tell_of_lesson() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO events (tenant_id, kind, subject_id, data, created_at)
        VALUES (NEW.tenant_id, 'lesson.' || CASE TG_OP WHEN 'INSERT' THEN 'proposed' ELSE NEW.status END, NEW.id,
                jsonb_build_object('kind', NEW.kind, 'risk', NEW.risk, 'share', NEW.share), NEW.updated_at);
        RETURN NULL;
    END $$
    """,
    "CREATE TRIGGER events_of_new AFTER INSERT ON lessons FOR EACH ROW EXECUTE FUNCTION tell_of_lesson()",
    """
    CREATE TRIGGER events AFTER UPDATE ON lessons FOR EACH ROW
        WHEN (NEW.status IN ('published', 'rolled_back')
            AND (OLD.status <> NEW.status OR OLD.share IS DISTINCT FROM NEW.share))
        EXECUTE FUNCTION tell_of_lesson()
    """,
)
_DOWN = (
    "DROP TRIGGER events ON lessons",
    "DROP TRIGGER events_of_new ON lessons",
    "DROP FUNCTION tell_of_lesson()",
    "DROP TRIGGER IF EXISTS audit_update ON lessons",
    """
    ALTER TABLE lessons ADD COLUMN observation_id uuid,
        ADD CONSTRAINT fk_lessons_tenant_id_observation_id FOREIGN KEY (tenant_id, observation_id)
            REFERENCES observations (tenant_id, id) ON DELETE SET NULL (observation_id)
    """,
    """
    UPDATE lessons SET observation_id = (
        SELECT observation_id FROM lesson_grounds
        WHERE lesson_grounds.tenant_id = lessons.tenant_id AND lesson_grounds.lesson_id = lessons.id
            AND observation_id IS NOT NULL
        LIMIT 1
    )
    """,
    "DROP TABLE lesson_grounds",
    "DROP INDEX ix_lessons_beside",
    """
    ALTER TABLE lessons DROP COLUMN kind, DROP COLUMN topic, DROP COLUMN worded_by, DROP COLUMN risk,
        DROP COLUMN channel_id, DROP COLUMN share, DROP COLUMN version, DROP COLUMN published_at,
        DROP COLUMN published_by, DROP COLUMN override, DROP COLUMN rolled_back_at, DROP COLUMN rolled_back_by
    """,
)


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWN:
        op.execute(statement)
