"""Who may touch which rows: roles, grants and row-level security, applied after every migration.

Written once for all tables, so that a new tenant table cannot be forgotten: whatever carries `tenant_id` gets
FORCE ROW LEVEL SECURITY and the tenant policy. The queue role gets the columns listed here and nothing else.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, MetaData, Table, text

from backend.audit import ddl as audit
from backend.incidents import ddl as incidents
from backend.settings import APP_ROLE, QUEUE_ROLE, ROLES, Settings
from backend.team import ddl as team

IDLE_TRANSACTION_SECONDS = 10
"""Nothing of ours pauses so long inside a transaction: whoever does stands still, and must not hold up others."""
_MY_TENANT = "nullif(current_setting('app.tenant_id', true), '')::uuid"

QUEUE_READS: dict[str, tuple[str, ...]] = {
    "tenants": ("id", "slug", "status"),
    "api_keys": ("id", "tenant_id", "digest", "scopes", "created_by", "expires_at", "revoked_at"),
    "api_key_uses": ("key_id", "used_at"),
    "users": ("id", "email_verified_at", "platform_admin"),
    "sessions": ("id", "user_id", "expires_at", "revoked_at"),
    "memberships": ("id", "tenant_id", "user_id", "role"),
    "channels": ("id", "tenant_id", "provider", "token", "enabled"),
    "payment_accounts": ("id", "tenant_id", "provider", "token", "enabled"),
    "payments": ("id", "tenant_id", "account_id", "status", "created_at", "updated_at", "expires_at", "paid_at"),
    "refunds": ("id", "tenant_id", "status", "asked_at"),
    "products": ("id", "tenant_id", "revision", "deleted_at"),
    "variants": ("id", "tenant_id", "price_due_at"),
    "stock_reservations": ("id", "tenant_id", "expires_at"),
    "search_synonyms": ("id", "tenant_id", "revision", "deleted_at"),
    "services": ("id", "tenant_id", "revision"),
    "removed_services": ("id", "tenant_id", "revision"),
    "holds": ("id", "tenant_id", "status", "expires_at"),
    "bookings": ("id", "tenant_id", "status", "starts_at", "deposit_status", "deposit_due_at"),
    "waiting_list": ("id", "tenant_id", "status", "look_at"),
    "follow_ups": ("id", "tenant_id", "conversation_id", "status", "due_at"),
    "idempotency": ("id", "tenant_id", "expires_at"),
    "channel_events": ("id", "tenant_id"),
    "invitations": ("id", "tenant_id", "expires_at"),
    "incidents": ("id", "tenant_id", "at", "severity", "source", "kind", "message", "details"),
    "turns": (
        "id",
        "tenant_id",
        "conversation_id",
        "contact_id",
        "status",
        "due_at",
        "version",
        "folds",
        "attempt",
        "tries",
        "deaths",
        "lease_until",
        "lease_owner",
        "claimed_at",
    ),
    "outbox": (
        "id",
        "tenant_id",
        "conversation_id",
        "channel_id",
        "message_id",
        "part",
        "sequence",
        "status",
        "due_at",
        "attempt",
        "lease_until",
        "created_at",
    ),
    "reflections": ("id", "tenant_id", "conversation_id", "status", "due_at", "attempt", "tries", "lease_until"),
    "messages": ("id", "tenant_id", "conversation_id", "sequence", "words"),
    "events": (
        "tenant_id",
        "transaction",
        "sequence",
        "id",
        "kind",
        "subject_id",
        "conversation_id",
        "contact_id",
        "data",
        "created_at",
    ),
    "hook_endpoints": ("id", "tenant_id", "enabled", "seen_transaction", "seen_sequence"),
    "hook_deliveries": ("id", "tenant_id", "endpoint_id", "status", "due_at", "attempt", "lease_until", "created_at"),
    "assists": ("id", "tenant_id", "conversation_id", "status", "due_at", "attempt", "tries", "lease_until"),
    "replays": ("id", "tenant_id", "status", "due_at", "attempt", "tries", "lease_until"),
    "erasures": ("id", "tenant_id", "status", "due_at"),
    "tool_executions": ("id", "tenant_id"),
    "contact_stages": ("id", "tenant_id", "due_at"),
    "media_readings": ("id", "tenant_id"),
    "reminders": ("id", "tenant_id", "status", "due_at"),
    "calendar_links": ("id", "tenant_id", "digest"),
    "calendar_feeds": ("id", "tenant_id", "due_at"),
    "catalog_imports": ("id", "tenant_id", "status", "lease_until"),
    "knowledge_documents": ("id", "tenant_id", "due_at"),
    "knowledge_passages": ("id", "tenant_id", "revision", "deleted_at"),
}
"""Columns the queue role may read: claims, dispatch, webhook and login lookups. Never a body."""

QUEUE_WRITES: dict[str, tuple[str, ...]] = {
    "api_key_uses": ("used_at",),
    "turns": ("status", "due_at", "attempt", "deaths", "lease_until", "lease_owner", "claimed_at", "updated_at"),
    "outbox": ("status", "due_at", "attempt", "lease_until", "updated_at"),
    "reflections": ("status", "due_at", "attempt", "tries", "lease_until", "lease_owner", "updated_at"),
    "hook_deliveries": ("attempt", "lease_until", "updated_at"),
    **dict.fromkeys(("assists", "replays"), ("status", "attempt", "tries", "lease_until", "lease_owner", "updated_at")),
}

QUEUE_MORE = {
    "events": "INSERT, DELETE",
    **dict.fromkeys(
        (
            *("hook_deliveries", "channel_events", "invitations", "tool_executions", "media_readings"),
            "knowledge_passages",
        ),
        "DELETE",
    ),
}
"""What the queue's own changes tell of is an event too, and what is old is pruned for all tenants at once."""
NEVER_CHANGED = ("events",)
"""Rows that the app role adds and removes, and never alters."""

QUEUE_INSERTS = ("incidents", "api_key_uses")
"""Tables to which the queue role may add rows."""

INSERT_ONLY = ("incidents",)
"""Tables whose rows the app role may neither change nor delete; into the audit trail only its triggers write."""


def apply(connection: Connection, metadata: MetaData, settings: Settings) -> None:
    """Make the roles, and bring grants and policies of every table to what this file says. Runs as the owner."""
    database = connection.scalar(text("SELECT quote_ident(current_database())"))
    for role in ROLES:
        _make_role(connection, role, settings.derive(f"role:{role}"))
        connection.execute(text(f"GRANT CONNECT ON DATABASE {database} TO {role}"))
        connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {role}"))
    for table in metadata.sorted_tables:
        for statement in _table_access(table):
            connection.execute(text(statement))
    connection.exec_driver_sql(team.FUNCTIONS)
    connection.exec_driver_sql(incidents.FUNCTIONS)
    for statement in audit.triggers(metadata.sorted_tables):
        connection.exec_driver_sql(statement)


def _make_role(connection: Connection, role: str, password: str) -> None:
    # The name and the hexadecimal password are ours; roles take no bind parameters.
    exists = connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role})
    verb = "ALTER" if exists else "CREATE"
    connection.execute(text(f"{verb} ROLE {role} LOGIN PASSWORD '{password}' NOSUPERUSER NOBYPASSRLS NOCREATEDB"))
    limit = f"{IDLE_TRANSACTION_SECONDS}s"
    connection.execute(text(f"ALTER ROLE {role} SET idle_in_transaction_session_timeout = '{limit}'"))


def _table_access(table: Table) -> Iterator[str]:
    name = f'"{table.name}"'
    owner_column = "id" if table.name == "tenants" else "tenant_id"
    mine = f"{owner_column} = {_MY_TENANT}"
    yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO {APP_ROLE}"
    if table.name in INSERT_ONLY:
        yield f"REVOKE UPDATE, DELETE ON {name} FROM {APP_ROLE}"
    if table.name == audit.TABLE:
        yield f"REVOKE INSERT, UPDATE, DELETE ON {name} FROM {APP_ROLE}"
        yield f"DROP POLICY IF EXISTS of_triggers ON {name}"
        yield f"CREATE POLICY of_triggers ON {name} TO CURRENT_USER USING (true) WITH CHECK (true)"
    yield f"REVOKE ALL ON {name} FROM {QUEUE_ROLE}"
    yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY"
    yield f"DROP POLICY IF EXISTS of_tenant ON {name}"
    if table.name in team.OF_NO_TENANT:
        yield from team.tenants_share(table)
    else:
        yield f"CREATE POLICY of_tenant ON {name} TO {APP_ROLE} USING ({mine}) WITH CHECK ({mine})"
    yield from team.people_access(table)
    yield f"DROP POLICY IF EXISTS of_queue ON {name}"
    if table.name in QUEUE_READS:
        yield f"GRANT SELECT ({', '.join(QUEUE_READS[table.name])}) ON {name} TO {QUEUE_ROLE}"
        yield f"CREATE POLICY of_queue ON {name} TO {QUEUE_ROLE} USING (true) WITH CHECK (true)"
    if table.name in QUEUE_MORE:
        yield f"GRANT {QUEUE_MORE[table.name]} ON {name} TO {QUEUE_ROLE}"
    if table.name in NEVER_CHANGED:
        yield f"REVOKE UPDATE ON {name} FROM {APP_ROLE}"
    if table.name in QUEUE_WRITES:
        yield f"GRANT UPDATE ({', '.join(QUEUE_WRITES[table.name])}) ON {name} TO {QUEUE_ROLE}"
    if table.name in QUEUE_INSERTS:
        yield f"GRANT INSERT ON {name} TO {QUEUE_ROLE}"
