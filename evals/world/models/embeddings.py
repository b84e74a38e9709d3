"""OpenAI's embeddings and Gemini's, judged as the providers judge them; the numbers are those of `meaning.py`.

platform.openai.com/docs/api-reference/embeddings, ai.google.dev/api/embeddings. What is scripted for a model by its
name (`/_world/replies`, `/_world/standing`) comes first: an error, a fault, a delay.
"""

import base64
from typing import Any

import numpy as np
from litestar import Request, Response, post
from litestar.params import JSONBody

from evals.world.models import meaning
from evals.world.models.chat import error, unauthorized
from evals.world.models.state import Json, World, broken

MOST_TEXTS, MOST_TOKENS, MOST_TOKENS_IN_ALL = 2_048, 8_192, 300_000
MOST_GEMINI_TEXTS = 100
FULL = {
    "text-embedding-3-small": 1536,
    "text-embedding-3-large": 3072,
    "text-embedding-ada-002": 1536,
    "gemini-embedding-001": 3072,
}
OF_OTHERS = 384
FIXED = frozenset({"text-embedding-ada-002"})


@post("/v1/embeddings", status_code=200)
async def embed(request: Request[Any, Any, Any], world: World, data: JSONBody[Json]) -> Response[Any]:
    if (refused := unauthorized(request)) is not None:
        return refused
    model = str(data.get("model"))
    given = data.get("input")
    texts = [given] if isinstance(given, str) else given
    trouble = await world.trouble("embeddings", model, data)
    if trouble is not None:
        if (failed := broken(trouble)) is not None:
            return failed
        if trouble.status != 200:
            return error(trouble.status, "The simulated model refuses.", trouble)
    full = FULL.get(model, OF_OTHERS)
    dimension = data.get("dimensions", full)
    if (wrong := _wrong(texts, model, dimension, full)) is not None:
        return error(400, wrong)
    assert isinstance(texts, list)
    as_text = data.get("encoding_format") == "base64"
    items = [
        {"object": "embedding", "index": at, "embedding": _encoded(text, dimension, as_text)}
        for at, text in enumerate(texts)
    ]
    counted = sum(map(tokens, texts))
    usage = {"prompt_tokens": counted, "total_tokens": counted}
    return Response({"object": "list", "data": items, "model": model, "usage": usage}, media_type="application/json")


def gemini_answer(verb: str, data: Json, model: str) -> Json:
    """The body of `embedContent` or `batchEmbedContents`. ValueError says what Gemini finds wrong."""
    requests = data.get("requests") if verb == "batchEmbedContents" else [data]
    if not isinstance(requests, list) or not requests:
        raise ValueError("* BatchEmbedContentsRequest.requests: at least one request is required")
    if len(requests) > MOST_GEMINI_TEXTS:
        raise ValueError("* BatchEmbedContentsRequest.requests: at most 100 requests can be in one batch")
    found = [{"values": _gemini_vector(one, model)} for one in requests]
    return {"embeddings": found} if verb == "batchEmbedContents" else {"embedding": found[0]}


def tokens(text: str) -> int:
    """About what a provider counts: four Latin letters a token, each letter of another script more than one."""
    latin = sum(letter.isascii() for letter in text)
    return latin // 4 + (len(text) - latin) * 3 // 2 + 1


def _gemini_vector(request: Json, model: str) -> list[float]:
    parts = (request.get("content") or {}).get("parts") or []
    text = "".join(str(part.get("text", "")) for part in parts)
    if not text:
        raise ValueError("* EmbedContentRequest.content contains an empty Part.")
    full = FULL.get(model, OF_OTHERS)
    dimension = request.get("outputDimensionality") or full
    if not 1 <= dimension <= full:
        raise ValueError("* EmbedContentRequest.output_dimensionality: out of range")
    numbers: list[float] = meaning.vector(text, dimension).tolist()
    return numbers


def _wrong(texts: Any, model: str, dimension: Any, full: int) -> str | None:
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
        return "'$.input' is invalid. Please check the API reference."
    if len(texts) > MOST_TEXTS:
        return f"'$.input' is too long: at most {MOST_TEXTS} inputs."
    if any(not text for text in texts):
        return "'input' cannot be an empty string."
    counted = [tokens(text) for text in texts]
    if max(counted) > MOST_TOKENS:
        return f"This model's maximum context length is {MOST_TOKENS} tokens, however you requested {max(counted)}."
    if sum(counted) > MOST_TOKENS_IN_ALL:
        return f"Requested {sum(counted)} tokens, max {MOST_TOKENS_IN_ALL} tokens per request."
    if not isinstance(dimension, int) or not 1 <= dimension <= full:
        return f"'dimensions' must be between 1 and {full}."
    if model in FIXED and dimension != full:
        return "This model does not support specifying dimensions."
    return None


def _encoded(text: str, dimension: int, as_text: bool) -> list[float] | str:
    numbers = meaning.vector(text, dimension)
    if as_text:
        return base64.b64encode(numbers.astype("<f4").tobytes()).decode()
    listed: list[float] = np.asarray(numbers).tolist()
    return listed
