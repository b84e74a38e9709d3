"""What the API says about scenarios."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from backend.fields import Line
from backend.scenarios.end_state import EndState
from backend.scenarios.models import Scenario

LONGEST, LONGEST_PHRASE, MOST_TURNS, MOST_PHRASES = 2_000, 300, 12, 20


def _storable(words: str) -> str:
    if "\0" in words:
        raise ValueError("must not hold null bytes")
    return words


_clean = AfterValidator(_storable)
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST), _clean]
Phrase = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_PHRASE), _clean]
Phrases = Annotated[list[Phrase], Field(max_length=MOST_PHRASES)]
Tool = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,60}$")]
Tools = Annotated[list[Tool], Field(max_length=MOST_PHRASES)]


class Said(BaseModel):
    """One turn: what the customer `says`, and of the answer what it `hears` (each phrase stands in it, whatever its
    accents, capitals and separators of thousands), `never_hears`, and is `like` (most words of it occur)."""

    model_config = ConfigDict(extra="forbid")

    says: Words
    hears: Phrases = []
    never_hears: Phrases = []
    like: Words | None = None


class Expect(BaseModel):
    """How the chat ends: `outcome` of its last turn, the tools that the agent must use (`does`) or must not
    (`never_does`), and the `state` of the backend: orders, bookings, whether a person was asked for. A replay writes
    nothing that stays; it is judged by what would be there."""

    model_config = ConfigDict(extra="forbid")

    outcome: Literal["answered", "handed_off"] | None = None
    does: Tools = []
    never_does: Tools = []
    state: EndState | None = None


class NewScenario(BaseModel):
    """`{"title": "Domingos", "chat": [{"says": "¿Abren el domingo?", "hears": ["10:00"]}]}`, with
    `"expect": {"state": {"orders": [], "handed_off": false}}` for what must be there in the end."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "title": "Domingos",
                    "chat": [{"says": "¿Abren el domingo?", "hears": ["10:00"]}],
                    "expect": {"outcome": "answered", "state": {"orders": [], "bookings": [], "handed_off": False}},
                }
            ]
        },
    )

    title: Line
    chat: Annotated[list[Said], Field(min_length=1, max_length=MOST_TURNS)]
    expect: Expect = Expect()
    held_out: bool = True
    """Kept for judging: nothing is learnt from it."""


class ScenarioChange(BaseModel):
    """The fields that are given."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"held_out": False}]})

    title: Line | None = None
    chat: Annotated[list[Said], Field(min_length=1, max_length=MOST_TURNS)] | None = None
    expect: Expect | None = None
    held_out: bool | None = None


class FromTakeover(BaseModel):
    """How the last takeover of a conversation is kept; without a title it is the customer's first question."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"title": "Domingos"}]})

    title: Line | None = None
    held_out: bool = True


class ScenarioView(BaseModel):
    """A scenario. `source`: takeover or manual; `conversation_id` is where it came from, while that is there."""

    id: UUID
    title: str
    chat: list[Said]
    expect: Expect
    held_out: bool
    source: str
    conversation_id: UUID | None
    made_by: str
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, scenario: Scenario) -> "ScenarioView":
        return cls.model_validate(scenario, from_attributes=True)
