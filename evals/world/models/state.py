"""What every wire shares: the replies to come, the requests that were made, and the faults."""

import asyncio
import json
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from litestar import Response
from litestar.di import NamedDependency
from pydantic import BaseModel

from evals.world.serving import BrokenConnection

Json = dict[str, Any]


class ToolCallIn(BaseModel):
    name: str
    arguments: Json = {}
    id: str | None = None


class ReplyIn(BaseModel):
    """One scripted reply: text, tool calls, an HTTP error, or a fault. ``seconds`` delays it, whatever it is.

    ``refusal`` is a refusal in the provider's own form. ``finish`` ends the answer early: cut off by its length, or
    stopped by the provider's filter. With ``model`` only requests for that model take it. ``tokens`` are the input and
    output tokens that are reported; otherwise they follow from the lengths.
    """

    content: str | None = None
    tool_calls: list[ToolCallIn] = []
    refusal: str | None = None
    finish: Literal["length", "filter"] | None = None
    status: int = 200
    fault: Literal["garbage", "drop"] | None = None
    seconds: float = 0.0
    retry_after: int | None = None
    model: str | None = None
    tokens: tuple[int, int] | None = None

    def counted(self, asked: object) -> tuple[int, int]:
        """Input and output tokens."""
        answered = [self.content, self.refusal, [call.arguments for call in self.tool_calls]]
        return self.tokens or (len(json.dumps(asked)) // 4, len(json.dumps(answered)) // 4)


class RuleIn(BaseModel):
    """A reply to whatever request holds all of ``when`` and none of ``unless``, as often as it comes: a model that
    answers from the prompt that it actually receives. An argument of a tool that is "$name" is what the pattern of that
    name in ``takes`` finds last in the request, its first group."""

    when: list[str] = []
    unless: list[str] = []
    takes: dict[str, str] = {}
    reply: ReplyIn

    def fits(self, request: Json) -> bool:
        words = json.dumps(request, ensure_ascii=False)
        return all(one in words for one in self.when) and not any(one in words for one in self.unless)

    def answer(self, request: Json) -> ReplyIn:
        """The reply to that request."""
        if not self.takes:
            return self.reply
        words = json.dumps(request, ensure_ascii=False)
        taken = {f"${name}": (re.findall(pattern, words) or [""])[-1] for name, pattern in self.takes.items()}
        calls = [
            call.model_copy(
                update={"arguments": {name: _taken(value, taken) for name, value in call.arguments.items()}}
            )
            for call in self.reply.tool_calls
        ]
        return self.reply.model_copy(update={"tool_calls": calls})


def _taken(value: Any, taken: dict[str, str]) -> Any:
    return taken.get(value, value) if isinstance(value, str) else value


@dataclass
class ModelWorld:
    """Replies to come, rules for requests to which none is queued, and every request that was made. What is `standing`
    for a model is its answer to everything until it is taken back; `brain` thinks where nothing was laid down."""

    replies: deque[ReplyIn] = field(default_factory=deque)
    rules: list[RuleIn] = field(default_factory=list)
    standing: dict[str, ReplyIn] = field(default_factory=dict)
    brain: Callable[[Json], ReplyIn] | None = None
    requests: list[Json] = field(default_factory=list)

    async def reply(self, wire: str, model: str, request: Json, words: str) -> ReplyIn:
        """The next reply for the model, after its delay, or that of the first rule that fits; ``words`` is what is
        repeated without one."""
        self.requests.append(request | {"_wire": wire, "_model": model})
        reply = self.standing.get(model) or self._laid_down(model, request)
        if reply is None:
            reply = self.brain(request) if self.brain else ReplyIn(content=words)
        await asyncio.sleep(reply.seconds)
        return reply

    async def trouble(self, wire: str, model: str, request: Json) -> ReplyIn | None:
        """What was scripted for this model by its name, after its delay; for a wire on which nothing is said."""
        self.requests.append(request | {"_wire": wire, "_model": model})
        reply = self.standing.get(model) or next((one for one in self.replies if one.model == model), None)
        if reply is None:
            return None
        if reply in self.replies:
            self.replies.remove(reply)
        await asyncio.sleep(reply.seconds)
        return reply

    def _laid_down(self, model: str, request: Json) -> ReplyIn | None:
        for reply in self.replies:
            if reply.model in (None, model):
                self.replies.remove(reply)
                return reply
        return next((rule.answer(request) for rule in self.rules if rule.fits(request)), None)


World: TypeAlias = NamedDependency[ModelWorld]


def broken(reply: ReplyIn) -> Response[Any] | None:
    """The answer of a connection or a proxy that failed, which is the same on each wire."""
    if reply.fault == "drop":
        return BrokenConnection(None)
    if reply.fault == "garbage":
        return Response("<html>upstream unavailable</html>", status_code=200, media_type="text/html")
    return None


def retry_headers(reply: ReplyIn) -> dict[str, str]:
    return {"Retry-After": str(reply.retry_after)} if reply.retry_after is not None else {}


def event(document: Json, name: str | None = None) -> str:
    """One server-sent event."""
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(document)}\n\n"


def pieces(text: str) -> list[str]:
    """A text as it comes bit by bit."""
    return text.splitlines(keepends=True) or [text]
