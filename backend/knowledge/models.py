"""What a business knows beside its catalog: documents, questions with answers, and the passages both are found by."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.database import CURRENT_TRANSACTION, Instant, TenantRecord, tenant_reference, tenant_table

WITHOUT_FILE = "Its file was deleted: give it another one with PATCH, or delete it."


class DocumentStatus(StrEnum):
    WAITING = "waiting"
    READING = "reading"
    READY = "ready"
    FAILED = "failed"


class KnowledgeDocument(TenantRecord):
    """A document: a file that was uploaded, or text that was written. Its passages are those of the last reading that
    ended well."""

    __tablename__ = "knowledge_documents"
    __table_args__ = tenant_table(
        tenant_reference("file_id", "files", ondelete="SET NULL"),
        CheckConstraint("file_id IS NULL OR text IS NULL", name="one_source"),
        Index("ix_knowledge_documents_file", "tenant_id", "file_id"),
        Index("ix_knowledge_documents_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    )

    title: Mapped[str] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(Text)
    """es, pt or en; None: not read yet, and nobody has said."""
    active: Mapped[bool] = mapped_column(default=True)
    """Whether customers are answered from it."""
    file_id: Mapped[UUID | None]
    """None: it is of text, or its file was deleted by force."""
    text: Mapped[str | None] = mapped_column(Text)
    """Markdown, of a document without a file."""
    status: Mapped[str] = mapped_column(Text, default=DocumentStatus.WAITING)
    reason: Mapped[str | None] = mapped_column(Text)
    """Why it failed, and what to do."""
    wanted: Mapped[int] = mapped_column(default=1)
    """How often a reading was asked for: one that began before the last time is not kept."""
    tries: Mapped[int] = mapped_column(default=0)
    """Readings begun since the last time one was asked for."""
    due_at: Mapped[Instant | None]
    """Machine time of the next reading; while one is under way, of the time at which it counts as lost."""
    read_at: Mapped[Instant | None]
    """Machine time at which its passages were read."""
    page: Mapped[int | None]
    """Up to which a reading has come that is under way."""
    pages: Mapped[int | None]
    silent_pages: Mapped[int] = mapped_column(default=0)
    """Pages without text."""
    characters: Mapped[int] = mapped_column(default=0)


class KnowledgeFaq(TenantRecord):
    """A question as customers ask it, and its answer."""

    __tablename__ = "knowledge_faqs"
    __table_args__ = tenant_table(UniqueConstraint("tenant_id", "key"))

    key: Mapped[str] = mapped_column(Text)
    """The words of the question in small letters without accents: the same question is the same FAQ."""
    question: Mapped[str] = mapped_column(Text)
    answer: Mapped[str] = mapped_column(Text)
    other_wordings: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    language: Mapped[str] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(default=True)


class KnowledgePassage(TenantRecord):
    """A piece of a document or a FAQ, as search finds it. One that is gone stays as a row without words, so that the
    index hears of it. Its id comes from its source and its words."""

    __tablename__ = "knowledge_passages"
    __table_args__ = tenant_table(
        tenant_reference("document_id", "knowledge_documents", ondelete="SET NULL"),
        tenant_reference("faq_id", "knowledge_faqs", ondelete="SET NULL"),
        CheckConstraint("document_id IS NULL OR faq_id IS NULL", name="one_source"),
        Index("ix_knowledge_passages_revision", "revision", "id"),
        Index("ix_knowledge_passages_document", "tenant_id", "document_id"),
        Index("ix_knowledge_passages_faq", "tenant_id", "faq_id"),
        Index("ix_knowledge_passages_live", "tenant_id", postgresql_where=text("deleted_at IS NULL")),
    )

    document_id: Mapped[UUID | None]
    faq_id: Mapped[UUID | None]
    place: Mapped[int] = mapped_column(default=0)
    """In the order of the document, from 0."""
    heading: Mapped[str] = mapped_column(Text, default="")
    """`Devoluciones > Plazos`; of a FAQ its other wordings, one a line."""
    body: Mapped[str] = mapped_column(Text, default="")
    page: Mapped[int | None]
    last_page: Mapped[int | None]
    deleted_at: Mapped[Instant | None]
    revision: Mapped[int] = mapped_column(BigInteger, server_default=CURRENT_TRANSACTION)
    """Of the last change to what is found by: a trigger's business, as for products."""
