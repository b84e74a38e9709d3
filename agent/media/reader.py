"""Files of a turn's messages, read before the vendor thinks: what the backend knows already costs nothing, the rest is
fetched through it, read by a model, and kept there, so that a retry and the same file again find it.

Nothing that goes wrong here ends a turn, except that it is lost: a file that was not read is said to be so.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from agent.backend_client import BackendClient, BackendError
from agent.logs import where
from agent.media.answers import found_in
from agent.media.readable import Family, family_of, readers
from agent.models import BudgetSpent
from agent.prompt_library import PromptLibrary
from agent.usage import Usage
from graphs.ports import InboundMessage, LeaseLost, ModelSilent

log = structlog.get_logger()

MOST_FILES = 6
"""Of one turn, the newest; a gallery of forty pictures is not what a customer wants answered."""
_NAMES = {"document": "paper.pdf"}
_BLOCKS = {"audio": "audio", "image": "image", "video": "video", "document": "file"}

Reading = dict[str, Any]
"""What is put beside an attachment: {"status": "read", "kind", "text", "order_code"?} or {"status": "unread",
"reason"}; `graphs.lines` words it."""


class Eyes(Protocol):
    """The models of the turn, with its patience and its money."""

    async def look(
        self, chain: Sequence[str], messages: Sequence[BaseMessage], patience_seconds: float
    ) -> tuple[AIMessage, Usage]:
        """Raises ModelSilent, and BudgetSpent before a call that could not be paid any more."""
        ...


@dataclass(frozen=True)
class _File:
    message_id: str
    place: int
    family: Family


class MediaReader:
    """Reads files with one turn's token."""

    def __init__(
        self,
        backend: BackendClient,
        prompts: PromptLibrary,
        eyes: Eyes,
        chain: Sequence[str],
        *,
        token: str,
        locale: str,
        seconds: float,
    ) -> None:
        """`chain`: models for media, some of which can read a kind of file and some not."""
        self._backend = backend
        self._prompts = prompts
        self._eyes = eyes
        self._chain = chain
        self._token = token
        self._locale = locale
        self._seconds = seconds

    async def read(self, messages: Sequence[InboundMessage]) -> list[InboundMessage]:
        """The same messages, each attachment with its `reading` if it is of a kind that is read. Raises LeaseLost."""
        files = [
            _File(message.id, place, family)
            for message in messages
            for place, attachment in enumerate(message.attachments)
            if "reading" not in attachment and (family := family_of(str(attachment.get("content_type", ""))))
        ]
        if not files:
            return list(messages)
        late = {(file.message_id, file.place): _unread("too_many") for file in files[:-MOST_FILES]}
        taken = files[-MOST_FILES:]
        tasks = [asyncio.create_task(self._read(file)) for file in taken]
        try:
            await asyncio.wait(tasks, timeout=self._seconds)
        finally:
            for task in tasks:
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        found = late | {(file.message_id, file.place): _outcome(task) for file, task in zip(taken, tasks, strict=True)}
        return [_with(message, found) for message in messages]

    async def _read(self, file: _File) -> Reading:
        chain = readers(self._chain, file.family)
        if not chain:
            return _unread("no_model")
        opened = await self._backend.open_file(self._token, file.message_id, file.place)
        if (known := opened.get("reading")) is not None:
            return _known(known)
        if problem := opened.get("problem"):
            return _unread(str(problem))
        family = family_of(str(opened["content_type"]))
        chain = readers(self._chain, family) if family is not None else []
        if family is None or not chain:
            return _unread("unsupported" if family is None else "no_model")
        answer, usage = await self._eyes.look(chain, self._page(family, opened), self._seconds)
        found = found_in(answer.text, family)
        if found is None:
            return _unread("nothing_in_it")
        told = {
            **found.model_dump(),
            "content_hash": opened["content_hash"],
            "content_type": opened["content_type"],
            "model": f"{usage.provider}:{usage.model}",
            "cost_micros": usage.cost_micros,
        }
        try:
            return _known(await self._backend.keep_reading(self._token, file.message_id, file.place, told))
        except BackendError as error:
            log.warning("media.unkept", error=type(error).__name__)
            if found.kind == "payment_proof":
                return _unread("unreachable")
            return _known(found.model_dump())

    def _page(self, family: Family, opened: Mapping[str, Any]) -> list[BaseMessage]:
        block: dict[str, Any] = {
            "type": _BLOCKS[family],
            "base64": opened["content"],
            "mime_type": opened["content_type"],
        }
        if family in _NAMES:
            block["filename"] = _NAMES[family]
        template = "media/transcribe" if family == "audio" else "media/describe"
        return [
            SystemMessage(self._prompts.render(template, language=self._locale)),
            HumanMessage([{"type": "text", "text": "The file:"}, block]),
        ]


def _outcome(task: "asyncio.Task[Reading]") -> Reading:
    if task.cancelled():
        return _unread("too_slow")
    error = task.exception()
    match error:
        case None:
            return task.result()
        case LeaseLost():
            raise error
        case BudgetSpent():
            return _unread("budget")
        case ModelSilent():
            return _unread("failed")
    log.warning("media.failed", error=type(error).__name__, where=where(error) if isinstance(error, Exception) else "")
    return _unread("failed")


def _known(reading: Mapping[str, Any]) -> Reading:
    kept = {name: reading[name] for name in ("kind", "text", "order_code") if reading.get(name)}
    return {"status": "read", **kept}


def _unread(reason: str) -> Reading:
    return {"status": "unread", "reason": reason}


def _with(message: InboundMessage, found: Mapping[tuple[str, int], Reading]) -> InboundMessage:
    attachments = [
        {**attachment, "reading": found[message.id, place]} if (message.id, place) in found else attachment
        for place, attachment in enumerate(message.attachments)
    ]
    return message.model_copy(update={"attachments": attachments})
