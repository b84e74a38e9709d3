"""Reading documents when they are due: leased by their row, read outside of any transaction and in a process of their
own, and kept at once when that is done. What was read before stands until then, and if a reading fails."""

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.database import Database
from backend.errors import NotFound, Unavailable, is_outage
from backend.files.models import File
from backend.files.service import read_bytes
from backend.files.store import FileStore, open_store
from backend.knowledge.apart import SECONDS, Found, read_apart
from backend.knowledge.blocks import Unreadable
from backend.knowledge.models import WITHOUT_FILE, DocumentStatus, KnowledgeDocument
from backend.knowledge.reading import MARKDOWN
from backend.knowledge.storing import replace_passages
from backend.rounds import Rounds
from backend.settings import Settings
from backend.tenants.models import Tenant, TenantStatus
from backend.tenants.service import load_tenant

_LEASE = timedelta(seconds=3 * SECONDS)
_PAUSE = timedelta(minutes=1)
_BATCH, _AT_ONCE = 20, 2
MOST_TRIES = 4
_TOLD_EVERY_SECONDS = 1.0
_GAVE_UP = "It could not be read in several tries: have it read again, or upload it anew as a PDF."

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Leased:
    """What a reading needs of its document."""

    wanted: int
    text: str | None
    file: File | None
    otherwise: str


class ReadingRounds(Rounds):
    """The dispatcher's side: never waits for a document."""

    def __init__(self, database: Database, settings: Settings) -> None:
        super().__init__("knowledge")
        self._database = database
        self._store = open_store(settings)

    async def round(self) -> None:
        """Read the documents that are due."""
        await read_due(self._database, self._store)

    async def close(self) -> None:
        """Drop what runs; it is found again when its lease is over."""
        await super().close()
        await self._store.close()


async def read_due(database: Database, store: FileStore) -> int:
    """Read the documents that are due, two at once; returns how many were."""
    async with database.queue() as session:
        due = (
            await session.execute(
                select(KnowledgeDocument.tenant_id, KnowledgeDocument.id)
                .where(
                    KnowledgeDocument.due_at <= clock.machine_now(),
                    KnowledgeDocument.tenant_id.not_in(select(Tenant.id).where(Tenant.status != TenantStatus.ACTIVE)),
                )
                .order_by(KnowledgeDocument.due_at)
                .limit(_BATCH)
            )
        ).all()
    at_once = asyncio.Semaphore(_AT_ONCE)

    async def one(tenant_id: UUID, document_id: UUID) -> None:
        async with at_once:
            try:
                await read_document(database, store, tenant_id, document_id)
            except Exception as error:
                if is_outage(error):
                    raise
                ids = {"tenant": str(tenant_id), "document": str(document_id)}
                log.error("knowledge.failed", **ids, error=type(error).__name__)

    for outcome in await asyncio.gather(*(one(*row) for row in due), return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome
    return len(due)


async def read_document(database: Database, store: FileStore, tenant_id: UUID, document_id: UUID) -> None:
    """One reading of one document, if it is due and nobody else has it."""
    async with database.tenant(tenant_id) as session:
        leased = await _lease(session, document_id)
    if leased is None:
        return
    ids = {"tenant": str(tenant_id), "document": str(document_id)}
    try:
        found = await _read(database, store, tenant_id, document_id, leased)
    except Unreadable as refusal:
        async with database.tenant(tenant_id) as session:
            await _end(session, document_id, leased, status=DocumentStatus.FAILED, reason=str(refusal))
        log.info("knowledge.unreadable", **ids)
        return
    except Unavailable:
        async with database.tenant(tenant_id) as session:
            await _later(session, document_id, leased)
        log.warning("knowledge.later", **ids)
        return
    async with database.tenant(tenant_id) as session:
        written = await _keep(session, document_id, leased, found)
    log.info("knowledge.read", **ids, passages=len(found.passages), written=written)


async def _read(database: Database, store: FileStore, tenant_id: UUID, document_id: UUID, leased: _Leased) -> Found:
    if leased.text is not None:
        return await read_apart(leased.text.encode(), MARKDOWN, otherwise=leased.otherwise)
    if leased.file is None:
        raise Unreadable(WITHOUT_FILE)
    try:
        content = await read_bytes(store, leased.file)
    except NotFound:
        raise Unreadable("The bytes of its file are gone: upload the file again, and have it read again.") from None
    place = _Place(database, tenant_id, document_id, leased)
    try:
        return await read_apart(
            content,
            leased.file.content_type,
            caption=leased.file.caption,
            otherwise=leased.otherwise,
            progress=place.reached,
        )
    finally:
        await place.close()


class _Place:
    """How far a reading has come, told once a second at most."""

    def __init__(self, database: Database, tenant_id: UUID, document_id: UUID, leased: _Leased) -> None:
        self._database = database
        self._tenant_id = tenant_id
        self._document_id = document_id
        self._leased = leased
        self._at: tuple[int, int] | None = None
        self._telling: asyncio.Task[None] | None = None

    def reached(self, page: int, of: int) -> None:
        self._at = page, of
        if self._telling is None:
            self._telling = asyncio.create_task(self._tell())

    async def close(self) -> None:
        if self._telling is not None:
            self._telling.cancel()
            await asyncio.wait({self._telling})

    async def _tell(self) -> None:
        told = None
        while True:
            if (at := self._at) != told and at is not None:
                with contextlib.suppress(Exception):  # a figure for people; the reading goes on without it
                    async with self._database.tenant(self._tenant_id) as session:
                        await _set(session, self._document_id, self._leased, page=at[0], pages=at[1])
                told = at
            await asyncio.sleep(_TOLD_EVERY_SECONDS)


async def _lease(session: AsyncSession, document_id: UUID) -> _Leased | None:
    now = clock.machine_now()
    document: KnowledgeDocument | None = await session.scalar(
        select(KnowledgeDocument)
        .where(KnowledgeDocument.id == document_id, KnowledgeDocument.due_at <= now)
        .with_for_update(skip_locked=True)
    )
    if document is None:
        return None
    document.tries += 1
    if document.tries > MOST_TRIES:
        document.status, document.reason, document.due_at = DocumentStatus.FAILED, _GAVE_UP, None
        return None
    document.status, document.due_at, document.page = DocumentStatus.READING, now + _LEASE, None
    file = None
    if document.file_id is not None:
        file = await session.scalar(select(File).where(File.id == document.file_id))
    otherwise = document.language or (await load_tenant(session)).locale[:2]
    return _Leased(document.wanted, document.text, file, otherwise)


async def _keep(session: AsyncSession, document_id: UUID, leased: _Leased, found: Found) -> int:
    """All of it, or nothing if the document was changed or deleted meanwhile; how many passages were written anew."""
    kept = await _end(
        session,
        document_id,
        leased,
        status=DocumentStatus.READY,
        reason=None,
        pages=found.pages,
        silent_pages=found.silent,
        characters=found.characters,
        read_at=clock.machine_now(),
    )
    if not kept:
        return 0
    unsaid = KnowledgeDocument.language.is_(None)
    await session.execute(
        update(KnowledgeDocument).where(KnowledgeDocument.id == document_id, unsaid).values(language=found.language)
    )
    return await replace_passages(session, document_id, found.passages)


async def _end(session: AsyncSession, document_id: UUID, leased: _Leased, **values: object) -> bool:
    return await _set(session, document_id, leased, due_at=None, page=None, tries=0, **values)


async def _later(session: AsyncSession, document_id: UUID, leased: _Leased) -> None:
    """The store is away, which is nobody's fault and no try."""
    due_at = clock.machine_now() + _PAUSE
    await _set(session, document_id, leased, status=DocumentStatus.WAITING, due_at=due_at, tries=0, page=None)


async def _set(session: AsyncSession, document_id: UUID, leased: _Leased, **values: object) -> bool:
    """Whether the reading is still the one that is wanted."""
    row = await session.scalar(
        update(KnowledgeDocument)
        .where(KnowledgeDocument.id == document_id, KnowledgeDocument.wanted == leased.wanted)
        .values(**values)
        .returning(KnowledgeDocument.id)
    )
    return row is not None
