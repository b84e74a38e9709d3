"""How long each table keeps its rows: the one list. A test fails for a table of the database that is not in it.

* `swept`: rows go by age, an hour late at most (`sweep.py`).
* `ends`: something else takes them away by itself, at a time of its own.
* `kept`: they stay until somebody deletes them, and why.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from backend.settings import Settings

Door = Literal["people", "tenants", "owner"]


@dataclass(frozen=True, slots=True)
class Life:
    """What becomes of a table's rows."""

    why: str
    days: Callable[[Settings], int] | None = None
    """How old a swept row gets, in days of machine time."""
    door: Door | None = None
    """Who sweeps: the role of people, over all rows; the queue's role, tenant by tenant; or `function`, of the owner,
    where no role may remove a row."""
    old: str = "id < :bound"
    """What is old, in SQL: `:before` is the instant, `:bound` the first id (UUID version 7) made at it."""
    key: str = "id"
    function: str = ""


def swept(door: Door, days: Callable[[Settings], int], why: str, *, old: str = "id < :bound", key: str = "id") -> Life:
    """Rows go by age."""
    return Life(why, days, door, old, key)


def swept_by(function: str, days: Callable[[Settings], int], why: str) -> Life:
    """Rows go by age, through a function of the owner, which gives their number."""
    return Life(why, days, "owner", function=function)


def ends(by: str) -> Life:
    """Something else takes them away."""
    return Life(by)


def kept(why: str) -> Life:
    """They stay."""
    return Life(why)


_RECORDS = kept("the business's own records; `retention_days` of its settings and erasure end them")
_OF_THE_BUSINESS = kept("what the business is made of, until it deletes it")
LETTER_DAYS, SESSION_DAYS, FAILURE_DAYS, DELIVERY_DAYS, INVITATION_DAYS = 30, 120, 2, 90, 100
EXECUTION_DAYS = 30
READING_DAYS = 180
TOMBSTONE_DAYS = 90

LIVES: Mapping[str, Life] = {
    "mails": swept("people", lambda _: LETTER_DAYS, "a link is good for a week at most"),
    "sessions": swept("people", lambda _: SESSION_DAYS, "a sign-in lasts 90 days at most"),
    "login_failures": swept(
        "people",
        lambda _: FAILURE_DAYS,
        "forgotten after a day; no pause is longer than an hour",
        old="last_at < :before",
        key="kind, subject",
    ),
    "incidents": swept_by(
        "prune_incidents(:before, :batch)", lambda settings: settings.incident_days, "TENDERO_INCIDENT_DAYS"
    ),
    "audit": swept_by(
        "prune_audit(:tenant_id, :before, :batch)", lambda settings: settings.audit_days, "TENDERO_AUDIT_DAYS"
    ),
    "channel_events": swept("tenants", lambda _: DELIVERY_DAYS, "no provider tells the same again after a week"),
    "tool_executions": swept("tenants", lambda _: EXECUTION_DAYS, "a history to find faults with"),
    "media_readings": swept("tenants", lambda _: READING_DAYS, "the thread has had its words; nobody compares it now"),
    "invitations": swept(
        "tenants",
        lambda _: INVITATION_DAYS,
        "good for a week, whatever became of it; who joined is a member",
        old="id < :bound AND expires_at < :before",
    ),
    "knowledge_passages": swept(
        "tenants",
        lambda _: TOMBSTONE_DAYS,
        "those that are gone stay without words, until every search index has heard of it",
        old="deleted_at < :before",
    ),
    "events": ends("TENDERO_EVENT_DAYS: backend/events/pruning.py"),
    "hook_deliveries": ends("TENDERO_EVENT_DAYS: backend/events/pruning.py"),
    "idempotency": ends("a day after the request: backend/requests/idempotency.py"),
    "holds": ends("when they expire, unless booked: backend/conversations/sweeps.py"),
    "allocations": ends("with their hold or booking"),
    "group_sessions": ends("with their last seat"),
    "busy_times": kept("when staff were away, until the business deletes it or its calendar drops it"),
    "reminders": ends("with their booking"),
    "catalog_imports": ends("90 days after they were asked for: backend/imports/pruning.py"),
    "import_faults": ends("with their import"),
    "import_changes": ends("with their import"),
    "api_key_uses": kept("one row a key"),
    "api_keys": kept("who made and revoked them is told by the audit; at most 100 are good"),
    "users": kept("people, whose names the trail and the teams go by"),
    "tenants": kept("the businesses"),
    "memberships": kept("the team, until somebody leaves it"),
    "usage": kept("what models cost: bills rest on it"),
    "spending": kept("its sums, a row a month"),
    "erasures": kept("receipts of erasures, without persons: the proof that they were done"),
    "payment_events": kept("what payment providers told: the evidence of payments; `retention_days` empties them"),
    "alembic_version": kept("one row"),
    **dict.fromkeys(
        (
            *("assists", "bookings", "claims", "contact_merges", "contact_notes", "contact_tags", "contacts"),
            *("contact_facts", "contact_stages", "conversations", "lesson_grounds", "question_states"),
            *("evidence", "follow_ups", "handoffs", "identities", "journal", "lessons", "messages", "observations"),
            *("orders", "outbox", "payments", "proposals", "quotes", "reflections", "refunds", "replays", "turns"),
            *("booking_series", "waiting_list"),
        ),
        _RECORDS,
    ),
    **dict.fromkeys(
        (
            *("channels", "contact_fields", "facts", "files", "hook_endpoints", "playbooks", "products"),
            *("playbook_drafts", "resources", "scenarios", "service_resources", "services", "staff", "staff_services"),
            *("calendar_feeds", "calendar_links", "date_overrides", "tenant_tools", "tool_secrets", "variants"),
            *("knowledge_documents", "knowledge_faqs", "payment_accounts"),
            *("removed_services", "search_synonyms", "stock_reservations"),
        ),
        _OF_THE_BUSINESS,
    ),
}
