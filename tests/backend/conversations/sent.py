"""What went into the outbox."""

from sqlalchemy import select

from backend.conversations.models import OutboxEntry
from backend.database import Database
from tests.factories import Business


async def sent_texts(database: Database, business: Business) -> list[str]:
    async with database.tenant(business.tenant_id) as session:
        return list(await session.scalars(select(OutboxEntry.body).order_by(OutboxEntry.sequence)))
