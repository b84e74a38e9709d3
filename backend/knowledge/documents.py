"""Documents: made, listed, changed, read again, deleted. Reading itself is the dispatcher's (`jobs.py`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.database import new_id, tenant_of
from backend.errors import Conflict, NotFound, TooLarge, Unprocessable
from backend.files.models import File
from backend.files.service import get_file
from backend.knowledge.blocks import MOST_BYTES
from backend.knowledge.models import DocumentStatus, KnowledgeDocument, KnowledgePassage
from backend.knowledge.reading import KINDS, PICTURES
from backend.knowledge.schemas import DocumentChange, NewDocument, Status
from backend.knowledge.storing import drop_passages

MOST_DOCUMENTS = 1000
_LONGEST_TITLE = 300


@dataclass(frozen=True, slots=True)
class Shelved:
    """A document with what else is told of it."""

    document: KnowledgeDocument
    passages: int
    file_name: str | None
    sendable: bool


async def create_document(session: AsyncSession, new: NewDocument) -> Shelved:
    """It is read at once, by the dispatcher. NotFound for the file; Unprocessable of type kind-not-read; TooLarge;
    Conflict of type too-many-documents."""
    if (await session.scalar(select(func.count()).select_from(KnowledgeDocument)) or 0) >= MOST_DOCUMENTS:
        raise Conflict(f"There are {MOST_DOCUMENTS} documents already; delete one first.", type="too-many-documents")
    title = new.title
    if new.file_id is not None:
        name = (await _readable(session, new.file_id)).name
        title = title or (name.rpartition(".")[0] or name)[:_LONGEST_TITLE]
    document = KnowledgeDocument(
        tenant_id=tenant_of(session),
        id=new_id(),
        title=title,
        language=new.language,
        active=new.active,
        file_id=new.file_id,
        text=new.text,
        due_at=clock.machine_now(),
    )
    session.add(document)
    await session.flush()
    return await get_document(session, document.id)


async def list_documents(
    session: AsyncSession, status: Status | None, active: bool | None, after: UUID | None, limit: int
) -> list[Shelved]:
    """Newest first."""
    query = _shelved().order_by(KnowledgeDocument.id.desc()).limit(limit)
    if status is not None:
        query = query.where(KnowledgeDocument.status == status)
    if active is not None:
        query = query.where(KnowledgeDocument.active.is_(active))
    if after is not None:
        query = query.where(KnowledgeDocument.id < after)
    return [_of(row) for row in await session.execute(query)]


async def get_document(session: AsyncSession, document_id: UUID) -> Shelved:
    """One of them; NotFound."""
    await session.flush()
    row = (await session.execute(_shelved().where(KnowledgeDocument.id == document_id))).one_or_none()
    if row is None:
        raise _unknown()
    return _of(row)


async def change_document(session: AsyncSession, document_id: UUID, change: DocumentChange) -> Shelved:
    """Sets what is given; another file or text is read. Raises as `create_document`."""
    document = await _locked(session, document_id)
    given = change.model_dump(exclude_unset=True)
    if given.get("file_id") is not None:
        await _readable(session, given["file_id"])
        document.file_id, document.text = given["file_id"], None
        _ask(document)
    elif given.get("text") is not None:
        document.file_id, document.text = None, given["text"]
        _ask(document)
    for name in ("title", "language", "active"):
        if name in given:
            setattr(document, name, given[name])
    return await get_document(session, document_id)


async def read_again(session: AsyncSession, document_id: UUID) -> Shelved:
    """Has it read anew, as after a failure. NotFound."""
    _ask(await _locked(session, document_id))
    return await get_document(session, document_id)


async def read_picture_again(session: AsyncSession, file: File) -> None:
    """Has the documents of a picture read anew, whose caption is all that they say; of another file it says nothing."""
    if file.content_type in PICTURES:
        query = select(KnowledgeDocument).where(KnowledgeDocument.file_id == file.id).order_by(KnowledgeDocument.id)
        for document in await session.scalars(query.with_for_update()):
            _ask(document)


async def delete_document(session: AsyncSession, document_id: UUID) -> None:
    """With its passages; its file stays. NotFound."""
    document = await _locked(session, document_id)
    await drop_passages(session, document_id=document_id)
    await session.delete(document)
    await session.flush()


async def list_passages(
    session: AsyncSession, document_id: UUID, after: int | None, limit: int
) -> Sequence[KnowledgePassage]:
    """What the document is found and cited by, in its order. NotFound."""
    await get_document(session, document_id)
    query = select(KnowledgePassage).where(
        KnowledgePassage.document_id == document_id, KnowledgePassage.deleted_at.is_(None)
    )
    if after is not None:
        query = query.where(KnowledgePassage.place > after)
    return (await session.scalars(query.order_by(KnowledgePassage.place).limit(limit))).all()


def _ask(document: KnowledgeDocument) -> None:
    document.wanted += 1
    document.tries, document.page, document.reason = 0, None, None
    document.status, document.due_at = DocumentStatus.WAITING, clock.machine_now()


async def _readable(session: AsyncSession, file_id: UUID) -> File:
    file = await get_file(session, file_id)
    if file.content_type not in KINDS:
        raise Unprocessable(
            "Documents are PDF, DOCX, Markdown, text, or pictures with a caption; convert this one and upload it.",
            type="kind-not-read",
            found=file.content_type,
        )
    if file.size > MOST_BYTES:
        raise TooLarge(
            f"A document may have {MOST_BYTES // 1024**2} MB at most; split it, or make its pictures smaller.",
            most_bytes=MOST_BYTES,
        )
    return file


async def _locked(session: AsyncSession, document_id: UUID) -> KnowledgeDocument:
    query = select(KnowledgeDocument).where(KnowledgeDocument.id == document_id).with_for_update()
    document: KnowledgeDocument | None = await session.scalar(query)
    if document is None:
        raise _unknown()
    return document


def _shelved() -> Select[tuple[KnowledgeDocument, int, str | None, bool | None]]:
    count = (
        select(func.count())
        .where(
            KnowledgePassage.tenant_id == KnowledgeDocument.tenant_id,
            KnowledgePassage.document_id == KnowledgeDocument.id,
            KnowledgePassage.deleted_at.is_(None),
        )
        .correlate(KnowledgeDocument)
        .scalar_subquery()
    )
    joined = (File.tenant_id == KnowledgeDocument.tenant_id) & (File.id == KnowledgeDocument.file_id)
    return select(KnowledgeDocument, count, File.name, File.sendable).outerjoin(File, joined)


def _of(row: Row[tuple[KnowledgeDocument, int, str | None, bool | None]]) -> Shelved:
    document, passages, file_name, sendable = row
    return Shelved(document, passages, file_name, bool(sendable))


def _unknown() -> NotFound:
    return NotFound("There is no such document; GET /v1/knowledge/documents lists them.")
