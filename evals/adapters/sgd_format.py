"""What is read of the Schema-Guided Dialogue data set; fields that are not needed are left aside.

Source: github.com/google-research-datasets/dstc8-schema-guided-dialogue, README.md, as of July 2020 (service calls).
"""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Slot(BaseModel):
    name: Name
    is_categorical: bool = False


class Intent(BaseModel):
    name: Name
    is_transactional: bool = False
    required_slots: list[str] = []
    optional_slots: dict[str, str] = {}


class Service(BaseModel):
    """An entry of `schema.json`."""

    service_name: Name
    slots: list[Slot]
    intents: list[Intent]


class Act(BaseModel):
    act: str
    slot: str = ""
    values: list[str] = []
    canonical_values: list[str] = []


class ServiceCall(BaseModel):
    method: str
    parameters: dict[str, str]


class State(BaseModel):
    active_intent: str = "NONE"
    requested_slots: list[str] = []
    slot_values: dict[str, list[str]] = {}


class Frame(BaseModel):
    service: Name
    actions: list[Act] = []
    state: State | None = None
    service_call: ServiceCall | None = None
    service_results: list[dict[str, str]] = []


class Turn(BaseModel):
    speaker: Literal["USER", "SYSTEM"]
    utterance: Name
    frames: list[Frame]


class Dialogue(BaseModel):
    """An entry of `dialogues_*.json`."""

    dialogue_id: Name
    services: list[Name]
    turns: list[Turn] = Field(min_length=1)
