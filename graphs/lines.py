"""The lines of a conversation: how what people wrote becomes messages for the vendor's model.

Three kinds of `HumanMessage` exist and only one of them is the customer: a message of the customer, a *house note*
(the observer's instruction, lines of the transcript that the model did not write), and, in Studio, a line typed into
the chat. They are told apart by `additional_kwargs`, which no provider is sent, never by their words: a customer who
types "[house note]" has typed just that.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, HumanMessage

from graphs.files import unmarked, worded
from graphs.ports import InboundMessage

NOTE = "[house note, not from the customer]"
EMPTY = "[empty message]"
_AUTHORS = {"person": "A person of the team wrote", "system": "A notice was sent"}


def customer_line(message: InboundMessage, turn_id: str) -> HumanMessage:
    """One message of the customer; attachments and places are named, since the model cannot see them, with what a
    machine read in them where one did (`graphs.files`)."""
    body = unmarked(message.body.replace("\x00", "").replace(NOTE, "(house note)").strip())
    read = [worded(item, message.kind) for item in message.attachments]
    parts = [body, *(file.line for file in read)]
    if message.location:
        where = ", ".join(
            str(message.location[key]) for key in ("label", "latitude", "longitude") if message.location.get(key)
        )
        parts.append(f"[location: {where}]")
    if not any(parts):
        parts = [EMPTY if message.kind == "text" else f"[{message.kind} without text]"]
    marks = {"author": "contact", "turn": turn_id, "at": message.sent_at.isoformat()}
    if read:
        marks["said"] = "\n".join(filter(None, [body, *(file.said for file in read)]))
        marks["shown"] = "\n".join(filter(None, [file.shown for file in read]))
    return HumanMessage("\n".join(filter(None, parts)), id=message.id, additional_kwargs=marks)


def house_note(text: str, turn_id: str) -> HumanMessage:
    """A word from the house to the model. A `HumanMessage`, because some providers refuse a system message that is
    not the first."""
    return HumanMessage(f"{NOTE}\n{text}", additional_kwargs={"author": "house", "turn": turn_id})


def missed_lines(missed: Iterable[dict[str, Any]], turn_id: str) -> list[AnyMessage]:
    """What the transcript has and the thread lacks, oldest first; neighbours of the team share one note."""
    lines: list[AnyMessage] = []
    notes: list[str] = []
    for line in missed:
        author, body = line.get("author"), str(line.get("body", "")).replace(NOTE, "(house note)").strip()
        if not body:
            continue
        if author in _AUTHORS:
            notes.append(f"{_AUTHORS[author]} in this chat: {body}")
            continue
        if notes:
            lines.append(house_note("\n".join(notes), turn_id))
            notes = []
        marks = {"author": "contact", "turn": turn_id, "at": str(line.get("at", "")), "missed": True}
        lines.append(AIMessage(body) if author == "agent" else HumanMessage(body, additional_kwargs=marks))
    if notes:
        lines.append(house_note("\n".join(notes), turn_id))
    return lines


def is_customer(message: BaseMessage) -> bool:
    """Whether the customer wrote it."""
    return isinstance(message, HumanMessage) and message.additional_kwargs.get("author", "contact") == "contact"


def is_new(message: BaseMessage) -> bool:
    """Whether the customer wrote it in this turn, rather than in one the thread had missed."""
    return is_customer(message) and not message.additional_kwargs.get("missed")


def said_in(message: BaseMessage) -> str:
    """What the customer said or wrote in a message: a picture of a "yes" is none of theirs."""
    return str(message.additional_kwargs.get("said", message.text))


def shown_in(message: BaseMessage) -> str:
    """What the customer brought up in a message, also by what a file shows."""
    return "\n".join(filter(None, [said_in(message), str(message.additional_kwargs.get("shown", ""))]))


def turn_of(message: BaseMessage) -> str | None:
    """The turn that a human or house line belongs to; the model's own messages carry none."""
    return message.additional_kwargs.get("turn") if isinstance(message, HumanMessage) else None


def turn_start(messages: Sequence[BaseMessage], turn_id: str) -> int:
    """Index of the first message of this turn; the length of the list if it has none."""
    return next((index for index, message in enumerate(messages) if turn_of(message) == turn_id), len(messages))


def said_at(message: BaseMessage, otherwise: datetime) -> datetime:
    """When the customer wrote it."""
    try:
        return datetime.fromisoformat(message.additional_kwargs.get("at", ""))
    except ValueError:
        return otherwise
