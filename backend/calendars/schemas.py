"""What the API says about calendars outside, and of the diary as one list."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from backend.calendars.models import CalendarFeed, CalendarLink
from backend.fields import Line

Details = Literal["full", "busy"]
Kind = Literal["booking", "hold", "absence", "busy", "closed", "hours"]


def _without_webcal(url: str) -> str:
    """`webcal:` is what programs write for the address of a calendar."""
    scheme, separator, rest = url.partition("://")
    return f"https{separator}{rest}" if scheme.lower() in ("webcal", "webcals") else url


Address = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=8, max_length=2000),
    AfterValidator(_without_webcal),
    Field(examples=["webcal://calendar.example.com/private-0123456789abcdef/basic.ics"]),
]


class NewLink(BaseModel):
    """`{"staff_id": "...", "details": "full"}`; without `staff_id` the whole business."""

    model_config = ConfigDict(extra="forbid")

    staff_id: UUID | None = None
    details: Details = "full"


class LinkView(BaseModel):
    id: UUID
    staff_id: UUID | None
    details: Details
    prefix: str
    """How its token begins."""
    last_read_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, link: CalendarLink) -> "LinkView":
        return cls.model_validate(link, from_attributes=True)


class LinkCreated(LinkView):
    """`url` is told this once: whoever has it reads the calendar."""

    url: str


class NewFeed(BaseModel):
    """`{"staff_id": "...", "url": "webcal://.../basic.ics", "name": "Google de Ana"}`."""

    model_config = ConfigDict(extra="forbid")

    staff_id: UUID
    url: Address
    name: Line


class FeedView(BaseModel):
    """`host` is all that is shown of the address. `busy` counts the busy times that were read up to the horizon,
    `skipped` the events that could not be read."""

    id: UUID
    staff_id: UUID
    name: str
    host: str
    busy: int
    skipped: int
    last_fetched_at: datetime | None
    last_error: str | None
    due_at: datetime
    created_at: datetime

    @classmethod
    def of(cls, feed: CalendarFeed) -> "FeedView":
        return cls.model_validate(feed, from_attributes=True)


class DiaryEvent(BaseModel):
    """Something in the diary. `status`: of a booking. `title`: service and customer, or why somebody is away, a day is
    closed, or its hours are others. Days that are closed or have other hours (an event for each range) have no `id`;
    those of the business no `staff_id`."""

    kind: Kind
    id: UUID | None
    start: datetime
    end: datetime
    staff_id: UUID | None
    staff: str
    title: str
    status: str | None = None


class DiaryEvents(BaseModel):
    """Ascending by start, with the business's offset."""

    items: list[DiaryEvent]
    timezone: str
    next_cursor: str | None = None
