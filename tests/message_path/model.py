"""A language model at the wire that proves what it read: it answers with the token of every message nobody answered.

Speaks the chat completions API. A customer's message holds tokens such as `tokabc`; "recuerda tokabc" asks it for a
follow-up whose topic is the token, which it orders even if it is told that this was done: repeating is the backend's
to survive. A conversation whose tool calls lack their results is refused as real providers do.
"""

import asyncio
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol

from litestar import Litestar, Response, post
from litestar.params import JSONBody

Json = dict[str, Any]
TOKEN = re.compile(r"\btok[a-z]+\b")
WISH = re.compile(r"\brecuerda (tok[a-z]+)\b")
NOTE = "[house note"


class Model(Protocol):
    """What speaks through the door."""

    async def answer(self, messages: list[Json]) -> Json:
        """The assistant's next message to a whole conversation, system message first."""
        ...


@dataclass
class ModelDoor:
    """The HTTP side; `model` may be changed at any moment."""

    model: Model
    orphans: int = 0
    """Requests refused for tool calls without results."""

    def app(self) -> Litestar:
        """Serves `/v1/chat/completions`."""

        @post("/v1/chat/completions", status_code=200)
        async def complete(data: JSONBody[Json]) -> Response[Json]:
            messages: list[Json] = data["messages"]
            if not whole(messages):
                self.orphans += 1
                return Response({"error": {"message": "tool calls without results", "code": None}}, status_code=400)
            return Response(completion(await self.model.answer(messages)))

        return Litestar([complete], openapi_config=None, logging_config=None)


@dataclass
class EchoModel:
    """How it behaves may be changed at any moment."""

    seconds: float = 0.0
    """It thinks for so long."""
    asked: int = 0

    async def answer(self, messages: list[Json]) -> Json:
        self.asked += 1
        await asyncio.sleep(self.seconds)
        return self.echo(messages)

    def echo(self, messages: list[Json]) -> Json:
        """The tokens that are not answered yet, or first what they wish for."""
        said = {token for message in messages if message["role"] == "assistant" for token in tokens(message)}
        lines = [text_of(message) for message in messages if message["role"] == "user"]
        asked = [line for line in lines if not line.startswith(NOTE)]
        open_tokens = [token for line in asked for token in TOKEN.findall(line) if token not in said]
        wished = [token for line in asked for token in WISH.findall(line) if token in open_tokens]
        left = [token for token in wished if token not in _topics(messages)]
        if left:
            return {"role": "assistant", "content": None, "tool_calls": [_order(token) for token in left]}
        return {"role": "assistant", "content": " ".join(dict.fromkeys(open_tokens)) or "nada nuevo"}


def tokens(message: Json) -> Iterable[str]:
    """Tokens in the words of a message."""
    return TOKEN.findall(text_of(message))


def whole(messages: list[Json]) -> bool:
    """Whether each tool call is followed by its result, and by nothing else before that."""
    waiting: set[str] = set()
    for message in messages:
        if message["role"] == "tool":
            if message["tool_call_id"] not in waiting:
                return False
            waiting.remove(message["tool_call_id"])
            continue
        if waiting:
            return False
        waiting = {call["id"] for call in message.get("tool_calls") or []}
    return not waiting


def completion(message: Json) -> Json:
    """A chat completion of one choice."""
    finished = "tool_calls" if message.get("tool_calls") else "stop"
    return {
        "id": "chatcmpl-echo",
        "object": "chat.completion",
        "created": 0,
        "model": "echo",
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": finished}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }


def tool_call(name: str, arguments: Json, call_id: str) -> Json:
    """A call as it stands in an assistant's message."""
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}


def _order(token: str) -> Json:
    due = date.today() + timedelta(days=20)
    return tool_call("schedule_follow_up", {"when": f"{due}T10:00", "topic": token}, f"call_{token}")


def _topics(messages: list[Json]) -> set[str]:
    calls = [call for message in messages for call in message.get("tool_calls") or []]
    return {json.loads(call["function"]["arguments"])["topic"] for call in calls}


def text_of(message: Json) -> str:
    content = message.get("content")
    if isinstance(content, list):
        return "".join(part.get("text", "") for part in content)
    return content or ""
