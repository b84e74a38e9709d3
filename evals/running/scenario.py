"""A scenario: one customer's chat with one business, and what must be so when it is over.

`evals/suites/README.md` explains every field for whoever writes scenarios; these models are what a file is checked
against.
"""

from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from evals.personas.persona import Persona
from evals.running.parts import Language, LocalTime, Part, Text, one_or_more
from evals.running.troubles import Outage, Sky, read_sky

MEDIA: dict[str, tuple[str, bytes]] = {
    "voice note": ("audio/ogg", b"OggS\x00\x02" + bytes(58)),
    "photo": ("image/jpeg", b"\xff\xd8\xff\xe0" + bytes(60) + b"\xff\xd9"),
    "sticker": ("image/webp", b"RIFF\x24\x00\x00\x00WEBPVP8 " + bytes(48)),
    "video": ("video/mp4", b"\x00\x00\x00\x18ftypmp42" + bytes(48)),
}
"""What a customer can send besides words: content type and a few bytes of it."""
PLACE = {"Latitude": "19.4326", "Longitude": "-99.1332"}
"""Where a customer is who shares their location."""


class Basis(StrEnum):
    """What a scenario is scored on."""

    STATE = "state"
    """Orders, payments, bookings, cases, stock, contact, and that every message was dealt with once."""
    TOOLS = "tools"
    CLAIMS = "claims"
    WORDS = "words"
    JUDGED = "judged"
    """Criteria in words, where a real model judges them (`--judge`)."""


class AnyOf(Part):
    """One of several wordings."""

    any_of: list[Text] = Field(min_length=2)


class Price(Part):
    """An amount of money, however it is written."""

    price: Decimal


def _clock(value: Any) -> Any:
    """YAML reads 14:00 without quotes as 840, minutes in base 60."""
    return "{:02}:{:02}".format(*divmod(value, 60)) if isinstance(value, int) else value


class Hour(Part):
    """A time of day, however it is written: 14:00, 14h, 2 pm, 2 de la tarde."""

    time: Annotated[str, BeforeValidator(_clock), StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


Words = Text | AnyOf | Price | Hour


class Passing(Part):
    """An amount of business time."""

    days: float = Field(default=0, ge=0)
    hours: float = Field(default=0, ge=0)
    minutes: float = Field(default=0, ge=0)

    @property
    def span(self) -> timedelta:
        return timedelta(days=self.days, hours=self.hours, minutes=self.minutes)


class Step(Part):
    """One thing that happens, and what the customer must or must not read before the next."""

    says: Annotated[list[Text], BeforeValidator(one_or_more)] | None = None
    """One message, or several in quick succession."""
    sends: Literal["voice note", "photo", "sticker", "video", "location"] | None = None
    caption: Text | None = None
    """Words that go with what is sent."""
    pays: bool | Literal["later", "voucher", "declined", "short", "forged"] | None = None
    """Opens the newest payment link that came, and pays; `evals/suites/README.md` tells of the other ways."""
    passes: Passing | None = None
    """Time goes by."""
    team_says: Text | None = None
    """A person of the business writes into the chat."""
    hands_back: bool | None = None
    """A person of the business closes the case and lets the agent go on."""
    breaks: Outage | None = None
    """A provider fails from now on."""
    mends: bool | None = None
    """Every provider works again."""

    hears: list[Words] = []
    never_hears: list[Words] = []
    answers: Annotated[int, Field(ge=0)] | Literal["any"] | None = None
    """How many times the business answers; 0 is silence, and `any` looks at neither. Unset: at least once after the
    customer's own words."""

    @model_validator(mode="after")
    def _one_act(self) -> "Step":
        acts = [name for name in ACTS if getattr(self, name) not in (None, False)]
        if len(acts) != 1:
            raise ValueError(f"a step is one of {', '.join(ACTS)}; this one has {' and '.join(acts) or 'none of them'}")
        if self.caption and not self.sends:
            raise ValueError("a caption goes with what is sent")
        return self

    @property
    def act(self) -> str:
        """Which of `ACTS` this step is."""
        return next(name for name in ACTS if getattr(self, name) not in (None, False))

    @property
    def least_answers(self) -> int:
        """How many messages to wait for before the next step."""
        if self.answers is not None:
            return 0 if self.answers == "any" else self.answers
        return int(self.act in ("says", "sends", "pays", "team_says") or bool(self.hears))


ACTS = ("says", "sends", "pays", "passes", "team_says", "hands_back", "breaks", "mends")


class Customer(Part):
    """Who writes."""

    name: Text
    wants: str = ""
    """What they are after and what they are like, for the reader, and for a model that plays them."""


class Stocked(Part):
    """The stock of one variant at the beginning."""

    sku: Text
    stock: int = Field(ge=0)


class Taken(Part):
    """An appointment of somebody else at the beginning."""

    service: Text
    staff: Text
    starts: LocalTime


class Written(Part):
    """A document of the business: a Word file of these lines, `# ` before headings, which may be sent."""

    name: Text
    """Of the file, without its ending; the document's title."""
    text: Text
    sendable: bool = True


class Given(Part):
    """How this scenario's copy of the business differs from its file."""

    stock: list[Stocked] = []
    hidden: list[Text] = []
    """Names of products that customers must not see."""
    taken: list[Taken] = []
    deposits: dict[str, Decimal] = {}
    """What some services ask for beforehand, by their names."""
    documents: list[Written] = []
    settings: dict[str, Any] = {}
    begins: LocalTime | None = None
    """When the chat begins, by the business's clock; that Tuesday if it is left out."""
    weather: Annotated[Sky | None, BeforeValidator(read_sky)] = None
    """How webhooks travel: `rough`, or chances from 0 to 1."""
    outages: list[Outage] = []
    """Who fails from the beginning."""
    backup_model: bool = False
    """Whether the business has a second model for when the first fails."""


class OrderState(Part):
    status: Text | None = None
    total: Decimal | None = None
    lines: dict[str, int] | None = None
    """Pieces by SKU: all of them, no others."""
    delivery: Text | None = None


class PaymentState(Part):
    status: Text | None = None
    amount: Decimal | None = None


class BookingState(Part):
    status: Text | None = None
    service: Text | None = None
    staff: Text | None = None
    starts: LocalTime | None = None
    deposit: Text | None = None
    """due, paid, refunded or waived."""
    attendance: Literal["open", "confirmed"] | None = None


class CaseState(Part):
    """A case in a person's hands."""

    status: Text | None = None
    reason: Text | None = None


class ContactState(Part):
    name: Text | None = None
    details: dict[str, Any] | None = None
    remembered: bool | None = None
    """Whether they have agreed to it, and not taken it back."""


class Call(Part):
    """A tool call, told by the arguments that matter."""

    tool: Text
    having: dict[str, Any] = {}


class Tools(Part):
    required: list[Text | Call] = []
    forbidden: list[Text | Call] = []


class Expectation(Part):
    """The end. What is not written must not be there: no order, no payment, no booking, no case, stock untouched, the
    agent in charge. A contact is looked at only if it is written."""

    orders: list[OrderState] = []
    payments: list[PaymentState] = []
    bookings: list[BookingState] = []
    cases: list[CaseState] = []
    stock: dict[str, int] = {}
    """Change by SKU."""
    contact: ContactState | None = None
    in_charge: Literal["agent", "person"] = "agent"
    tools: Tools = Tools()
    said: list[Words] = []
    never_said: list[Words] = []
    judged: list[Text] = []
    """Sentences about the chat that must hold; looked at only where a real model judges (`--judge`)."""


class Scenario(Part):
    """One file of a suite. `id` is the file's name."""

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    title: Text
    business: Text
    """Slug of a business in `evals/world/businesses/`."""
    language: Language
    tags: list[Text] = []
    customer: Customer
    given: Given = Given()
    chat: list[Step] = []
    """What is said, whatever the answers are."""
    persona: Persona | None = None
    """Somebody who goes by the answers, in place of a chat."""
    expect: Expectation
    scored_on: list[Basis] = Field(default_factory=lambda: list(Basis), min_length=1)

    @model_validator(mode="after")
    def _somebody_speaks(self) -> "Scenario":
        if bool(self.chat) == (self.persona is not None):
            raise ValueError("a scenario has either a chat or a persona")
        return self

    @property
    def moves_the_clock(self) -> bool:
        """Such a scenario shares the world only with others that do."""
        return self.given.begins is not None or any(step.passes for step in self.chat)

    @property
    def has_burst(self) -> bool:
        """Whether several messages come in quick succession, so that the business must listen for a moment."""
        return any(len(step.says or ()) > 1 for step in self.chat) or bool(self.persona and self.persona.bursts)

    @property
    def length(self) -> int:
        """About how many steps it takes."""
        return len(self.chat) + (2 * len(self.persona.goals) if self.persona else 0)

    @property
    def breaks_models(self) -> bool:
        """Whether its business speaks through a model that fails: those are simulated at a wire of their own."""
        outages = [*self.given.outages, *(step.breaks for step in self.chat if step.breaks)]
        return any(outage.of_models for outage in outages)
