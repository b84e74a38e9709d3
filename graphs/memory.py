"""What the nodes of a turn take out of the state and put back: its opening, its evidence, its reply, its end."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage

from graphs import shown
from graphs.claims import Words
from graphs.evidence import DoneAction, Evidence, EvidenceKind, Verdict
from graphs.history import SUMMARY_CHARACTERS, age, repair, window
from graphs.language import language_spoken
from graphs.lines import (
    customer_line,
    is_customer,
    is_new,
    missed_lines,
    said_at,
    said_in,
    shown_in,
    turn_of,
    turn_start,
)
from graphs.ports import Desk, InboundMessage, ModelSilent, Reply, TurnContext
from graphs.state import ConversationState

CLEARED: dict[str, Any] = {
    "draft": "",
    "evidence": [],
    "tool_calls": [],
    "tool_rounds": 0,
    "vetoes": 0,
    "rejected": [],
    "verdict": {},
    "verdicts": [],
    "outcome": "",
    "wrote": False,
}
"""The fields of a turn as it begins."""
SAID = 20
SAID_CHARACTERS = 2_000
"""Messages of the customer, and characters of each, that may support a claim."""
LIGHT: dict[str, Any] = {
    "inbound": [],
    "missed": [],
    "evidence": [],
    "tool_calls": [],
    "verdict": {},
    "verdicts": [],
    "rejected": [],
}
"""What a finished turn does not leave in the checkpoint: the backend has it."""


def opened(state: ConversationState, context: TurnContext) -> list[AnyMessage]:
    """The thread with this turn's lines at its end.

    A turn that is run anew replaces what an earlier attempt left of it. Lines typed into Studio's chat carry no turn
    yet and become this turn's.
    """
    turn_id = context.turn_id
    thread: Sequence[AnyMessage] = state.get("messages", [])
    typed: list[AnyMessage] = []
    while (
        len(typed) < len(thread) and isinstance(last := thread[-1 - len(typed)], HumanMessage) and turn_of(last) is None
    ):
        typed.insert(0, last)
    earlier = thread[: len(thread) - len(typed)]
    earlier = earlier[: turn_start(earlier, turn_id)]
    now = context.now.isoformat()
    marked = [
        line.model_copy(update={"additional_kwargs": {"author": "contact", "turn": turn_id, "at": now}})
        for line in typed
    ]
    inbound = [customer_line(InboundMessage.model_validate(item), turn_id) for item in state.get("inbound", [])]
    new = {line.id for line in (*marked, *inbound)}
    kept = [message for message in repair(earlier) if message.id not in new]
    return [*kept, *missed_lines(state.get("missed", []), turn_id), *marked, *inbound]


def newest_words(state: ConversationState, context: TurnContext) -> list[str]:
    """The customer's messages of this turn, oldest first."""
    messages = state["messages"]
    own = messages[turn_start(messages, context.turn_id) :]
    return [said_in(message) for message in own if is_new(message)]


def customer_words(state: ConversationState, context: TurnContext) -> list[Words]:
    """What the customer said lately, with its time, oldest first: the latest `SAID` messages of the window."""
    lately = [message for message in state["messages"] if is_customer(message)][-SAID:]
    return [Words(shown_in(message)[:SAID_CHARACTERS], said_at(message, context.now)) for message in lately]


def evidence_of_turn(state: ConversationState) -> list[Evidence]:
    """What the tools of this turn brought."""
    return [Evidence.model_validate(item) for item in state["evidence"]]


def evidence_at_hand(state: ConversationState, context: TurnContext) -> list[Evidence]:
    """What a draft may rest on: evidence of earlier turns and of this one; expiry is the observer's to judge."""
    return [*context.evidence, *evidence_of_turn(state)]


def judged(state: ConversationState, verdict: Verdict) -> dict[str, Any]:
    """The state after a verdict, whatever it is."""
    return {
        "verdict": verdict.model_dump(mode="json"),
        "verdicts": [*state.get("verdicts", []), verdict.compact()],
    }


def stopped(state: ConversationState, verdict: Verdict) -> dict[str, Any]:
    """The state after a veto."""
    kinds = list(dict.fromkeys(claim.kind for claim in verdict.claims if claim.support is None))
    after = state["messages"][-1].id
    draft = {"text": state["draft"], "faults": verdict.faults, "kinds": kinds, "by": verdict.by, "after": after}
    return {"rejected": [*state["rejected"], draft], "vetoes": state["vetoes"] + 1}


def reply(state: ConversationState, context: TurnContext) -> Reply:
    """The draft as it goes to the backend."""
    evidence = evidence_of_turn(state)
    handed_off = any(
        item.kind is EvidenceKind.DONE and item.value.get("action") == DoneAction.HANDED_OFF for item in evidence
    )
    return Reply(
        text=state["draft"],
        outcome="handed_off" if handed_off else "safe_reply" if state["outcome"] == "safe_reply" else "answered",
        language=language_spoken([words.text for words in customer_words(state, context)]),
        verdict=Verdict.model_validate(state["verdict"]),
        evidence=evidence,
        tool_calls=state["tool_calls"],
        rejected=[{key: value for key, value in draft.items() if key != "after"} for draft in state["rejected"]],
        verdicts=state.get("verdicts", []),
    )


async def closed(state: ConversationState, desk: Desk) -> tuple[list[AnyMessage], str]:
    """The messages that stay and the summary of those that left. A silent model costs the detail, not the turn: the
    lines leave the window all the same, and the summary keeps what it had."""
    kept = window(repair(state["messages"]))
    summary = state.get("summary", "")
    if kept.left:
        with suppress(ModelSilent):
            summary = await desk.summarise([line for line in kept.left if _worth_telling(line)], summary)
    return age(kept.kept), summary[: SUMMARY_CHARACTERS * 2]


def shown_by(state: ConversationState, context: TurnContext) -> list[dict[str, Any]]:
    """What the customer was shown lately, this turn's reply included."""
    claims = Verdict.model_validate(state["verdict"]).claims if state.get("verdict") else []
    return shown.kept(
        state.get("shown", []), state.get("draft", ""), claims, evidence_at_hand(state, context), context.now
    )


def _worth_telling(message: AnyMessage) -> bool:
    """Tool traffic is left out of a summary, except what the model said beside it."""
    return isinstance(message, (HumanMessage, AIMessage)) and bool(message.text)
