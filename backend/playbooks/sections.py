"""The named parts of a playbook: what each may hold, and how they are read from a stored row."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from backend.playbooks.models import Parts

Section = Literal["voice", "policies", "instructions", "guidelines", "lessons"]
SECTIONS: tuple[Section, ...] = get_args(Section)
"""In the order in which the agent reads them."""
MOST_GUIDELINES, MOST_LESSONS = 60, 100
LONGEST_VOICE, LONGEST_PROSE, LONGEST_CONDITION, LONGEST_RULE = 4_000, 20_000, 300, 600


def _in_lines(words: str) -> str:
    return _storable(words).replace("\r\n", "\n").replace("\r", "\n").strip()


def _on_one_line(words: str) -> str:
    told = " ".join(_storable(words).split())
    if not told:
        raise ValueError("must hold words")
    return told


def _storable(words: str) -> str:
    if "\0" in words:
        raise ValueError("must not hold null bytes")
    return words


Voice = Annotated[str, StringConstraints(max_length=LONGEST_VOICE), AfterValidator(_in_lines)]
Prose = Annotated[str, StringConstraints(max_length=LONGEST_PROSE), AfterValidator(_in_lines)]
Condition = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_CONDITION), AfterValidator(_on_one_line)]
Rule = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_RULE), AfterValidator(_on_one_line)]


class Guideline(BaseModel):
    """What to do in one kind of situation: `{"when": "piden factura", "then": "Pide el RFC y el correo."}`."""

    model_config = ConfigDict(extra="forbid")

    when: Condition
    then: Rule


class Sections(BaseModel):
    """Every part of a playbook. `{{now}}`, `{{today}}`, `{{business_name}}` and `{{customer_name}}` work everywhere.

    * `voice`: how the agent speaks.
    * `policies`: what the business grants and what it does not.
    * `instructions`: everything else it should do.
    * `guidelines`: what to do `when` something is the case, at most 60.
    * `lessons`: short rules that were approved, at most 100.
    """

    model_config = ConfigDict(extra="forbid")

    voice: Voice = ""
    policies: Prose = ""
    instructions: Prose = ""
    guidelines: Annotated[list[Guideline], Field(max_length=MOST_GUIDELINES)] = []
    lessons: Annotated[list[Rule], Field(max_length=MOST_LESSONS)] = []

    @classmethod
    def of(cls, row: Parts) -> "Sections":
        """As they are stored, whatever the limits were then."""
        return cls.model_construct(
            voice=row.voice,
            policies=row.policies,
            instructions=row.instructions,
            guidelines=[Guideline.model_construct(**each) for each in row.guidelines],
            lessons=list(row.lessons),
        )

    def stored(self) -> dict[str, Any]:
        """The columns of a row."""
        return {name: value for name, value in self.model_dump().items() if name in SECTIONS}

    def texts(self) -> Iterator[tuple[str, str]]:
        """(where, text) of everything it says, as in `("guidelines.0.then", "Pide el RFC.")`."""
        yield from (("voice", self.voice), ("policies", self.policies), ("instructions", self.instructions))
        for at, guideline in enumerate(self.guidelines):
            yield f"guidelines.{at}.when", guideline.when
            yield f"guidelines.{at}.then", guideline.then
        yield from ((f"lessons.{at}", lesson) for at, lesson in enumerate(self.lessons))

    def lines_of(self, section: Section) -> list[str]:
        """A part as lines, for comparing."""
        match section:
            case "guidelines":
                return [f"When {each.when}: {each.then}" for each in self.guidelines]
            case "lessons":
                return list(self.lessons)
            case _:
                return str(getattr(self, section)).split("\n") if getattr(self, section) else []
