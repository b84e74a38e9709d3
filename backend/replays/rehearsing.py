"""A run of a replay in the backend: its earlier steps done again, one more done, and all of it rolled back.

Writes of a run build on each other, and none may stay, nor hold up a customer while a model thinks. So a run is kept
nowhere: each call brings along what the run did before, in order. Each step is a request to the real route, in one
transaction that ends with a rollback; ids and codes are those that the step made the first time (`minting.py`).
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID

from litestar.types import HTTPScope
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import delete, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.bookings.service import open_cards as open_bookings
from backend.conversations.memory import open_proposals
from backend.conversations.models import Author, Message, OutboxEntry, OutboxStatus
from backend.conversations.nobody import is_nobody
from backend.conversations.outgoing import post
from backend.conversations.turn_models import JournalEntry, Proposal
from backend.errors import Forbidden, Unavailable
from backend.minting import minting
from backend.orders.service import open_cards as open_orders
from backend.requests.inner import Answer, inner_request
from backend.requests.watching import lending
from backend.scenarios.left_behind import left_behind
from backend.scopes import TurnScope
from backend.security import PREVIEW

MOST_STEPS = 100
REACHES_A_PROVIDER = frozenset({"send_payment_link"})
_PATIENCE = text("SET LOCAL lock_timeout = '400ms'")
"""Less than Postgres waits before it looks for a deadlock: a rehearsal gives way before a customer is made to."""

ToolName = Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,60}$")]


class Used(BaseModel):
    """A tool that was called, in its envelope."""

    model_config = ConfigDict(extra="forbid")

    tool: ToolName
    call: dict[str, Any]


class Said(BaseModel):
    """The agent's `answer` reached the customer ("" before the first turn), who then wrote `message`."""

    model_config = ConfigDict(extra="forbid")

    answer: Annotated[str, Field(max_length=10_000)] = ""
    message_id: UUID
    message: Annotated[str, Field(max_length=10_000)]


class Run(BaseModel):
    """One run by its id, and what it did so far."""

    model_config = ConfigDict(extra="forbid")

    run: UUID
    earlier: Annotated[list[Used | Said], Field(max_length=MOST_STEPS)] = []


class NextStep(Run, Used):
    """One more call of a tool."""


@asynccontextmanager
async def rehearsed(turn: TurnScope, scope: HTTPScope, run: Run) -> AsyncIterator[AsyncSession]:
    """A transaction in which the run's earlier steps are done, and which is rolled back. What cannot be done any more,
    as the business has changed meanwhile, is left out. Raises Forbidden, Unavailable if a row that a customer is about
    to change had to be waited for."""
    if turn.attempt != PREVIEW:
        raise Forbidden("This token's writes stay; a rehearsal needs that of a case.")
    async with turn.transaction() as session:
        await session.execute(_PATIENCE)
        with lending(turn.tenant_id, session):
            for place, step in enumerate(run.earlier):
                with _step(turn, run, place):
                    await _again(turn, session, scope, step)
                session.expire_all()
            yield session


async def use(turn: TurnScope, scope: HTTPScope, step: NextStep) -> Answer:
    """What the tool answers to the next step of a run."""
    async with rehearsed(turn, scope, step):
        with _step(turn, step, len(step.earlier)):
            return await _call(scope, step)


async def standing(turn: TurnScope, scope: HTTPScope, run: Run) -> dict[str, Any]:
    """{"proposals", "open", "state"}: what the next turn's bundle would say is open, and what the run has left behind
    so far (`left_behind`)."""
    async with rehearsed(turn, scope, run) as session:
        _expect_nobody(turn)
        found = await open_proposals(session, {turn.conversation_id: turn.turn_id}, preview=True)
        return {
            "proposals": found[turn.conversation_id],
            "open": {
                **await open_orders(session, turn.contact_id),
                "bookings": await open_bookings(session, turn.contact_id),
            },
            "state": await left_behind(session, turn.contact_id, turn.conversation_id),
        }


def _step(turn: TurnScope, run: Run, place: int) -> Any:
    return minting(f"{run.run}:{place}", turn.turn_id, place)


async def _again(turn: TurnScope, session: AsyncSession, scope: HTTPScope, step: Used | Said) -> None:
    if isinstance(step, Said):
        await _say(turn, session, step)
    elif (await _call(scope, step)).status >= 500:
        raise Unavailable("A row that the rehearsal needs is being changed; try again in a moment.")


async def _call(scope: HTTPScope, step: Used) -> Answer:
    if step.tool in REACHES_A_PROVIDER:
        raise Forbidden("This tool reaches a provider, whom nothing can roll back.")
    return await inner_request(scope, "POST", f"/internal/tools/{step.tool}", json.dumps(step.call).encode())


async def _say(turn: TurnScope, session: AsyncSession, step: Said) -> None:
    """A new turn begins: the answer presents what was proposed, and what was done before is no repetition any more."""
    _expect_nobody(turn)
    if step.answer:
        answer_id = await post(session, turn.conversation_id, Author.AGENT, step.answer, turn_id=turn.turn_id)
        await session.execute(
            update(OutboxEntry).where(OutboxEntry.message_id == answer_id).values(status=OutboxStatus.SENT)
        )
        await session.execute(
            update(Proposal)
            .where(Proposal.turn_id == turn.turn_id, Proposal.message_id.is_(None), Proposal.status == "open")
            .values(message_id=answer_id)
        )
        await session.execute(delete(JournalEntry).where(JournalEntry.turn_id == turn.turn_id))
    session.add(
        Message(
            tenant_id=turn.tenant_id,
            id=step.message_id,
            conversation_id=turn.conversation_id,
            turn_id=turn.turn_id,
            author=Author.CONTACT,
            body=step.message,
            sent_at=clock.now(),
        )
    )
    await session.flush()


def _expect_nobody(turn: TurnScope) -> None:
    if not is_nobody(turn.ticket):
        raise Forbidden("Somebody real says nothing in a rehearsal; only nobody's conversation goes on.")
