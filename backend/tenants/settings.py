"""What a tenant may tune. Every field has a default, so that a new setting needs no migration."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from backend.reminders.fields import QuietHours, ReminderMinutes
from backend.tenants.model_chains import Chains, known_chains
from backend.tenants.policy import Policy, known_policy

WIDEST_GRID = 120


class PublicHolidays(BaseModel):
    """Whose public holidays close the business: ISO 3166, `{"country": "BR", "subdivision": "SP"}`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    subdivision: Annotated[str, Field(pattern=r"^[A-Za-z0-9 -]{1,40}$")] | None = None


class TenantSettings(BaseModel):
    """The JSON of `tenants.settings`; unknown keys are refused when written."""

    model_config = ConfigDict(extra="forbid")

    bot_enabled: bool = True
    """Off: messages are stored and shown to the team, the agent stays silent."""
    quiet_window_seconds: float = Field(default=4.0, ge=0, le=60)
    """A turn is due this long after the contact's last message."""
    longest_wait_seconds: float = Field(default=20.0, ge=0, le=300)
    """... and at the latest this long after the first."""
    loop_instant_replies: int = Field(default=12, ge=0, le=1000)
    """A person looks at the chat once so many replies in a row were answered like a machine answers; 0: never."""
    loop_instant_seconds: float = Field(default=2.0, ge=0, le=60)
    """An answer within this time of the reply is no person's."""
    loop_replies: int = Field(default=100, ge=0, le=10_000)
    """... or once the agent replied so often within `loop_minutes`; 0: never."""
    loop_minutes: int = Field(default=60, ge=1, le=24 * 60)
    models: Chains = Field(default_factory=dict)
    """Brain (vendor, summary, assist, observer, refiner, media) to models with commas, the first is asked first:
    "openai:gpt-5-mini?effort=low,anthropic:claude-haiku-4-5". Missing ones take the platform's default."""
    budget_micros: int | None = Field(default=None, ge=0)
    """Spend on models in a calendar month of the business's zone, millionths of a US dollar; None is unlimited."""
    quote_minutes: int = Field(default=60, ge=1, le=60 * 24 * 30)
    reserve_quote_minutes: int = Field(default=0, ge=0, le=60 * 24 * 30)
    """A quote keeps its things in stock so long, and never longer than it stands itself; 0: it keeps nothing."""
    payment_provider: Literal["stripe", "mercadopago", "sandbox"] | None = None
    """Whose links are sent, of a business with several payment accounts; None: a real one before the sandbox."""
    payment_link_minutes: int = Field(default=60 * 23, ge=35, le=60 * 24 - 5)
    """Stripe's checkout sessions live from 30 minutes to 24 hours; a few minutes are left for the call itself."""
    deposit_minutes: int | None = Field(default=None, ge=15, le=60 * 24 * 30)
    """A booking whose deposit is not paid so long after it was made is cancelled; None: never by itself."""
    deposit_refund_notice_minutes: int | None = Field(default=None, ge=0, le=60 * 24 * 30)
    """A paid deposit is given back by itself to who cancels at least so long before the start, and kept later; None: a
    person decides each time."""
    hold_minutes: int = Field(default=10, ge=1, le=120)
    waiting_offer_minutes: int = Field(default=60, ge=10, le=24 * 60)
    """How long a slot that became free is kept for whoever is first in the waiting list."""
    slot_grid_minutes: int = Field(default=15, ge=5, le=WIDEST_GRID)
    """Appointments start on multiples of this, counted from the opening time."""
    minimum_notice_minutes: int = Field(default=60, ge=0, le=60 * 24 * 30)
    memory_needs_consent: bool = True
    """The agent keeps details of a customer, and is told of them, only once the customer agreed."""
    facts_from_chats: Literal["off", "rules", "model"] = "rules"
    """What contacts say about themselves is kept after the reply: read by rules, by the observer's model as well, or
    not at all."""
    facts_confidence: float = Field(default=0.75, ge=0.5, le=1)
    """What is less sure than this is proposed to a person instead."""
    quiet_days: int = Field(default=60, ge=1, le=3650)
    """Who has not written for so long is dormant, or lost."""
    retention_days: int | None = Field(default=None, ge=1, le=3650)
    """What was said longer ago is erased; None keeps it. Orders, bookings and payments keep their amounts."""
    lessons_tried: bool = True
    """What was learnt and says what to do is replayed by itself, while half of the month's budget is left."""
    lessons_automatic: bool = False
    """Lessons of low risk whose replay improved answers are published without a person."""
    lessons_automatic_share: int = Field(default=10, ge=1, le=100)
    """... for so many per cent of the conversations."""
    reminder_minutes: ReminderMinutes = [1440, 120]
    """So long before an appointment its customer is reminded; an empty list: never."""
    quiet_hours: QuietHours | None = None
    """["21:00", "08:00"], in the business's zone: nobody is reminded then, but after or before."""
    booking_horizon_days: int = Field(default=60, ge=1, le=730)
    public_holidays: PublicHolidays | None = None
    """The business is closed on them, unless a date override says otherwise; None: it keeps its weekly hours."""
    cancel_notice_minutes: int = Field(default=0, ge=0, le=60 * 24 * 60)
    """A customer cancels a booking no later than this before it begins; the team is not bound."""
    reschedule_notice_minutes: int = Field(default=0, ge=0, le=60 * 24 * 60)
    """... and moves it no later than this."""
    reschedules_allowed: int | None = Field(default=None, ge=0, le=100)
    """How often a customer may move one booking; None: as often as they like."""
    max_open_bookings: int | None = Field(default=None, ge=1, le=100)
    """How many bookings ahead a customer may have; None: any number."""
    knowledge_sources_named: bool = True
    """An answer from a document says from which one it is."""
    policy: Policy = Policy()
    """Rules for replies; written anew as a whole."""

    @model_validator(mode="after")
    def _longest_wait_covers_the_quiet_window(self) -> "TenantSettings":
        if self.longest_wait_seconds < self.quiet_window_seconds:
            raise ValueError("longest_wait_seconds must not be shorter than quiet_window_seconds")
        return self


def read_settings(stored: dict[str, Any]) -> TenantSettings:
    """Settings as stored; what another version wrote and this one does not know is left aside."""
    return TenantSettings.model_validate(readable(stored))


def readable(stored: dict[str, Any]) -> dict[str, Any]:
    """The keys of stored settings, of their models the chains, and of their policy the rules, that this version
    knows; a grid wider than it takes is the widest."""
    known = {key: value for key, value in stored.items() if key in TenantSettings.model_fields}
    if "models" in known:
        known["models"] = known_chains(known["models"])
    if "policy" in known:
        known["policy"] = known_policy(known["policy"])
    if "slot_grid_minutes" in known:
        known["slot_grid_minutes"] = min(known["slot_grid_minutes"], WIDEST_GRID)
    return known
