"""What a payment's provider calls the money, what was given back of it, and refunds."""

from collections.abc import Sequence

from alembic import op

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_STATEMENTS = (
    "ALTER TABLE payments ADD COLUMN charge_id text, ADD COLUMN refunded bigint NOT NULL DEFAULT 0",
    """
    ALTER TABLE payments ADD CONSTRAINT uq_payments_tenant_id_account_id_charge_id
        UNIQUE (tenant_id, account_id, charge_id)
    """,
    """
    CREATE TABLE refunds (
        payment_id uuid NOT NULL,
        amount bigint NOT NULL,
        currency text NOT NULL,
        status text NOT NULL,
        reason text,
        provider_id text,
        failure text,
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT pk_refunds PRIMARY KEY (tenant_id, id),
        CONSTRAINT fk_refunds_tenant_id_payment_id FOREIGN KEY (tenant_id, payment_id)
            REFERENCES payments (tenant_id, id) ON DELETE CASCADE,
        CONSTRAINT fk_refunds_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX ix_refunds_payment ON refunds (tenant_id, payment_id)",
    "CREATE INDEX ix_refunds_open ON refunds (updated_at) WHERE status = 'intended'",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("refunds")
    op.execute("DROP TRIGGER IF EXISTS audit_update ON payments")
    op.execute("ALTER TABLE payments DROP COLUMN charge_id, DROP COLUMN refunded")
