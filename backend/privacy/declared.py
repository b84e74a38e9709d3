"""Where a person may be found: each table that belongs to tenants says how a contact is recognised in it, and what
becomes of the rows when the contact is erased. Erasure, archive and retention read nothing else; a test fails for a
table that is not declared.

Conditions speak of what was looked up before (`erasing.Subject`), each an array:

    :contacts       the contact, and those who were merged into them     uuid[]
    :conversations, :turns, :messages, :orders, :bookings                uuid[]
    :provider_ids   how channel providers name those messages            text[]
    :payment_marks  how payment providers name those payments            text[], as patterns of LIKE
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

_OF_CONTACT = "contact_id = ANY(:contacts)"
_OF_CONVERSATION = "conversation_id = ANY(:conversations)"
_OF_TURN = "turn_id = ANY(:turns)"


@dataclass(frozen=True, slots=True)
class Holding:
    """What a table holds of a contact."""

    then: Literal["delete", "blank", "keep"]
    found: str | None = None
    """SQL condition for the contact's rows; None: there are none."""
    unless: str = "false"
    """Of the rows found, those that stay as they are."""
    blank: str = ""
    """What is written over the columns that tell of a person."""
    aged: str | None = None
    """The column by which rows outlive a tenant's `retention_days`; None: their age alone does not end them."""
    used: str = "false"
    """Rows that age does not end yet: something is still to be done with them."""
    why: str = ""


def delete(found: str, *, unless: str = "false", aged: str | None = None, used: str = "false") -> Holding:
    """Its rows go."""
    return Holding("delete", found, unless=unless, aged=aged, used=used)


def blank(found: str, columns: str, *, aged: str | None = None) -> Holding:
    """Its rows stay, without what tells of the person."""
    return Holding("blank", found, blank=columns, aged=aged)


def keep(why: str, found: str | None = None) -> Holding:
    """Its rows stay."""
    return Holding("keep", found, why=why)


_OPEN_TURN = (
    "EXISTS (SELECT FROM turns AS own WHERE own.tenant_id = {0}.tenant_id AND own.id = {0}.turn_id"
    " AND own.status NOT IN ('done', 'quarantined'))"
)
_GROUNDS = (
    "EXISTS (SELECT FROM lesson_grounds AS ground WHERE ground.tenant_id = lessons.tenant_id"
    " AND ground.lesson_id = lessons.id{0})"
)
_OF_OTHERS = " AND ground.contact_id <> ALL (:contacts)"
_UNSENT = (
    "EXISTS (SELECT FROM outbox AS part WHERE part.tenant_id = messages.tenant_id AND part.message_id = messages.id"
    " AND part.status IN ('queued', 'sending', 'unknown'))"
)
_ORDERED = "EXISTS (SELECT FROM orders WHERE orders.tenant_id = quotes.tenant_id AND orders.quote_id = quotes.id)"

HOLDINGS: Mapping[str, Holding] = {
    "claims": delete(_OF_TURN, aged="created_at"),
    "evidence": delete(_OF_CONVERSATION, aged="created_at", used=_OPEN_TURN.format("evidence")),
    "journal": delete(_OF_TURN, aged="created_at", used=_OPEN_TURN.format("journal")),
    "proposals": delete(_OF_CONVERSATION, aged="created_at", used="status = 'open'"),
    "lessons": delete(f"kind <> 'manual' AND {_GROUNDS.format('')} AND NOT {_GROUNDS.format(_OF_OTHERS)}"),
    "lesson_grounds": delete(_OF_CONTACT),
    "question_states": delete(
        "key IN (SELECT question_key(data) FROM observations WHERE kind = 'unanswered'"
        " AND conversation_id = ANY(:conversations))",
        unless="key IN (SELECT question_key(data) FROM observations WHERE kind = 'unanswered'"
        " AND conversation_id <> ALL(:conversations))",
        aged="updated_at",
    ),
    "observations": delete(_OF_CONVERSATION, aged="created_at"),
    "tool_executions": delete(_OF_CONVERSATION, aged="created_at"),
    "media_readings": delete(_OF_CONVERSATION, aged="created_at", used="coalesce(review = 'waiting', false)"),
    "reflections": delete(_OF_CONVERSATION, aged="created_at", used="status = 'waiting'"),
    "outbox": delete(_OF_CONVERSATION, aged="created_at", used="status IN ('queued', 'sending', 'unknown')"),
    "assists": delete(_OF_CONVERSATION, aged="created_at", used="status = 'waiting'"),
    "replays": delete(
        "EXISTS (SELECT FROM jsonb_array_elements(cases) AS one"
        " WHERE CAST(one ->> 'conversation_id' AS uuid) = ANY(:conversations))",
        aged="created_at",
        used="status = 'waiting'",
    ),
    "scenarios": delete(_OF_CONVERSATION),
    "follow_ups": delete(_OF_CONVERSATION, aged="due_at", used="status = 'scheduled'"),
    "handoffs": delete(_OF_CONVERSATION, aged="created_at", used="status = 'open'"),
    "usage": keep("what models cost; it leaves its turn", _OF_TURN),
    "spending": keep("sums"),
    "channel_events": blank("provider_id = ANY(:provider_ids)", "payload = '{}'", aged="received_at"),
    "messages": delete(_OF_CONVERSATION, aged="sent_at", used=f"{_OPEN_TURN.format('messages')} OR {_UNSENT}"),
    "turns": delete(_OF_CONVERSATION, aged="created_at", used="status NOT IN ('done', 'quarantined')"),
    "quotes": delete(_OF_CONVERSATION, unless=_ORDERED),
    "orders": blank("id = ANY(:orders)", "delivery = NULL"),
    "refunds": blank(
        "payment_id IN (SELECT paid.id FROM payments AS paid WHERE paid.tenant_id = refunds.tenant_id"
        " AND (paid.order_id = ANY(:orders) OR paid.booking_id = ANY(:bookings)))",
        "reason = NULL, failure = NULL",
    ),
    "payments": blank("(order_id = ANY(:orders) OR booking_id = ANY(:bookings))", "url = NULL, reason = NULL"),
    "payment_events": blank("payload::text LIKE ANY(:payment_marks)", "payload = '{}'", aged="created_at"),
    "holds": delete(f"({_OF_CONTACT} OR {_OF_CONVERSATION})", unless="booking_id IS NOT NULL"),
    "reminders": keep(
        "when a booking was reminded of; the words go with their message",
        "booking_id IN (SELECT booked.id FROM bookings AS booked WHERE booked.tenant_id = reminders.tenant_id"
        " AND booked.contact_id = ANY(:contacts))",
    ),
    "waiting_list": delete(
        f"({_OF_CONTACT} OR {_OF_CONVERSATION})", aged="created_at", used="status IN ('waiting', 'offered')"
    ),
    "booking_series": delete(_OF_CONTACT),
    "bookings": keep("time and price; the person is taken out of them", f"({_OF_CONTACT} OR {_OF_CONVERSATION})"),
    "contact_notes": delete(_OF_CONTACT),
    "contact_tags": delete(_OF_CONTACT),
    "contact_facts": delete(_OF_CONTACT, aged="created_at"),
    "contact_stages": delete("id = ANY(:contacts)"),
    "contact_merges": delete("(kept_id = ANY(:contacts) OR merged_id = ANY(:contacts))"),
    "identities": delete(_OF_CONTACT),
    "conversations": delete("id = ANY(:conversations)"),
    "contacts": delete("id = ANY(:contacts)"),
    "idempotency": blank("answer IS NOT NULL", "answer = NULL, status = NULL"),
    "audit": keep("who changed what and when; the values of the rows above are emptied"),
    "events": keep("ids, statuses and amounts alone"),
    "hook_deliveries": keep("ids, statuses and amounts alone"),
    "incidents": keep("written for operators, without persons"),
    "erasures": keep("receipts, without persons"),
    "allocations": keep("time of staff; it goes with its hold"),
    "group_sessions": keep("time of staff; it goes with its last seat"),
    "api_keys": keep("of the business"),
    "busy_times": keep("of the team"),
    "calendar_feeds": keep("of the team"),
    "calendar_links": keep("of the business"),
    "channels": keep("of the business"),
    "contact_fields": keep("of the business"),
    "date_overrides": keep("of the business"),
    "facts": keep("of the business"),
    "files": keep("of the business, uploaded by its team; what customers send stays with its provider"),
    "hook_endpoints": keep("of the business"),
    "invitations": keep("of the team"),
    "knowledge_documents": keep("of the business"),
    "knowledge_faqs": keep("of the business"),
    "knowledge_passages": keep("of the business"),
    "memberships": keep("of the team"),
    "payment_accounts": keep("of the business"),
    "playbook_drafts": keep("of the business, written by a person"),
    "playbooks": keep("of the business, approved by a person"),
    "products": keep("of the business"),
    "resources": keep("of the business"),
    "service_resources": keep("of the business"),
    "services": keep("of the business"),
    "staff": keep("of the team"),
    "staff_services": keep("of the team"),
    "tenant_tools": keep("of the business"),
    "tool_secrets": keep("of the business"),
    "catalog_imports": keep("of the business"),
    "import_changes": keep("of the business"),
    "import_faults": keep("of the business"),
    "removed_services": keep("of the business"),
    "search_synonyms": keep("of the business"),
    "stock_reservations": keep("of the business; of a quote that goes it stays until it expires"),
    "variants": keep("of the business"),
}
"""In the order in which rows go: what points at others first. Answers kept for repeated requests are sealed, so that
nobody can tell whom they speak of: all of the business's are emptied, and a repetition is told that its answer is
lost."""
