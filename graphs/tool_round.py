"""One round of tool calls: what is refused before it reaches the world, what runs, and what comes back.

Everything a model can get wrong about a call is answered in the call's result, where the model can mend it: an unknown
name, missing arguments, the same call over and over, an irreversible act the customer did not agree to.
"""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessage, ToolCall, ToolMessage

from graphs import consent
from graphs.ports import Desk, ToolDescription, ToolOutcome, TurnContext
from graphs.routing import MAX_CALLS_A_ROUND, MAX_EQUAL_CALLS

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}
_READ_BY_CUSTOMERS = {"schedule_follow_up": "topic"}


@dataclass
class Round:
    """What a round brought, ready for the state."""

    messages: list[ToolMessage] = field(default_factory=list)
    evidence: list[dict[str, Any]] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)
    wrote: bool = False


async def run(
    answer: AIMessage,
    earlier: Sequence[dict[str, Any]],
    newest: Sequence[str],
    context: TurnContext,
    desk: Desk,
    faults: Callable[[str], Sequence[str]],
) -> Round:
    """Run the calls of one answer. `earlier` are the calls of this turn so far, `newest` the customer's messages of
    this turn; `faults` are what the observer finds wrong with words that a customer will read. Reads run side by side;
    as soon as one writes, all run in the order the model gave."""
    offered = {tool.name: tool for tool in context.tools}
    malformed = set(answer.additional_kwargs.get("malformed", ()))
    seen = [*earlier]
    planned: list[tuple[ToolCall, str | None]] = []
    for number, call in enumerate(answer.tool_calls):
        objection = (
            "Too many calls in one answer; call again after these." if number >= MAX_CALLS_A_ROUND else None
        ) or _objection(call, offered.get(call["name"]), call["id"] in malformed, seen, newest, context)
        objection = objection or _unfit_to_be_read(call, faults)
        planned.append((call, objection))
        if objection is None:
            seen.append({"name": call["name"], "arguments": call["args"], "failed": False, "planned": True})
    done = Round()
    if all(offered[call["name"]].effect == "read" for call, objection in planned if objection is None):
        for outcome in await asyncio.gather(*(_use(desk, call, objection) for call, objection in planned)):
            _note(done, outcome, context)
    else:
        for call, objection in planned:
            _note(done, await _use(desk, call, objection), context)
    return done


def _objection(
    call: ToolCall,
    tool: ToolDescription | None,
    malformed: bool,
    seen: Sequence[dict[str, Any]],
    newest: Sequence[str],
    context: TurnContext,
) -> str | None:
    if tool is None:
        return f"There is no tool {call['name']!r}. Tools: {', '.join(offer.name for offer in context.tools)}."
    if malformed:
        return "The arguments were not a JSON object. Call again with valid arguments."
    if wrong := arguments_wrong(call["args"], tool.parameters):
        return f"{wrong} Call again with valid arguments."
    equal = [
        one for one in seen if one["name"] == tool.name and _canonical(one["arguments"]) == _canonical(call["args"])
    ]
    if tool.effect == "irreversible" and any(not one["failed"] for one in equal):
        return "This was already done in this turn with the same arguments; its result is above. Do not repeat it."
    if len(equal) >= MAX_EQUAL_CALLS:
        return "You made this very call before; its result is above. Use it, ask the customer, or try something else."
    if tool.proposes_first and not call["args"].get("proposal_id"):
        return None
    if tool.effect == "irreversible":
        return consent.objection(tool.name, call["args"], context.proposals, newest)
    return None


def _unfit_to_be_read(call: ToolCall, faults: Callable[[str], Sequence[str]]) -> str | None:
    """What a customer will read without a draft in between is judged like a draft."""
    argument = _READ_BY_CUSTOMERS.get(call["name"])
    found = faults(str(call["args"].get(argument, ""))) if argument else ()
    return (
        f"The customer will read `{argument}` as it stands. {found[0]} Call again with plain words." if found else None
    )


def arguments_wrong(arguments: dict[str, Any], schema: dict[str, Any]) -> str | None:
    """The first thing wrong with the arguments, at the top level of a JSON schema; the backend checks the rest."""
    properties: dict[str, Any] = schema.get("properties", {})
    missing = [name for name in schema.get("required", []) if name not in arguments]
    if missing:
        return f"Missing: {', '.join(missing)}."
    for name, value in arguments.items():
        if name not in properties:
            if schema.get("additionalProperties") is False:
                return f"Unknown argument {name!r}; it takes {', '.join(properties)}."
            continue
        kind = str(properties[name].get("type", ""))
        if value is not None and not _is_of(kind, value):
            return f"{name!r} must be of type {kind}."
    return None


def _is_of(kind: str, value: Any) -> bool:
    """As JSON schema has it: `3.0` is whole, `true` is no number."""
    expected = _TYPES.get(kind)
    if expected is None:
        return True
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, expected) or (kind == "integer" and isinstance(value, float) and value.is_integer())


@dataclass
class _Used:
    call: ToolCall
    outcome: ToolOutcome
    milliseconds: int


async def _use(desk: Desk, call: ToolCall, objection: str | None) -> _Used:
    if objection is not None:
        return _Used(call, ToolOutcome(content=objection, failed=True), 0)
    started = time.perf_counter()
    outcome = await desk.use(call["name"], call["args"], call["id"] or "")
    return _Used(call, outcome, round((time.perf_counter() - started) * 1000))


def _note(done: Round, used: _Used, context: TurnContext) -> None:
    call, outcome = used.call, used.outcome
    done.messages.append(
        ToolMessage(
            outcome.content,
            tool_call_id=call["id"] or "",
            name=call["name"],
            status="error" if outcome.failed else "success",
        )
    )
    done.evidence += [
        item.model_copy(update={"turn_id": context.turn_id}).model_dump(mode="json") for item in outcome.evidence
    ]
    done.calls.append(
        {"name": call["name"], "arguments": call["args"], "failed": outcome.failed, "ms": used.milliseconds}
    )
    done.wrote = done.wrote or outcome.wrote


def _canonical(arguments: dict[str, Any]) -> str:
    return json.dumps(arguments, sort_keys=True, default=str)
