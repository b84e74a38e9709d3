"""OpenAI's transcriptions: platform.openai.com/docs/api-reference/audio/createTranscription."""

from typing import Any

from litestar import Request, Response, post
from litestar.datastructures import UploadFile

from evals.world.models.chat import error, unauthorized
from evals.world.models.files import said_in
from evals.world.models.state import World, broken

FORMATS = ("flac", "mp3", "mp4", "mpeg", "mpga", "m4a", "ogg", "wav", "webm")
MOST_BYTES = 25 * 1024 * 1024


@post("/v1/audio/transcriptions", status_code=200)
async def transcribe(request: Request[Any, Any, Any], world: World) -> Response[Any]:
    if (refused := unauthorized(request)) is not None:
        return refused
    form = await request.form()
    file, model = form.get("file"), str(form.get("model") or "")
    if not isinstance(file, UploadFile) or not model:
        return error(400, "Missing required parameter: 'file' and 'model'.")
    content, name = await file.read(), file.filename
    if name.rpartition(".")[2].lower() not in FORMATS:
        return error(400, f"Unrecognized file format. Supported formats: {list(FORMATS)}")
    if len(content) > MOST_BYTES:
        return error(413, "Maximum content size limit exceeded.")
    told = {"file": name, "content_type": file.content_type, "bytes": len(content)}
    reply = await world.reply("transcriptions", model, told, said_in(content))
    if (failed := broken(reply)) is not None:
        return failed
    if reply.status != 200:
        return error(reply.status, "The simulated model refuses.", reply)
    read, written = reply.tokens or (max(len(content) * 32 // 2_000, 1), len(reply.content or "") // 4)
    usage = {
        "type": "tokens",
        "input_tokens": read,
        "input_token_details": {"text_tokens": 0, "audio_tokens": read},
        "output_tokens": written,
        "total_tokens": read + written,
    }
    if model.startswith("whisper"):
        usage = {"type": "duration", "seconds": max(len(content) // 2_000, 1)}
    return Response({"text": reply.content or "", "usage": usage}, media_type="application/json")
