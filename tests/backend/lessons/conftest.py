"""What lessons are made of: questions that stayed open, a person who puts the agent right, the end of a replay."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from backend import clock
from backend.conversations.models import Turn
from backend.conversations.turn_models import Observation
from backend.database import Database, new_id
from backend.lessons.publishing import take_result
from backend.replays.models import ReplayRecord, ReplayStatus
from backend.settings import Settings
from tests.factories import Business, Client, OpenTurn, open_turn

Customer = Callable[[], Awaitable[OpenTurn]]


@pytest.fixture
def customer(client: Client, database: Database, settings: Settings, business: Business) -> Customer:
    """A new customer of the business with a turn of theirs."""

    async def new() -> OpenTurn:
        return await open_turn(client, database, settings, business.tenant_id)

    return new


async def noted(database: Database, turn: OpenTurn, *topic: str, kind: str = "unanswered", asked: str = "¿?") -> str:
    """An observation of a turn; its id."""
    observation_id = new_id()
    async with database.tenant(turn.tenant_id) as session:
        session.add(
            Observation(
                tenant_id=turn.tenant_id,
                id=observation_id,
                conversation_id=turn.conversation_id,
                turn_id=turn.turn_id,
                kind=kind,
                note="A question of the customer could not be answered.",
                data={"topic": list(topic), "question": asked},
            )
        )
    return str(observation_id)


async def propose(
    client: Client, settings: Settings, turn: OpenTurn, observations: list[str], *topic: str, **changes: Any
) -> list[str]:
    """What the refiner would propose; the ids of those that are new."""
    lesson = {
        "kind": "unanswered",
        "topic": list(topic),
        "rule": f"Customers keep asking about {', '.join(topic)}. Add a fact about it.",
        "fingerprint": new_id().hex,
        "observation_ids": observations,
        **changes,
    }
    answer = await client.post(
        "/internal/lessons",
        json={"token": turn.token, "lessons": [lesson]},
        headers={"Authorization": f"Bearer {settings.service_token}"},
    )
    assert answer.status_code == 200, answer.text
    return list(answer.json()["proposed"])


async def judged(business: Business, database: Database, lesson_id: str, verdict: str = "improved") -> dict[str, Any]:
    """A lesson whose replay was ordered and ends with this verdict, as the agent would tell it."""
    await business.ok("POST", f"/v1/lessons/{lesson_id}/replay", {"conversations": 0})
    async with database.tenant(business.tenant_id) as session:
        [newest] = await session.scalars(
            select(ReplayRecord.id)
            .where(ReplayRecord.lesson_id == UUID(lesson_id))
            .order_by(ReplayRecord.id.desc())
            .limit(1)
        )
        await session.execute(
            update(ReplayRecord)
            .where(ReplayRecord.id == newest)
            .values(status=ReplayStatus.DONE, verdict=verdict, confidence=0.9, finished_at=clock.now())
        )
        await take_result(session, newest)
    return dict(await business.ok("GET", f"/v1/lessons/{lesson_id}"))


async def replied(database: Database, turn: OpenTurn, outcome: str = "answered") -> None:
    """The agent's turn is over."""
    async with database.tenant(turn.tenant_id) as session:
        await session.execute(
            update(Turn)
            .where(Turn.id == turn.turn_id)
            .values(status="done", outcome=outcome, replied_at=clock.now(), finished_at=clock.now())
        )
