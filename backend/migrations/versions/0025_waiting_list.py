"""The waiting list and recurring bookings; a proposal that a notice presents has no turn."""

from collections.abc import Sequence

from alembic import op

revision: str = "0025"
down_revision: str | None = "0024"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_STATEMENTS = (
    "ALTER TABLE proposals ALTER COLUMN turn_id DROP NOT NULL",
    """
    CREATE TABLE waiting_list (
        contact_id uuid NOT NULL,
        conversation_id uuid,
        service_id uuid NOT NULL,
        staff_id uuid,
        first_day date NOT NULL,
        last_day date NOT NULL,
        from_minute integer NOT NULL,
        to_minute integer NOT NULL,
        status text NOT NULL,
        reason text,
        hold_id uuid,
        offered_at timestamptz,
        offers integer NOT NULL,
        queued_at timestamptz NOT NULL,
        look_at timestamptz NOT NULL,
        known timestamptz[] NOT NULL,
        declined timestamptz[] NOT NULL,
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT pk_waiting_list PRIMARY KEY (tenant_id, id),
        CONSTRAINT fk_waiting_list_tenant_id_contact_id FOREIGN KEY (tenant_id, contact_id)
            REFERENCES contacts (tenant_id, id) ON DELETE CASCADE,
        CONSTRAINT fk_waiting_list_tenant_id_conversation_id FOREIGN KEY (tenant_id, conversation_id)
            REFERENCES conversations (tenant_id, id) ON DELETE SET NULL (conversation_id),
        CONSTRAINT fk_waiting_list_tenant_id_service_id FOREIGN KEY (tenant_id, service_id)
            REFERENCES services (tenant_id, id) ON DELETE CASCADE,
        CONSTRAINT fk_waiting_list_tenant_id_staff_id FOREIGN KEY (tenant_id, staff_id)
            REFERENCES staff (tenant_id, id) ON DELETE SET NULL (staff_id),
        CONSTRAINT fk_waiting_list_tenant_id_hold_id FOREIGN KEY (tenant_id, hold_id)
            REFERENCES holds (tenant_id, id) ON DELETE SET NULL (hold_id),
        CONSTRAINT fk_waiting_list_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX ix_waiting_list_due ON waiting_list (look_at) WHERE status IN ('waiting', 'offered')",
    """
    CREATE INDEX ix_waiting_list_line ON waiting_list (tenant_id, queued_at, id)
        WHERE status IN ('waiting', 'offered')
    """,
    "CREATE INDEX ix_waiting_list_contact ON waiting_list (tenant_id, contact_id)",
    """
    CREATE TABLE booking_series (
        contact_id uuid NOT NULL,
        service_id uuid,
        staff_id uuid,
        service_name text NOT NULL,
        first timestamp NOT NULL,
        timezone text NOT NULL,
        unit text NOT NULL,
        step integer NOT NULL,
        count integer NOT NULL,
        left_out jsonb NOT NULL,
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT pk_booking_series PRIMARY KEY (tenant_id, id),
        CONSTRAINT fk_booking_series_tenant_id_contact_id FOREIGN KEY (tenant_id, contact_id)
            REFERENCES contacts (tenant_id, id) ON DELETE CASCADE,
        CONSTRAINT fk_booking_series_tenant_id_service_id FOREIGN KEY (tenant_id, service_id)
            REFERENCES services (tenant_id, id) ON DELETE SET NULL (service_id),
        CONSTRAINT fk_booking_series_tenant_id_staff_id FOREIGN KEY (tenant_id, staff_id)
            REFERENCES staff (tenant_id, id) ON DELETE SET NULL (staff_id),
        CONSTRAINT fk_booking_series_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX ix_booking_series_contact ON booking_series (tenant_id, contact_id)",
    """
    ALTER TABLE bookings ADD COLUMN series_id uuid,
        ADD CONSTRAINT fk_bookings_tenant_id_series_id FOREIGN KEY (tenant_id, series_id)
            REFERENCES booking_series (tenant_id, id) ON DELETE SET NULL (series_id)
    """,
    "CREATE INDEX ix_bookings_series ON bookings (tenant_id, series_id, starts_at) WHERE series_id IS NOT NULL",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    # The trail's triggers name the columns that they compare.
    op.execute("DROP TRIGGER IF EXISTS audit_update ON bookings")
    op.execute("ALTER TABLE bookings DROP COLUMN series_id")
    op.drop_table("booking_series")
    op.drop_table("waiting_list")
    op.execute("DELETE FROM proposals WHERE turn_id IS NULL")
    op.execute("ALTER TABLE proposals ALTER COLUMN turn_id SET NOT NULL")
