"""What a model says of a file, as we keep it. Its words are data, and so is what it found written in the file."""

import json
import re
from typing import Any, Literal

from pydantic import BaseModel

from agent.media.readable import Family
from agent.media.transcriber import NOTHING

TRANSCRIPT_CHARACTERS = 4_000
DESCRIPTION_CHARACTERS = 1_200
_PRINTED = ("amount", "currency", "reference", "paid_on")
_PRINTED_CHARACTERS = 100
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\ufffd\ud800-\udfff]")
_OBJECT = re.compile(r"\{.*\}", re.DOTALL)


class Found(BaseModel):
    """What was read in one file."""

    kind: Literal["transcript", "description", "payment_proof"]
    text: str
    language: str | None = None
    proof: dict[str, str] | None = None


def found_in(said: str, family: Family) -> Found | None:
    """None if the model found nothing that could be told."""
    if family == "audio":
        words = clean(said, TRANSCRIPT_CHARACTERS)
        return Found(kind="transcript", text=words) if words and words.strip(" .") != NOTHING else None
    told = _object(said)
    if told is None:
        words = clean(said, DESCRIPTION_CHARACTERS)
        return Found(kind="description", text=words) if words else None
    words = clean(str(told.get("description") or ""), DESCRIPTION_CHARACTERS)
    written = clean(str(told.get("text") or ""), DESCRIPTION_CHARACTERS)
    language = told.get("language")
    language = language[:2].lower() if isinstance(language, str) and re.fullmatch(r"[A-Za-z]{2}.*", language) else None
    if told.get("payment_proof") is True:
        printed = {name: clean(str(told.get(name) or ""), _PRINTED_CHARACTERS) for name in _PRINTED}
        return Found(kind="payment_proof", text=words or "?", language=language, proof=printed)
    both = " | ".join(filter(None, (words, written and f'text in it: "{written}"')))
    return Found(kind="description", text=both[: DESCRIPTION_CHARACTERS * 2], language=language) if both else None


def clean(words: str, most: int) -> str:
    """Without what no column can hold and no reader needs."""
    return _CONTROL.sub(" ", words).strip()[:most].strip()


def _object(said: str) -> dict[str, Any] | None:
    match = _OBJECT.search(said)
    try:
        told = json.loads(match[0]) if match else None
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None
