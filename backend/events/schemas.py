"""What the API says about events."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from backend.events.reading import Happened


class EventView(BaseModel):
    """Something that happened. `data` holds ids, statuses and amounts; words, names and numbers are read from the
    record that `subject_id` names. `GET /v1/events/catalogue` lists the types."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "b3c5a7de-0f7c-4a53-9a5e-0d2f3c3b1a11",
                    "type": "message.received",
                    "at": "2026-11-21T15:04:05Z",
                    "subject_id": "019a6d5e-8f00-7cc0-9d43-2f7b0c8e1a01",
                    "conversation_id": "019a6d5e-8f00-7cc0-9d43-2f7b0c8e1a02",
                    "contact_id": None,
                    "data": {"author": "contact", "kind": "text", "turn_id": None},
                }
            ]
        }
    )

    id: UUID
    type: str
    at: datetime
    subject_id: UUID | None
    conversation_id: UUID | None
    contact_id: UUID | None
    data: dict[str, Any]

    @classmethod
    def of(cls, event: Happened) -> "EventView":
        return cls.model_validate(event.document())


class EventPage(BaseModel):
    """Events, oldest first. `next_cursor` is always there: keep it and come back with it, now if `more`."""

    items: list[EventView]
    next_cursor: str
    more: bool


class EventKind(BaseModel):
    type: str
    description: str


class EventCatalogue(BaseModel):
    items: list[EventKind]


class TicketView(BaseModel):
    """Good for a minute, to open one or more streams or sockets with."""

    ticket: str = Field(repr=False)
    expires_in_seconds: int
