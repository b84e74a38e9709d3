"""The pair-loop guard: contact and agent alternate faster, and longer, than people do.

Each reply keeps the pace up to it in its turn's row (`turns.pace`), and the next reply goes on from there:

    since     when this count began; it begins anew after `loop_minutes`, and after a person was in charge
    replies   the agent's replies since then
    instant   how many of them the contact answered like a machine, less those answered like a person

Answered like a machine: within `loop_instant_seconds` of the reply, or in the very words of the reply or of the
contact's message before. A message that arrived before the reply says nothing, and short words may repeat.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from sqlalchemy import TextualSelect, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import Boolean, DateTime, Text

from backend.conversations.models import TurnOutcome
from backend.tenants.settings import TenantSettings

BEFORE: TextualSelect = text("""
SELECT previous.replied_at, previous.outcome, previous.pace, said.first_at, said.repeats
FROM turns AS previous CROSS JOIN LATERAL (
    SELECT min(mine.created_at) AS first_at, bool_or(char_length(mine.body) >= 20 AND EXISTS (
        SELECT FROM messages AS theirs
        WHERE theirs.tenant_id = previous.tenant_id AND theirs.turn_id = previous.id AND theirs.body = mine.body
    )) AS repeats
    FROM messages AS mine
    WHERE mine.tenant_id = turns.tenant_id AND mine.turn_id = turns.id AND mine.author = 'contact'
) AS said
WHERE previous.tenant_id = turns.tenant_id AND previous.conversation_id = turns.conversation_id
    AND previous.id < turns.id AND previous.replied_at IS NOT NULL
ORDER BY previous.id DESC LIMIT 1
""").columns(
    replied_at=DateTime(timezone=True),
    outcome=Text,
    pace=JSONB,
    first_at=DateTime(timezone=True),
    repeats=Boolean,
)
"""What the reply before tells about the pace, for a statement that selects from `turns`."""


@dataclass(frozen=True, slots=True)
class Before:
    """One row of `BEFORE`; nothing, at the first reply of a conversation."""

    replied_at: datetime | None = None
    outcome: str | None = None
    pace: dict[str, Any] | None = None
    first_at: datetime | None = None
    """When the first message that is answered now came in."""
    repeats: bool | None = None

    def like_a_machine(self, instant_seconds: float) -> bool:
        if self.repeats:
            return True
        if self.replied_at is None or self.first_at is None:
            return False
        return timedelta() <= self.first_at - self.replied_at < timedelta(seconds=instant_seconds)


@dataclass(frozen=True, slots=True)
class Pace:
    """How contact and agent have alternated up to a reply."""

    since: datetime
    replies: int = 1
    instant: int = 0

    @classmethod
    def after(cls, before: Before, tuned: TenantSettings, now: datetime) -> Self:
        """The pace with the reply that is made now."""
        machine = before.like_a_machine(tuned.loop_instant_seconds)
        if before.pace is None or before.outcome in (TurnOutcome.HANDED_OFF, TurnOutcome.SILENT):
            return cls(now, 1, int(machine and before.outcome == TurnOutcome.ANSWERED))
        kept = cls(datetime.fromisoformat(before.pace["since"]), before.pace["replies"], before.pace["instant"])
        if now - kept.since > timedelta(minutes=tuned.loop_minutes):
            return cls(now, 1, int(machine))
        return cls(kept.since, kept.replies + 1, max(0, kept.instant + (1 if machine else -1)))

    def is_loop(self, tuned: TenantSettings) -> bool:
        """Whether a person should look at it; a limit of 0 is none."""
        return 0 < tuned.loop_replies <= self.replies or 0 < tuned.loop_instant_replies <= self.instant

    def summary(self, now: datetime) -> str:
        """For the person who looks at it."""
        minutes = max(1, round((now - self.since).total_seconds() / 60))
        return (
            f"{self.replies} replies within {minutes} min, and the answers came at once or in the same words: another "
            "machine seems to write. The agent is silent until the chat is handed back."
        )

    def kept(self) -> dict[str, Any]:
        """As `turns.pace` holds it."""
        return {"since": self.since.isoformat(), "replies": self.replies, "instant": self.instant}
