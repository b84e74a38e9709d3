"""What the API says about a tenant's playbook."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from backend.fields import Prose
from backend.playbooks.models import Lesson, Playbook


class NewInstructions(BaseModel):
    """`{"instructions": "Tutea. Saluda a {{customer_name}} por su nombre."}`; they are in force from the next turn on.

    Variables, filled in anew for each turn: `{{now}}` (date and time in the business's zone and language), `{{today}}`,
    `{{business_name}}`, `{{customer_name}}` (quoted, at most 40 letters). Any other name in double braces is refused:
    422 `unknown-variable`.
    """

    model_config = ConfigDict(extra="forbid")

    instructions: Prose


class PlaybookView(BaseModel):
    """One version. Version 0 is the empty playbook of a tenant that has published none."""

    version: int
    instructions: str
    lessons: list[str]
    published_at: datetime | None

    @classmethod
    def of(cls, playbook: Playbook) -> "PlaybookView":
        return cls(
            version=playbook.version,
            instructions=playbook.instructions,
            lessons=playbook.lessons,
            published_at=playbook.published_at,
        )


class LessonView(BaseModel):
    """A proposed rule and the observation it came from. No lesson is in force before a person approves it."""

    id: UUID
    rule: str
    status: str
    observation_id: UUID | None
    created_at: datetime

    @classmethod
    def of(cls, lesson: Lesson) -> "LessonView":
        return cls(
            id=lesson.id,
            rule=lesson.rule,
            status=lesson.status,
            observation_id=lesson.observation_id,
            created_at=lesson.created_at,
        )
