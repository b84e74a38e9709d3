"""Which models can read which files.

Gemini reads all of them, OpenAI's and Anthropic's models images and PDF, and OpenAI's transcribers sound. What a
compatible server can read nobody knows: it is asked only where it was named for media.
"""

import re
from collections.abc import Sequence
from typing import Literal

from agent.model_names import ModelName, UnknownModel

Family = Literal["audio", "image", "video", "document"]
OPENAI_TRANSCRIBER = "openai:gpt-4o-mini-transcribe"
"""Hears for OpenAI's models that do not."""
_TRANSCRIBES = re.compile(r"whisper|transcribe", re.IGNORECASE)
_SEEN_BY = {
    "image": ("google_genai", "openai", "anthropic", "compatible"),
    "document": ("google_genai", "openai", "anthropic"),
    "video": ("google_genai",),
}


def family_of(content_type: str) -> Family | None:
    """What kind of file it is; None for what no model reads."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/pdf":
        return "document"
    families: tuple[Family, ...] = ("audio", "image", "video")
    return next((family for family in families if kind.startswith(f"{family}/")), None)


def transcribes(name: ModelName) -> bool:
    """Whether it is asked through OpenAI's audio/transcriptions."""
    return name.provider in ("openai", "compatible") and _TRANSCRIBES.search(name.model) is not None


def readers(chain: Sequence[str], family: Family) -> list[str]:
    """The models of a chain that can read such a file, in its order."""
    found = []
    for name in chain:
        try:
            parsed = ModelName.parse(name)
        except UnknownModel:
            continue
        if family == "audio":
            found += _hears(name, parsed)
        elif parsed.provider in _SEEN_BY[family] and not transcribes(parsed):
            found.append(name)
    return list(dict.fromkeys(found))


def _hears(name: str, parsed: ModelName) -> list[str]:
    if parsed.provider == "google_genai" or transcribes(parsed):
        return [name]
    return [OPENAI_TRANSCRIBER] if parsed.provider == "openai" else []
