"""The vendor: what its model reads, and what its answer must look like before anybody acts on it.

The model reads, in this order: the prompt and the block "This turn" (one system message), the repaired history, and
what happened in this turn, with each stopped draft and the observer's instruction at the place where they fell. The
block's headings are fixed, so that a rule-based model can read them as well as a language model.
"""

import json
import math
import re
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from langchain_core.messages import AIMessage, BaseMessage, SystemMessage

from graphs import shown
from graphs.history import repair
from graphs.lines import house_note
from graphs.ports import Desk, ModelSilent, ToolDescription, TurnContext
from graphs.state import ConversationState

OUT_OF_ROUNDS = (
    "You have used all tool calls of this turn. Answer now with what the results above show; say plainly what could "
    "not be done, and offer a person of the team if that helps."
)
SHOWN_LATELY = (
    "What this customer was shown and when, in that order, with the prices of then. State none of it before a tool has "
    "read it again in this turn."
)
_GARBAGE = re.compile(
    r"^\s*(?:<\|?/?(?:tool_call|function|think|im_start)|```(?:json)?\s*[\[{]|\{\s*\"(?:name|tool|arguments)\")", re.I
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffd\ud800-\udfff]")
_NOT_KEPT = re.compile(r"[\x00\ud800-\udfff]")
"""What no store takes: null bytes, and halves of characters."""


async def answer(desk: Desk, state: ConversationState, context: TurnContext) -> AIMessage:
    """One answer of the vendor's model, with tool calls or with words. An empty or garbled one is asked for once more;
    then `ModelSilent` is raised, as when no model answers at all."""
    rounds_left = state.get("tool_rounds", 0) < context.max_tool_rounds
    messages = reading(state, context)
    tools: Sequence[ToolDescription] = context.tools if rounds_left else ()
    if not rounds_left:
        messages.append(house_note(OUT_OF_ROUNDS, context.turn_id))
    for _ in range(2):
        reply = well_formed(await desk.think(messages, tools))
        if (reply.tool_calls and rounds_left) or is_speech(said(reply)):
            return reply if rounds_left else AIMessage(said(reply), id=reply.id)
    raise ModelSilent("the model answered twice with nothing that could be used")


def reading(state: ConversationState, context: TurnContext) -> list[BaseMessage]:
    """The messages of one model call."""
    system = SystemMessage(
        f"{context.prompt}\n\n{this_turn(state.get('summary', ''), context, state.get('shown', []))}".strip()
    )
    vetoes = state.get("vetoes", 0)
    stopped = state.get("rejected", [])[-vetoes:] if vetoes else []
    lines: list[BaseMessage] = [system]
    for message in repair(state["messages"]):
        lines.append(message)
        for draft in (draft for draft in stopped if draft["after"] == message.id):
            lines += [AIMessage(draft["text"]), house_note(instruction(draft["faults"]), context.turn_id)]
    return lines


def this_turn(summary: str, context: TurnContext, lately: Sequence[shown.Group] = ()) -> str:
    """The block of the system message that changes with each turn. `lately`: what the customer was shown."""
    zone = ZoneInfo(context.business.timezone)
    now = format_datetime(context.now.astimezone(zone), "EEEE, d MMMM yyyy, HH:mm", locale="en")
    customer = {key: value for key, value in context.customer.model_dump(exclude={"id"}).items() if value}
    parts = [f"# This turn\n\nNow: {now} ({context.business.timezone})\nCustomer: {_json(customer)}"]
    if summary:
        parts.append(f"## Summary of the conversation so far\n\n{summary}")
    if lately:
        groups = "\n".join(f"- {_json(group)}" for group in shown.told(lately, context.business.timezone))
        parts.append(f"## Shown lately\n\n{SHOWN_LATELY}\n{groups}")
    if context.proposals:
        cards = [{"proposal_id": card.id, **card.model_dump(exclude={"id"})} for card in context.proposals]
        parts.append("## Open proposals\n\n" + "\n".join(f"- {_json(card)}" for card in cards))
    if context.journal:
        done = "\n".join(f"- {note.tool} {_json(note.arguments)} -> {_json(note.result)}" for note in context.journal)
        parts.append(
            f"## Already done in this turn\n\nThese took effect. Do not do them again; tell the result.\n{done}"
        )
    return "\n\n".join(parts)


def instruction(faults: Sequence[str]) -> str:
    """What the observer tells the vendor about a stopped draft."""
    listed = "\n".join(f"- {fault}" for fault in faults)
    return (
        f"Your draft was not sent to the customer:\n{listed}\n"
        "Write the whole message anew. State only what tool results support; read again with a tool what you need."
    )


def said(message: AIMessage) -> str:
    """The words of an answer, without what WhatsApp could not show."""
    return _CONTROL.sub("", str(message.text)).strip()


def is_speech(text: str) -> bool:
    """Whether a customer could read it: not empty, not a tool call written out as text."""
    return bool(re.search(r"\w|[\U0001f300-\U0001faff\u2600-\u27bf]", text)) and not _GARBAGE.match(text)


def well_formed(message: AIMessage) -> AIMessage:
    """Every call with an id of its own, and with arguments that can be kept. Calls whose arguments were not JSON become
    calls without arguments, listed in `additional_kwargs["malformed"]`: they get an error as their result instead of
    breaking the thread."""
    if isinstance(message.content, str) and _NOT_KEPT.search(message.content):
        message = message.model_copy(update={"content": _kept(message.content)})
    malformed: list[str] = []
    calls: list[dict[str, Any]] = []
    used: set[str] = set()
    for call in [*message.tool_calls, *message.invalid_tool_calls]:
        call_id = call["id"] if call["id"] and call["id"] not in used else f"call_{len(used)}_{message.id or 'answer'}"
        used.add(call_id)
        try:
            arguments = _kept(call["args"])
        except ValueError:
            arguments = None
        if not isinstance(arguments, dict):
            malformed.append(call_id)
            arguments = {}
        calls.append({"name": call["name"] or "unknown", "args": arguments, "id": call_id, "type": "tool_call"})
    if not calls:
        return message
    extra = {key: value for key, value in message.additional_kwargs.items() if key != "tool_calls"}
    if malformed:
        extra["malformed"] = malformed
    return message.model_copy(update={"tool_calls": calls, "invalid_tool_calls": [], "additional_kwargs": extra})


def _kept(value: Any) -> Any:
    """Arguments without what no store takes; ValueError for a number that JSON does not have."""
    if isinstance(value, str):
        return _NOT_KEPT.sub("", value)
    if isinstance(value, dict):
        return {_kept(str(name)): _kept(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_kept(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("not a number of JSON")
    return value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
