"""What the API says of files that were read, and what the agent tells of them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from backend.fields import Line, OptionalLine, Prose
from backend.media.fetching import Problem
from backend.media.models import MediaReading

ReadingKind = Literal["transcript", "description", "payment_proof"]
Review = Literal["waiting", "confirmed", "rejected"]


class ProofIn(BaseModel):
    """What is printed on a proof of payment, as a machine read it: claims, and no more."""

    model_config = ConfigDict(extra="forbid")

    amount: OptionalLine = ""
    currency: OptionalLine = ""
    reference: OptionalLine = ""
    paid_on: OptionalLine = ""


class ReadingIn(BaseModel):
    """What a model made of a file."""

    model_config = ConfigDict(extra="forbid")

    content_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", examples=["0" * 64])]
    content_type: Line
    kind: ReadingKind
    text: Prose
    language: OptionalLine | None = None
    model: Line
    cost_micros: int = Field(default=0, ge=0, le=10**15)
    proof: ProofIn | None = None


class ReadingOut(BaseModel):
    """A reading as the agent takes it up. `order_code`: of a proof of payment, the order that a person will compare."""

    kind: ReadingKind
    text: str
    language: str | None
    order_code: str | None


class FileOut(BaseModel):
    """What is known of a file, else the file itself in base64, else why there is none."""

    reading: ReadingOut | None = None
    problem: Problem | None = None
    content_type: str = ""
    content_hash: str = ""
    content: str = Field(default="", repr=False)


class ReadingView(BaseModel):
    """What a machine read in one file of a message: a transcript of a voice note, or what an image shows."""

    id: UUID
    conversation_id: UUID
    message_id: UUID
    place: int
    content_type: str
    kind: ReadingKind
    text: str
    language: str | None
    model: str
    cost_micros: int
    created_at: datetime

    @classmethod
    def of(cls, reading: MediaReading) -> "ReadingView":
        return cls.model_validate(reading, from_attributes=True)


class ProofView(BaseModel):
    """An image that looks like a proof of payment. What is printed on it is as a machine read it and proves nothing;
    `seen_before`: the same file was sent already."""

    id: UUID
    conversation_id: UUID
    message_id: UUID
    order_id: UUID | None
    status: Review
    text: str
    amount: str
    currency: str
    reference: str
    paid_on: str
    seen_before: bool
    reviewed_by: str | None
    reviewed_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, reading: MediaReading) -> "ProofView":
        printed = {name: str(reading.details.get(name) or "") for name in ProofIn.model_fields}
        return cls.model_validate(
            {
                **printed,
                "id": reading.id,
                "conversation_id": reading.conversation_id,
                "message_id": reading.message_id,
                "order_id": reading.order_id,
                "status": reading.review,
                "text": reading.text,
                "seen_before": bool(reading.details.get("seen_before")),
                "reviewed_by": reading.reviewed_by,
                "reviewed_at": reading.reviewed_at,
                "created_at": reading.created_at,
            }
        )


class Confirmation(BaseModel):
    """Which order the payment is for; without it the one that the proof was put to."""

    model_config = ConfigDict(extra="forbid")

    order_id: UUID | None = None
