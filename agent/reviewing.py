"""What the reviewer of a draft reads."""

import json
from collections.abc import Sequence

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from agent.prompt_library import PromptLibrary
from graphs.review import MOST_FAULTS, REASONS, Question

MOST_LINES = 60
LINE_CHARACTERS = 600
DRAFT_CHARACTERS = 4_096


def page(prompts: PromptLibrary, business: str, question: Question) -> list[BaseMessage]:
    """The rules of the review, then everything it is about as one JSON document: nothing in it can look like a
    heading of ours."""
    rules = prompts.render(
        "observer/review", business_name=" ".join(business.split()), reasons=", ".join(REASONS), most=MOST_FAULTS
    )
    told = {
        "business_says": _cut(question.rules),
        "known_from_tools": _cut(question.evidence),
        "customer_wrote": _cut(question.customer),
        "look_out_for": list(question.risks),
        "draft": question.draft[:DRAFT_CHARACTERS],
    }
    return [SystemMessage(rules), HumanMessage(json.dumps(told, ensure_ascii=False, indent=1))]


def _cut(lines: Sequence[str]) -> list[str]:
    """The newest lines, none of them long."""
    return [line[:LINE_CHARACTERS] for line in lines[-MOST_LINES:]]
