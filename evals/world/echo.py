"""An OpenAI-compatible model that answers a customer with the tokens of what they wrote and nobody has answered yet.

A token is a word of the made-up language below: plain letters, no word of es, pt or en, nothing that could be read as
a price, a code or a promise. So an answer tells by itself which messages it covers.
"""

import random
import re
import secrets
import time
from typing import Any

from litestar import Litestar, Request, Response, post
from litestar.params import JSONBody

from graphs.lines import NOTE

Json = dict[str, Any]

_CONSONANTS, _VOWELS, _SYLLABLES = "kwxz", "aeiou", 4
_TOKEN = re.compile(rf"\b(?:[{_CONSONANTS}][{_VOWELS}]){{{_SYLLABLES}}}\b")
_OPENING = "Te leo: "
_SUMMARY = "- saludos"


def tokens_in(text: str) -> list[str]:
    """The tokens of a text, each once, in the order in which they first stand there."""
    return list(dict.fromkeys(_TOKEN.findall(text)))


def make_tokens(count: int, chance: random.Random) -> list[str]:
    """So many different tokens; there are 160,000. Raises ValueError if more are wanted."""
    syllables = [consonant + vowel for consonant in _CONSONANTS for vowel in _VOWELS]
    numbers = chance.sample(range(len(syllables) ** _SYLLABLES), count)
    return [
        "".join(syllables[number // len(syllables) ** at % len(syllables)] for at in range(4)) for number in numbers
    ]


def echo(messages: list[Json]) -> str:
    """The answer to a prompt: the tokens of the customer's lines behind our last answer, in their order. A draft that
    the observer stopped is no answer, so a line from the house keeps what was before it open."""
    waiting: list[str] = []
    stopped = False
    for message in reversed(messages):
        text = _text(message)
        if message.get("role") == "user":
            stopped = text.startswith(NOTE)
            waiting[:0] = [] if stopped else [text]
        elif message.get("role") == "assistant" and not stopped:
            break
    return _OPENING + (", ".join(tokens_in("\n".join(waiting))) or "nada")


@post("/v1/chat/completions", status_code=200)
async def complete(request: Request[Any, Any, Any], data: JSONBody[Json]) -> Response[Json]:
    """Without tools on offer it is asked for a summary, which needs no tokens."""
    words = echo(data.get("messages", [])) if data.get("tools") else _SUMMARY
    message = {"role": "assistant", "content": words, "refusal": None}
    completion = {
        "id": f"chatcmpl-{secrets.token_hex(12)}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": data.get("model", "echo"),
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110},
    }
    return Response(completion, media_type="application/json")


def create_app() -> Litestar:
    """One echoing model; it keeps nothing."""
    return Litestar(route_handlers=[complete], openapi_config=None, logging_config=None)


def _text(message: Json) -> str:
    content = message.get("content") or ""
    return content if isinstance(content, str) else "\n".join(str(part.get("text", "")) for part in content)
