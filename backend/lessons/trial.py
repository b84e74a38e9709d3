"""Lessons beside the playbook: for a share of conversations, or for those of one channel.

They ride on the statement that reads the business's facts, so that a turn costs no round trip more. A conversation is
chosen by a digest of both ids: it stays chosen when the share grows, and other lessons choose others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any
from uuid import UUID

MARK = "#lesson"
"""Tells them from facts, fields and tools in the statement of the bundle that reads all four."""
MOST_BESIDE = 20


@dataclass(frozen=True, slots=True)
class Beside:
    """A published lesson that no version of the playbook holds."""

    id: UUID
    rule: str
    share: int
    channel_id: UUID | None

    @classmethod
    def of(cls, key: str, rule: str, told: dict[str, Any]) -> "Beside":
        """From a row of the bundle's statement; `told`: {"share", "channel_id"}."""
        channel = told["channel_id"]
        return cls(UUID(key), rule, told["share"], UUID(channel) if channel else None)

    def holds(self, conversation_id: UUID, channel_id: UUID) -> bool:
        """Whether it is in force there."""
        return self.channel_id in (None, channel_id) and chosen(self.id, conversation_id, self.share)


def chosen(lesson_id: UUID, conversation_id: UUID, share: int) -> bool:
    """Whether a conversation is among the `share` per cent."""
    digest = blake2b(lesson_id.bytes + conversation_id.bytes, digest_size=8).digest()
    return int.from_bytes(digest) % 100 < share


def with_trial(
    playbook: dict[str, Any], beside: Sequence[Beside], conversation_id: UUID, channel_id: UUID
) -> dict[str, Any]:
    """The playbook of a bundle with the lessons that hold in this conversation, and `trial`, their ids."""
    held = [lesson for lesson in beside if lesson.holds(conversation_id, channel_id)]
    if not held:
        return playbook
    return {
        **playbook,
        "lessons": [*playbook["lessons"], *(lesson.rule for lesson in held)],
        "trial": [str(lesson.id) for lesson in held],
    }
