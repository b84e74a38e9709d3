"""What the API says about services, staff, slots, holds and bookings. Instants come with the business's offset."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from backend.bookings.models import BookingStatus, DepositStatus
from backend.fields import Line, MinorUnits, Money, Prose, WeekHours

Minutes = Annotated[int, Field(ge=1, le=1440)]
"""Of an appointment: one minute to a day."""
Buffer = Annotated[int, Field(ge=0, le=240)]
GroupSize = Annotated[int, Field(ge=1, le=1000)]
"""How many customers come at once: 1 for an appointment of one's own."""
Seats = Annotated[int, Field(ge=1, le=100)]
Kind = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
"""What something is: room, chair, x-ray."""


class NewService(BaseModel):
    """`{"name": "Corte feminino", "duration_minutes": 45, "price": 9000, "buffer_after_minutes": 10}`."""

    model_config = ConfigDict(extra="forbid")

    name: Line
    description: Prose = ""
    duration_minutes: Minutes
    price: MinorUnits
    deposit: MinorUnits = 0
    """A part of the price that is paid beforehand by link."""
    buffer_before_minutes: Buffer = 0
    buffer_after_minutes: Buffer = 0
    capacity: GroupSize = 1
    """More than 1: a group session such as a class, which its customers share."""
    active: bool = True
    staff_ids: list[UUID] = Field(default=[], max_length=500)
    """Who does it."""
    resource_ids: list[UUID] = Field(default=[], max_length=500)
    """What it may use: each appointment takes one seat of each kind among these."""


class ServiceChange(BaseModel):
    """The fields to change; `staff_ids` and `resource_ids` replace the whole list. Another `capacity` holds for group
    sessions to come as well: who has a seat keeps it, and nobody more joins until there is room."""

    model_config = ConfigDict(extra="forbid")

    name: Line = ""
    description: Prose = ""
    duration_minutes: Minutes = 1
    price: MinorUnits = 0
    deposit: MinorUnits = 0
    buffer_before_minutes: Buffer = 0
    buffer_after_minutes: Buffer = 0
    capacity: GroupSize = 1
    active: bool = True
    staff_ids: list[UUID] = Field(default=[], max_length=500)
    resource_ids: list[UUID] = Field(default=[], max_length=500)


class ServiceView(BaseModel):
    id: UUID
    name: str
    description: str
    duration_minutes: int
    price: Money
    deposit: Money
    buffer_before_minutes: int
    buffer_after_minutes: int
    capacity: int
    active: bool
    staff_ids: list[UUID]
    resource_ids: list[UUID]


class NewStaff(BaseModel):
    """`{"name": "Ana", "hours": {"mon": [["09:00", "13:00"], ["14:00", "18:00"]]}, "service_ids": [...]}`.

    Without `hours` the person works whenever the business is open.
    """

    model_config = ConfigDict(extra="forbid")

    name: Line
    hours: WeekHours = WeekHours()
    service_ids: list[UUID] = Field(default=[], max_length=500)
    active: bool = True


class StaffChange(BaseModel):
    """The fields to change; `hours` and `service_ids` are replaced as a whole."""

    model_config = ConfigDict(extra="forbid")

    name: Line = ""
    hours: WeekHours = WeekHours()
    service_ids: list[UUID] = Field(default=[], max_length=500)
    active: bool = True


class StaffView(BaseModel):
    id: UUID
    name: str
    hours: dict[str, list[list[str]]]
    service_ids: list[UUID]
    active: bool


class NewResource(BaseModel):
    """`{"name": "Sala 1", "kind": "room", "capacity": 2}`: two appointments may use it at once."""

    model_config = ConfigDict(extra="forbid")

    name: Line
    kind: Kind = "room"
    capacity: Seats = 1
    active: bool = True
    service_ids: list[UUID] = Field(default=[], max_length=500)
    """Which services may use it."""


class ResourceChange(BaseModel):
    """The fields to change; `service_ids` replaces the whole list. What has it booked keeps it."""

    model_config = ConfigDict(extra="forbid")

    name: Line = ""
    kind: Kind = "room"
    capacity: Seats = 1
    active: bool = True
    service_ids: list[UUID] = Field(default=[], max_length=500)


class ResourceView(BaseModel):
    id: UUID
    name: str
    kind: str
    capacity: int
    active: bool
    service_ids: list[UUID]


class StaffName(BaseModel):
    id: UUID
    name: str


class SlotView(BaseModel):
    """A free start; `staff` in the order in which "anyone" would be served, `seats_left` with the first of them: null
    unless several customers come at once."""

    start: datetime
    end: datetime
    staff: list[StaffName]
    seats_left: int | None


class Availability(BaseModel):
    """Free starts, ascending. `timezone` is the zone of the offsets, `step_minutes` the grid from opening."""

    items: list[SlotView]
    timezone: str
    step_minutes: int
    duration_minutes: int
    next_cursor: str | None = None


class NewHold(BaseModel):
    """`{"service_id": "...", "start": "2026-08-07T10:30:00-03:00"}`; without `staff_id` anyone who is free."""

    model_config = ConfigDict(extra="forbid")

    service_id: UUID
    start: AwareDatetime
    staff_id: UUID | None = None
    contact_id: UUID | None = None


class HoldView(BaseModel):
    """A slot kept until `expires_at`; not yet a booking."""

    id: UUID
    status: str
    start: datetime
    end: datetime
    service_id: UUID
    staff: StaffName
    resources: list[str]
    seats_left: int | None
    """Of its group session, for others; null for an appointment of one's own."""
    price: Money
    deposit: Money
    expires_at: datetime


class Customer(BaseModel):
    """Somebody who did not write through a channel; a known phone number finds its contact."""

    model_config = ConfigDict(extra="forbid")

    name: Line
    phone: Annotated[str, Field(max_length=40)] | None = None


class NewBooking(BaseModel):
    """`{"hold_id": "...", "customer": {"name": "Bia", "phone": "+55 11 98765-4321"}}`, or `contact_id` of a contact."""

    model_config = ConfigDict(extra="forbid")

    hold_id: UUID
    contact_id: UUID | None = None
    customer: Customer | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "NewBooking":
        if self.contact_id is not None and self.customer is not None:
            raise ValueError("give contact_id or customer, not both")
        return self


class BookingView(BaseModel):
    id: UUID
    code: str
    status: BookingStatus
    start: datetime
    end: datetime
    service_id: UUID | None
    service: str
    staff_id: UUID | None
    staff: str
    resources: list[str]
    """Names, as they were when it was booked."""
    session_id: UUID | None
    """The group session that it shares with others."""
    seats_left: int | None
    timezone: str
    """Zone of the business when the time was agreed; `start`, `end` and `spoken` are in it."""
    contact_id: UUID
    price: Money
    deposit: Money
    deposit_status: DepositStatus | None
    """None: no deposit was asked for. `due` of a booking that ended: it was never paid."""
    deposit_due_at: datetime | None
    """Without its deposit the booking is cancelled then; None: never by itself."""
    spoken: str
    cancelled_at: datetime | None
    attendance_confirmed_at: datetime | None
    """When the customer said, after a reminder, that they come."""
    series_id: UUID | None


class NewTime(BaseModel):
    """`{"start": "2026-08-08T11:00:00-03:00"}`; without `staff_id` the same person if free, else anyone."""

    model_config = ConfigDict(extra="forbid")

    start: AwareDatetime
    staff_id: UUID | None = None


class NewStatus(BaseModel):
    """`{"status": "IN_PROGRESS"}`."""

    model_config = ConfigDict(extra="forbid")

    status: BookingStatus


class WishArguments(BaseModel):
    """`service`: name or id. `when`: the customer's own words, or an ISO local time. `staff`: only if they asked for
    somebody. `booking_code`: to move that booking; its service is kept."""

    model_config = ConfigDict(extra="forbid")

    service: Annotated[str, Field(max_length=200)] = ""
    when: Annotated[str, Field(max_length=500)]
    staff: Annotated[str, Field(max_length=200)] | None = None
    booking_code: Annotated[str, Field(max_length=40)] | None = None


class ProposalArguments(BaseModel):
    """`proposal_id` as find_and_hold_slot gave it."""

    model_config = ConfigDict(extra="forbid")

    proposal_id: UUID


class CancelArguments(BaseModel):
    """First without `proposal_id`: nothing is cancelled, a proposal is made. Then with it, once the customer agreed."""

    model_config = ConfigDict(extra="forbid")

    booking_code: Annotated[str, Field(min_length=1, max_length=40)]
    proposal_id: UUID | None = None


class NoArguments(BaseModel):
    """Nothing to say."""

    model_config = ConfigDict(extra="forbid")
