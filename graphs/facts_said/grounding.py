"""Whether what a model read of a message stands in it, and is the speaker's own word."""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graphs.claims.text import fold
from graphs.facts_said import MOST, Said
from graphs.facts_said.guards import LONGEST_MESSAGE, clean, injects, sentences, trusted

MODEL = "model"
OWN = ("name", "email")
LONGEST_ANSWER = 20_000
LONGEST_VALUE = 160
MOST_CONFIDENCE = 0.9
"""However sure a model says it is: people and what was told to a tool are surer."""
_FENCE = re.compile(r"^\s*```(?:json)?\s*|\s*```\s*$")


def read(answer: str, messages: Sequence[Mapping[str, Any]], fields: Sequence[Mapping[str, Any]]) -> list[Said]:
    """Facts of a model's answer, `{"facts": [{"key", "value", "quote", "confidence"}]}`; whatever else it says is
    left aside. A fact stays only if its quote is the contact's, and its value stands in the quote."""
    kinds = {str(field.get("key")): field for field in fields}
    bodies = [
        (str(message.get("body") or "")[:LONGEST_MESSAGE], message.get("id"))
        for message in messages
        if message.get("author") == "contact"
    ]
    best: dict[str, Said] = {}
    for one in _items(answer):
        fact = _fact(one, kinds, bodies)
        if fact is not None and (fact.key not in best or fact.confidence > best[fact.key].confidence):
            best[fact.key] = fact
    return list(best.values())[:MOST]


def _items(answer: str) -> Iterator[dict[str, Any]]:
    if len(answer) > LONGEST_ANSWER:
        return
    try:
        told = json.loads(_FENCE.sub("", answer))
    except (ValueError, RecursionError):
        return
    items = told.get("facts") if isinstance(told, dict) else None
    if isinstance(items, list):
        yield from (one for one in items[:50] if isinstance(one, dict))


def _fact(
    one: Mapping[str, Any], kinds: Mapping[str, Mapping[str, Any]], bodies: Sequence[tuple[str, Any]]
) -> Said | None:
    key, value, quote, confidence = (one.get(name) for name in ("key", "value", "quote", "confidence"))
    if not isinstance(key, str) or (key not in OWN and key not in kinds) or not isinstance(quote, str):
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(confidence, bool) or not isinstance(confidence, int | float) or not math.isfinite(confidence):
        return None
    said = " ".join(str(value).split())
    kind = str(kinds.get(key, {}).get("kind", "text"))
    if not said or len(said) > LONGEST_VALUE or not (key == "email" or clean(said)) or not _within(said, quote, kind):
        return None
    for body, message_id in bodies:
        sure = min(max(float(confidence), 0.0), MOST_CONFIDENCE) * own_words(body, quote)
        if sure > 0:
            told_in = str(message_id) if message_id is not None else None
            return Said(key=key, value=said, confidence=round(sure, 2), extractor=MODEL, message_id=told_in)
    return None


def own_words(body: str, quote: str) -> float:
    """How far the quote is the speaker's own statement in this message, 0 to 1; 0 if it does not stand there."""
    words = fold(" ".join(quote.split()))
    if len(words) < 2 or injects(body):
        return 0.0
    surest = 1.0
    touched = False
    for sentence in sentences(body):
        folded = " ".join(sentence.folded.split())
        if folded in words or words in folded:
            at = sentence.folded.find(words)
            start = max(at, 0)
            end = start + len(words) if at >= 0 else len(sentence.folded)
            surest, touched = min(surest, trusted(sentence, start, end)), True
    return surest if touched and words in fold(" ".join(body.split())) else 0.0


def _within(value: str, quote: str, kind: str) -> bool:
    folded, told = fold(value), fold(quote)
    if kind == "date":
        return bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", folded)) and folded[:4] in told and str(int(folded[8:])) in told
    if kind == "number":
        return folded.replace(",", ".") in told.replace(",", ".")
    return " ".join(folded.split()) in " ".join(told.split())
