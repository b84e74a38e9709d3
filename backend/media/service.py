"""Files of the messages that a turn answers: fetched for the agent, and what it read in them, kept once."""

import base64
from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.channels.accounts import account_by_id
from backend.channels.providers import channel_providers
from backend.channels.providers.base import MediaSource
from backend.conversations.models import Author, Conversation, Message
from backend.database import new_id, tenant_of
from backend.errors import NotFound
from backend.media import proofs
from backend.media.fetching import File, Unfetched, fetch
from backend.media.models import MediaReading
from backend.media.schemas import FileOut, ReadingIn, ReadingOut
from backend.orders.models import Order
from backend.outbound import Outbound
from backend.scopes import TurnScope
from backend.security import PREVIEW
from backend.settings import Settings

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A file that nobody has read yet."""

    source: MediaSource
    declared: str


async def open_file(turn: TurnScope, settings: Settings, outbound: Outbound, message_id: UUID, place: int) -> FileOut:
    """What was read in a file before, in this message or in one with the same file; else the file. A preview fetches
    nothing. Raises NotFound for what is no file of this conversation's customer, and Conflict of type lease-lost."""
    async with turn.transaction() as session:
        known = await _of_message(session, message_id, place)
        if known is not None and known.conversation_id == turn.conversation_id:
            return FileOut(reading=await told(session, known))
        wanted = await _wanted(session, settings, turn, message_id, place)
    if turn.attempt == PREVIEW:
        return FileOut(problem="preview")
    try:
        file = await fetch(outbound, wanted.source, wanted.declared)
    except Unfetched as without:
        log.info("media.unfetched", tenant=str(turn.tenant_id), turn=str(turn.turn_id), problem=without.problem)
        return FileOut(problem=without.problem)
    async with turn.transaction() as session:
        alike = await _alike(session, file)
        if alike is not None:
            reading = await _keep(session, turn, message_id, place, _again(alike))
            return FileOut(reading=await told(session, reading))
    content = base64.b64encode(file.content).decode()
    return FileOut(content_type=file.content_type, content_hash=file.content_hash, content=content)


async def keep_reading(turn: TurnScope, message_id: UUID, place: int, given: ReadingIn) -> ReadingOut:
    """Keeps what a model read; what is there already stands. Raises as `open_file` does."""
    async with turn.transaction() as session:
        await _attachment(session, turn, message_id, place)
        reading = await _keep(session, turn, message_id, place, given)
        return await told(session, reading)


async def told(session: AsyncSession, reading: MediaReading) -> ReadingOut:
    """A reading as the agent takes it up."""
    code = None
    if reading.order_id is not None:
        code = await session.scalar(select(Order.code).where(Order.id == reading.order_id))
    return ReadingOut.model_validate(
        {"kind": reading.kind, "text": reading.text, "language": reading.language, "order_code": code}
    )


async def list_readings(
    session: AsyncSession, conversation_id: UUID | None, cursor: UUID | None, limit: int
) -> list[MediaReading]:
    """The newest first."""
    query = select(MediaReading).where(MediaReading.tenant_id == tenant_of(session))
    if conversation_id is not None:
        query = query.where(MediaReading.conversation_id == conversation_id)
    if cursor is not None:
        query = query.where(MediaReading.id < cursor)
    return list(await session.scalars(query.order_by(MediaReading.id.desc()).limit(limit)))


async def get_reading(session: AsyncSession, reading_id: UUID) -> MediaReading:
    """One reading; NotFound."""
    reading = await session.get(MediaReading, (tenant_of(session), reading_id))
    if reading is None:
        raise NotFound("There is no such reading; GET /v1/media-readings lists them.")
    return reading


async def _of_message(session: AsyncSession, message_id: UUID, place: int) -> MediaReading | None:
    found: MediaReading | None = await session.scalar(
        select(MediaReading).where(MediaReading.message_id == message_id, MediaReading.place == place)
    )
    return found


async def _alike(session: AsyncSession, file: File) -> MediaReading | None:
    found: MediaReading | None = await session.scalar(
        select(MediaReading)
        .where(MediaReading.tenant_id == tenant_of(session), MediaReading.content_hash == file.content_hash)
        .order_by(MediaReading.id)
        .limit(1)
    )
    return found


def _again(known: MediaReading) -> ReadingIn:
    """What is known of the same file, as if read again for nothing."""
    printed = {name: value for name, value in known.details.items() if name != "seen_before"}
    return ReadingIn.model_validate(
        {
            "content_hash": known.content_hash,
            "content_type": known.content_type,
            "kind": known.kind,
            "text": known.text,
            "language": known.language,
            "model": known.model,
            "cost_micros": 0,
            "proof": printed or None,
        }
    )


async def _attachment(
    session: AsyncSession, turn: TurnScope, message_id: UUID, place: int
) -> tuple[dict[str, object], UUID]:
    """A file of this conversation's customer, and the channel that it came by."""
    row = (
        await session.execute(
            select(Message.attachments, Conversation.channel_id)
            .join(
                Conversation,
                (Conversation.tenant_id == Message.tenant_id) & (Conversation.id == Message.conversation_id),
            )
            .where(
                Message.id == message_id,
                Message.conversation_id == turn.conversation_id,
                Message.author == Author.CONTACT,
            )
        )
    ).one_or_none()
    if row is None or not 0 <= place < len(row.attachments):
        raise NotFound("This conversation has no such file.")
    return row.attachments[place], row.channel_id


async def _wanted(session: AsyncSession, settings: Settings, turn: TurnScope, message_id: UUID, place: int) -> _Wanted:
    attachment, channel_id = await _attachment(session, turn, message_id, place)
    account = await account_by_id(session, settings, channel_id)
    source = channel_providers(settings)[account.provider].media_source(account, attachment)
    return _Wanted(source, str(attachment.get("content_type", "")).lower())


async def _keep(session: AsyncSession, turn: TurnScope, message_id: UUID, place: int, given: ReadingIn) -> MediaReading:
    now, reading_id = clock.now(), new_id()
    made = await session.scalar(
        insert(MediaReading)
        .values(
            tenant_id=turn.tenant_id,
            id=reading_id,
            conversation_id=turn.conversation_id,
            message_id=message_id,
            place=place,
            content_hash=given.content_hash,
            content_type=given.content_type,
            kind=given.kind,
            text=given.text,
            language=given.language,
            model=given.model,
            cost_micros=given.cost_micros,
            details={},
            created_at=now,
            updated_at=now,
        )
        .on_conflict_do_nothing()
        .returning(MediaReading.id)
    )
    reading = await _of_message(session, message_id, place)
    assert reading is not None
    if made is not None and reading.kind == proofs.KIND:
        await proofs.put_before_a_person(session, turn, reading, given.proof)
    return reading
