"""Nobody: who the customer is where no real one may be, as in a rehearsed scenario.

Tools write for a contact, in a conversation, of a turn. A preview's token that names one id for all three belongs to
nobody: its transaction begins with making them, and the rollback that ends every preview takes them away again.
"""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.channels.models import Channel, Provider
from backend.contacts.models import Contact
from backend.conversations.models import Conversation, Turn, TurnStatus
from backend.security import PREVIEW, TurnTicket


def nobody(tenant_id: UUID, of: UUID) -> TurnTicket:
    """The ticket of a preview with nobody."""
    return TurnTicket(tenant_id, of, PREVIEW, of, of)


def is_nobody(ticket: TurnTicket) -> bool:
    """Whether a preview's ticket is of nobody."""
    return ticket.turn_id == ticket.conversation_id == ticket.contact_id


async def plant_nobody(session: AsyncSession, ticket: TurnTicket) -> None:
    """Their rows, in a transaction that must be rolled back."""
    now, one = clock.now(), ticket.turn_id
    of = {"tenant_id": ticket.tenant_id, "id": one}
    address = f"sandbox:{one}"
    session.add(Channel(**of, provider=Provider.SANDBOX, address=address, token=str(one), enabled=False))
    session.add(Contact(**of, first_seen_at=now, last_seen_at=now))
    await session.flush()
    session.add(Conversation(**of, channel_id=one, contact_id=one, address=address))
    await session.flush()
    session.add(
        Turn(**of, conversation_id=one, contact_id=one, status=TurnStatus.RUNNING, due_at=now, latest_at=now, attempt=1)
    )
    await session.flush()
