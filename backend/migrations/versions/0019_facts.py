"""What is known of contacts has a history, their stage is told, and questions nobody answered can be settled."""

from collections.abc import Sequence
from pathlib import Path

from alembic import op

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_STATEMENTS = Path(__file__).with_suffix(".sql")
_TELL_OF_CONTACT = """
CREATE OR REPLACE FUNCTION tell_of_contact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO events (tenant_id, kind, subject_id, contact_id, created_at)
    VALUES (NEW.tenant_id, CASE TG_OP WHEN 'INSERT' THEN 'contact.created' ELSE 'contact.updated' END, NEW.id, NEW.id,
            NEW.updated_at);
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    connection = op.get_bind().connection.driver_connection
    assert connection is not None
    connection.execute(_STATEMENTS.read_text())


def downgrade() -> None:
    op.execute(_TELL_OF_CONTACT)
    for table in ("quotes", "holds", "orders", "bookings"):
        for name in ("stages_of_new", "stages"):
            op.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
    op.drop_column("assists", "message_id")
    op.drop_index("ix_observations_unanswered")
    op.drop_index("ix_holds_contact")
    for table in ("question_states", "contact_stages", "contact_facts"):
        op.drop_table(table)
    op.execute("DROP FUNCTION question_key(jsonb)")
    op.execute("DROP FUNCTION stage_falls_due()")
    op.execute("DROP FUNCTION look_at_stage(uuid, uuid, timestamptz)")
    op.execute("DROP FUNCTION tell_of_stage()")
