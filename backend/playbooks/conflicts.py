"""What is doubtful about a playbook, found without a model: rules that contradict each other, or what the business says
of itself elsewhere. These are warnings: whoever publishes decides."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import BaseModel

from backend.accents import without_accents
from backend.playbooks.sections import Sections
from backend.playbooks.stated_hours import Hours, contradiction
from backend.playbooks.variables import VARIABLES, stray_variables


class RuleWarning(BaseModel):
    """Something doubtful, and `where`: `voice`, `guidelines.0`, `guidelines.0.then`, `lessons.3`."""

    kind: Literal["duplicate-guideline", "conflicting-guidelines", "duplicate-lesson", "unknown-variable", "hours"]
    where: list[str]
    message: str


def find_conflicts(sections: Sections, hours: Hours) -> list[RuleWarning]:
    """Everything doubtful; `hours` are those of the tenant."""
    return [*_among_guidelines(sections), *_among_lessons(sections), *_in_texts(sections, hours)]


def _among_guidelines(sections: Sections) -> Iterator[RuleWarning]:
    for same in _alike([guideline.when for guideline in sections.guidelines]):
        where = [f"guidelines.{at}" for at in same]
        if len({folded(sections.guidelines[at].then) for at in same}) == 1:
            yield RuleWarning(kind="duplicate-guideline", where=where, message="These say the same; keep one.")
        else:
            yield RuleWarning(
                kind="conflicting-guidelines",
                where=where,
                message="These hold in the same situation and say different things; make one of them, or tell the "
                "situations apart.",
            )


def _among_lessons(sections: Sections) -> Iterator[RuleWarning]:
    for same in _alike(sections.lessons):
        where = [f"lessons.{at}" for at in same]
        yield RuleWarning(kind="duplicate-lesson", where=where, message="These say the same; keep one.")


def _in_texts(sections: Sections, hours: Hours) -> Iterator[RuleWarning]:
    for where, text in sections.texts():
        if stray_variables(text) is not None:
            known = ", ".join(f"{{{{{name}}}}}" for name in VARIABLES)
            message = f"It has double braces that are no variable, so that it cannot be published. There are {known}."
            yield RuleWarning(kind="unknown-variable", where=[where], message=message)
        if not where.endswith(".when") and (told := contradiction(folded(text, "\n.:;!?-"), hours)):
            yield RuleWarning(kind="hours", where=[where], message=told)


def _alike(texts: Sequence[str]) -> list[list[int]]:
    """Places of texts that are the same but for case, accents and marks, where there are several."""
    places: dict[str, list[int]] = defaultdict(list)
    for at, text in enumerate(texts):
        places[folded(text)].append(at)
    return [same for same in places.values() if len(same) > 1]


def folded(text: str, kept: str = "") -> str:
    """Lower-case letters and digits without accents, with blanks between; marks that are `kept` stay. A text of marks
    alone stays as it is."""
    words = re.sub(rf"[^\w{re.escape(kept)}]+", " ", without_accents(text.casefold())).strip()
    return words or text
