"""What was read in files, as a message of the transcript shows it."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import tenant_of
from backend.media.models import MediaReading


class ReadInFile(BaseModel):
    """`place`: which attachment, from 0. `kind`: transcript, description or payment_proof."""

    place: int
    kind: str
    text: str


async def read_in(session: AsyncSession, message_ids: Sequence[UUID]) -> dict[UUID, list[ReadInFile]]:
    """By message, in the order of its attachments; a message without a reading is left out."""
    found: dict[UUID, list[ReadInFile]] = defaultdict(list)
    if message_ids:
        query = select(MediaReading).where(
            MediaReading.tenant_id == tenant_of(session), MediaReading.message_id.in_(message_ids)
        )
        for reading in await session.scalars(query.order_by(MediaReading.place)):
            found[reading.message_id].append(ReadInFile.model_validate(reading, from_attributes=True))
    return found
