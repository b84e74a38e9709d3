"""What a file says of a simulated customer: what they are after, and how they are.

`evals/suites/README.md` explains each.
"""

from typing import Literal

from pydantic import Field, model_validator

from evals.running.parts import LocalTime, Part, Text

Trait = Literal[
    "bursts",
    "typos",
    "changes_mind",
    "voice_notes",
    "mixes_languages",
    "impatient",
    "claims_paid",
    "begs_discount",
    "injects",
]
ASKED = Literal["hours", "address", "payment", "shipping", "returns", "parking", "cancelling"]


class Buy(Part):
    """Orders one product, and pays unless `pays` is false."""

    product: Text
    options: str = ""
    """Colour, size: what tells the variant."""
    quantity: int = Field(default=1, ge=1, le=20)
    pays: bool = True


class Booking(Part):
    """An appointment. `flexible`: takes what is offered if that hour is not free."""

    service: Text
    starts: LocalTime
    staff: str = ""
    flexible: bool = False


class Move(Part):
    """Another moment for the appointment."""

    starts: LocalTime


class Goal(Part):
    """One thing they are after: the only field that is written."""

    buys: Buy | None = None
    asks: ASKED | None = None
    books: Booking | None = None
    moves: Move | None = None
    cancels: Literal["booking"] | None = None
    wants_person: bool | None = None

    @model_validator(mode="after")
    def _one(self) -> "Goal":
        if sum(getattr(self, name) not in (None, False) for name in GOALS) != 1:
            raise ValueError(f"a goal is one of {', '.join(GOALS)}")
        return self

    @property
    def kind(self) -> str:
        return next(name for name in GOALS if getattr(self, name) not in (None, False))


GOALS = ("buys", "asks", "books", "moves", "cancels", "wants_person")


class Persona(Part):
    """Goals in the order in which they are brought up, and traits."""

    goals: list[Goal] = Field(min_length=1)
    temper: list[Trait] = []
    patience: int = Field(default=16, ge=1, le=60)
    """How many times they write at most."""

    @property
    def bursts(self) -> bool:
        """Whether several messages may come in quick succession."""
        return bool({"bursts", "impatient"} & {*self.temper})
