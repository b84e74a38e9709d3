"""Questions with answers: made, listed, changed, deleted, and many at once."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.accents import without_accents
from backend.database import new_id, tenant_of
from backend.errors import Conflict, NotFound, Unprocessable, in_words
from backend.imports.reading.figures import Unreadable, flag
from backend.knowledge.language import language_of
from backend.knowledge.models import KnowledgeFaq
from backend.knowledge.schemas import MOST_FAQS_AT_ONCE, FaqChange, NewFaq
from backend.knowledge.storing import drop_passages, replace_faq_passages
from backend.locks import lock_by_name
from backend.tenants.service import load_tenant

MOST_FAQS = 5000
_NAMES = {
    **dict.fromkeys(("pregunta", "pergunta"), "question"),
    **dict.fromkeys(("respuesta", "resposta"), "answer"),
    **dict.fromkeys(("otras formas", "outras formas"), "other_wordings"),
    "idioma": "language",
    **dict.fromkeys(("activa", "ativa"), "active"),
}
"""What Spanish and Portuguese tables call the columns."""
_LANGUAGES = {
    **dict.fromkeys(("español", "espanhol", "castellano", "spanish"), "es"),
    **dict.fromkeys(("portugués", "português", "portuguese"), "pt"),
    **dict.fromkeys(("inglés", "inglês", "english"), "en"),
}
_COLUMNS = {"question", "answer", "other_wordings", "language", "active"}


async def create_faq(session: AsyncSession, new: NewFaq) -> KnowledgeFaq:
    """Conflict of type question-taken or too-many-faqs."""
    await _lock(session)
    _expect_free(await _by_key(session, [_key(new.question)]))
    [faq], _ = await save_faqs(session, [new])
    return faq


async def save_faqs(session: AsyncSession, given: Sequence[NewFaq]) -> tuple[list[KnowledgeFaq], int]:
    """All of them, in order, and how many are new; a known question is written over, and keeps its id. Conflict of type
    too-many-faqs."""
    await _lock(session)
    known = await _by_key(session, [_key(one.question) for one in given])
    fresh = {_key(one.question) for one in given} - known.keys()
    count = await session.scalar(select(func.count()).select_from(KnowledgeFaq)) or 0
    if fresh and count + len(fresh) > MOST_FAQS:
        raise Conflict(f"There may be {MOST_FAQS} questions; delete some first.", type="too-many-faqs")
    otherwise = (await load_tenant(session)).locale[:2]
    saved = []
    for one in given:
        faq = known.get(_key(one.question))
        if faq is None:
            faq = known[_key(one.question)] = KnowledgeFaq(tenant_id=tenant_of(session), id=new_id())
            session.add(faq)
        faq.key, faq.question, faq.answer, faq.active = _key(one.question), one.question, one.answer, one.active
        faq.other_wordings = one.other_wordings
        faq.language = one.language or language_of(f"{one.question} {one.answer}", otherwise)
        saved.append(faq)
    await session.flush()
    await replace_faq_passages(session, saved)
    return saved, len(fresh)


async def list_faqs(
    session: AsyncSession, active: bool | None, after: UUID | None, limit: int
) -> Sequence[KnowledgeFaq]:
    """Newest first."""
    query = select(KnowledgeFaq).order_by(KnowledgeFaq.id.desc()).limit(limit)
    if active is not None:
        query = query.where(KnowledgeFaq.active.is_(active))
    if after is not None:
        query = query.where(KnowledgeFaq.id < after)
    return (await session.scalars(query)).all()


async def get_faq(session: AsyncSession, faq_id: UUID, *, locked: bool = False) -> KnowledgeFaq:
    """One of them; NotFound."""
    query = select(KnowledgeFaq).where(KnowledgeFaq.id == faq_id)
    faq: KnowledgeFaq | None = await session.scalar(query.with_for_update() if locked else query)
    if faq is None:
        raise NotFound("There is no such question; GET /v1/knowledge/faqs lists them.")
    return faq


async def change_faq(session: AsyncSession, faq_id: UUID, change: FaqChange) -> KnowledgeFaq:
    """Sets the fields that are given. NotFound; Conflict of type question-taken."""
    await _lock(session)
    faq = await get_faq(session, faq_id, locked=True)
    given = change.model_dump(exclude_unset=True)
    if "question" in given and (key := _key(given["question"])) != faq.key:
        _expect_free(await _by_key(session, [key]))
        faq.key = key
    for name, value in given.items():
        setattr(faq, name, value)
    await session.flush()
    await replace_faq_passages(session, [faq])
    await session.refresh(faq)
    return faq


async def delete_faq(session: AsyncSession, faq_id: UUID) -> None:
    """NotFound."""
    await _lock(session)
    faq = await get_faq(session, faq_id, locked=True)
    await drop_passages(session, faq_id=faq_id)
    await session.delete(faq)
    await session.flush()


def read_csv(table: str) -> list[NewFaq]:
    """Rows of a table with a heading, parted by commas, semicolons or tabs. Unprocessable of type csv-unreadable, which
    names the first faults by their line."""
    table = table.removeprefix("\ufeff")
    head = table.partition("\n")[0]
    reader = csv.DictReader(StringIO(table), delimiter=max(",;\t", key=head.count), strict=True)
    faults: list[str] = []
    found: list[NewFaq] = []
    try:
        named = [_column(str(name)) for name in reader.fieldnames or ()]
        columns = set(named)
        if not {"question", "answer"} <= columns or columns - _COLUMNS or len(columns) < len(named):
            wanted = "question and answer (pregunta, respuesta), and if you like other_wordings, language and active"
            raise Unprocessable(f"The first line names the columns, each once: {wanted}.", type="csv-unreadable")
        for row in reader:
            if len(found) >= MOST_FAQS_AT_ONCE:
                raise Unprocessable(f"Send {MOST_FAQS_AT_ONCE} rows at once at most.", type="csv-unreadable")
            try:
                found.append(NewFaq.model_validate(dict(_fields(row, reader.line_num))))
            except ValidationError as error:
                fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
                where = ".".join(map(str, fault["loc"]))
                faults.append(f"line {reader.line_num}: {where}: {in_words(fault['msg'])}")
            except Unreadable as neither:
                faults.append(f"line {reader.line_num}: active: {neither.wrong}, {neither.remedy}")
    except csv.Error:
        told = f"line {reader.line_num + 1}: a quotation mark is not closed, or stands inside a cell; write those twice"
        raise Unprocessable(f"Nothing was stored: {told}.", type="csv-unreadable") from None
    if faults or not found:
        told = "; ".join(faults[:10]) or "there are no rows below the first line"
        raise Unprocessable(f"Nothing was stored: {told}.", type="csv-unreadable")
    return found


def _column(name: str) -> str:
    """Our name of a column."""
    written = name.strip().lower()
    return _NAMES.get(written, written)


def _fields(row: dict[str | None, str | list[str] | None], line: int) -> Iterator[tuple[str, object]]:
    for name, value in row.items():
        if name is None:
            raise Unprocessable(
                f"Line {line} has more cells than the first line: put quotes around cells with commas.",
                type="csv-unreadable",
            )
        column, cell = _column(name), str(value or "").strip()
        if column == "other_wordings":
            yield column, [one.strip() for one in cell.split("|") if one.strip()]
        elif column == "active":
            yield column, not cell or flag(cell)
        elif column == "language":
            yield column, _LANGUAGES.get(cell.lower()) or cell.lower().partition("-")[0] or None
        else:
            yield column, cell


async def _lock(session: AsyncSession) -> None:
    """One writer of a tenant's questions at a time: whether one is taken and whether there is room is then certain."""
    await lock_by_name(session, f"faqs:{tenant_of(session)}")


def _expect_free(known: Mapping[str, KnowledgeFaq]) -> None:
    for faq in known.values():
        raise Conflict(
            f"There is an answer to this question already; PATCH /v1/knowledge/faqs/{faq.id} changes it.",
            type="question-taken",
            faq_id=str(faq.id),
        )


async def _by_key(session: AsyncSession, keys: Sequence[str]) -> dict[str, KnowledgeFaq]:
    found = await session.scalars(select(KnowledgeFaq).where(KnowledgeFaq.key.in_(keys)).with_for_update())
    return {faq.key: faq for faq in found}


def _key(question: str) -> str:
    """How it is compared. It is stored, so it is made the same way for good."""
    plain = without_accents(question.lower())
    return " ".join("".join(one if one.isalnum() else " " for one in plain).split()) or question
