"""What the API says about questions that nobody could answer."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

from backend.fields import Key, Prose

Status = Literal["open", "answered", "dismissed"]
FactText = Annotated[Prose, StringConstraints(pattern=r"\S")]


class AnsweringFact(BaseModel):
    """`{"key": "shipping", "text": "We ship to all of Mexico within 3 days."}`: the agent reads it from now on."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"key": "shipping", "text": "In 3 days."}]}
    )

    key: Key
    text: FactText


class QuestionChange(BaseModel):
    """What becomes of a question. With `fact` that is written down too, new or over the old one of its key."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"status": "answered", "fact": {"key": "shipping", "text": "We ship within 3 days."}}]
        },
    )

    status: Status
    fact: AnsweringFact | None = None

    @model_validator(mode="after")
    def _a_fact_answers(self) -> Self:
        if self.fact is not None and self.status != "answered":
            raise ValueError("a fact goes with the status answered")
        return self


class AskedView(BaseModel):
    """One time that it was asked, in the customer's words."""

    conversation_id: UUID
    turn_id: UUID
    question: str
    asked_at: datetime


class QuestionView(BaseModel):
    """A question that the agent could not answer, by its topic. `count`: how often it was asked in how many
    `conversations`; `asked_since`: how often since it was settled. One that was answered and is asked in vain again is
    open again. `latest`: the last times, newest first."""

    key: str
    topic: list[str]
    status: Status
    count: int
    conversations: int
    asked_since: int
    first_asked_at: datetime
    last_asked_at: datetime
    fact_key: str | None
    decided_by: str | None
    decided_at: datetime | None
    latest: list[AskedView]
