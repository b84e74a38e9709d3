"""A thread of messages as turns: what the customer said, what the tools returned, what was replied.

The reader knows the marks that every model sees: house notes begin with `[house note`, a stopped draft is followed by a
note that says so, media are lines in square brackets.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from agent.offline.briefing import Briefing, brief

HOUSE_NOTE = "[house note, not from the customer]"
NOTICE = "A notice was sent in this chat:"
OF_THE_TEAM = "A person of the team wrote in this chat:"
STOPPED = "Your draft was not sent"
MEDIA = re.compile(
    r"^\[(image|audio|video|document|location|sticker|contacts|button|unsupported|file|voice)\b[^\]]*\]$", re.MULTILINE
)
HEARD = re.compile(r"^\[(?:heard in|seen in) [^\]]*\]$", re.MULTILINE)
"""What stands before the words of a voice note that was heard, and what a file shows."""
EMPTY = "[empty message]"


@dataclass(frozen=True)
class Step:
    """One tool call and its result."""

    tool: str
    arguments: dict[str, Any]
    result: dict[str, Any] = field(default_factory=dict)
    """Empty if it failed, or if the thread shortened it beyond reading."""
    failed: bool = False
    complaint: str = ""
    """Why it failed, in words for the model."""
    partial: bool = False
    """The thread has cut it short; what is left is whole items of its list."""


@dataclass(frozen=True)
class Turn:
    """What happened from a customer's message to the reply."""

    said: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    """Kinds of what was sent besides text."""
    steps: tuple[Step, ...] = ()
    reply: str = ""
    notified: bool = False
    """Whether the last thing that the customer got before they wrote is a notice of the business."""

    @property
    def text(self) -> str:
        return "\n".join(self.said)

    def results(self, *tools: str) -> list[Step]:
        """Successful steps of these tools, oldest first."""
        return [step for step in self.steps if step.tool in tools and not step.failed and step.result]


@dataclass(frozen=True)
class Thread:
    """A conversation up to now."""

    briefing: Briefing
    past: tuple[Turn, ...]
    current: Turn
    draft: str = ""
    """The latest draft of this turn that the observer stopped."""
    faults: str = ""

    @property
    def turns(self) -> tuple[Turn, ...]:
        return (*self.past, self.current)


def read(messages: Sequence[BaseMessage]) -> Thread:
    """Any order of messages that a chat model may get is read."""
    page = "\n\n".join(str(message.text) for message in messages if isinstance(message, SystemMessage))
    results = {message.tool_call_id: message for message in messages if isinstance(message, ToolMessage)}
    turns: list[Turn] = []
    said: list[str] = []
    media: list[str] = []
    steps: list[Step] = []
    draft = faults = ""
    notified = False
    for index, message in enumerate(messages):
        text = str(message.text)
        if isinstance(message, HumanMessage):
            if text.startswith(HOUSE_NOTE):
                if not said and max(text.rfind(NOTICE), text.rfind(OF_THE_TEAM)) >= 0:
                    notified = text.rfind(NOTICE) > text.rfind(OF_THE_TEAM)
                continue
            media += MEDIA.findall(text)
            if (words := HEARD.sub("", MEDIA.sub("", text)).strip()) and words != EMPTY:
                said.append(words)
        elif isinstance(message, AIMessage) and message.tool_calls:
            steps += [_step(call["name"], call["args"], results.get(call["id"] or "")) for call in message.tool_calls]
        elif isinstance(message, AIMessage):
            note = _note_after(messages, index)
            if note.startswith(STOPPED):
                draft, faults = text, note
                continue
            turns.append(Turn(tuple(said), tuple(media), tuple(steps), text, notified))
            said, media, steps, draft, faults, notified = [], [], [], "", "", False
    current = Turn(tuple(said), tuple(media), tuple(steps), notified=notified)
    return Thread(brief(page), tuple(turns), current, draft, faults)


def _note_after(messages: Sequence[BaseMessage], index: int) -> str:
    following = messages[index + 1] if index + 1 < len(messages) else None
    text = str(following.text) if isinstance(following, HumanMessage) else ""
    return text.removeprefix(HOUSE_NOTE).strip() if text.startswith(HOUSE_NOTE) else ""


def _step(tool: str, arguments: dict[str, Any], answer: ToolMessage | None) -> Step:
    if answer is None:
        return Step(tool, arguments, failed=True)
    text = str(answer.text)
    result = _json(text)
    complaint = str(result["detail"] if "error" in result and "detail" in result else text)
    if answer.status == "error" or "error" in result:
        return Step(tool, arguments, failed=True, complaint=complaint)
    return Step(tool, arguments, result, partial=bool(result) and not text.endswith("}"))


def _json(text: str) -> dict[str, Any]:
    """An object; of a list cut short in the middle, the items that are whole."""
    try:
        found = json.loads(text)
    except ValueError:
        return _rescued(text)
    return found if isinstance(found, dict) else {}


def _rescued(text: str) -> dict[str, Any]:
    start = re.match(r'\{"(\w+)":\s*\[', text)
    if start is None:
        return {}
    items, at, decoder = [], start.end(), json.JSONDecoder()
    while at < len(text):
        try:
            item, at = decoder.raw_decode(text, at)
        except ValueError:
            break
        items.append(item)
        at += 1
    return {start[1]: items} if items else {}
