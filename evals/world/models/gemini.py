"""Gemini's generateContent and streamGenerateContent (ai.google.dev/api/generate-content), its embeddings at the same
address, and google.rpc's errors."""

import base64
import secrets
from collections.abc import AsyncIterator
from typing import Any

from litestar import Request, Response, post
from litestar.params import FromPath, JSONBody
from litestar.response import Stream

from evals.world.models.embeddings import gemini_answer
from evals.world.models.files import given_to_gemini, words_of
from evals.world.models.state import Json, ModelWorld, ReplyIn, World, broken, event, pieces

STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
EMBEDS = ("embedContent", "batchEmbedContents")
_ENDS = {"length": "MAX_TOKENS", "filter": "SAFETY", None: "STOP"}


@post("/v1beta/models/{call:str}", status_code=200)
async def generate(
    request: Request[Any, Any, Any], world: World, call: FromPath[str], data: JSONBody[Json]
) -> Response[Any]:
    model, _, verb = call.rpartition(":")
    if verb not in (*EMBEDS, "generateContent", "streamGenerateContent"):
        return _error(404, "Requested entity was not found.")
    if not (request.headers.get("x-goog-api-key") or request.query_params.get("key")):
        return _error(403, "Method doesn't allow unregistered callers. Please use API Key.")
    if verb in EMBEDS:
        return await _embed(world, verb, model, data)
    contents = data.get("contents", [])
    if not _whole(contents):
        words = "Please ensure that the number of function response parts is equal to the number of function call parts"
        return _error(400, words)
    try:
        files = list(given_to_gemini(contents))
    except ValueError as refused:
        return _error(400, str(refused))
    reply = await world.reply("gemini", model, data, words_of(files) or _last_user_text(contents))
    if (failed := broken(reply)) is not None:
        return failed
    if reply.status != 200:
        return _error(reply.status, "The simulated model refuses.", reply)
    document = _answer(model, data, reply)
    if verb == "streamGenerateContent":
        return Stream(_events(document), media_type="text/event-stream")
    return Response(document, media_type="application/json")


async def _embed(world: ModelWorld, verb: str, model: str, data: Json) -> Response[Any]:
    trouble = await world.trouble(verb, model, data)
    if trouble is not None:
        if (failed := broken(trouble)) is not None:
            return failed
        if trouble.status != 200:
            return _error(trouble.status, "The simulated model refuses.", trouble)
    try:
        return Response(gemini_answer(verb, data, model), media_type="application/json")
    except ValueError as wrong:
        return _error(400, str(wrong))


def _answer(model: str, data: Json, reply: ReplyIn) -> Json:
    read, written = reply.counted([data.get("systemInstruction"), data["contents"]])
    told = {"responseId": secrets.token_urlsafe(16), "modelVersion": model}
    if reply.refusal is not None:
        usage = {"promptTokenCount": read, "totalTokenCount": read}
        return {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": usage, **told}
    parts: list[Json] = [{"text": reply.content}] if reply.content is not None else []
    parts += [
        {
            "functionCall": {"name": call.name, "args": call.arguments},
            "thoughtSignature": base64.b64encode(secrets.token_bytes(24)).decode(),
        }
        for call in reply.tool_calls
    ]
    candidate: Json = {"finishReason": _ENDS[reply.finish], "index": 0}
    if parts and reply.finish != "filter":
        candidate["content"] = {"role": "model", "parts": parts}
    usage = {"promptTokenCount": read, "candidatesTokenCount": written, "totalTokenCount": read + written}
    return {"candidates": [candidate], "usageMetadata": usage, **told}


async def _events(document: Json) -> AsyncIterator[str]:
    """Chunks of the answer; only the last says why it ended, and every one counts all tokens so far."""
    candidate = (document.get("candidates") or [{}])[0]
    parts = candidate.get("content", {}).get("parts", [])
    shown = [
        one
        for part in parts
        for one in ([{"text": piece} for piece in pieces(part["text"])] if "text" in part else [part])
    ]
    for part in shown[:-1]:
        begun = {"content": {"role": "model", "parts": [part]}, "index": 0}
        yield event(document | {"candidates": [begun]})
    if shown:
        candidate = candidate | {"content": {"role": "model", "parts": shown[-1:]}}
    yield event(document | ({"candidates": [candidate]} if "candidates" in document else {}))


def _whole(contents: list[Json]) -> bool:
    """Whether each turn with function calls is followed by one with as many function responses."""
    waiting = 0
    for content in contents:
        parts = content.get("parts", [])
        if sum("functionResponse" in part for part in parts) != waiting:
            return False
        waiting = sum("functionCall" in part for part in parts)
    return waiting == 0


def _last_user_text(contents: list[Json]) -> str:
    for content in reversed(contents):
        text = "".join(part.get("text", "") for part in content.get("parts", []))
        if content.get("role") == "user" and text:
            return text
    return ""


def _error(status: int, message: str, reply: ReplyIn | None = None) -> Response[Any]:
    """Google tells how long to wait in the details; some of its front ends say Retry-After as well."""
    details: list[Json] = []
    if reply is not None and reply.retry_after is not None:
        kind = "type.googleapis.com/google.rpc.RetryInfo"
        details.append({"@type": kind, "retryDelay": f"{reply.retry_after}s"})
    word = STATUSES.get(status, "UNKNOWN")
    document = {"error": {"code": status, "message": message, "status": word, "details": details}}
    return Response(document, status_code=status, media_type="application/json")
