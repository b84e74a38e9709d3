"""Group sessions with seats, resources, and the zone in which a booking was made."""

from collections.abc import Sequence
from pathlib import Path

from alembic import op

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_STATEMENTS = Path(__file__).with_suffix(".sql")
_BACK = (
    "DROP TRIGGER events_of_deleted ON bookings",
    "DROP FUNCTION tell_of_deleted_booking()",
    "DROP TRIGGER seats_taken ON allocations",
    "DROP TRIGGER seats_kept ON allocations",
    "DROP TRIGGER seats_left ON allocations",
    "DROP FUNCTION seats_changed()",
    "ALTER TABLE allocations NO FORCE ROW LEVEL SECURITY",
    "DELETE FROM allocations WHERE staff_id IS NULL OR session_id IS NOT NULL",
    """
    ALTER TABLE allocations
        DROP CONSTRAINT ex_allocations_overlap,
        DROP CONSTRAINT ck_allocations_allocation_owner,
        DROP CONSTRAINT ck_allocations_allocation_subject,
        DROP COLUMN subject_id, DROP COLUMN resource_id, DROP COLUMN session_id, DROP COLUMN seat,
        ALTER COLUMN staff_id SET NOT NULL,
        ADD CONSTRAINT ex_allocations_overlap EXCLUDE USING gist (
            uuidrange(staff_id, staff_id, '[]') WITH &&, tstzrange(starts_at, ends_at) WITH &&)
    """,
    "CREATE INDEX ix_allocations_staff ON allocations (tenant_id, staff_id, starts_at)",
    "ALTER TABLE allocations FORCE ROW LEVEL SECURITY",
    "DROP TRIGGER IF EXISTS audit_update ON bookings",
    "ALTER TABLE bookings DROP COLUMN session_id, DROP COLUMN resource_names, DROP COLUMN timezone",
    "DROP TABLE group_sessions",
    "DROP TABLE service_resources",
    "DROP TABLE resources",
    "DROP TRIGGER IF EXISTS audit_update ON services",
    "ALTER TABLE services DROP COLUMN capacity",
)


def upgrade() -> None:
    connection = op.get_bind().connection.driver_connection
    assert connection is not None
    connection.execute(_STATEMENTS.read_text())


def downgrade() -> None:
    for statement in _BACK:
        op.execute(statement)
