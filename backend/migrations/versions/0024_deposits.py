"""Deposits of bookings: what is asked for, how it stands, and payments that are for one."""

from collections.abc import Sequence

from alembic import op

revision: str = "0024"
down_revision: str | None = "0023"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TELL_OF_PAYMENT = """
CREATE OR REPLACE FUNCTION tell_of_payment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO events (tenant_id, kind, subject_id, data, created_at)
    VALUES (NEW.tenant_id, 'payment.' || NEW.status, NEW.id,
            jsonb_build_object('order_id', NEW.order_id, {more}'amount', NEW.amount, 'currency', NEW.currency),
            NEW.updated_at);
    RETURN NULL;
END $$
"""
_TABLES = (
    "ALTER TABLE services ADD COLUMN deposit bigint NOT NULL DEFAULT 0",
    "ALTER TABLE holds ADD COLUMN deposit bigint NOT NULL DEFAULT 0",
    """
    ALTER TABLE bookings ADD COLUMN deposit bigint NOT NULL DEFAULT 0, ADD COLUMN deposit_status text,
        ADD COLUMN deposit_due_at timestamptz
    """,
    "CREATE INDEX ix_bookings_unpaid ON bookings (deposit_due_at) WHERE deposit_status = 'due'",
    """
    ALTER TABLE payments ADD COLUMN booking_id uuid, ALTER COLUMN order_id DROP NOT NULL,
        ADD CONSTRAINT ck_payments_for_one CHECK (num_nonnulls(order_id, booking_id) = 1),
        ADD CONSTRAINT fk_payments_tenant_id_booking_id FOREIGN KEY (tenant_id, booking_id)
            REFERENCES bookings (tenant_id, id)
    """,
    """
    CREATE UNIQUE INDEX uq_payments_live_booking ON payments (tenant_id, booking_id)
        WHERE status IN ('intended', 'link_ready', 'paid')
    """,
    "CREATE INDEX ix_payments_booking ON payments (tenant_id, booking_id) WHERE booking_id IS NOT NULL",
    "ALTER TABLE refunds ADD COLUMN asked_at timestamptz",
    "UPDATE refunds SET asked_at = updated_at",
    "DROP INDEX ix_refunds_open",
    "CREATE INDEX ix_refunds_open ON refunds (asked_at) WHERE status = 'intended'",
)
_EVENTS = (
    """
    CREATE FUNCTION tell_of_deposit() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO events (tenant_id, kind, subject_id, conversation_id, contact_id, data, created_at)
        VALUES (NEW.tenant_id, 'booking.deposit_' || NEW.deposit_status, NEW.id, NEW.conversation_id, NEW.contact_id,
                jsonb_build_object('code', NEW.code, 'deposit', NEW.deposit, 'currency', NEW.currency),
                NEW.updated_at);
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER events_of_deposit AFTER UPDATE ON bookings FOR EACH ROW
        WHEN (OLD.deposit_status IS DISTINCT FROM NEW.deposit_status AND NEW.deposit_status IS NOT NULL)
        EXECUTE FUNCTION tell_of_deposit()
    """,
)
_OF_BOOKINGS = "DELETE FROM payments WHERE booking_id IS NOT NULL"
_BACK = (
    "DROP TRIGGER events_of_deposit ON bookings",
    "DROP FUNCTION tell_of_deposit()",
    "DROP INDEX ix_refunds_open",
    "ALTER TABLE refunds DROP COLUMN asked_at",
    "CREATE INDEX ix_refunds_open ON refunds (updated_at) WHERE status = 'intended'",
    "ALTER TABLE payments DROP COLUMN booking_id, ALTER COLUMN order_id SET NOT NULL",
    "ALTER TABLE bookings DROP COLUMN deposit, DROP COLUMN deposit_status, DROP COLUMN deposit_due_at",
    "ALTER TABLE holds DROP COLUMN deposit",
    "ALTER TABLE services DROP COLUMN deposit",
)


def upgrade() -> None:
    for statement in (*_TABLES, _TELL_OF_PAYMENT.format(more="'booking_id', NEW.booking_id, "), *_EVENTS):
        op.execute(statement)


def downgrade() -> None:
    for table in ("services", "holds", "bookings", "payments", "refunds"):
        op.execute(f"DROP TRIGGER IF EXISTS audit_update ON {table}")
    for statement in (_TELL_OF_PAYMENT.format(more=""), _OF_BOOKINGS, *_BACK):
        op.execute(statement)
