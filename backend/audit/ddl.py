"""The triggers that write the audit trail: on every tenant table but the exempt ones, made anew by each migrate step.

What a row says of its change: columns with old and new values, without secrets (byte strings, and columns named like
one), and without what changes with every message.
"""

import re
from collections.abc import Iterator

from sqlalchemy import LargeBinary, Table

TABLE = "audit"
EXEMPT: dict[str, str] = {
    "messages": "the transcript itself",
    "turns": "a queue with its own counters",
    "outbox": "a queue with its own outcomes",
    "reflections": "a queue",
    "journal": "what turns did is recorded there",
    "evidence": "insert-only, of a turn",
    "claims": "insert-only, of a message",
    "proposals": "of a turn, and told by the journal",
    "observations": "insert-only, of a turn",
    "lesson_grounds": "insert-only, of a lesson",
    "contact_tags": "follow the tags of contacts",
    "contact_facts": "a history of its own, with who told and who decided",
    "allocations": "follow holds and bookings",
    "group_sessions": "follow holds and bookings",
    "channel_events": "what providers sent, verbatim",
    "usage": "insert-only figures",
    "spending": "sums of those",
    "audit": "itself",
    "idempotency": "the requests themselves are audited by what they change",
    "incidents": "insert-only log",
    "events": "insert-only, each made by an audited change",
    "hook_deliveries": "a queue with its own log",
    "assists": "a queue",
    "replays": "a queue, and a report that says itself who asked for it",
    "mails": "a queue",
    "tool_executions": "a log of its own",
    "knowledge_passages": "copies of what documents and FAQs say",
    "reminders": "a queue with its own outcomes, and follow bookings",
    "removed_services": "told by the services",
    "api_key_uses": "when a key was last used",
    "sessions": "rotated every quarter of an hour; the logs tell of sign-ins, the event log of their misuse",
    "login_failures": "counters",
    "import_faults": "insert-only, of an import",
    "import_changes": "what an import did; the products' own entries tell it",
}
"""Tables without an audit trail, and why: the message path's own records, queues and logs."""

QUIET: dict[str, tuple[str, ...]] = {
    "contacts": ("last_seen_at", "sort_name"),
    "conversations": ("last_inbound_at", "active_at", "fence", "unread_since"),
    "hook_endpoints": ("seen_transaction", "seen_sequence", "failing_since"),
    "tenant_tools": ("failures", "paused_until"),
    "contact_stages": ("due_at",),
    "media_readings": ("text", "details"),
    "waiting_list": ("look_at", "known"),
    **dict.fromkeys(("products", "services", "search_synonyms"), ("revision",)),
    "variants": ("price_due_at", "reserved"),
    "bookings": ("calendar_sequence",),
    "calendar_links": ("last_read_at",),
    "knowledge_documents": (
        *("due_at", "status", "reason", "wanted", "tries", "read_at", "page", "pages", "silent_pages", "characters"),
    ),
    "calendar_feeds": ("due_at", "last_fetched_at", "last_error", "failures", "busy", "skipped", "seen"),
    "catalog_imports": (
        *("attempt", "tries", "lease_until", "rows", "bytes_read", "products", "position", "created", "updated"),
        *("unchanged", "failed", "hidden", "errors", "notes", "restored", "kept", "file_id", "started_at"),
    ),
}
"""Columns that change with every message, or every look at something outside; a change of them alone leaves no row."""

OWN_ROWS: dict[str, str] = {
    "busy_times": "{row}.feed_id IS NULL",
    "stock_reservations": "{row}.quote_id IS NULL",
}
"""Tables of which some rows are copies of what stands elsewhere, made and removed by thousands: of these nothing is
told."""

MADE_BY_MESSAGES = ("contacts", "identities", "conversations", "contact_stages")
"""What a customer's first message makes is told by the message. The message path names no actor, and its inserts here
leave no row; everything else does, whoever made it."""

_ALWAYS_QUIET = ("created_at", "updated_at")
_SECRET = re.compile(r"token|secret|password|digest|hash|credential")

FUNCTIONS = """
CREATE OR REPLACE FUNCTION note_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    keys CONSTANT text[] := TG_ARGV[0]::text[];
    hidden CONSTANT text[] := TG_ARGV[1]::text[];
    quiet CONSTANT text[] := TG_ARGV[2]::text[];
    before jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{}' ELSE to_jsonb(OLD) END;
    after jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{}' ELSE to_jsonb(NEW) END;
    one jsonb := CASE WHEN TG_OP = 'DELETE' THEN before ELSE after END;
    changed jsonb;
BEGIN
    SELECT jsonb_object_agg(name, CASE
        WHEN name = ANY (hidden) THEN '{"hidden": true}'::jsonb
        ELSE shown_change(before -> name, after -> name) END)
    INTO changed
    FROM jsonb_object_keys(one) AS name
    WHERE name <> ALL (quiet)
        AND coalesce(before -> name, 'null') IS DISTINCT FROM coalesce(after -> name, 'null');
    IF changed IS NULL AND TG_OP = 'UPDATE' THEN
        RETURN NULL;
    END IF;
    INSERT INTO audit (tenant_id, at, actor, request_id, action, table_name, row_id, changes)
    VALUES (
        coalesce(one ->> 'tenant_id', one ->> 'id')::uuid,
        now(),
        coalesce(nullif(current_setting('app.actor', true), ''), 'system'),
        nullif(current_setting('app.request', true), ''),
        lower(TG_OP),
        TG_TABLE_NAME,
        (SELECT string_agg(one ->> key, '/') FROM unnest(keys) AS key),
        coalesce(changed, '{}')
    );
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION shown_change(before jsonb, after jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'old', CASE WHEN length(before::text) > 4000 THEN jsonb_build_object('omitted', length(before::text))
            ELSE before END,
        'new', CASE WHEN length(after::text) > 4000 THEN jsonb_build_object('omitted', length(after::text))
            ELSE after END))
$$;

CREATE OR REPLACE FUNCTION forget_audited(of_table text, ids text[]) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH forgotten AS (
        UPDATE audit SET changes = NULL
        WHERE tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
            AND table_name = of_table AND row_id = ANY (ids) AND changes IS NOT NULL
        RETURNING 1
    ) SELECT count(*) FROM forgotten
$$;

CREATE OR REPLACE FUNCTION forget_audited_values(of_table text, ids text[], columns text[]) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH forgotten AS (
        UPDATE audit SET changes = changes - columns
        WHERE tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
            AND table_name = of_table AND row_id = ANY (ids) AND changes ?| columns
        RETURNING 1
    ) SELECT count(*) FROM forgotten
$$;

CREATE OR REPLACE FUNCTION prune_audit(of_tenant uuid, before timestamptz, batch int) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    gone bigint;
BEGIN
    IF before > now() - interval '30 days' THEN
        RAISE EXCEPTION 'the audit trail of the last 30 days stays';
    END IF;
    WITH pruned AS (
        DELETE FROM audit WHERE tenant_id = of_tenant AND sequence IN (
            SELECT old.sequence FROM audit AS old WHERE old.tenant_id = of_tenant AND old.at < before
            ORDER BY old.at LIMIT batch
        ) RETURNING 1
    ) SELECT count(*) INTO gone FROM pruned;
    RETURN gone;
END $$;
REVOKE ALL ON FUNCTION prune_audit FROM PUBLIC;
GRANT EXECUTE ON FUNCTION prune_audit TO tendero_queue;
"""
"""All write as the owner of the tables: no role that serves requests may write to the trail, nor forge a row of it.

`forget_audited(table, row ids)` empties what the trail says of these rows, for erasure; `forget_audited_values` takes
single columns out of it. There is no other way to change what the trail says, and both see the transaction's tenant
alone. They return how many entries were changed.

`prune_audit(tenant, before, batch)` removes what outlived TENDERO_AUDIT_DAYS, for the dispatcher alone, and nothing
that is younger than 30 days, whoever asks. Returns how many entries went."""


def triggers(tables: list[Table]) -> Iterator[str]:
    """SQL that brings the triggers of every table to what this file says."""
    yield FUNCTIONS
    for table in tables:
        yield from _of_table(table) if is_audited(table) else _none(table)


def is_audited(table: Table) -> bool:
    """Whether changes of the table's rows leave an audit row."""
    return (table.name == "tenants" or "tenant_id" in table.columns) and table.name not in EXEMPT


def hidden_columns(table: Table) -> list[str]:
    """Columns whose values never reach the trail."""
    return [
        column.name
        for column in table.columns
        if isinstance(column.type, LargeBinary) or _SECRET.search(column.name.lower())
    ]


def _of_table(table: Table) -> Iterator[str]:
    keys = ["id"] if "id" in table.columns else [key.name for key in table.primary_key if key.name != "tenant_id"]
    unsaid = [*_ALWAYS_QUIET, *QUIET.get(table.name, ()), "tenant_id", *keys]
    arguments = ", ".join(f"'{{{','.join(names)}}}'" for names in (keys, hidden_columns(table), unsaid))
    loud = [f'"{column.name}"' for column in table.columns if column.name not in unsaid]
    told = f"EXECUTE FUNCTION note_change({arguments})"
    made = "WHEN (coalesce(current_setting('app.actor', true), '') <> '') " if table.name in MADE_BY_MESSAGES else ""
    gone = ""
    if (own := OWN_ROWS.get(table.name)) is not None:
        made, gone = (f"WHEN ({own.format(row=row)}) " for row in ("NEW", "OLD"))
    name = f'"{table.name}"'
    yield f"CREATE OR REPLACE TRIGGER audit_insert AFTER INSERT ON {name} FOR EACH ROW {made}{told}"
    yield f"CREATE OR REPLACE TRIGGER audit_delete AFTER DELETE ON {name} FOR EACH ROW {gone}{told}"
    if loud:
        old, new = (", ".join(f"{row}.{column}" for column in loud) for row in ("OLD", "NEW"))
        changed = f"WHEN (ROW({old}) IS DISTINCT FROM ROW({new}))"
        yield f"CREATE OR REPLACE TRIGGER audit_update AFTER UPDATE ON {name} FOR EACH ROW {changed} {told}"


def _none(table: Table) -> Iterator[str]:
    for event in ("insert", "update", "delete"):
        yield f'DROP TRIGGER IF EXISTS audit_{event} ON "{table.name}"'
