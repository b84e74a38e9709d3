"""Anthropic's Messages: docs.anthropic.com/en/api/messages, /en/api/messages-streaming and /en/api/errors."""

import json
import secrets
from collections.abc import AsyncIterator
from typing import Any

from litestar import Request, Response, post
from litestar.params import JSONBody
from litestar.response import Stream

from evals.world.models.state import Json, ReplyIn, World, broken, event, pieces, retry_headers

KINDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    529: "overloaded_error",
}


@post("/v1/messages", status_code=200)
async def create_message(request: Request[Any, Any, Any], world: World, data: JSONBody[Json]) -> Response[Any]:
    if not (request.headers.get("x-api-key") or request.headers.get("authorization", "").startswith("Bearer ")):
        return _error(401, "authentication is required: x-api-key, or Authorization: Bearer")
    if not request.headers.get("anthropic-version"):
        return _error(400, "anthropic-version: header is required")
    if not isinstance(data.get("max_tokens"), int):
        return _error(400, "max_tokens: Field required")
    messages = data.get("messages", [])
    if not messages or messages[0].get("role") != "user":
        return _error(400, "messages: first message must use the user role")
    if orphan := _orphan(messages):
        words = f"`tool_use` ids were found without `tool_result` blocks immediately after: {orphan}"
        return _error(400, words)
    reply = await world.reply("anthropic", str(data.get("model")), data, _last_user_text(messages))
    if (failed := broken(reply)) is not None:
        return failed
    if reply.status != 200:
        return _error(reply.status, "The simulated model refuses.", reply)
    message = _message(data, reply)
    if data.get("stream"):
        return Stream(_events(message), media_type="text/event-stream")
    return Response(message, media_type="application/json")


def _message(data: Json, reply: ReplyIn) -> Json:
    said = reply.content or reply.refusal
    content: list[Json] = [{"type": "text", "text": said, "citations": None}] if said else []
    content += [
        {
            "type": "tool_use",
            "id": call.id or f"toolu_{secrets.token_hex(12)}",
            "name": call.name,
            "input": call.arguments,
        }
        for call in reply.tool_calls
    ]
    ended = "tool_use" if reply.tool_calls else "end_turn"
    if reply.refusal is not None or reply.finish == "filter":
        ended = "refusal"
    elif reply.finish == "length":
        ended = "max_tokens"
    read, written = reply.counted([data.get("system"), data["messages"]])
    return {
        "id": f"msg_{secrets.token_hex(12)}",
        "type": "message",
        "role": "assistant",
        "model": data.get("model", "simulated"),
        "content": content,
        "stop_reason": ended,
        "stop_sequence": None,
        "usage": {
            "input_tokens": read,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": written,
            "service_tier": "standard",
        },
    }


async def _events(message: Json) -> AsyncIterator[str]:
    usage = message["usage"]
    begun = message | {"content": [], "stop_reason": None, "usage": usage | {"output_tokens": 1}}
    yield event({"type": "message_start", "message": begun}, "message_start")
    yield event({"type": "ping"}, "ping")
    for at, block in enumerate(message["content"]):
        if block["type"] == "text":
            opened, deltas = (
                block | {"text": ""},
                [{"type": "text_delta", "text": one} for one in pieces(block["text"])],
            )
        else:
            opened = block | {"input": {}}
            deltas = [{"type": "input_json_delta", "partial_json": json.dumps(block["input"])}]
        yield event({"type": "content_block_start", "index": at, "content_block": opened}, "content_block_start")
        for delta in deltas:
            yield event({"type": "content_block_delta", "index": at, "delta": delta}, "content_block_delta")
        yield event({"type": "content_block_stop", "index": at}, "content_block_stop")
    ended = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield event({"type": "message_delta", "delta": ended, "usage": usage}, "message_delta")
    yield event({"type": "message_stop"}, "message_stop")


def _orphan(messages: list[Json]) -> str | None:
    """The id of a tool use that the very next message does not answer."""
    for at, message in enumerate(messages):
        used = [block["id"] for block in _blocks(message) if block.get("type") == "tool_use"]
        following = messages[at + 1] if at + 1 < len(messages) else {}
        answered = {block.get("tool_use_id") for block in _blocks(following) if block.get("type") == "tool_result"}
        for one in used:
            if one not in answered:
                return str(one)
    return None


def _last_user_text(messages: list[Json]) -> str:
    for message in reversed(messages):
        text = "".join(block.get("text", "") for block in _blocks(message) if block.get("type") == "text")
        if message.get("role") == "user" and text:
            return text
    return ""


def _blocks(message: Json) -> list[Json]:
    content = message.get("content") or []
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _error(status: int, message: str, reply: ReplyIn | None = None) -> Response[Any]:
    kind = KINDS.get(status, "api_error")
    document = {
        "type": "error",
        "error": {"type": kind, "message": message},
        "request_id": f"req_{secrets.token_hex(12)}",
    }
    headers = retry_headers(reply) if reply else {}
    return Response(document, status_code=status, headers=headers, media_type="application/json")
