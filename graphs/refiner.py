"""The refiner: observations that repeat become a proposed lesson, a short rule for the tenant's playbook.

A proposal is only that: it is replayed and approved by the tenant before it is in force. Its text is made from our
templates and a few plain words of the topic, so that no customer writes a rule by asking the same thing three times.
Nor does one customer alone bring one about, however often they ask.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, Field

from graphs.claims.text import fold

REPEATED = 3
"""Observations of one topic that make a lesson."""
LEAST_CONTACTS = 2
"""... and of how many different contacts at least."""
_STEM = 5
_ALIKE = 2 / 3
_LONGEST_TOPIC = 3
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


class Noted(BaseModel):
    """An observation as the backend keeps it. `contact`: a number, the same for the same contact."""

    id: str
    kind: str
    topic: list[str]
    contact: int


class Lesson(BaseModel):
    """A proposed rule and what it rests on. `fingerprint` tells it from every other; dismissed ones are not proposed
    again."""

    kind: str
    topic: list[str]
    rule: str
    fingerprint: str
    observation_ids: list[str]


@dataclass
class _Group:
    """Observations about the same."""

    kind: str
    members: list[Noted] = field(default_factory=list)

    def takes(self, one: Noted) -> bool:
        return one.kind == self.kind and any(_alike(one.topic, known.topic) for known in self.members)

    @property
    def repeats(self) -> bool:
        return len(self.members) >= REPEATED and len({one.contact for one in self.members}) >= LEAST_CONTACTS

    @property
    def topic(self) -> list[str]:
        """Up to three words, those that most of its observations have in common."""
        first: dict[str, str] = {}
        counts: Counter[str] = Counter()
        for one in self.members:
            for word in one.topic:
                first.setdefault(word[:_STEM], word)
                counts[word[:_STEM]] += 1
        commonest = sorted(counts, key=lambda stem: (-counts[stem], -len(first[stem]), stem))[:_LONGEST_TOPIC]
        return sorted(first[stem] for stem in commonest)


def topic(question: str) -> list[str]:
    """Up to three telling words of a question, sorted, letters only."""
    words = [word for word in _WORD.findall(fold(question)) if word not in _COMMON]
    return sorted(sorted(set(words), key=lambda word: (-len(word), word))[:3])


def propose(noted: Sequence[Noted]) -> list[Lesson]:
    """Lessons for what was noted at least `REPEATED` times with `LEAST_CONTACTS` contacts, the most frequent first."""
    groups: list[_Group] = []
    for one in noted:
        words = [word for word in one.topic if _WORD.fullmatch(word)]
        if one.kind not in _RULES or not words:
            continue
        plain = one.model_copy(update={"topic": words})
        group = next((known for known in groups if known.takes(plain)), None)
        if group is None:
            groups.append(group := _Group(one.kind))
        group.members.append(plain)
    repeated = [group for group in groups if group.repeats]
    return [_lesson(group) for group in sorted(repeated, key=lambda group: (-len(group.members), group.topic))]


def _lesson(group: _Group) -> Lesson:
    words = ", ".join(group.topic)
    return Lesson(
        kind=group.kind,
        topic=group.topic,
        rule=_RULES[group.kind].format(topic=words),
        fingerprint=_fingerprint(group.kind, words),
        observation_ids=[one.id for one in group.members],
    )


def _alike(topic: Iterable[str], other: Iterable[str]) -> bool:
    """Whether two thirds of the smaller topic's words are in the other; their first five letters count."""
    one, two = {word[:_STEM] for word in topic}, {word[:_STEM] for word in other}
    return len(one & two) / min(len(one), len(two)) >= _ALIKE


def _fingerprint(kind: str, words: str) -> str:
    return hashlib.sha256(f"{kind}:{words}".encode()).hexdigest()[:16]
