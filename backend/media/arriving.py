"""Files that come while a person is in charge: read for that person, though the agent answers nothing."""

from uuid import UUID

from backend import clock
from backend.assist.service import ask_to_read
from backend.channels.providers.base import InboundEvent
from backend.conversations.service import HISTORY_AGE, Receipt
from backend.database import Database

_READABLE = ("audio/", "image/", "video/", "application/pdf")


async def read_for_a_person(database: Database, tenant_id: UUID, event: InboundEvent, receipt: Receipt) -> bool:
    """Whether the agent has something to read: ring the bell (`assist`) then."""
    if receipt.turn_id is not None or receipt.conversation_id is None or receipt.message_id is None:
        return False
    if event.sent_at is not None and clock.now() - event.sent_at >= HISTORY_AGE:
        return False
    kinds = [str(attachment.get("content_type", "")).lower() for attachment in event.attachments]
    if event.kind == "echo" or not any(kind.startswith(_READABLE) for kind in kinds):
        return False
    async with database.tenant(tenant_id) as session:
        return await ask_to_read(session, receipt.conversation_id, receipt.message_id) is not None
