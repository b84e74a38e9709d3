"""What the API says about documents and FAQs, and what the agent and its index are told of passages."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from backend.fields import Line, Writing, clean
from backend.knowledge.models import WITHOUT_FILE, KnowledgeDocument, KnowledgeFaq

Language = Literal["es", "pt", "en"]
Status = Literal["waiting", "reading", "ready", "failed"]
MOST_FAQS_AT_ONCE = 500
_Question = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=300), clean]
_Answer = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000), clean]


def _written(text: str) -> str:
    if not text.strip():
        raise ValueError("write something, or leave it out")
    return text


_Text = Annotated[Writing, AfterValidator(_written)]


class NewDocument(BaseModel):
    """Of a file (`file_id`, from POST /v1/files) or of `text` in Markdown. Without `title`, the name of the file;
    without `language`, the one that its words show."""

    model_config = ConfigDict(extra="forbid")

    title: Line | None = None
    file_id: UUID | None = None
    text: _Text | None = None
    language: Language | None = None
    active: bool = True

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.file_id is None) == (self.text is None):
            raise ValueError("give either file_id or text")
        if self.text is not None and self.title is None:
            raise ValueError("a text needs a title")
        return self


class DocumentChange(BaseModel):
    """The fields that are given are set. With `file_id` or `text` it is read anew, and answered from as it was before
    until that has ended well."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"active": False}]})

    title: Line = ""
    language: Language = "es"
    active: bool = True
    file_id: UUID | None = None
    text: _Text | None = None

    @model_validator(mode="after")
    def _one_source_at_most(self) -> Self:
        if self.file_id is not None and self.text is not None:
            raise ValueError("give either file_id or text")
        return self


class DocumentView(BaseModel):
    """A document. `status`: waiting, reading (`page` of `pages` so far), ready, or failed, with the `reason` and what
    to do; a `reason` stands also with one whose file was deleted. `passages` counts what customers are answered from:
    of the last reading that ended well, even if a later one failed. `silent_pages` hold no text. `sendable`: its file
    may be sent to customers (PATCH /v1/files/{id})."""

    id: UUID
    title: str
    language: Language | None
    active: bool
    file_id: UUID | None
    file_name: str | None
    sendable: bool
    status: Status
    reason: str | None
    page: int | None
    pages: int | None
    silent_pages: int
    characters: int
    passages: int
    read_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, document: KnowledgeDocument, passages: int, file_name: str | None, sendable: bool) -> Self:
        own = {name: getattr(document, name) for name in cls.model_fields if hasattr(document, name)}
        if document.file_id is None and document.text is None:
            own["reason"] = WITHOUT_FILE
        return cls(**own, passages=passages, file_name=file_name, sendable=sendable)


class PassageView(BaseModel):
    """A passage as it is found and cited."""

    id: UUID
    heading: str
    body: str
    page: int | None
    last_page: int | None


class FoundPassage(BaseModel):
    """A passage as the agent would read it. `source` is what a reply cites; `file_id`: its file may be sent."""

    id: UUID
    kind: Literal["document", "faq"]
    title: str
    heading: str
    page: int | None
    source: str
    text: str
    language: str | None
    file_id: UUID | None = None
    file_name: str | None = None


class NewFaq(BaseModel):
    """A question as customers ask it and its answer. Without `language`, the one that its words show."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "question": "¿Reparan bicicletas eléctricas?",
                    "answer": "Sí, menos la batería.",
                    "other_wordings": ["¿Arreglan e-bikes?"],
                }
            ]
        },
    )

    question: _Question
    answer: _Answer
    other_wordings: list[_Question] = Field(default_factory=list, max_length=20)
    language: Language | None = None
    active: bool = True


class FaqChange(BaseModel):
    """The fields that are given are set."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"answer": "Sí, en tres días."}]})

    question: _Question = ""
    answer: _Answer = ""
    other_wordings: list[_Question] = Field(default_factory=list, max_length=20)
    language: Language = "es"
    active: bool = True


class FaqView(BaseModel):
    id: UUID
    question: str
    answer: str
    other_wordings: list[str]
    language: Language
    active: bool
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, faq: KnowledgeFaq) -> Self:
        return cls.model_validate(faq, from_attributes=True)


class BulkFaqs(BaseModel):
    """Up to 500 FAQs, as `faqs`, or as `csv` with the columns question, answer and, if there are any, other_wordings
    (parted by |), language, active. A known question is written over."""

    model_config = ConfigDict(extra="forbid")

    faqs: list[NewFaq] = Field(default_factory=list, max_length=MOST_FAQS_AT_ONCE)
    csv: Writing = ""

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if bool(self.faqs) == bool(self.csv):
            raise ValueError("give either faqs or csv")
        return self


class BulkFaqsResult(BaseModel):
    """`ids` in the order given."""

    created: int
    updated: int
    ids: list[UUID]


class PassagesArguments(BaseModel):
    """Arguments of `knowledge_passages`."""

    model_config = ConfigDict(extra="forbid")

    passage_ids: list[UUID] = Field(max_length=20)


class ChangedPassageText(BaseModel):
    """What a passage is found by; of a FAQ `title` is the question and `heading` its other wordings."""

    title: str
    heading: str
    body: str
    language: str


class ChangedPassage(BaseModel):
    """One passage as the search index should hold it; what is gone or hidden has no text."""

    tenant_id: UUID
    passage_id: UUID
    revision: int
    deleted: bool
    text: ChangedPassageText | None


class ChangedPassages(BaseModel):
    """`next` is the cursor for the following call, also when nothing is new."""

    items: list[ChangedPassage]
    next: str | None
    more: bool
