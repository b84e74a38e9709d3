"""An OpenAI-compatible chat completions simulator with scripted replies.

Speaks ``POST /v1/chat/completions`` (plain and streamed, with tool calls) and ``GET /v1/models`` as documented at
platform.openai.com/docs/api-reference/chat. Replies come from a queue filled through ``/_world/replies``; with an empty
queue it repeats what the user wrote last.
"""

import asyncio
import json
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from litestar import Litestar, Request, Response, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import JSONBody
from litestar.response import Stream
from pydantic import BaseModel

from evals.world.clock import WorldClock
from evals.world.serving import BrokenConnection

Json = dict[str, Any]


class ToolCallIn(BaseModel):
    name: str
    arguments: Json = {}
    id: str | None = None


class ReplyIn(BaseModel):
    """One scripted reply: text, tool calls, an HTTP error, or a fault. ``seconds`` delays it, whatever it is."""

    content: str | None = None
    tool_calls: list[ToolCallIn] = []
    status: int = 200
    fault: Literal["garbage", "drop"] | None = None
    seconds: float = 0.0
    retry_after: int | None = None


@dataclass
class ModelWorld:
    """Replies to come, and every request that was made."""

    replies: deque[ReplyIn] = field(default_factory=deque)
    requests: list[Json] = field(default_factory=list)


World: TypeAlias = NamedDependency[ModelWorld]


@post("/v1/chat/completions", status_code=200)
async def complete(request: Request[Any, Any, Any], world: World, data: JSONBody[Json]) -> Response[Any]:
    if not request.headers.get("authorization", "").startswith("Bearer "):
        return _error(401, "You didn't provide an API key.", "invalid_request_error")
    world.requests.append(data)
    reply = world.replies.popleft() if world.replies else ReplyIn(content=_last_user_text(data))
    await asyncio.sleep(reply.seconds)
    if reply.fault == "drop":
        return BrokenConnection(None)
    if reply.fault == "garbage":
        return Response("<html>upstream unavailable</html>", status_code=200, media_type="text/html")
    if reply.status != 200:
        kind = "rate_limit_exceeded" if reply.status == 429 else "server_error"
        return _error(reply.status, "The simulated model refuses.", kind, reply.retry_after)
    completion = _completion(data, reply)
    if data.get("stream"):
        return Stream(_chunks(data, completion), media_type="text/event-stream")
    return Response(completion, media_type="application/json")


@get("/v1/models")
async def list_models() -> Json:
    return {"object": "list", "data": [{"id": "simulated", "object": "model", "created": 0, "owned_by": "world"}]}


@post("/_world/replies")
async def queue_replies(world: World, data: JSONBody[list[ReplyIn]]) -> dict[str, int]:
    world.replies.extend(data)
    return {"pending": len(world.replies)}


@put("/_world/replies")
async def clear_replies(world: World) -> dict[str, int]:
    world.replies.clear()
    world.requests.clear()
    return {"pending": 0}


@get("/_world/requests")
async def list_requests(world: World) -> list[Json]:
    return world.requests


def create_app(_: WorldClock | None = None) -> Litestar:
    """One simulated model provider with an empty queue. It keeps no business time."""
    world = ModelWorld()
    return Litestar(
        route_handlers=[complete, list_models, queue_replies, clear_replies, list_requests],
        dependencies={"world": Provide(lambda: world, sync_to_thread=False, use_cache=True)},
        openapi_config=None,
        logging_config=None,
    )


def _completion(data: Json, reply: ReplyIn) -> Json:
    message: Json = {"role": "assistant", "content": reply.content, "refusal": None}
    if reply.tool_calls:
        message["tool_calls"] = [
            {
                "id": call.id or f"call_{secrets.token_hex(12)}",
                "type": "function",
                "function": {"name": call.name, "arguments": json.dumps(call.arguments)},
            }
            for call in reply.tool_calls
        ]
    prompt, answer = len(json.dumps(data.get("messages", []))) // 4, len(json.dumps(message)) // 4
    return {
        "id": f"chatcmpl-{secrets.token_hex(12)}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": data.get("model", "simulated"),
        "choices": [
            {
                "index": 0,
                "message": message,
                "logprobs": None,
                "finish_reason": "tool_calls" if reply.tool_calls else "stop",
            }
        ],
        "usage": {"prompt_tokens": prompt, "completion_tokens": answer, "total_tokens": prompt + answer},
    }


async def _chunks(data: Json, completion: Json) -> AsyncIterator[str]:
    """The completion as server-sent events: role, words or tool calls, finish reason, usage if asked for."""
    choice = completion["choices"][0]
    message = choice["message"]
    deltas: list[Json] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": word} for word in (message["content"] or "").splitlines(keepends=True)]
    deltas += [{"tool_calls": [{"index": at, **call}]} for at, call in enumerate(message.get("tool_calls", []))]
    head = {key: completion[key] for key in ("id", "created", "model")} | {"object": "chat.completion.chunk"}
    for delta in deltas:
        yield _event(head | {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
    yield _event(head | {"choices": [{"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}]})
    if (data.get("stream_options") or {}).get("include_usage"):
        yield _event(head | {"choices": [], "usage": completion["usage"]})
    yield "data: [DONE]\n\n"


def _event(chunk: Json) -> str:
    return f"data: {json.dumps(chunk)}\n\n"


def _last_user_text(data: Json) -> str:
    for message in reversed(data.get("messages", [])):
        if message.get("role") == "user":
            content = message.get("content")
            return content if isinstance(content, str) else json.dumps(content)
    return ""


def _error(status: int, message: str, kind: str, retry_after: int | None = None) -> Response[Json]:
    headers = {"Retry-After": str(retry_after)} if retry_after is not None else {}
    error = {"error": {"message": message, "type": kind, "param": None, "code": kind}}
    return Response(error, status_code=status, headers=headers, media_type="application/json")
