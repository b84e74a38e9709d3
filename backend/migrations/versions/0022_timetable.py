"""Other hours of single days, absences and busy times; bookings that get in their way are told of."""

from collections.abc import Sequence

from alembic import op

revision: str = "0022"
down_revision: str | None = "0020"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_STATEMENTS = (
    """
    CREATE TABLE date_overrides (
        staff_id uuid,
        first_day date NOT NULL,
        last_day date NOT NULL,
        hours jsonb NOT NULL,
        reason text NOT NULL,
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT pk_date_overrides PRIMARY KEY (tenant_id, id),
        CONSTRAINT ck_date_overrides_override_days_in_order CHECK (first_day <= last_day),
        CONSTRAINT fk_date_overrides_tenant_id_staff_id FOREIGN KEY (tenant_id, staff_id)
            REFERENCES staff (tenant_id, id) ON DELETE CASCADE,
        CONSTRAINT fk_date_overrides_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX ix_date_overrides_last_day ON date_overrides (tenant_id, last_day)",
    """
    CREATE TABLE busy_times (
        staff_id uuid NOT NULL,
        starts_at timestamptz NOT NULL,
        ends_at timestamptz NOT NULL,
        reason text NOT NULL,
        feed_id uuid,
        uid text,
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT pk_busy_times PRIMARY KEY (tenant_id, id),
        CONSTRAINT ck_busy_times_busy_time_not_empty CHECK (ends_at > starts_at),
        CONSTRAINT fk_busy_times_tenant_id_staff_id FOREIGN KEY (tenant_id, staff_id)
            REFERENCES staff (tenant_id, id) ON DELETE CASCADE,
        CONSTRAINT fk_busy_times_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX ix_busy_times_staff ON busy_times (tenant_id, staff_id, ends_at)",
    """
    CREATE INDEX ix_bookings_open ON bookings (tenant_id, starts_at, id)
        WHERE status IN ('CONFIRMED', 'IN_PROGRESS')
    """,
    """
    CREATE FUNCTION tell_of_busy_time() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO events (tenant_id, kind, subject_id, conversation_id, contact_id, data, created_at)
        SELECT tenant_id, 'booking.conflicted', id, conversation_id, contact_id,
            jsonb_build_object('code', code, 'status', status, 'starts_at', starts_at, 'ends_at', ends_at,
                'service_id', service_id, 'staff_id', staff_id,
                'reason', CASE WHEN NEW.feed_id IS NULL THEN 'absence' ELSE 'busy_calendar' END),
            NEW.updated_at
        FROM bookings
        WHERE tenant_id = NEW.tenant_id AND staff_id = NEW.staff_id AND status IN ('CONFIRMED', 'IN_PROGRESS')
            AND starts_at < NEW.ends_at AND ends_at > greatest(NEW.starts_at, NEW.updated_at)
            AND starts_at > NEW.starts_at - interval '2 days';
        RETURN NULL;
    END $$
    """,
    "CREATE TRIGGER events AFTER INSERT ON busy_times FOR EACH ROW EXECUTE FUNCTION tell_of_busy_time()",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP INDEX ix_bookings_open")
    op.drop_table("busy_times")
    op.execute("DROP FUNCTION tell_of_busy_time()")
    op.drop_table("date_overrides")
