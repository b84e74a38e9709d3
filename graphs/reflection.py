"""After the reply: what was learnt, as separate work that no customer waits for.

    note      the observer's second look at a finished turn: questions nobody could answer, drafts it had to stop,
              facts the contact gave
    refine    once such notes are kept beside those of earlier turns: what repeats becomes proposed lessons

A run does one of the two: `refine` where `noted` is given. No model, so that the same turn always gives the same notes.
What a customer wrote is kept as data beside a note and never becomes its text.
"""

import re
from collections.abc import Iterator
from typing import Any, Literal, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from graphs import facts_said, refiner
from graphs.claims.text import fold
from graphs.refiner import Noted, Observation

_UNKNOWN = re.compile(
    r"\b(?:no (?:tengo|cuento con) (?:esa|ese|este|esta|la|el) (?:informacion|dato)|ese dato no lo tengo|no "
    r"(?:lo )?se\b|"
    r"(?:essa|esta) informacao eu nao tenho|nao (?:tenho|sei) (?:essa|esta|isso|informar)|"
    r"i (?:do not|don't) have that information|i (?:do not|don't) know|i am not sure|not sure about that)\b"
)
_QUESTION = re.compile(
    r"\?|^\s*(?:cuanto|cuando|cual|como|donde|quien|tienen|hay|quanto|qual|onde|tem|voces|how|what|when|where|"
    r"do you|is there)\b"
)
_LONGEST_QUOTE = 300


class ReflectionState(TypedDict, total=False):
    """A finished turn, as the backend leases it, or what was noted of many; and what came of it."""

    outcome: str
    messages: list[dict[str, Any]]
    """[{"author": "contact" | "agent" | ..., "body"}] of the turn, oldest first."""
    tool_calls: list[dict[str, Any]]
    rejected: list[dict[str, Any]]
    """[{"text", "faults", "kinds"}]."""
    noted: list[dict[str, Any]]
    """[{"id", "kind", "topic", "contact"}]: observations of a tenant that no lesson rests on, for the refiner."""
    observations: list[dict[str, Any]]
    """[{"kind": "unanswered" | "fault" | "fact", "note", "data"}]."""
    learning: dict[str, Any]
    """What may be read of the contact: {"by": "off" | "rules" | "model", "fields", "today", "locale"}."""
    facts: list[dict[str, Any]]
    """[{"key", "value", "confidence", "extractor", "message_id"}]: what they said about themselves."""
    lessons: list[dict[str, Any]]
    """[{"kind", "topic", "rule", "fingerprint", "observation_ids"}]: proposed, never in force by themselves."""


Reflection = CompiledStateGraph[ReflectionState, None, ReflectionState, ReflectionState]


def reflection_graph() -> Reflection:
    """The graph of kind `reflect`; it needs no desk and keeps no thread."""
    graph = StateGraph(ReflectionState)
    graph.add_node("note", note)
    graph.add_node("refine", refine)
    graph.add_conditional_edges(START, _which)
    graph.add_edge("note", END)
    graph.add_edge("refine", END)
    return graph.compile(name="reflection")


async def note(state: ReflectionState) -> dict[str, Any]:
    """The observer's notes of one turn."""
    found = [*_unanswered(state), *_faults(state), *_facts(state)]
    return {"observations": [one.model_dump(mode="json") for one in found], "facts": facts_said.from_state(state)}


async def refine(state: ReflectionState) -> dict[str, Any]:
    """Lessons from what repeats."""
    lessons = refiner.propose([Noted.model_validate(one) for one in state["noted"]])
    return {"lessons": [one.model_dump(mode="json") for one in lessons]}


async def _which(state: ReflectionState) -> Literal["note", "refine"]:
    return "refine" if "noted" in state else "note"


def _unanswered(state: ReflectionState) -> Iterator[Observation]:
    """The customer asked, and the reply was a safe one or owned up to not knowing."""
    asked = [str(one.get("body", "")) for one in state.get("messages", []) if one.get("author") == "contact"]
    questions = [text for text in asked if _QUESTION.search(fold(text))]
    replies = [str(one.get("body", "")) for one in state.get("messages", []) if one.get("author") == "agent"]
    if questions and (state.get("outcome") == "safe_reply" or any(_UNKNOWN.search(fold(text)) for text in replies)):
        yield Observation(
            kind="unanswered",
            note="A question of the customer could not be answered.",
            data={"question": questions[-1][:_LONGEST_QUOTE], "topic": refiner.topic(questions[-1])},
        )


def _faults(state: ReflectionState) -> Iterator[Observation]:
    """Every kind of unsupported claim the observer stopped, once a turn."""
    for kind in dict.fromkeys(kind for draft in state.get("rejected", []) for kind in draft.get("kinds") or ["policy"]):
        yield Observation(kind="fault", note=f"A draft was stopped: unsupported {kind}.", data={"topic": [kind]})


def _facts(state: ReflectionState) -> Iterator[Observation]:
    """What the contact told about themselves, by key; the value is the contact's own record."""
    for call in state.get("tool_calls", []):
        if call.get("name") == "save_contact_detail" and not call.get("failed"):
            key = str(call.get("arguments", {}).get("key", ""))[:40]
            yield Observation(kind="fact", note="The contact gave a detail.", data={"topic": [key]})
