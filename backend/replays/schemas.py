"""What the API says about replays, and what the agent tells of them."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from backend.fields import at_most
from backend.playbooks.schemas import WHICH
from backend.playbooks.sections import Sections
from backend.replays.models import ReplayRecord, ReplayStatus
from backend.usage.service import UsageIn

MOST_CONVERSATIONS, MOST_RUNS = 100, 10
LONGEST_TEXT = 8_000
_KEY = "turn:01989f3e-7c1a-7d4e-9b1f-3a5c7e9d1b2f"

Moved = Literal["better", "worse", "same", "different"]
Text = Annotated[str, Field(max_length=LONGEST_TEXT)]
Few = Annotated[list[Annotated[str, Field(max_length=1_000)]], Field(max_length=60)]


class ReplayOrder(BaseModel):
    """`base` and `candidate` are whole playbooks ({"voice", "policies", "instructions", "guidelines", "lessons"}); the
    base has its `version` too."""

    base: dict[str, Any]
    candidate: dict[str, Any]
    conversations: int = Field(default=20, ge=0, le=MOST_CONVERSATIONS)
    scenarios: bool = True
    runs: int = Field(default=3, ge=1, le=MOST_RUNS)


class NewReplay(BaseModel):
    """What would have changed with the draft on the last conversations: `{"of": "draft", "conversations": 20}`.

    `of` is the candidate: `draft`, or a version by its number; with `parts` it is what is in force with these parts
    exchanged. It is held against what is in force now.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"of": "draft", "conversations": 20}]})

    of: Annotated[str, Field(pattern=WHICH)] = "draft"
    parts: Sections | None = None
    conversations: int = Field(default=20, ge=0, le=MOST_CONVERSATIONS)
    """So many of the conversations that the agent answered last, the latest turns of each."""
    scenarios: bool = True
    """Also the scenarios of this business."""
    runs: int = Field(default=3, ge=1, le=MOST_RUNS)
    """So often each case is played under each playbook."""


class Side(BaseModel):
    """One case under one playbook, over all its runs."""

    answers: Annotated[list[Text], Field(max_length=MOST_RUNS)] = []
    """The words of each run, anonymised."""
    outcomes: Annotated[dict[str, int], at_most(10)] = {}
    """answered, safe_reply, handed_off, silent -> runs."""
    unanswered: int = 0
    """Runs in which a question stayed open."""
    faults: Annotated[dict[str, int], at_most(60)] = {}
    """Kind of what the observer stopped -> runs."""
    met: Annotated[dict[str, int], at_most(600)] = {}
    """Expectation -> runs that met it."""
    differences: Annotated[list[Text], Field(max_length=MOST_RUNS)] = []
    """Of each run, where what it left behind in the backend is not what the scenario expects; "" where it is."""


class CaseReport(BaseModel):
    """What became of one case. `moved`: better, worse, the same words, or other words that are neither."""

    key: Annotated[str, Field(pattern=r"^(turn|scenario):[0-9a-f-]{36}$", examples=[_KEY])]
    kind: Literal["turn", "scenario"]
    title: Text = ""
    asked: Text = ""
    """What the customer wrote, anonymised."""
    before: Side = Side()
    after: Side = Side()
    moved: Moved
    why: Few = []
    """What went better or worse, in words."""
    effect: float = Field(default=0.0, ge=-1, le=1)
    """Share of the runs that moved: above 0 for the better, below for the worse."""
    machinery_only: bool = False
    skipped: str | None = Field(default=None, max_length=200)
    """Why it was not played."""


class CaseDone(BaseModel):
    """One case, as the agent tells it; what it cost is in the ledger already."""

    report: CaseReport
    cost_micros: int = Field(default=0, ge=0, le=10**15)


class ReplayDone(BaseModel):
    """The verdict over all cases."""

    verdict: Literal["improved", "no_effect", "regressed", "mixed"]
    confidence: float = Field(ge=0, le=1)
    machinery_only: bool = False


class ReplayFailed(BaseModel):
    """`reason` as a slug. `final`: trying again would not help."""

    reason: str = Field(pattern=r"^[A-Za-z_-]{1,100}$")
    final: bool = False
    cost_micros: int = Field(default=0, ge=0, le=10**15)
    usage: list[UsageIn] = Field(default=[], max_length=50)


class Progress(BaseModel):
    """Cases that are done, of all."""

    done: int
    total: int


class ReplayRow(BaseModel):
    """A replay without its cases. `status`: queued, running, done or failed; `reason` says why it failed.

    `verdict`: improved, no_effect, regressed or mixed; `machinery_only`: the offline model played, so it shows that the
    machinery works and proves nothing about a model.
    """

    id: UUID
    lesson_id: UUID | None
    base_version: int
    conversations: int
    scenarios: bool
    runs: int
    status: str
    reason: str | None
    progress: Progress
    verdict: str | None
    confidence: float | None
    machinery_only: bool
    cost_micros: int
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, replay: ReplayRecord) -> "ReplayRow":
        return cls(**_row(replay))


class ReplayView(ReplayRow):
    """A replay with both playbooks and the report of each case so far."""

    base: dict[str, Any]
    candidate: dict[str, Any]
    cases: list[CaseReport]

    @classmethod
    def of(cls, replay: ReplayRecord) -> "ReplayView":
        cases = [CaseReport.model_validate(case) for case in replay.report.get("cases", [])]
        return cls(**_row(replay), base=replay.base, candidate=replay.candidate, cases=cases)


def _row(replay: ReplayRecord) -> dict[str, Any]:
    died = replay.status == ReplayStatus.FAILED and replay.finished_at is None
    return {
        "id": replay.id,
        "lesson_id": replay.lesson_id,
        "base_version": replay.base_version,
        "conversations": replay.conversations,
        "scenarios": replay.scenarios,
        "runs": replay.runs,
        "status": replay.shown_status,
        "reason": "agent-died" if died else replay.reason,
        "progress": Progress(done=len(replay.report.get("cases", [])), total=len(replay.cases)),
        "verdict": replay.verdict,
        "confidence": replay.confidence,
        "machinery_only": replay.machinery_only,
        "cost_micros": replay.cost_micros,
        "created_at": replay.created_at,
        "finished_at": replay.ended_at,
    }
