"""The outbox's states: what is due, what became of it, and what a status may change.

    queued --claim--> sending --sent--> sent --callbacks--> delivered --> read
      ^ `--too fast, unreachable: later--'  |--refused--> failed, held
      |                                     `--unclear, or its sender fell silent--> unknown
      `--------------the provider does not have it--------------------------------------'
                                      (it has it: sent)

A row waits for the earlier rows of its conversation that are queued, sending or unknown, so order is kept; what is
unknown is settled within half a minute of a provider that answers. What the provider says of one send never runs
backwards; where it says that this send failed for a reason that passes, the row is queued anew, and whatever else is
told of the failed send is about the past.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.channels.providers.base import Held, RateLimited, Rejected, SendOutcome, Sent
from backend.conversations.ending import open_handoff
from backend.conversations.models import Author, Message, OutboxEntry, OutboxStatus
from backend.database import Database, new_id
from backend.metrics import stage
from backend.reminders.service import undelivered
from backend.statements import Statement, Statements

SEND_LEASE_SECONDS = 30.0
"""As long as a turn's, and longer than a send can take: it begins within 10 s or not at all, and is given 15 s."""
FIRST_LOOK = timedelta(seconds=2)
"""An unclear outcome is looked up this much later, since a status callback may settle it first."""
_LOOKS = (timedelta(seconds=5), timedelta(seconds=15))
"""Pauses between looks. A provider that lists nothing at the last one does not have it."""
_MOST_REFUSALS = 8
_LONGEST_PAUSE_SECONDS = 300.0
_LONGEST_RATE_PAUSE_SECONDS = 30.0
_RANK = {
    OutboxStatus.QUEUED: 0,
    OutboxStatus.SENDING: 0,
    OutboxStatus.UNKNOWN: 0,
    OutboxStatus.SENT: 1,
    OutboxStatus.HELD: 2,
    OutboxStatus.FAILED: 2,
    OutboxStatus.DELIVERED: 3,
    OutboxStatus.READ: 4,
}

_CLAIM = Statement("""
WITH RECURSIVE left_alone AS (
    SELECT tenant_id, id FROM outbox WHERE status = 'sending' AND lease_until < :machine_now FOR UPDATE SKIP LOCKED
), silent AS (
    UPDATE outbox SET status = 'unknown', lease_until = NULL, due_at = :look_at, updated_at = :now
    FROM left_alone WHERE outbox.tenant_id = left_alone.tenant_id AND outbox.id = left_alone.id
), busy (tenant_id) AS (
    (SELECT tenant_id FROM outbox WHERE status = 'queued' AND due_at <= :now ORDER BY tenant_id LIMIT 1)
    UNION ALL
    SELECT (SELECT later.tenant_id FROM outbox AS later
            WHERE later.status = 'queued' AND later.due_at <= :now AND later.tenant_id > busy.tenant_id
            ORDER BY later.tenant_id LIMIT 1)
    FROM busy WHERE busy.tenant_id IS NOT NULL
), under_way AS (
    SELECT tenant_id, count(*) AS count FROM outbox WHERE status = 'sending' GROUP BY tenant_id
), heads AS (
    SELECT oldest.tenant_id, oldest.id, oldest.due_at, coalesce(under_way.count, 0)
        + row_number() OVER (PARTITION BY oldest.tenant_id ORDER BY oldest.due_at, oldest.sequence) AS place
    FROM busy LEFT JOIN under_way ON under_way.tenant_id = busy.tenant_id
    JOIN tenants ON tenants.id = busy.tenant_id AND tenants.status = 'active' CROSS JOIN LATERAL (
        SELECT entry.tenant_id, entry.id, entry.due_at, entry.sequence FROM outbox AS entry
        WHERE entry.tenant_id = busy.tenant_id AND entry.status = 'queued' AND entry.due_at <= :now AND NOT EXISTS (
            SELECT FROM outbox AS earlier
            WHERE earlier.tenant_id = entry.tenant_id AND earlier.conversation_id = entry.conversation_id
                AND earlier.sequence < entry.sequence AND earlier.status IN ('queued', 'sending', 'unknown')
        )
        ORDER BY entry.due_at, entry.sequence LIMIT greatest(0, CAST(:share AS bigint) - coalesce(under_way.count, 0))
    ) AS oldest
), picked AS (
    SELECT outbox.tenant_id, outbox.id FROM heads
    JOIN outbox ON outbox.tenant_id = heads.tenant_id AND outbox.id = heads.id
    WHERE outbox.status = 'queued' AND outbox.due_at <= :now
    ORDER BY heads.place, heads.due_at LIMIT :limit
    FOR UPDATE OF outbox SKIP LOCKED
)
UPDATE outbox SET status = 'sending', attempt = outbox.attempt + 1, lease_until = :lease_until, updated_at = :now
FROM picked WHERE outbox.tenant_id = picked.tenant_id AND outbox.id = picked.id
RETURNING outbox.tenant_id, outbox.id, outbox.conversation_id, outbox.message_id, outbox.attempt
""")

_CLAIM_UNKNOWN = Statement("""
UPDATE outbox SET due_at = :again_at, updated_at = :now
FROM (
    SELECT tenant_id, id FROM outbox WHERE status = 'unknown' AND due_at <= :now
    ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED
) AS picked
WHERE outbox.tenant_id = picked.tenant_id AND outbox.id = picked.id
RETURNING outbox.tenant_id, outbox.id, outbox.conversation_id, outbox.message_id, outbox.attempt
""")

_NEXT = Statement("SELECT min(due_at) AS due_at FROM outbox WHERE status IN ('queued', 'unknown') AND due_at > :now")

_ADVANCE = Statement("""
WITH entry AS (
    SELECT tenant_id, id, status FROM outbox
    WHERE tenant_id = :tenant_id AND id = :id AND attempt = :attempt FOR UPDATE
)
UPDATE outbox SET provider_id = coalesce(outbox.provider_id, :provider_id), sent_at = coalesce(outbox.sent_at, :now),
    lease_until = NULL, pair_until = :pair_until, updated_at = :now,
    status = CASE WHEN outbox.status = ANY(CAST(:lower AS text[])) THEN :status ELSE outbox.status END,
    error_code = CASE WHEN outbox.status = ANY(CAST(:lower AS text[])) THEN NULL ELSE outbox.error_code END,
    error = CASE WHEN outbox.status = ANY(CAST(:lower AS text[])) THEN NULL ELSE outbox.error END
FROM entry WHERE outbox.tenant_id = entry.tenant_id AND outbox.id = entry.id
RETURNING outbox.status, outbox.conversation_id, EXISTS (
    SELECT FROM outbox AS later
    WHERE later.tenant_id = outbox.tenant_id AND later.conversation_id = outbox.conversation_id
        AND later.sequence > outbox.sequence AND later.status = 'queued'
) AS holds_back
""")

# Only for a row that such a status may simply move on. One that is tried again after a refusal (`error_code`) may be
# told late words about the send that failed: that is taken apart with more care.
_TAKE_STATUS = Statement("""
WITH entry AS (
    SELECT tenant_id, id, status, sent_at, conversation_id, message_id FROM outbox
    WHERE tenant_id = :tenant_id AND id = :id AND channel_id = :channel_id
        AND coalesce(provider_id, :provider_id) = :provider_id
        AND NOT (status IN ('queued', 'sending', 'unknown') AND error_code IS NOT NULL)
    FOR UPDATE
), event AS (
    INSERT INTO channel_events (tenant_id, id, channel_id, kind, provider_id, payload, received_at, created_at,
                                updated_at)
    SELECT :tenant_id, :event_id, :channel_id, :kind, :provider_id, CAST(:payload AS jsonb), :now, :now, :now FROM entry
    ON CONFLICT DO NOTHING
    RETURNING id
), moved AS (
    UPDATE outbox SET provider_id = :provider_id, sent_at = coalesce(outbox.sent_at, :now),
        lease_until = NULL, updated_at = :now,
        status = CASE WHEN outbox.status = ANY(CAST(:lower AS text[])) THEN :status ELSE outbox.status END,
        error_code = CASE WHEN outbox.status = ANY(CAST(:lower AS text[])) THEN NULL ELSE outbox.error_code END,
        error = CASE WHEN outbox.status = ANY(CAST(:lower AS text[])) THEN NULL ELSE outbox.error END
    FROM entry, event WHERE outbox.tenant_id = entry.tenant_id AND outbox.id = entry.id
    RETURNING outbox.status
)
SELECT entry.status AS before, entry.sent_at, entry.conversation_id, entry.message_id, moved.status
FROM entry LEFT JOIN moved ON true
""")


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row on its way; `attempt` is the fence of its record."""

    tenant_id: UUID
    id: UUID
    conversation_id: UUID
    message_id: UUID
    attempt: int


async def claim_due(database: Database, limit: int, share: int | None = None) -> list[Claimed]:
    """Lease the first queued row of as many conversations, in turns over tenants, none of which gets more than `share`
    on their way at once (as many as the limit if not given). Rows whose sender fell silent become unknown."""
    now, machine_now = clock.now(), clock.machine_now()
    rows = await database.look(
        _CLAIM,
        {
            "now": now,
            "machine_now": machine_now,
            "look_at": now + FIRST_LOOK,
            "lease_until": machine_now + timedelta(seconds=SEND_LEASE_SECONDS),
            "limit": limit,
            "share": share or limit,
        },
    )
    return [Claimed(**row) for row in rows]


async def claim_unknown(database: Database, limit: int) -> list[Claimed]:
    """Rows with an unclear outcome that are due for a look; nobody else looks for half a minute."""
    now = clock.now()
    rows = await database.look(_CLAIM_UNKNOWN, {"now": now, "again_at": now + timedelta(seconds=30), "limit": limit})
    return [Claimed(**row) for row in rows]


async def seconds_until_due(database: Database) -> float | None:
    """How long until a row falls due; None: nothing waits."""
    now = clock.now()
    [row] = await database.look(_NEXT, {"now": now})
    return None if row["due_at"] is None else float((row["due_at"] - now).total_seconds())


@dataclass(frozen=True, slots=True)
class Moved:
    """A row that was moved on, or left where it was."""

    status: str
    held_back: bool
    """Whether later rows of its conversation waited for it."""
    conversation_id: UUID
    message_id: UUID


async def advance(statements: Statements, claimed: Claimed, sent: Sent, pair_until: datetime | None) -> Moved | None:
    """`record` for what nearly every send comes to; None if the claim is no longer the latest."""
    row = await statements.first(
        _ADVANCE,
        {
            "tenant_id": claimed.tenant_id,
            "id": claimed.id,
            "attempt": claimed.attempt,
            "pair_until": pair_until,
            **_moving(sent),
        },
    )
    if row is None:
        return None
    return Moved(row["status"], row["holds_back"], claimed.conversation_id, claimed.message_id)


async def take_sent(
    statements: Statements, tenant_id: UUID, channel_id: UUID, outbox_id: UUID, kind: str, payload: str, sent: Sent
) -> Moved | None:
    """Keep the event of a callback that says sent, delivered or read, and move its row on; the same event again
    changes nothing. None, and nothing done, if there is no row that it fits."""
    row = await statements.first(
        _TAKE_STATUS,
        {
            "tenant_id": tenant_id,
            "id": outbox_id,
            "channel_id": channel_id,
            "event_id": new_id(),
            "kind": kind,
            "payload": payload,
            **_moving(sent),
        },
    )
    if row is None:
        return None
    before = _RANK[OutboxStatus(row["before"])]
    if row["status"] == OutboxStatus.DELIVERED and before < _RANK[OutboxStatus.DELIVERED]:
        stage("sent_to_delivered", row["sent_at"], clock.now())
    waited = before == 0
    return Moved(row["status"] or row["before"], waited, row["conversation_id"], row["message_id"])


def _moving(sent: Sent) -> dict[str, Any]:
    lower = [status for status, rank in _RANK.items() if rank < _RANK[sent.status]]
    return {"provider_id": sent.provider_id, "status": sent.status, "lower": lower, "now": clock.now()}


async def record(session: AsyncSession, entry: OutboxEntry, outcome: SendOutcome) -> None:
    """Write down what a send, a look or a callback said about a row that is locked."""
    now = clock.now()
    ended = _RANK[OutboxStatus(entry.status)] > _RANK[OutboxStatus.SENT]
    if isinstance(outcome, Sent):
        _advance(entry, outcome, now)
    elif isinstance(outcome, RateLimited):
        if not ended:
            pause = outcome.retry_after
            _send_later(entry, outcome.code, now, _of_age(entry, now) if pause is None else pause)
    elif isinstance(outcome, Rejected) and not outcome.permanent and _worth_another(entry, outcome):
        if not ended:
            entry.refusals += 1
            _send_later(entry, outcome.code, now, min(2.0 ** min(entry.refusals, 10), _LONGEST_PAUSE_SECONDS))
    elif isinstance(outcome, Held):
        await _stop(session, entry, OutboxStatus.HELD, outcome.code, outcome.reason)
    elif isinstance(outcome, Rejected):
        await _stop(session, entry, OutboxStatus.FAILED, outcome.code, "the provider refused it")
    elif _RANK[OutboxStatus(entry.status)] == 0:
        entry.status, entry.error_code = OutboxStatus.UNKNOWN, outcome.code
        entry.lease_until, entry.due_at, entry.looks = None, now + FIRST_LOOK, 0
    await session.flush()


def not_found(entry: OutboxEntry) -> None:
    """The provider lists no such message: look again later, and after the last look send it."""
    now = clock.now()
    if entry.looks < len(_LOOKS):
        entry.due_at = now + _LOOKS[entry.looks]
        entry.looks += 1
    else:
        entry.status, entry.due_at, entry.looks = OutboxStatus.QUEUED, now, 0
        entry.attempt += 1


def _advance(entry: OutboxEntry, sent: Sent, now: datetime) -> None:
    entry.provider_id = entry.provider_id or sent.provider_id
    entry.sent_at = entry.sent_at or now
    entry.lease_until = None
    if _RANK[sent.status] > _RANK[OutboxStatus(entry.status)]:
        entry.status, entry.error_code, entry.error = sent.status, sent.error_code, None


def _send_later(entry: OutboxEntry, code: str, now: datetime, pause: float) -> None:
    """A refusal: whoever still holds the row holds an old attempt now."""
    entry.status, entry.error_code, entry.lease_until = OutboxStatus.QUEUED, code, None
    entry.provider_id = entry.sent_at = None
    entry.due_at = now + timedelta(seconds=pause)
    entry.attempt += 1


def _worth_another(entry: OutboxEntry, refusal: Rejected) -> bool:
    return refusal.code == "unreachable" or entry.refusals < _MOST_REFUSALS


def _of_age(entry: OutboxEntry, now: datetime) -> float:
    """Seconds to wait when nobody says how long: the longer it has waited, the longer still."""
    return min(max((now - entry.created_at).total_seconds() / 2, 1.0), _LONGEST_RATE_PAUSE_SECONDS)


async def _stop(session: AsyncSession, entry: OutboxEntry, status: OutboxStatus, code: str, reason: str) -> None:
    """It will not arrive. A person is told about what the agent or one of the team meant to say."""
    if _RANK[OutboxStatus(entry.status)] >= _RANK[status]:
        return
    entry.status, entry.error_code, entry.error, entry.lease_until = status, code, reason, None
    message = await session.get_one(Message, (entry.tenant_id, entry.message_id))
    if message.author in (Author.AGENT, Author.PERSON):
        what = "A reply" if message.author == Author.AGENT else "A message of the team"
        summary = f"{what} could not be delivered ({code}): {reason}."
        await open_handoff(session, entry.conversation_id, message.turn_id, "failed", summary)
    if message.author == Author.SYSTEM:
        await undelivered(session, message.id, status, code)
