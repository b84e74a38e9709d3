"""What a case is played with: a past turn as its holder had it, or a scenario with nobody.

    {"bundle": as a preview's, "turns": [{"messages", "hears", "never_hears", "like"}], "expect", "title", "recorded"}

A past turn's bundle is that of its moment: its time, the transcript before it, the evidence and the proposals that
stood then. What it did and read is `recorded`: {"journal": writes with their results, "evidence": what it brought}.
Cards of open orders and bookings, facts, hours and the catalog are those of today.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.bookings.diary import open_diary
from backend.conversations.bundle import read_bundles, read_sample
from backend.conversations.memory import evidence_card
from backend.conversations.models import Author, Message, Turn
from backend.conversations.nobody import nobody
from backend.conversations.turn_models import Evidence, JournalEntry, Proposal
from backend.database import new_id, tenant_of
from backend.errors import NotFound
from backend.replays.service import turn_of_case
from backend.scenarios.end_state import on_the_wall
from backend.scenarios.models import Scenario
from backend.security import PREVIEW, issue_turn_token
from backend.settings import Settings

MOST_LINES = 40
MOST_EVIDENCE = 300


async def material_of(session: AsyncSession, settings: Settings, case: dict[str, Any]) -> dict[str, Any]:
    """Everything one case needs; the session must be rolled back. NotFound if the turn or scenario is gone."""
    if case["kind"] == "scenario":
        return await _scenario(session, settings, UUID(case["id"]))
    turn = await turn_of_case(session, case)
    if turn is None:
        raise NotFound("This turn was erased meanwhile.")
    return await _past(session, settings, turn)


async def _past(session: AsyncSession, settings: Settings, turn: Turn) -> dict[str, Any]:
    bundle = (await read_bundles(session, settings, {turn.id: PREVIEW}, preview=True)).get(turn.id)
    if bundle is None or not bundle["messages"]:
        raise NotFound("Nothing is left of what was asked in this turn.")
    then = turn.claimed_at or turn.replied_at or turn.created_at
    journal = await session.scalars(
        select(JournalEntry).where(JournalEntry.turn_id == turn.id).order_by(JournalEntry.id)
    )
    brought = await session.scalars(select(Evidence).where(Evidence.turn_id == turn.id).order_by(Evidence.id))
    return {
        "title": "",
        "bundle": bundle
        | {
            "now": then.isoformat(),
            "missed": await _before(session, turn),
            "evidence": await _evidence(session, turn, then),
            "proposals": await _proposals(session, turn, then),
        },
        "turns": [{"messages": bundle["messages"]}],
        "expect": {},
        "recorded": {
            "turn_id": str(turn.id),
            "journal": [
                {
                    "tool": entry.tool,
                    "arguments": entry.arguments,
                    "result": entry.result,
                    "evidence": entry.evidence,
                }
                for entry in journal
            ],
            "evidence": [evidence_card(item) for item in brought],
        },
    }


async def _before(session: AsyncSession, turn: Turn) -> list[dict[str, Any]]:
    """The latest lines of the transcript before the turn's first message."""
    first = (
        select(func.min(Message.sequence))
        .where(Message.turn_id == turn.id, Message.author == Author.CONTACT)
        .scalar_subquery()
    )
    rows = await session.execute(
        select(Message.author, Message.body, Message.sent_at)
        .where(Message.conversation_id == turn.conversation_id, Message.sequence < first, Message.body != "")
        .order_by(Message.sequence.desc())
        .limit(MOST_LINES)
    )
    found = [{"author": row.author, "body": row.body, "at": row.sent_at.isoformat()} for row in rows]
    return found[::-1]


async def _evidence(session: AsyncSession, turn: Turn, then: datetime) -> list[dict[str, Any]]:
    """What stood then, oldest first."""
    rows = await session.scalars(
        select(Evidence)
        .where(
            Evidence.conversation_id == turn.conversation_id,
            Evidence.turn_id != turn.id,
            Evidence.created_at <= then,
            or_(Evidence.expires_at.is_(None), Evidence.expires_at > then),
        )
        .order_by(Evidence.id.desc())
        .limit(MOST_EVIDENCE)
    )
    return [evidence_card(item) for item in rows.all()[::-1]]


async def _proposals(session: AsyncSession, turn: Turn, then: datetime) -> list[dict[str, Any]]:
    """What was open then."""
    rows = await session.scalars(
        select(Proposal)
        .where(
            Proposal.conversation_id == turn.conversation_id,
            Proposal.turn_id.is_distinct_from(turn.id),
            Proposal.created_at <= then,
            Proposal.expires_at > then,
            or_(Proposal.status == "open", Proposal.updated_at > then),
        )
        .order_by(Proposal.id)
    )
    return [
        {
            "id": str(one.id),
            "kind": one.kind,
            "covers": one.covers,
            "details": one.details,
            "answerable": one.message_id is not None,
        }
        for one in rows
    ]


async def _scenario(session: AsyncSession, settings: Settings, scenario_id: UUID) -> dict[str, Any]:
    scenario = await session.scalar(select(Scenario).where(Scenario.id == scenario_id))
    if scenario is None:
        raise NotFound("This scenario was deleted meanwhile.")
    one = new_id()
    sample = await read_sample(session)
    token = issue_turn_token(settings, nobody(tenant_of(session), one))
    turns = []
    for said in scenario.chat:
        message = {"id": str(new_id()), "kind": "text", "body": said["says"], "sent_at": clock.now().isoformat()}
        turns.append({**{name: said.get(name) for name in ("hears", "never_hears", "like")}, "messages": [message]})
    return {
        "title": scenario.title,
        "bundle": sample
        | {"id": str(one), "token": token, "contact": {"id": str(one)}, "conversation": {"id": str(one)}},
        "turns": turns,
        "expect": await _expected(session, scenario),
        "recorded": None,
    }


async def _expected(session: AsyncSession, scenario: Scenario) -> dict[str, Any]:
    """What the scenario expects, its starts on today's calendar."""
    state = scenario.expect.get("state")
    return (
        scenario.expect
        if state is None
        else {**scenario.expect, "state": on_the_wall(await open_diary(session), state)}
    )
