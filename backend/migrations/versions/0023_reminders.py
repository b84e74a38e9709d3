"""Reminders of bookings, who confirmed to come, and messages that are worth nothing after a certain moment."""

from collections.abc import Sequence

from alembic import op

revision: str = "0023"
down_revision: str | None = "0022"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_STATEMENTS = (
    "ALTER TABLE bookings ADD COLUMN attendance_confirmed_at timestamptz",
    "ALTER TABLE outbox ADD COLUMN expires_at timestamptz",
    """
    CREATE TABLE reminders (
        booking_id uuid NOT NULL,
        minutes_before integer NOT NULL,
        starts_at timestamptz NOT NULL,
        due_at timestamptz NOT NULL,
        status text NOT NULL,
        sent_at timestamptz,
        reason text,
        message_id uuid,
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT pk_reminders PRIMARY KEY (tenant_id, id),
        CONSTRAINT fk_reminders_tenant_id_booking_id FOREIGN KEY (tenant_id, booking_id)
            REFERENCES bookings (tenant_id, id) ON DELETE CASCADE,
        CONSTRAINT fk_reminders_tenant_id_message_id FOREIGN KEY (tenant_id, message_id)
            REFERENCES messages (tenant_id, id) ON DELETE SET NULL (message_id)
    )
    """,
    """
    CREATE UNIQUE INDEX uq_reminders_scheduled ON reminders (tenant_id, booking_id, minutes_before)
        WHERE status = 'scheduled'
    """,
    "CREATE INDEX ix_reminders_due ON reminders (due_at) WHERE status = 'scheduled'",
    "CREATE INDEX ix_reminders_booking ON reminders (tenant_id, booking_id, due_at)",
    "CREATE INDEX ix_reminders_status ON reminders (tenant_id, status, id)",
    "CREATE INDEX ix_reminders_message ON reminders (tenant_id, message_id) WHERE message_id IS NOT NULL",
    """
    CREATE FUNCTION tell_of_reminder() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO events (tenant_id, kind, subject_id, conversation_id, contact_id, data, created_at)
        SELECT NEW.tenant_id, 'reminder.' || NEW.status, NEW.id, bookings.conversation_id, bookings.contact_id,
            jsonb_build_object('booking_id', NEW.booking_id, 'minutes_before', NEW.minutes_before,
                               'reason', NEW.reason, 'message_id', NEW.message_id),
            NEW.updated_at
        FROM bookings WHERE bookings.tenant_id = NEW.tenant_id AND bookings.id = NEW.booking_id;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER events AFTER UPDATE ON reminders FOR EACH ROW
        WHEN (OLD.status <> NEW.status AND NEW.status IN ('sent', 'held', 'failed'))
        EXECUTE FUNCTION tell_of_reminder()
    """,
    # What was queued for a booking that is deleted stays here; its row says so when its turn comes.
    """
    CREATE FUNCTION stop_reminder() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE outbox SET expires_at = 'epoch'
        WHERE tenant_id = OLD.tenant_id AND message_id = OLD.message_id AND status IN ('queued', 'sending', 'unknown');
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER stop AFTER DELETE ON reminders FOR EACH ROW
        WHEN (OLD.status = 'sent' AND OLD.message_id IS NOT NULL) EXECUTE FUNCTION stop_reminder()
    """,
    """
    CREATE FUNCTION tell_of_attendance() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO events (tenant_id, kind, subject_id, conversation_id, contact_id, data, created_at)
        VALUES (NEW.tenant_id, 'booking.attendance_confirmed', NEW.id, NEW.conversation_id, NEW.contact_id,
                jsonb_build_object('code', NEW.code, 'status', NEW.status, 'starts_at', NEW.starts_at,
                                   'ends_at', NEW.ends_at, 'service_id', NEW.service_id, 'staff_id', NEW.staff_id),
                NEW.updated_at);
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER events_of_attendance AFTER UPDATE ON bookings FOR EACH ROW
        WHEN (OLD.attendance_confirmed_at IS NULL AND NEW.attendance_confirmed_at IS NOT NULL)
        EXECUTE FUNCTION tell_of_attendance()
    """,
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("reminders")
    op.execute("DROP TRIGGER events_of_attendance ON bookings")
    op.execute("DROP FUNCTION tell_of_reminder, stop_reminder, tell_of_attendance")
    # The audit trail's trigger names columns; the migrate step makes it anew.
    op.execute("DROP TRIGGER IF EXISTS audit_update ON bookings")
    op.execute("ALTER TABLE bookings DROP COLUMN attendance_confirmed_at")
    op.execute("ALTER TABLE outbox DROP COLUMN expires_at")
