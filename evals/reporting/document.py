"""A run as it is saved with `--json`: everything that a report shows. Fields of later versions are passed over."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

SCHEMA = "tendero.evals.run/1"
Json = dict[str, Any]


class Document(BaseModel):
    """A part of the file."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class FoundOut(Document):
    """One thing that was looked at."""

    basis: str
    passed: bool
    what: str


class StepTaken(Document):
    """What the customer did, and how many seconds it took until everything of it was dealt with."""

    act: str
    told: str
    seconds: float
    answers: int


class Line(Document):
    """One line of the chat. `who`: customer, agent, person, system or event; `turn` is what wrote or read it."""

    who: str
    words: str
    step: int
    at: datetime | None = None
    turn: str | None = None


class Card(Document):
    """Evidence: a value, what it belongs to, and the tool (`source`) that brought it."""

    id: str
    kind: str
    subject: Json = {}
    value: Json = {}
    source: str = ""


class Stated(Document):
    """A claim of an answer. `support`: evidence, customer, fact, playbook, clock, or null."""

    kind: str
    quote: str
    value: Json = {}
    support: str | None = None
    evidence: Card | None = None

    @property
    def backed(self) -> bool:
        return self.support not in (None, "", "none")


class ToolCall(Document):
    name: str
    arguments: Json = {}
    failed: bool = False
    ms: float | None = None


class Written(Document):
    """A write of the turn's journal."""

    tool: str
    arguments: Json = {}
    result: Any = None


class Judged(Document):
    """The observer's verdict on one draft."""

    passed: bool
    by: list[str] = []
    claims: int = 0
    review: Json | None = None


class Stopped(Document):
    """A draft that did not leave, and why."""

    text: str = ""
    faults: list[str] = []
    by: list[str] = []


class ModelCall(Document):
    provider: str = ""
    model: str = ""
    feature: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    cost_micros: int | None = None


class Turn(Document):
    """Why an answer was given. `seconds`: from claim to reply."""

    id: str
    status: str | None = None
    outcome: str | None = None
    reason: str | None = None
    attempt: int | None = None
    seconds: float | None = None
    playbook_version: int | None = None
    claims: list[Stated] = []
    evidence: list[Card] = []
    journal: list[Written] = []
    tool_calls: list[ToolCall] = []
    verdicts: list[Judged] = []
    rejected: list[Stopped] = []
    usage: list[ModelCall] = []

    @property
    def tokens(self) -> int:
        return sum(call.input_tokens + call.output_tokens for call in self.usage)

    @property
    def cost_micros(self) -> int:
        return sum(call.cost_micros or 0 for call in self.usage)


class Customer(Document):
    name: str
    wants: str = ""


class Played(Document):
    """One scenario, played once. `digest` changes with the scenario's file; money is millionths of a US dollar."""

    scenario: str
    title: str
    digest: str
    business: str
    language: str
    tags: list[str]
    customer: Customer
    trial: int
    seed: int | None = None
    passed: bool
    stopped: str | None = None
    reasons: list[str]
    findings: list[FoundOut]
    steps: list[StepTaken]
    chat: list[Line]
    turns: list[Turn]
    expected: Json
    end_state: Json
    tokens: int
    cost_micros: int
    seconds: float
    staged: float = 0.0

    @property
    def tools(self) -> list[str]:
        """Names of the tools that worked, in order."""
        return [call.name for turn in self.turns for call in turn.tool_calls if not call.failed]


class RunDocument(Document):
    """A suite, played."""

    suite: str
    model: str
    trials: int
    finished_at: datetime
    pattern: str | None = None
    timezones: dict[str, str] = {}
    passed: bool
    seconds: float
    results: list[Played]

    def by_scenario(self) -> dict[str, list[Played]]:
        """Trials of each scenario, both in order."""
        grouped: dict[str, list[Played]] = {}
        for played in sorted(self.results, key=lambda each: (each.scenario, each.trial)):
            grouped.setdefault(played.scenario, []).append(played)
        return grouped

    def answered(self) -> Iterator[tuple[Played, StepTaken]]:
        """Every step that called for an answer and got one."""
        return ((played, step) for played in self.results for step in played.steps if step.answers)


def rate(trials: list[Played]) -> float:
    """Which part of a scenario's trials passed."""
    return sum(played.passed for played in trials) / len(trials)
