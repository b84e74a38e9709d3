"""Replays: ordered, read, and told by the agent that plays them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.anonymous import Anonymiser, of_conversation
from backend.conversations.models import Turn
from backend.database import SYSTEM, new_id, tenant_of
from backend.errors import Conflict, NotFound
from backend.playbooks.sections import SECTIONS
from backend.replays.models import ReplayRecord, ReplayStatus
from backend.replays.schemas import CaseDone, CaseReport, ReplayDone, ReplayFailed, ReplayOrder, Side
from backend.scenarios.models import Scenario
from backend.security import TurnTicket
from backend.usage.service import spend

MOST_TRIES = 3
TURNS_EACH = 3
"""The latest of each conversation."""
MOST_SCENARIOS = 100
MOST_WAITING = 20

_TURNS = text("""
SELECT picked.id, picked.conversation_id FROM (
    SELECT conversation_id, max(id::text) AS latest FROM turns
    WHERE tenant_id = :tenant_id AND status = 'done' AND outcome IN ('answered', 'safe_reply', 'handed_off')
    GROUP BY conversation_id ORDER BY latest DESC LIMIT :conversations
) AS talked CROSS JOIN LATERAL (
    SELECT turns.id, turns.conversation_id FROM turns
    WHERE turns.tenant_id = :tenant_id AND turns.conversation_id = talked.conversation_id AND turns.status = 'done'
        AND turns.outcome IN ('answered', 'safe_reply', 'handed_off')
        AND EXISTS (SELECT FROM messages WHERE messages.tenant_id = turns.tenant_id AND messages.turn_id = turns.id
            AND messages.author = 'contact' AND messages.body <> '')
    ORDER BY turns.id DESC LIMIT :each
) AS picked
ORDER BY picked.id
""")


async def order_replay(
    session: AsyncSession, order: ReplayOrder, *, lesson_id: UUID | None = None, actor: str = SYSTEM
) -> ReplayRecord:
    """A replay, queued for the agent; ring the bell `replay` after the commit. The same order while it still waits is
    the answer itself. Conflict of type too-many-replays while `MOST_WAITING` wait."""
    base, candidate = _parts(order.base), _parts(order.candidate)
    waiting = (await session.scalars(select(ReplayRecord).where(ReplayRecord.status == ReplayStatus.WAITING))).all()
    for known in waiting:
        asked = (known.lesson_id, known.base, known.candidate, known.conversations, known.scenarios, known.runs)
        if asked == (lesson_id, base, candidate, order.conversations, order.scenarios, order.runs):
            return known
    if len(waiting) >= MOST_WAITING:
        raise Conflict(f"{MOST_WAITING} replays wait already; let some of them end first.", type="too-many-replays")
    replay = ReplayRecord(
        tenant_id=tenant_of(session),
        id=new_id(),
        lesson_id=lesson_id,
        base_version=int(order.base.get("version") or 0),
        base=base,
        candidate=candidate,
        conversations=order.conversations,
        scenarios=order.scenarios,
        runs=order.runs,
        asked_by=actor,
        cases=await _cases(session, order),
        report={"cases": []},
        due_at=clock.now(),
    )
    session.add(replay)
    await session.flush()
    return replay


async def list_replays(
    session: AsyncSession, after: UUID | None, limit: int, lesson_id: UUID | None = None
) -> Sequence[ReplayRecord]:
    """Newest first."""
    query = select(ReplayRecord).order_by(ReplayRecord.id.desc()).limit(limit)
    if after is not None:
        query = query.where(ReplayRecord.id < after)
    if lesson_id is not None:
        query = query.where(ReplayRecord.lesson_id == lesson_id)
    return (await session.scalars(query)).all()


async def get_replay(session: AsyncSession, replay_id: UUID) -> ReplayRecord:
    """One replay; NotFound."""
    found: ReplayRecord | None = await session.scalar(select(ReplayRecord).where(ReplayRecord.id == replay_id))
    if found is None:
        raise NotFound("There is no such replay; GET /v1/replays lists them.")
    return found


async def case_done(session: AsyncSession, ticket: TurnTicket, given: CaseDone) -> None:
    """One more case is told, anonymised here; told again it changes nothing. Conflict of type lease-lost."""
    replay = await _held(session, ticket)
    _expect_waiting(replay)
    known = list(replay.report.get("cases", []))
    ordered = {case["key"]: case for case in replay.cases}
    if given.report.key not in ordered or any(case["key"] == given.report.key for case in known):
        return
    conversation_id = ordered[given.report.key].get("conversation_id")
    masks = await of_conversation(session, UUID(conversation_id)) if conversation_id else Anonymiser()
    told = {**_masked(given.report, masks).model_dump(mode="json"), "conversation_id": conversation_id}
    replay.report = {"cases": [*known, told]}
    replay.cost_micros += given.cost_micros
    replay.tries = 0


async def done(session: AsyncSession, ticket: TurnTicket, given: ReplayDone) -> None:
    """The verdict; the same attempt's second one changes nothing. Conflict of type lease-lost."""
    replay = await _held(session, ticket)
    if replay.status == ReplayStatus.DONE:
        return
    _expect_waiting(replay)
    replay.status, replay.finished_at, replay.lease_until = ReplayStatus.DONE, clock.now(), None
    replay.verdict, replay.confidence, replay.reason = given.verdict, given.confidence, None
    replay.machinery_only = given.machinery_only


async def failed(session: AsyncSession, ticket: TurnTicket, given: ReplayFailed) -> None:
    """Put back, or given up at the third try or if trying again would not help. Conflict of type lease-lost."""
    replay = await _held(session, ticket)
    if replay.status == ReplayStatus.FAILED:
        return
    _expect_waiting(replay)
    replay.tries += 1
    replay.lease_until, replay.reason = None, given.reason
    replay.cost_micros += given.cost_micros
    if given.final or replay.tries >= MOST_TRIES:
        replay.status, replay.finished_at = ReplayStatus.FAILED, clock.now()
    else:
        replay.due_at = clock.now() + timedelta(seconds=5.0**replay.tries)
    await session.flush()
    await spend(session, given.usage)


async def has_cases(session: AsyncSession, order: ReplayOrder) -> bool:
    """Whether there is anything to play it on."""
    return bool(await _cases(session, order))


async def _cases(session: AsyncSession, order: ReplayOrder) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = []
    if order.scenarios:
        newest = select(Scenario.id).order_by(Scenario.held_out.desc(), Scenario.id.desc()).limit(MOST_SCENARIOS)
        cases += [
            {"key": f"scenario:{one}", "kind": "scenario", "id": str(one)} for one in await session.scalars(newest)
        ]
    if order.conversations:
        scope = {"tenant_id": tenant_of(session), "conversations": order.conversations, "each": TURNS_EACH}
        cases += [
            {"key": f"turn:{row.id}", "kind": "turn", "id": str(row.id), "conversation_id": str(row.conversation_id)}
            for row in await session.execute(_TURNS, scope)
        ]
    return cases


async def expect_held(session: AsyncSession, ticket: TurnTicket, key: str) -> tuple[ReplayRecord, dict[str, Any]]:
    """The replay and the case of its that this holder plays. NotFound; Conflict of type lease-lost."""
    replay = await _held(session, ticket)
    _expect_waiting(replay)
    for case in replay.cases:
        if case["key"] == key:
            return replay, case
    raise NotFound("This replay has no such case.")


async def turn_of_case(session: AsyncSession, case: dict[str, Any]) -> Turn | None:
    """The past turn, unless it was erased meanwhile."""
    found: Turn | None = await session.scalar(select(Turn).where(Turn.id == UUID(case["id"])))
    return found


async def _held(session: AsyncSession, ticket: TurnTicket) -> ReplayRecord:
    replay = await session.scalar(
        select(ReplayRecord)
        .where(ReplayRecord.id == ticket.turn_id, ReplayRecord.attempt == ticket.attempt)
        .with_for_update()
    )
    if replay is None:
        raise Conflict("This work belongs to another holder now; stop and write nothing.", type="lease-lost")
    found: ReplayRecord = replay
    return found


def _expect_waiting(replay: ReplayRecord) -> None:
    if replay.status != ReplayStatus.WAITING:
        raise Conflict("This work has ended; stop and write nothing.", type="lease-lost")


def _parts(playbook: dict[str, Any]) -> dict[str, Any]:
    empty: dict[str, Any] = {"voice": "", "policies": "", "instructions": "", "guidelines": [], "lessons": []}
    return {name: playbook.get(name, empty[name]) for name in SECTIONS}


def _masked(report: CaseReport, masks: Anonymiser) -> CaseReport:
    def side(of: Side) -> Side:
        told = {"answers": of.answers, "differences": of.differences}
        return of.model_copy(update={name: [masks(words) for words in said] for name, said in told.items()})

    return report.model_copy(
        update={
            "asked": masks(report.asked),
            "title": masks(report.title),
            "why": [masks(line) for line in report.why],
            "before": side(report.before),
            "after": side(report.after),
        }
    )
