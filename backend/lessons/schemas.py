"""What the API says about lessons and observations, and what the refiner proposes."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from backend.conversations.turn_models import Observation
from backend.fields import Line
from backend.lessons.models import Lesson
from backend.playbooks.sections import Rule
from backend.replays.schemas import MOST_CONVERSATIONS, MOST_RUNS

Status = Literal["proposed", "replayed", "published", "rolled_back", "dismissed"]
Kind = Literal["unanswered", "fault", "correction", "manual"]
Noted = Literal["unanswered", "fault", "correction", "fact"]
TopicWord = Annotated[str, StringConstraints(pattern=r"^[a-z]{4,20}$")]
Share = Annotated[int, Field(ge=1, le=100)]


class NewLesson(BaseModel):
    """A rule that somebody writes by hand: `{"rule": "Si preguntan por mascotas, di que son bienvenidas con correa."}`.

    With `channel_id` it is for the conversations of that channel alone.
    """

    model_config = ConfigDict(extra="forbid")

    rule: Rule
    channel_id: UUID | None = None


class LessonChange(BaseModel):
    """The fields to change. Another rule makes it proposed again: what a replay said of the earlier one is void."""

    model_config = ConfigDict(extra="forbid")

    rule: Rule | None = None
    channel_id: UUID | None = None


class AskReplay(BaseModel):
    """How it is tried: against how many of the last conversations, with the business's scenarios or without, and how
    often each is played."""

    model_config = ConfigDict(extra="forbid")

    conversations: int = Field(default=20, ge=0, le=MOST_CONVERSATIONS)
    scenarios: bool = True
    runs: int = Field(default=3, ge=1, le=MOST_RUNS)


class Override(BaseModel):
    """Why it is published although its replay did not show that it helps."""

    model_config = ConfigDict(extra="forbid")

    reason: Line


class PublishLesson(BaseModel):
    """`{"share": 10}`: for so many per cent of the conversations; 100 makes it a part of the next playbook."""

    model_config = ConfigDict(extra="forbid")

    share: Share = 100
    override: Override | None = None


class GroundsView(BaseModel):
    """What it rests on: `observations`, made with `contacts` different customers; `people`: those in which somebody of
    the business put the agent right."""

    observations: int = 0
    contacts: int = 0
    people: int = 0


class LessonReplay(BaseModel):
    """The latest replay. `current`: it judged this very rule against the playbook in force, so that it counts."""

    id: UUID
    status: str
    verdict: str | None
    confidence: float | None
    base_version: int
    machinery_only: bool
    cost_micros: int
    current: bool


class OverrideView(BaseModel):
    """Who published it against its replay, and why."""

    reason: str
    by: str
    verdict: str


class LessonView(BaseModel):
    """A rule, where it comes from, and what became of it.

    `kind`: unanswered, fault or correction, after what was observed; manual if somebody wrote it. While `needs_wording`
    the rule tells a person what is missing, and cannot be tried or published: change it to what the agent is to do.
    `risk` is high for money, policies, times and figures. `share`, `version` and `in_force` tell where it holds: in the
    playbook since that version, or beside it for a share of the conversations.
    """

    id: UUID
    kind: str
    topic: list[str]
    rule: str
    needs_wording: bool
    worded_by: str | None
    risk: str
    channel_id: UUID | None
    status: str
    grounds: GroundsView
    replay: LessonReplay | None
    share: int | None
    version: int | None
    in_force: bool
    published_at: datetime | None
    published_by: str | None
    override: OverrideView | None
    rolled_back_at: datetime | None
    rolled_back_by: str | None
    created_at: datetime

    @classmethod
    def of(cls, lesson: Lesson, grounds: GroundsView, replay: LessonReplay | None, *, in_force: bool) -> "LessonView":
        return cls(
            id=lesson.id,
            kind=lesson.kind,
            topic=lesson.topic,
            rule=lesson.rule,
            needs_wording=not lesson.is_worded,
            worded_by=lesson.worded_by,
            risk=lesson.risk,
            channel_id=lesson.channel_id,
            status=lesson.status,
            grounds=grounds,
            replay=replay,
            share=lesson.share,
            version=lesson.version,
            in_force=in_force,
            published_at=lesson.published_at,
            published_by=lesson.published_by,
            override=OverrideView.model_validate(lesson.override) if lesson.override else None,
            rolled_back_at=lesson.rolled_back_at,
            rolled_back_by=lesson.rolled_back_by,
            created_at=lesson.created_at,
        )


class ObservationView(BaseModel):
    """Something noted after a reply, or when a person put the agent right. What was said stands in `data`, and nowhere
    else."""

    id: UUID
    kind: str
    note: str
    data: dict[str, Any]
    conversation_id: UUID
    turn_id: UUID
    created_at: datetime

    @classmethod
    def of(cls, observation: Observation) -> "ObservationView":
        return cls.model_validate(observation, from_attributes=True)


class ProposedLesson(BaseModel):
    """What the refiner makes of observations that repeat."""

    kind: Literal["unanswered", "fault"]
    topic: Annotated[list[TopicWord], Field(min_length=1, max_length=3)]
    rule: Rule
    fingerprint: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16,64}$"), Field(examples=["9c4e1f0a7b3d5826"])]
    observation_ids: Annotated[list[UUID], Field(min_length=1, max_length=200)]


class ProposalsIn(BaseModel):
    """For the business of the token: that of a `reflect` bundle."""

    token: str = Field(repr=False)
    lessons: Annotated[list[ProposedLesson], Field(max_length=50)]


class ProposalsOut(BaseModel):
    """Those that are new; what is known already was added to what the known one rests on."""

    proposed: list[UUID]
