"""Who may read files: the holder of a turn, or of help for the person in whose hands the conversation is."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.assist.models import Assist, AssistStatus
from backend.scopes import TurnScope


class ReaderScope(TurnScope):
    """The work whose token came with the request, for as long as its row's attempt and lease hold."""

    async def _held(self, session: AsyncSession) -> bool:
        if await super()._held(session):
            return True
        held = await session.scalar(
            select(Assist.id)
            .where(
                Assist.tenant_id == self.tenant_id,
                Assist.id == self.turn_id,
                Assist.attempt == self.attempt,
                Assist.status == AssistStatus.WAITING,
                Assist.lease_until > clock.machine_now(),
            )
            .with_for_update(read=True)
        )
        return held is not None
