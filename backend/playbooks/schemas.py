"""What the API says about a tenant's playbook."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from backend.fields import OptionalLine, Prose
from backend.playbooks.conflicts import RuleWarning
from backend.playbooks.files import LONGEST_FILE
from backend.playbooks.models import Playbook
from backend.playbooks.sections import Guideline, Section, Sections

WHICH = r"^(draft|published|[1-9][0-9]{0,8})$"
"""The draft, what is in force, or a version by its number."""
Version = Annotated[int, Field(ge=0, le=2**31 - 1)]


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

    version: int = 0
    voice: str = ""
    policies: str = ""
    instructions: str = ""
    guidelines: list[Guideline] = []
    lessons: list[str] = []
    published_at: datetime | None = None
    published_by: str | None = None
    """`member:<user id>` or `key:<id>`."""
    note: str = ""
    restores: int | None = None
    """The earlier version that this one publishes anew."""

    @classmethod
    def of(cls, playbook: Playbook) -> "PlaybookView":
        return cls(
            version=playbook.version,
            **dict(Sections.of(playbook)),
            published_at=playbook.published_at,
            published_by=playbook.published_by,
            note=playbook.note,
            restores=playbook.restores,
        )


class DraftChange(Sections):
    """The parts of a draft; a PUT empties those that it does not name, a PATCH leaves them.

    `base_version` is the version in force that its author knows; without it a draft keeps the one that it has, and a
    new draft takes the one in force.
    """

    base_version: Version | None = None


class DraftView(BaseModel):
    """The draft; or, while nothing is saved (`saved_at` is null), what it would begin with: the version in force."""

    voice: str
    policies: str
    instructions: str
    guidelines: list[Guideline]
    lessons: list[str]
    base_version: int
    published_version: int
    """In force now. While it is another than `base_version`, the draft cannot be published."""
    revision: str
    """Changes whenever the words do; what was reviewed, for publishing."""
    saved_at: datetime | None
    saved_by: str | None
    warnings: list[RuleWarning]


class PublishDraft(BaseModel):
    """What is said about the version; with `revision` nothing else is published than what was reviewed."""

    model_config = ConfigDict(extra="forbid")

    note: OptionalLine = ""
    revision: Annotated[str, Field(max_length=64)] | None = None


class PlaybookFile(BaseModel):
    """`{"format": "yaml", "text": "voice: Tutea."}`: the whole playbook, as an export writes it; parts that the file
    does not name are empty."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["markdown", "yaml"]
    text: Annotated[str, Field(max_length=LONGEST_FILE)]


class SectionDiff(BaseModel):
    """A part that differs."""

    section: Section
    unified: str
    """As `diff -u` writes it, with three lines around each change; a guideline or a lesson is a line."""


class PlaybookDiff(BaseModel):
    """The parts that differ, in the order in which the agent reads them; none if both say the same."""

    before: str
    after: str
    sections: list[SectionDiff]


class AskPreview(BaseModel):
    """`{"of": "draft", "conversation_id": "0198..."}`; without a conversation, one with nobody in which nothing was
    said."""

    model_config = ConfigDict(extra="forbid")

    of: Annotated[str, Field(pattern=WHICH)] = "draft"
    """`draft`, `published`, or a version by its number."""
    conversation_id: UUID | None = None


class OfferedTool(BaseModel):
    """A tool as the model is told of it."""

    name: str
    description: str


class PromptPreview(BaseModel):
    """What the model reads before the conversation itself: the system message, and the tools that it may use."""

    of: str
    conversation_id: UUID | None
    system: str
    tools: list[OfferedTool]
