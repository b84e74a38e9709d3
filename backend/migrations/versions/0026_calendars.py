"""Links to calendars of bookings, calendars outside that are read, and how often a booking changed."""

from collections.abc import Sequence

from alembic import op

revision: str = "0026"
down_revision: str | None = "0025"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_STATEMENTS = (
    "ALTER TABLE bookings ADD COLUMN calendar_sequence integer NOT NULL DEFAULT 0",
    """
    CREATE TABLE calendar_links (
        staff_id uuid,
        details text NOT NULL,
        prefix text NOT NULL,
        digest bytea NOT NULL,
        last_read_at timestamptz,
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT pk_calendar_links PRIMARY KEY (tenant_id, id),
        CONSTRAINT uq_calendar_links_digest UNIQUE (digest),
        CONSTRAINT fk_calendar_links_tenant_id_staff_id FOREIGN KEY (tenant_id, staff_id)
            REFERENCES staff (tenant_id, id) ON DELETE CASCADE,
        CONSTRAINT fk_calendar_links_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX ix_calendar_links_staff ON calendar_links (tenant_id, staff_id)",
    """
    CREATE TABLE calendar_feeds (
        staff_id uuid NOT NULL,
        name text NOT NULL,
        host text NOT NULL,
        url bytea NOT NULL,
        due_at timestamptz NOT NULL,
        last_fetched_at timestamptz,
        last_error text,
        failures integer NOT NULL,
        busy integer NOT NULL,
        skipped integer NOT NULL,
        seen jsonb NOT NULL,
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT pk_calendar_feeds PRIMARY KEY (tenant_id, id),
        CONSTRAINT fk_calendar_feeds_tenant_id_staff_id FOREIGN KEY (tenant_id, staff_id)
            REFERENCES staff (tenant_id, id) ON DELETE CASCADE,
        CONSTRAINT fk_calendar_feeds_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX ix_calendar_feeds_staff ON calendar_feeds (tenant_id, staff_id)",
    "CREATE INDEX ix_calendar_feeds_due ON calendar_feeds (due_at)",
    """
    ALTER TABLE busy_times ADD CONSTRAINT fk_busy_times_tenant_id_feed_id
        FOREIGN KEY (tenant_id, feed_id) REFERENCES calendar_feeds (tenant_id, id) ON DELETE CASCADE
    """,
    "CREATE INDEX ix_busy_times_feed ON busy_times (tenant_id, feed_id)",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("ALTER TABLE busy_times DROP CONSTRAINT fk_busy_times_tenant_id_feed_id")
    op.execute("DROP INDEX ix_busy_times_feed")
    op.drop_table("calendar_feeds")
    op.drop_table("calendar_links")
    op.execute("DROP TRIGGER IF EXISTS audit_update ON bookings")
    op.execute("ALTER TABLE bookings DROP COLUMN calendar_sequence")
