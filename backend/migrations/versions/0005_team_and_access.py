"""People, their businesses and how they come in."""

from collections.abc import Sequence

from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TABLES = """
CREATE TABLE users (
    id UUID NOT NULL,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    locale TEXT NOT NULL,
    password TEXT NOT NULL,
    email_verified_at TIMESTAMP WITH TIME ZONE,
    platform_admin BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_users PRIMARY KEY (id),
    CONSTRAINT uq_users_email UNIQUE (email)
);

CREATE TABLE memberships (
    user_id UUID NOT NULL,
    role TEXT NOT NULL,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_memberships PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_memberships_tenant_id_user_id UNIQUE (tenant_id, user_id),
    CONSTRAINT ck_memberships_role CHECK (role IN ('admin', 'manager', 'agent', 'viewer')),
    CONSTRAINT fk_memberships_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT fk_memberships_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE INDEX ix_memberships_user ON memberships (user_id);

CREATE TABLE invitations (
    email TEXT NOT NULL,
    role TEXT NOT NULL,
    invited_by UUID,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    accepted_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_invitations PRIMARY KEY (tenant_id, id),
    CONSTRAINT ck_invitations_role CHECK (role IN ('admin', 'manager', 'agent', 'viewer')),
    CONSTRAINT fk_invitations_invited_by FOREIGN KEY(invited_by) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_invitations_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX uq_invitations_open ON invitations (tenant_id, email)
    WHERE accepted_at IS NULL AND revoked_at IS NULL;

CREATE TABLE sessions (
    id UUID NOT NULL,
    user_id UUID NOT NULL,
    generation INTEGER NOT NULL,
    digest BYTEA NOT NULL,
    rotated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    revoked_at TIMESTAMP WITH TIME ZONE,
    revoked_for TEXT,
    device TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_sessions PRIMARY KEY (id),
    CONSTRAINT fk_sessions_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE INDEX ix_sessions_user ON sessions (user_id);

CREATE TABLE login_failures (
    kind TEXT NOT NULL,
    subject BYTEA NOT NULL,
    failures INTEGER NOT NULL,
    last_at TIMESTAMP WITH TIME ZONE NOT NULL,
    locked_until TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_login_failures PRIMARY KEY (kind, subject)
);

CREATE TABLE api_key_uses (
    key_id UUID NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_api_key_uses PRIMARY KEY (key_id)
);

CREATE TABLE mails (
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    address TEXT NOT NULL,
    locale TEXT NOT NULL,
    words JSONB NOT NULL,
    user_id UUID,
    business_id UUID,
    invitation_id UUID,
    status TEXT NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    attempt INTEGER NOT NULL,
    lease_until TIMESTAMP WITH TIME ZONE,
    sent_at TIMESTAMP WITH TIME ZONE,
    error_code TEXT,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_mails PRIMARY KEY (id),
    CONSTRAINT fk_mails_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT fk_mails_business_id FOREIGN KEY(business_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE INDEX ix_mails_due ON mails (due_at) WHERE status IN ('queued', 'sending');

CREATE INDEX ix_mails_invitation ON mails (invitation_id);

CREATE INDEX ix_mails_user ON mails (user_id, kind);
"""
_KEYS = """
ALTER TABLE api_keys ADD COLUMN created_by UUID,
    ADD COLUMN expires_at TIMESTAMP WITH TIME ZONE,
    ADD CONSTRAINT fk_api_keys_created_by FOREIGN KEY(created_by) REFERENCES users (id) ON DELETE SET NULL;

CREATE INDEX ix_tenants_suspended ON tenants (id) WHERE status <> 'active';
"""
_MADE = ("mails", "api_key_uses", "login_failures", "sessions", "invitations", "memberships", "users")


def upgrade() -> None:
    op.execute(_TABLES)
    op.execute(_KEYS)


def downgrade() -> None:
    op.execute("DROP INDEX ix_tenants_suspended")
    op.execute("ALTER TABLE api_keys DROP COLUMN created_by, DROP COLUMN expires_at")
    op.execute("DROP POLICY IF EXISTS of_tenant ON users")  # asks memberships who works with whom
    for table in _MADE:
        op.drop_table(table)
