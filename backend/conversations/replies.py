"""The end of a turn, as its holder tells it: reply, finish, fail. A stale attempt writes nothing."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, exists, func, select, true, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.channels.models import Channel
from backend.conversations.bundle import inbound
from backend.conversations.ending import open_handoff, put_back
from backend.conversations.ledger import keep
from backend.conversations.models import Author, Conversation, Handoff, Message, Turn, TurnOutcome, TurnStatus
from backend.conversations.outgoing import queue_message
from backend.conversations.pace import BEFORE, Before, Pace
from backend.conversations.schemas import ReplyIn
from backend.conversations.turn_models import JournalEntry
from backend.database import new_id
from backend.errors import Conflict
from backend.metrics import FOLDS, REPLIES, stage
from backend.security import TurnTicket
from backend.statements import Statement, Statements
from backend.tenants.models import Tenant
from backend.tenants.settings import TenantSettings, read_settings

MOST_FOLDS = 2
"""So often a reply is sent back because the customer wrote meanwhile; then it goes out."""

_FINISH = Statement("""
WITH closed AS (
    UPDATE turns SET status = 'done', finished_at = :now, lease_until = NULL, lease_owner = NULL, updated_at = :now
    WHERE tenant_id = :tenant_id AND id = :turn_id AND attempt = :attempt AND finished_at IS NULL
        AND replied_at IS NOT NULL AND status IN ('replied', 'done')
    RETURNING tenant_id, id, conversation_id
), thought AS (
    INSERT INTO reflections (tenant_id, id, conversation_id, status, due_at, attempt, tries, created_at, updated_at)
    SELECT tenant_id, id, conversation_id, 'waiting', :now, 0, 0, :now, :now FROM closed
    ON CONFLICT DO NOTHING
)
SELECT turns.attempt, turns.finished_at, closed.id IS NOT NULL AS closed, EXISTS (
    SELECT FROM turns AS later
    WHERE later.tenant_id = turns.tenant_id AND later.conversation_id = turns.conversation_id
        AND later.status = 'waiting'
) AS more
FROM turns LEFT JOIN closed ON closed.id = turns.id
WHERE turns.tenant_id = :tenant_id AND turns.id = :turn_id
""")


_ASKED = exists().where(
    Handoff.tenant_id == Turn.tenant_id,
    Handoff.conversation_id == Turn.conversation_id,
    Handoff.turn_id == Turn.id,
    Handoff.status == "open",
    Handoff.reason == "requested",
)
_TOLD = BEFORE.lateral("before")
_OPEN = (
    select(Turn, Conversation, Channel.provider, _ASKED, Tenant.settings, *_TOLD.c)
    .join(Conversation, (Conversation.tenant_id == Turn.tenant_id) & (Conversation.id == Turn.conversation_id))
    .join(Channel, (Channel.tenant_id == Conversation.tenant_id) & (Channel.id == Conversation.channel_id))
    .join(Tenant, Tenant.id == Turn.tenant_id)
    .outerjoin(_TOLD, true())
    .where(Turn.tenant_id == bindparam("tenant_id"), Turn.id == bindparam("turn_id"))
    .with_for_update(of=[Turn, Conversation], key_share=True)
)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The reply was taken; nothing to say makes no message."""

    message_ids: list[UUID]
    outcome: str


@dataclass(frozen=True, slots=True)
class Newer:
    """The customer wrote meanwhile: nothing was sent."""

    messages: list[dict[str, Any]]
    version: int


async def reply(session: AsyncSession, ticket: TurnTicket, given: ReplyIn) -> Accepted | Newer:
    """Take a reply, or hand back what it has not seen. The same attempt's second reply gets the first one's answer.

    Raises `Conflict` of type lease-lost.
    """
    turn, conversation, provider, asked, before, tuned = await _opened(session, ticket)
    if turn.status in (TurnStatus.REPLIED, TurnStatus.DONE) and turn.replied_at is not None:
        return await _as_before(session, turn)
    _expect_running(turn)
    folded_before = given.version <= turn.folded_version
    if given.version < turn.version and (folded_before or not await _must_go_out(session, turn)):
        if not folded_before:
            turn.folds, turn.folded_version = turn.folds + 1, given.version
            FOLDS.inc()
        return Newer(await _unseen(session, turn, given.version), turn.version)
    if given.version < turn.version:
        await _leave_to_next_turn(session, turn, given.version)
    pace = Pace.after(before, tuned, clock.now())
    loop = pace.summary(clock.now()) if pace.is_loop(tuned) else None
    outcome = await _outcome(session, turn, conversation, given, asked=asked, loop=loop)
    message_ids: list[UUID] = []
    if given.text.strip() and outcome != TurnOutcome.SILENT:
        message_ids.append(
            await queue_message(
                session, conversation.id, conversation.channel_id, provider, Author.AGENT, given.text, turn_id=turn.id
            )
        )
    await keep(session, turn, message_ids[0] if message_ids else None, given, outcome, pace)
    await session.flush()
    REPLIES.labels(outcome).inc()
    stage("received_to_claimed", turn.created_at, turn.claimed_at)
    stage("claimed_to_replied", turn.claimed_at, clock.now())
    return Accepted(message_ids, outcome)


async def finish(statements: Statements, ticket: TurnTicket) -> bool:
    """Close a turn whose checkpoint is saved; once closed, again is fine. Returns whether the conversation's next turn
    waits for this one. Raises `Conflict` of type lease-lost."""
    row = await statements.first(
        _FINISH,
        {"tenant_id": ticket.tenant_id, "turn_id": ticket.turn_id, "attempt": ticket.attempt, "now": clock.now()},
    )
    if row is None or row["attempt"] != ticket.attempt:
        raise _lost()
    if not row["closed"] and row["finished_at"] is None:
        raise Conflict("This turn has no accepted reply; send one first.", type="not-replied")
    more: bool = row["more"]
    return more


async def fail(session: AsyncSession, ticket: TurnTicket, reason: str, counted: bool) -> bool:
    """Give a turn back with the reason; returns whether it was parked. One that was replied to is closed instead:
    its reply is out, and the next turn is told what the thread lacks. Raises `Conflict` of type lease-lost."""
    turn = await _locked(session, ticket)
    if turn.status == TurnStatus.REPLIED:
        turn.status = TurnStatus.DONE
        turn.reason = reason
        turn.lease_until = turn.lease_owner = None
        await session.flush()
        return False
    _expect_running(turn)
    return await put_back(session, turn, reason, counted)


async def _locked(session: AsyncSession, ticket: TurnTicket) -> Turn:
    """The turn's row if this attempt is still its latest; tools that run wait, and are waited for."""
    turn = await session.scalar(
        select(Turn)
        .where(Turn.tenant_id == ticket.tenant_id, Turn.id == ticket.turn_id)
        .with_for_update(key_share=True)
    )
    if turn is None or turn.attempt != ticket.attempt:
        raise _lost()
    return turn


def _expect_running(turn: Turn) -> None:
    if turn.status != TurnStatus.RUNNING or turn.lease_until is None or turn.lease_until <= clock.machine_now():
        raise _lost()


def _lost() -> Conflict:
    return Conflict("This turn belongs to another holder now; stop and write nothing.", type="lease-lost")


async def _as_before(session: AsyncSession, turn: Turn) -> Accepted:
    sent = await session.scalars(
        select(Message.id).where(Message.turn_id == turn.id, Message.author == Author.AGENT).order_by(Message.sequence)
    )
    return Accepted(list(sent), turn.outcome or TurnOutcome.ANSWERED)


async def _opened(
    session: AsyncSession, ticket: TurnTicket
) -> tuple[Turn, Conversation, str, bool, Before, TenantSettings]:
    """The turn and then its conversation locked, the channel's provider, whether the turn asked for a person, what the
    reply before tells, and the tenant's settings."""
    found = await session.execute(_OPEN, {"tenant_id": ticket.tenant_id, "turn_id": ticket.turn_id})
    row = found.one_or_none()
    if row is None or row[0].attempt != ticket.attempt:
        raise _lost()
    turn, conversation, provider, wants_a_person, settings, *told = row
    return turn, conversation, provider, wants_a_person, Before(*told), read_settings(settings)


async def _must_go_out(session: AsyncSession, turn: Turn) -> bool:
    """After two folds, or once something was written: doing it over would answer for a world that has changed."""
    if turn.folds >= MOST_FOLDS:
        return True
    wrote = await session.scalar(select(JournalEntry.id).where(JournalEntry.turn_id == turn.id).limit(1))
    return wrote is not None


async def _unseen(session: AsyncSession, turn: Turn, version: int) -> list[dict[str, Any]]:
    """All messages of the turn that a reply naming `version` has not seen, oldest first."""
    rows = await session.scalars(
        select(Message)
        .where(Message.turn_id == turn.id, Message.author == Author.CONTACT, Message.turn_version > version)
        .order_by(Message.sent_at, Message.sequence)
    )
    return [inbound(message) for message in rows]


async def _leave_to_next_turn(session: AsyncSession, turn: Turn, version: int) -> None:
    """Move what the reply has not seen into the next turn, due at once."""
    now, left = clock.now(), turn.version - version
    next_id = await session.scalar(
        upsert(Turn)
        .values(
            tenant_id=turn.tenant_id,
            id=new_id(),
            conversation_id=turn.conversation_id,
            contact_id=turn.contact_id,
            status=TurnStatus.WAITING,
            due_at=now,
            latest_at=now,
            version=left,
            folds=0,
            attempt=0,
            tries=0,
            trace={},
            created_at=now,
            updated_at=now,
        )
        .on_conflict_do_update(
            index_elements=[Turn.tenant_id, Turn.conversation_id],
            index_where=Turn.status == TurnStatus.WAITING,
            set_={"version": Turn.version + left, "updated_at": now},
        )
        .returning(Turn.id)
    )
    await session.execute(
        update(Message)
        .where(Message.turn_id == turn.id, Message.author == Author.CONTACT, Message.turn_version > version)
        .values(turn_id=next_id, turn_version=Message.turn_version - version)
    )
    turn.version = version


async def _outcome(
    session: AsyncSession,
    turn: Turn,
    conversation: Conversation,
    given: ReplyIn,
    *,
    asked: bool,
    loop: str | None,
) -> str:
    """What the turn came to; opens a case for a person where the reply asks for one."""
    if conversation.in_charge == Author.PERSON:
        return TurnOutcome.SILENT
    outcome = TurnOutcome.HANDED_OFF if asked else TurnOutcome(given.outcome)
    if loop and outcome != TurnOutcome.HANDED_OFF:
        conversation.in_charge, turn.reason = Author.PERSON, "loop"
        await _hand_over_loop(session, turn, loop)
        return TurnOutcome.HANDED_OFF
    if outcome in (TurnOutcome.HANDED_OFF, TurnOutcome.SAFE_REPLY):
        case = await open_handoff(session, conversation.id, turn.id, *_why(outcome, given))
        if case is None and given.budget_spent and outcome == TurnOutcome.SAFE_REPLY:
            return TurnOutcome.SILENT  # a person was announced already
    if outcome == TurnOutcome.HANDED_OFF:
        conversation.in_charge = Author.PERSON
    return outcome


def _why(outcome: str, given: ReplyIn) -> tuple[str, str]:
    """Of a case: its reason and its summary."""
    if given.budget_spent and outcome == TurnOutcome.SAFE_REPLY:
        return "budget", "The month's budget for models is used up; raise it with PATCH /v1/tenant."
    faults = "; ".join(fault for draft in given.rejected for fault in draft.get("faults", []))
    return "requested" if outcome == TurnOutcome.HANDED_OFF else "safe_reply", faults


async def _hand_over_loop(session: AsyncSession, turn: Turn, summary: str) -> None:
    """One case says so, the conversation's open one if it has one."""
    if await open_handoff(session, turn.conversation_id, turn.id, "loop", summary) is None:
        both = func.left(func.concat_ws("\n", Handoff.summary, summary), 4000)
        await session.execute(
            update(Handoff)
            .where(Handoff.conversation_id == turn.conversation_id, Handoff.status == "open")
            .values(reason="loop", turn_id=turn.id, summary=both)
        )
