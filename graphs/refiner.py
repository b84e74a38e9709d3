"""The refiner: observations that repeat become a proposed lesson, a short rule for the tenant's playbook.

A proposal is only that: it is replayed and approved by the tenant before it is in force. Its text is made from our
templates and a few plain words of the topic, so that no customer writes a rule by asking the same thing three times.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field

from graphs.claims.text import fold

REPEATED = 3
"""Observations of one topic that make a lesson."""
_WORD = re.compile(r"[a-z]{4,20}")
_COMMON = frozenset(
    [
        "para",
        "como",
        "esta",
        "este",
        "esto",
        "esos",
        "esas",
        "cuando",
        "cuanto",
        "cuesta",
        "donde",
        "quiero",
        "quisiera",
        "tienen",
        "tienes",
        "hola",
        "buenas",
        "buenos",
        "dias",
        "tardes",
        "gracias",
        "favor",
        "puedo",
        "puede",
        "pueden",
        "algun",
        "alguna",
        "vocês",
        "voces",
        "você",
        "voce",
        "quero",
        "tenho",
        "quanto",
        "custa",
        "onde",
        "pode",
        "bom",
        "boa",
        "tarde",
        "obrigado",
        "obrigada",
        "tudo",
        "bem",
        "have",
        "what",
        "when",
        "where",
        "does",
        "much",
        "your",
        "please",
        "hello",
        "thanks",
        "would",
        "could",
        "with",
        "that",
        "this",
    ]
)
_RULES = {
    "unanswered": (
        "Customers keep asking about {topic}, and nothing the business vouches for answers it. Add a fact about it."
    ),
    "fault": (
        "Drafts keep stating {topic} without support. Before stating {topic}, read it with a tool in the same turn."
    ),
}


class Observation(BaseModel):
    """Something noted after a turn."""

    kind: Literal["unanswered", "fault", "fact", "correction"]
    note: str
    data: dict[str, Any] = Field(default_factory=dict)
    """`topic`: the words that make two observations the same."""


class Lesson(BaseModel):
    """A proposed rule. `fingerprint` tells it from every other; dismissed ones are not proposed again."""

    rule: str
    fingerprint: str
    count: int


def topic(question: str) -> list[str]:
    """Up to three telling words of a question, sorted, letters only."""
    words = [word for word in _WORD.findall(fold(question)) if word not in _COMMON]
    return sorted(sorted(set(words), key=lambda word: (-len(word), word))[:3])


def propose(observations: Sequence[Observation]) -> list[Lesson]:
    """Lessons for what was noted at least `REPEATED` times, the most frequent first."""
    counts: defaultdict[tuple[str, str], int] = defaultdict(int)
    for one in observations:
        words = [word for word in one.data.get("topic", []) if _WORD.fullmatch(str(word))]
        if one.kind in _RULES and words:
            counts[one.kind, ", ".join(words)] += 1
    lessons = [
        Lesson(rule=_RULES[kind].format(topic=words), fingerprint=_fingerprint(kind, words), count=count)
        for (kind, words), count in counts.items()
        if count >= REPEATED
    ]
    return sorted(lessons, key=lambda lesson: (-lesson.count, lesson.fingerprint))


def _fingerprint(kind: str, words: str) -> str:
    return hashlib.sha256(f"{kind}:{words}".encode()).hexdigest()[:16]
