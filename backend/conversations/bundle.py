"""Bundles: everything a turn needs, read once when it is claimed. Shape: `agent/bundle.py`, `graphs/ports.py`.

A claimed turn that is not to be answered any more (a person took over, the bot was switched off, the budget is used up
and a person announced) is closed here, and one whose holders keep dying is parked for a person.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.bookings.service import open_cards as open_bookings
from backend.contacts.card import contact_card
from backend.contacts.models import Contact
from backend.conversations.ending import quarantine
from backend.conversations.memory import journal_of, live_evidence, open_proposals
from backend.conversations.models import Author, Turn, TurnOutcome, TurnStatus
from backend.conversations.offered_tools import offered_tools
from backend.conversations.remembering import memory_of
from backend.database import fetch, new_id, tenant_of
from backend.files.sending import MOST_LISTED
from backend.lessons.trial import MARK as LESSON
from backend.lessons.trial import Beside, with_trial
from backend.orders.service import open_cards as open_orders
from backend.playbooks.service import current as current_playbook
from backend.security import PREVIEW, TurnTicket, issue_turn_token
from backend.settings import Settings
from backend.statements import Statement
from backend.tenant_tools.offered import MARK, offered
from backend.tenants.models import Tenant
from backend.tenants.service import load_tenant
from backend.tenants.settings import TenantSettings, read_settings
from backend.timetable.reading import told as told_of_days
from backend.usage.service import remaining_this_month

FILE = "#file"
KNOWLEDGE = "#knowledge"
"""Marks what the business lets its agent send, among what is read of it in one statement."""
MOST_DEATHS = 25
"""A turn over which so many holders in a row fell silent is parked, though none of them could say why."""

_CONVERSATIONS = Statement("""
SELECT turns.id AS turn_id, turns.folds, turns.deaths, turns.conversation_id, turns.contact_id, conversations.in_charge,
    conversations.memory_asked_at, conversations.debug, conversations.bot_enabled, channels.provider,
    conversations.channel_id, contact_stages.stage
FROM turns
JOIN conversations ON conversations.tenant_id = turns.tenant_id AND conversations.id = turns.conversation_id
JOIN channels ON channels.tenant_id = conversations.tenant_id AND channels.id = conversations.channel_id
LEFT JOIN contact_stages ON contact_stages.tenant_id = turns.tenant_id AND contact_stages.id = turns.contact_id
WHERE turns.tenant_id = :tenant_id AND turns.id = ANY(CAST(:turn_ids AS uuid[]))
""")

_BUSY = Statement("""
SELECT given.contact_id FROM unnest(CAST(:contact_ids AS uuid[])) AS given(contact_id)
WHERE EXISTS (SELECT FROM quotes WHERE tenant_id = :tenant_id AND quotes.contact_id = given.contact_id)
    OR EXISTS (SELECT FROM orders WHERE tenant_id = :tenant_id AND orders.contact_id = given.contact_id)
    OR EXISTS (SELECT FROM bookings WHERE tenant_id = :tenant_id AND bookings.contact_id = given.contact_id)
""")

_WITH_A_CASE = Statement("""
SELECT DISTINCT turns.conversation_id
FROM turns JOIN handoffs ON handoffs.tenant_id = turns.tenant_id AND handoffs.conversation_id = turns.conversation_id
    AND handoffs.status = 'open'
WHERE turns.tenant_id = :tenant_id AND turns.id = ANY(CAST(:turn_ids AS uuid[]))
""")

_OF_BUSINESS = Statement("""
SELECT key, text, NULL AS kind, NULL::jsonb AS choices FROM facts WHERE tenant_id = :tenant_id
UNION ALL
SELECT key, label, kind, choices FROM contact_fields WHERE tenant_id = :tenant_id
UNION ALL
SELECT name, description, '#tool',
    jsonb_build_object('parameters', parameters, 'method', method, 'irreversible', irreversible)
FROM tenant_tools WHERE tenant_id = :tenant_id AND enabled
UNION ALL
SELECT id::text, rule, '#lesson', jsonb_build_object('share', share, 'channel_id', channel_id)
FROM lessons WHERE tenant_id = :tenant_id AND status = 'published' AND version IS NULL
UNION ALL
(SELECT id::text, name, '#file', jsonb_build_object('caption', caption)
FROM files WHERE tenant_id = :tenant_id AND sendable ORDER BY id DESC LIMIT :most_files)
UNION ALL
SELECT '', '', '#knowledge', NULL
WHERE EXISTS (SELECT FROM knowledge_passages WHERE tenant_id = :tenant_id AND deleted_at IS NULL)
ORDER BY key
""")

_RAISE_FENCES = Statement("""
UPDATE conversations SET fence = fence + 1
WHERE tenant_id = :tenant_id AND id = ANY(CAST(:conversation_ids AS uuid[]))
RETURNING id, fence
""")

# Version and messages in one statement, so that they belong to the same moment.
_MESSAGES = Statement("""
SELECT turns.id AS turn_id, turns.version, messages.id, messages.kind, messages.body, messages.attachments,
       messages.location, messages.sent_at
FROM turns JOIN messages ON messages.tenant_id = turns.tenant_id AND messages.turn_id = turns.id
    AND messages.author = 'contact'
WHERE turns.tenant_id = :tenant_id AND turns.id = ANY(CAST(:turn_ids AS uuid[]))
ORDER BY turns.id, messages.sent_at, messages.sequence
""")

# What the thread lacks: whatever was said since the last turn that ended with its checkpoint saved was read, except
# by that turn itself and by turns still to come.
_MISSED = Statement("""
SELECT this.id AS turn_id, missed.author, missed.body, missed.sent_at
FROM turns AS this
LEFT JOIN LATERAL (
    SELECT earlier.id, earlier.claimed_at FROM turns AS earlier
    WHERE earlier.tenant_id = this.tenant_id AND earlier.conversation_id = this.conversation_id
        AND earlier.finished_at IS NOT NULL
    ORDER BY earlier.id DESC LIMIT 1
) AS known ON true
JOIN LATERAL (
    SELECT messages.author, messages.body, messages.sent_at, messages.sequence
    FROM messages
    LEFT JOIN turns AS of_turn ON of_turn.tenant_id = messages.tenant_id AND of_turn.id = messages.turn_id
    WHERE messages.tenant_id = this.tenant_id AND messages.conversation_id = this.conversation_id
        AND messages.sequence > coalesce((
            SELECT min(first.sequence) FROM messages AS first
            WHERE first.tenant_id = this.tenant_id AND first.turn_id = known.id), 0)
        AND messages.created_at > coalesce(known.claimed_at, '-infinity')
        AND messages.body <> ''
        AND (of_turn.id IS NULL
            OR (of_turn.id <> this.id AND of_turn.finished_at IS NULL AND of_turn.status IN ('done', 'quarantined')))
    ORDER BY messages.sequence DESC LIMIT 40
) AS missed ON true
WHERE this.tenant_id = :tenant_id AND this.id = ANY(CAST(:turn_ids AS uuid[]))
ORDER BY missed.sequence
""")


async def read_bundles(
    session: AsyncSession, settings: Settings, turns: Mapping[UUID, int], *, preview: bool = False
) -> dict[UUID, Any]:
    """Bundles by turn id, of claimed turns (id -> attempt) of the session's tenant.

    A preview bundles a turn whatever its state; its transaction must be rolled back.
    """
    scope: dict[str, Any] = {"tenant_id": tenant_of(session), "turn_ids": list(turns)}
    tenant = await load_tenant(session)
    tuned = read_settings(tenant.settings)
    threads = {row.turn_id: row for row in await fetch(session, _CONVERSATIONS, scope)}
    people = await session.scalars(select(Contact).where(Contact.id.in_({row.contact_id for row in threads.values()})))
    contacts = {contact.id: contact for contact in people}
    remaining = await remaining_this_month(session, tenant, tuned)
    waiting = await _with_a_case(session, scope) if remaining == 0 else frozenset()
    answered = {}
    for turn_id, row in threads.items():
        if preview:
            answered[turn_id] = row
        elif row.deaths >= MOST_DEATHS:
            if await _end_silently(session, turn_id, turns[turn_id]):
                await quarantine(session, turn_id, "every one of its holders died or fell silent")
        elif (
            row.in_charge == Author.PERSON
            or not (tuned.bot_enabled and row.bot_enabled and contacts[row.contact_id].bot_enabled)
            or row.conversation_id in waiting
        ):
            await _end_silently(session, turn_id, turns[turn_id])
        else:
            answered[turn_id] = row
    if not answered:
        return {}
    scope["turn_ids"] = list(answered)
    card, fields, outside, beside, knows = await _tenant_card(session, tenant, tuned)
    playbook = await current_playbook(session)
    shared = {
        "now": clock.now().isoformat(),
        "lease_seconds": settings.first_lease_seconds,
        "tenant": card,
        "tools": offered_tools(tenant.mode, has_files=bool(card["files"]), knows=knows),
        "tenant_tools": outside,
        "budget": {"remaining_micros": remaining},
    }
    versions, messages = await _messages(session, scope)
    missed = await _missed(session, scope)
    evidence = await live_evidence(session, {row.conversation_id for row in answered.values()})
    turn_of = {row.conversation_id: turn_id for turn_id, row in answered.items()}
    proposals = await open_proposals(session, turn_of, preview=preview)
    journal = await journal_of(session, [turn_id for turn_id in answered if turns[turn_id] > 1])
    cards = await _open(session, {row.contact_id for row in answered.values()})
    # Last, since receiving locks a turn before its conversation, and waits for this row.
    fences = await _raise_fences(session, [row.conversation_id for row in answered.values()])
    return {
        turn_id: {
            **shared,
            **_heading(settings, scope["tenant_id"], row, turns[turn_id], versions.get(turn_id, 1)),
            "playbook": with_trial(playbook, beside, row.conversation_id, row.channel_id),
            "fence": fences[row.conversation_id],
            "contact": contact_card(
                contacts[row.contact_id],
                memory_of(contacts[row.contact_id], tuned.memory_needs_consent, row.memory_asked_at),
                fields,
                row.stage,
            ),
            "messages": messages[turn_id],
            "missed": missed[turn_id],
            "evidence": evidence[row.conversation_id],
            "journal": journal[turn_id],
            "proposals": proposals[row.conversation_id],
            "open": cards[row.contact_id],
        }
        for turn_id, row in answered.items()
    }


async def read_sample(session: AsyncSession) -> dict[str, Any]:
    """A bundle of nobody's conversation, in which nothing was said: what the business brings to every turn."""
    tenant = await load_tenant(session)
    tuned = read_settings(tenant.settings)
    card, _, outside, _, knows = await _tenant_card(session, tenant, tuned)
    return {
        "kind": "turn",
        "id": str(new_id()),
        "attempt": PREVIEW,
        "version": 1,
        "now": clock.now().isoformat(),
        "tenant": card,
        "contact": {"id": ""},
        "conversation": {"id": ""},
        "messages": [],
        "playbook": await current_playbook(session),
        "tools": offered_tools(tenant.mode, has_files=bool(card["files"]), knows=knows),
        "tenant_tools": outside,
        "budget": {"remaining_micros": await remaining_this_month(session, tenant, tuned)},
    }


def _heading(settings: Settings, tenant_id: UUID, row: Any, attempt: int, version: int) -> dict[str, Any]:
    ticket = TurnTicket(tenant_id, row.turn_id, attempt, row.conversation_id, row.contact_id)
    return {
        "kind": "turn",
        "id": str(row.turn_id),
        "attempt": attempt,
        "token": issue_turn_token(settings, ticket),
        "version": version,
        "folds": row.folds,
        "conversation": {"id": str(row.conversation_id), "debug": row.debug, "channel": row.provider},
    }


async def _raise_fences(session: AsyncSession, conversation_ids: Sequence[UUID]) -> dict[UUID, int]:
    scope = {"tenant_id": tenant_of(session), "conversation_ids": list(conversation_ids)}
    return {row.id: row.fence for row in await fetch(session, _RAISE_FENCES, scope)}


def inbound(row: Any) -> dict[str, Any]:
    """A contact's message as `graphs.ports.InboundMessage` reads it."""
    return {
        "id": str(row.id),
        "kind": row.kind,
        "body": row.body,
        "attachments": row.attachments,
        "location": row.location,
        "sent_at": row.sent_at.isoformat(),
    }


async def _with_a_case(session: AsyncSession, scope: dict[str, Any]) -> frozenset[UUID]:
    """Conversations in which a person was announced already: without a budget nothing better can be said there."""
    return frozenset(row.conversation_id for row in await fetch(session, _WITH_A_CASE, scope))


async def _end_silently(session: AsyncSession, turn_id: UUID, attempt: int) -> bool:
    """Close a turn unanswered; whether it was still this attempt's to close."""
    closed = await session.scalar(
        update(Turn)
        .where(Turn.id == turn_id, Turn.attempt == attempt, Turn.status == TurnStatus.RUNNING)
        .values(status=TurnStatus.DONE, outcome=TurnOutcome.SILENT, lease_until=None, lease_owner=None)
        .returning(Turn.id)
    )
    return closed is not None


async def _tenant_card(
    session: AsyncSession, tenant: Tenant, tuned: TenantSettings
) -> tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]], list[Beside], bool]:
    """The business, the custom fields of its contacts, the tools that it declared, its lessons beside the playbook, and
    whether it has documents or FAQs."""
    told = await fetch(session, _OF_BUSINESS, {"tenant_id": tenant.id, "most_files": MOST_LISTED})
    facts = [row for row in told if row.kind is None]
    fields = [
        {"key": row.key, "label": row.text, "kind": row.kind, **({"choices": row.choices} if row.choices else {})}
        for row in told
        if row.kind is not None and row.kind not in (MARK, LESSON, FILE, KNOWLEDGE)
    ]
    outside = [offered(row.key, row.text, row.choices) for row in told if row.kind == MARK]
    beside = [Beside.of(row.key, row.text, row.choices) for row in told if row.kind == LESSON]
    changed_days, rules = await told_of_days(session, tenant, tuned)
    card = {
        "id": str(tenant.id),
        "slug": tenant.slug,
        "name": tenant.name,
        "mode": tenant.mode,
        "locale": tenant.locale,
        "currency": tenant.currency,
        "timezone": tenant.timezone,
        "hours": tenant.hours,
        "changed_days": changed_days,
        "facts": [*({"key": fact.key, "text": fact.text} for fact in facts), *rules],
        "files": [{"id": row.key, "name": row.text, **row.choices} for row in told if row.kind == FILE],
        "models": tuned.models,
        "policy": tuned.policy.model_dump(exclude_unset=True),
    }
    return card, fields, outside, beside, any(row.kind == KNOWLEDGE for row in told)


async def _messages(session: AsyncSession, scope: dict[str, Any]) -> tuple[dict[UUID, int], dict[UUID, list[Any]]]:
    versions: dict[UUID, int] = {}
    messages: dict[UUID, list[Any]] = defaultdict(list)
    for row in await fetch(session, _MESSAGES, scope):
        versions[row.turn_id] = row.version
        messages[row.turn_id].append(inbound(row))
    return versions, messages


async def _missed(session: AsyncSession, scope: dict[str, Any]) -> dict[UUID, list[Any]]:
    missed: dict[UUID, list[Any]] = defaultdict(list)
    for row in await fetch(session, _MISSED, scope):
        missed[row.turn_id].append({"author": row.author, "body": row.body, "at": row.sent_at.isoformat()})
    return missed


async def _open(session: AsyncSession, contact_ids: set[UUID]) -> dict[UUID, dict[str, Any]]:
    """Cards by contact; most contacts have nothing open, which one statement tells of all of them."""
    scope = {"tenant_id": tenant_of(session), "contact_ids": list(contact_ids)}
    busy = {row.contact_id for row in await fetch(session, _BUSY, scope)}
    return {
        contact_id: {
            **await open_orders(session, contact_id),
            "bookings": await open_bookings(session, contact_id),
        }
        if contact_id in busy
        else {"quotes": [], "orders": [], "bookings": []}
        for contact_id in contact_ids
    }
