"""OpenAI's Chat Completions, which every compatible server speaks too: platform.openai.com/docs/api-reference/chat."""

import json
import secrets
import time
from collections.abc import AsyncIterator
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import JSONBody
from litestar.response import Stream

from evals.world.models.files import given_to_openai, words_of
from evals.world.models.state import Json, ReplyIn, World, broken, event, pieces, retry_headers

KINDS = {429: "rate_limit_exceeded", 400: "invalid_request_error", 401: "invalid_request_error"}
"""`type` of OpenAI's errors by status; everything else is a `server_error`."""


@post("/v1/chat/completions", status_code=200)
async def complete(request: Request[Any, Any, Any], world: World, data: JSONBody[Json]) -> Response[Any]:
    messages = data.get("messages", [])
    if (refused := unauthorized(request)) is not None:
        return refused
    if not _whole(messages):
        words = "An assistant message with 'tool_calls' must be followed by tool messages to each 'tool_call_id'."
        return error(400, words)
    try:
        files = list(given_to_openai(messages))
    except ValueError as refused_file:
        return error(400, str(refused_file))
    words = words_of(files) or _last_user_text(messages)
    reply = await world.reply("chat", str(data.get("model")), data, words)
    if (failed := broken(reply)) is not None:
        return failed
    if reply.status != 200:
        return error(reply.status, "The simulated model refuses.", reply)
    completion = _completion(data, reply)
    if data.get("stream"):
        return Stream(_chunks(data, completion), media_type="text/event-stream")
    return Response(completion, media_type="application/json")


@get("/v1/models")
async def list_models() -> Json:
    return {"object": "list", "data": [{"id": "simulated", "object": "model", "created": 0, "owned_by": "world"}]}


def unauthorized(request: Request[Any, Any, Any]) -> Response[Any] | None:
    """OpenAI's answer to a request without a key."""
    if request.headers.get("authorization", "").startswith("Bearer "):
        return None
    return error(401, "You didn't provide an API key.")


def error(status: int, message: str, reply: ReplyIn | None = None) -> Response[Any]:
    """OpenAI's errors (platform.openai.com/docs/guides/error-codes)."""
    kind = KINDS.get(status, "server_error")
    document = {"error": {"message": message, "type": kind, "param": None, "code": kind}}
    headers = retry_headers(reply) if reply else {}
    return Response(document, status_code=status, headers=headers, media_type="application/json")


def _completion(data: Json, reply: ReplyIn) -> Json:
    message: Json = {"role": "assistant", "content": reply.content, "refusal": reply.refusal}
    if reply.tool_calls:
        message["tool_calls"] = [
            {
                "id": call.id or f"call_{secrets.token_hex(12)}",
                "type": "function",
                "function": {"name": call.name, "arguments": json.dumps(call.arguments)},
            }
            for call in reply.tool_calls
        ]
    prompt, answer = reply.counted(data.get("messages", []))
    ends = {"length": "length", "filter": "content_filter", None: "tool_calls" if reply.tool_calls else "stop"}
    return {
        "id": f"chatcmpl-{secrets.token_hex(12)}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": data.get("model", "simulated"),
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": ends[reply.finish]}],
        "usage": {"prompt_tokens": prompt, "completion_tokens": answer, "total_tokens": prompt + answer},
    }


async def _chunks(data: Json, completion: Json) -> AsyncIterator[str]:
    """The completion as server-sent events: role, words or tool calls, finish reason, usage if asked for."""
    choice = completion["choices"][0]
    message = choice["message"]
    deltas: list[Json] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": piece} for piece in pieces(message["content"] or "")]
    deltas += [{"refusal": message["refusal"]}] if message["refusal"] else []
    deltas += [{"tool_calls": [{"index": at, **call}]} for at, call in enumerate(message.get("tool_calls", []))]
    head = {key: completion[key] for key in ("id", "created", "model")} | {"object": "chat.completion.chunk"}
    for delta in deltas:
        yield event(head | {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
    yield event(head | {"choices": [{"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}]})
    if (data.get("stream_options") or {}).get("include_usage"):
        yield event(head | {"choices": [], "usage": completion["usage"]})
    yield "data: [DONE]\n\n"


def _whole(messages: list[Json]) -> bool:
    """Whether each tool call is followed by its result, and by nothing else before that."""
    waiting: set[str] = set()
    for message in messages:
        if message.get("role") == "tool":
            if message.get("tool_call_id") not in waiting:
                return False
            waiting.remove(message["tool_call_id"])
        elif waiting:
            return False
        else:
            waiting = {call["id"] for call in message.get("tool_calls") or []}
    return not waiting


def _last_user_text(messages: list[Json]) -> str:
    for message in reversed(messages):
        if message.get("role") == "user":
            content = message.get("content")
            return content if isinstance(content, str) else json.dumps(content)
    return ""
