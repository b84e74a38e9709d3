"""OpenAI's Responses API, for models that reason: platform.openai.com/docs/api-reference/responses."""

import json
import secrets
import time
from collections.abc import AsyncIterator
from typing import Any

from litestar import Request, Response, post
from litestar.params import JSONBody
from litestar.response import Stream

from evals.world.models.chat import error, unauthorized
from evals.world.models.files import given_to_openai, words_of
from evals.world.models.state import Json, ReplyIn, World, broken, event, pieces

_REASONING_TOKENS = 16
_WHY = {"length": "max_output_tokens", "filter": "content_filter"}


@post("/v1/responses", status_code=200)
async def respond(request: Request[Any, Any, Any], world: World, data: JSONBody[Json]) -> Response[Any]:
    if (refused := unauthorized(request)) is not None:
        return refused
    given = data.get("input", [])
    items: list[Json] = [{"role": "user", "content": given}] if isinstance(given, str) else given
    if orphan := _orphan(items):
        return error(400, f"No tool output found for function call {orphan}.")
    try:
        files = list(given_to_openai(items))
    except ValueError as refused_file:
        return error(400, str(refused_file))
    words = words_of(files) or _last_user_text(items)
    reply = await world.reply("responses", str(data.get("model")), data, words)
    if (failed := broken(reply)) is not None:
        return failed
    if reply.status != 200:
        return error(reply.status, "The simulated model refuses.", reply)
    document = _response(data, items, reply)
    if data.get("stream"):
        return Stream(_events(document), media_type="text/event-stream")
    return Response(document, media_type="application/json")


def _response(data: Json, items: list[Json], reply: ReplyIn) -> Json:
    read, written = reply.counted(items)
    ended = "incomplete" if reply.finish else "completed"
    effort = (data.get("reasoning") or {}).get("effort")
    output: list[Json] = [{"type": "reasoning", "id": _id("rs"), "summary": []}] if effort else []
    if reply.content is not None or reply.refusal is not None:
        part: Json = (
            {"type": "refusal", "refusal": reply.refusal}
            if reply.refusal is not None
            else {"type": "output_text", "text": reply.content, "annotations": [], "logprobs": []}
        )
        message = {"type": "message", "id": _id("msg"), "status": ended, "role": "assistant", "content": [part]}
        output.append(message)
    output += [
        {
            "type": "function_call",
            "id": _id("fc"),
            "call_id": call.id or _id("call"),
            "name": call.name,
            "arguments": json.dumps(call.arguments),
            "status": ended,
        }
        for call in reply.tool_calls
    ]
    return {
        "id": _id("resp"),
        "object": "response",
        "created_at": int(time.time()),
        "status": ended,
        "background": False,
        "error": None,
        "incomplete_details": {"reason": _WHY[reply.finish]} if reply.finish else None,
        "instructions": data.get("instructions"),
        "max_output_tokens": data.get("max_output_tokens"),
        "metadata": {},
        "model": data.get("model", "simulated"),
        "output": output,
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "reasoning": {"effort": effort, "summary": None},
        "store": data.get("store", True),
        "temperature": 1.0,
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": data.get("tools", []),
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": {
            "input_tokens": read,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": written,
            "output_tokens_details": {"reasoning_tokens": min(written, _REASONING_TOKENS) if effort else 0},
            "total_tokens": read + written,
        },
        "user": None,
    }


async def _events(document: Json) -> AsyncIterator[str]:
    """The response as it comes into being; each event counts on."""
    told = 0

    def tell(kind: str, **fields: Any) -> str:
        nonlocal told
        told += 1
        return event({"type": kind, "sequence_number": told - 1, **fields}, kind)

    begun = document | {"status": "in_progress", "output": [], "usage": None, "incomplete_details": None}
    yield tell("response.created", response=begun)
    yield tell("response.in_progress", response=begun)
    for at, item in enumerate(document["output"]):
        for line in _item_events(at, item):
            yield tell(**line)
    yield tell(f"response.{document['status']}", response=document)


def _item_events(at: int, item: Json) -> list[Json]:
    place = {"output_index": at, "item_id": item["id"]}
    opened = {**item, "status": "in_progress"} if "status" in item else item
    lines: list[Json] = []
    if item["type"] == "message":
        opened["content"] = []
        part, where = item["content"][0], {**place, "content_index": 0}
        if part["type"] == "refusal":
            empty, word, whole = {**part, "refusal": ""}, "response.refusal", {"refusal": part["refusal"]}
        else:
            empty, word, whole = {**part, "text": ""}, "response.output_text", {"text": part["text"], "logprobs": []}
        lines.append({"kind": "response.content_part.added", **where, "part": empty})
        extra: Json = {} if part["type"] == "refusal" else {"logprobs": []}
        said = part.get("refusal") or part.get("text") or ""
        lines += [{"kind": f"{word}.delta", **where, "delta": piece, **extra} for piece in pieces(said)]
        lines.append({"kind": f"{word}.done", **where, **whole})
        lines.append({"kind": "response.content_part.done", **where, "part": part})
    elif item["type"] == "function_call":
        opened["arguments"] = ""
        lines.append({"kind": "response.function_call_arguments.delta", **place, "delta": item["arguments"]})
        done = {"arguments": item["arguments"], "name": item["name"]}
        lines.append({"kind": "response.function_call_arguments.done", **place, **done})
    added = {"kind": "response.output_item.added", "output_index": at, "item": opened}
    return [added, *lines, {"kind": "response.output_item.done", "output_index": at, "item": item}]


def _orphan(items: list[Json]) -> str | None:
    """The id of a function call whose output nobody brought."""
    answered = {item.get("call_id") for item in items if item.get("type") == "function_call_output"}
    calls = [item["call_id"] for item in items if item.get("type") == "function_call"]
    return next((call for call in calls if call not in answered), None)


def _last_user_text(items: list[Json]) -> str:
    for item in reversed(items):
        if item.get("role") == "user":
            content = item.get("content")
            if isinstance(content, str):
                return content
            return "".join(part.get("text", "") for part in content or [])
    return ""


def _id(kind: str) -> str:
    return f"{kind}_{secrets.token_hex(16)}"
