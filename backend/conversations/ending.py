"""How a turn ends without an answer: put back, or parked with a reason, an honest message and a case for a person."""

from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.conversations.models import Handoff, Turn, TurnOutcome, TurnStatus
from backend.conversations.notices import notify
from backend.database import new_id, tenant_of
from backend.incidents.models import Severity
from backend.incidents.service import note
from backend.metrics import QUARANTINES

log = structlog.get_logger()

MOST_TRIES = 5
_LONGEST_PAUSE_SECONDS = 30.0
_LONGEST_OUTAGE_PAUSE_SECONDS = 8.0


async def put_back(session: AsyncSession, turn: Turn, reason: str, counted: bool) -> bool:
    """Back to waiting with a pause, or parked at the fifth counted try; returns whether it was parked.

    An outage of others, a shutdown or a kill is not the turn's fault and does not count.
    """
    turn.tries += 1 if counted else 0
    turn.deaths = 0
    if turn.tries >= MOST_TRIES:
        await session.flush()
        await quarantine(session, turn.id, reason)
        return True
    turn.status = TurnStatus.WAITING
    turn.reason = reason
    turn.lease_until = turn.lease_owner = None
    turn.due_at = clock.now() + timedelta(seconds=_pause(turn, counted))
    await session.flush()
    return False


def _pause(turn: Turn, counted: bool) -> float:
    """Seconds: 1, 2, 4, 8 between counted tries; what is not its fault is tried again for as long as it lasts."""
    if counted:
        return min(2.0 ** (turn.tries - 1), _LONGEST_PAUSE_SECONDS)
    return min(2.0 ** (min(turn.attempt, 10) - 2), _LONGEST_OUTAGE_PAUSE_SECONDS)


async def quarantine(session: AsyncSession, turn_id: UUID, reason: str) -> None:
    """Park a turn: its conversation goes on with the next one. Ring the bell (`outbox`) after the commit."""
    conversation_id = await session.scalar(
        update(Turn)
        .where(Turn.id == turn_id)
        .values(
            status=TurnStatus.QUARANTINED,
            outcome=TurnOutcome.FAILED,
            reason=reason,
            lease_until=None,
            lease_owner=None,
        )
        .returning(Turn.conversation_id)
    )
    assert conversation_id is not None
    QUARANTINES.inc()
    log.warning(
        "turn.quarantined", tenant=str(tenant_of(session)), conversation=str(conversation_id), turn=str(turn_id)
    )
    told = "A turn was given up and parked; `python -m backend turns` tells why."
    await note(session, Severity.ERROR, "agent", "turn.parked", told, turn=turn_id, conversation=conversation_id)
    await open_handoff(session, conversation_id, turn_id, "failed", reason)
    await notify(session, conversation_id, "turn_failed")


async def open_handoff(
    session: AsyncSession, conversation_id: UUID, turn_id: UUID | None, reason: str, summary: str
) -> UUID | None:
    """A case for a person; None if the conversation has an open one already, which then stands."""
    now = clock.now()
    inserted: UUID | None = await session.scalar(
        insert(Handoff)
        .values(
            tenant_id=tenant_of(session),
            id=new_id(),
            conversation_id=conversation_id,
            turn_id=turn_id,
            reason=reason,
            summary=summary[:4000],
            status="open",
            created_at=now,
            updated_at=now,
        )
        .on_conflict_do_nothing()
        .returning(Handoff.id)
    )
    return inserted
