"""A model that takes its time: an OpenAI-compatible address at which every answer comes after so many seconds.

It asks for one search and then answers in words, so a turn is two calls.
"""

import asyncio
import json
import secrets
import time
from typing import Any

from litestar import Litestar, post
from litestar.params import JSONBody

ANSWER = "¡Claro! ¿Qué te interesa?"


def slow_model(seconds: float) -> Litestar:
    """`POST /v1/chat/completions`, as documented at platform.openai.com/docs/api-reference/chat."""

    @post("/v1/chat/completions", status_code=200)
    async def complete(data: JSONBody[dict[str, Any]]) -> dict[str, Any]:
        await asyncio.sleep(seconds)
        searched = data["messages"][-1]["role"] == "tool"
        return {
            "id": f"chatcmpl-{secrets.token_hex(12)}",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": data["model"],
            "choices": [{"index": 0, "finish_reason": "stop", "message": _words() if searched else _search()}],
            "usage": {"prompt_tokens": 1000, "completion_tokens": 10, "total_tokens": 1010},
        }

    return Litestar([complete], openapi_config=None, logging_config=None)


def _words() -> dict[str, Any]:
    return {"role": "assistant", "content": ANSWER}


def _search() -> dict[str, Any]:
    function = {"name": "search_products", "arguments": json.dumps({"query": "balón"})}
    call = {"id": f"call_{secrets.token_hex(12)}", "type": "function", "function": function}
    return {"role": "assistant", "content": None, "tool_calls": [call]}
