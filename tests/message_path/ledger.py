"""What must be true of the message ledger at every moment, asked in SQL, and what must be true in the end."""

import itertools
import string
from dataclasses import dataclass, field
from typing import Any, LiteralString, Self

from tests.message_path.model import TOKEN
from tests.message_path.world import Line, World

BROKEN: dict[str, LiteralString] = {
    "an event without exactly one message": """
        SELECT event.provider_id FROM channel_events AS event
        LEFT JOIN messages ON messages.tenant_id = event.tenant_id AND messages.provider_id = event.provider_id
        WHERE event.tenant_id = %(tenant)s AND event.kind = 'message'
        GROUP BY event.id, event.provider_id HAVING count(messages.id) <> 1""",
    "a message without its turn": """
        SELECT messages.id FROM messages LEFT JOIN turns USING (tenant_id, conversation_id)
        WHERE messages.tenant_id = %(tenant)s AND author = 'contact'
        GROUP BY messages.id, messages.turn_id HAVING count(*) FILTER (WHERE turns.id = messages.turn_id) <> 1""",
    "two open turns of one conversation": """
        SELECT conversation_id FROM turns WHERE tenant_id = %(tenant)s GROUP BY conversation_id
        HAVING count(*) FILTER (WHERE status IN ('running', 'replied')) > 1
            OR count(*) FILTER (WHERE status = 'waiting') > 1""",
    "a turn with two replies": """
        SELECT turn_id FROM messages WHERE tenant_id = %(tenant)s AND author = 'agent'
        GROUP BY turn_id HAVING count(*) > 1""",
    "a reply of a turn that was not replied to": """
        SELECT turns.id FROM turns JOIN messages ON messages.tenant_id = turns.tenant_id AND messages.turn_id = turns.id
        WHERE turns.tenant_id = %(tenant)s AND author = 'agent' AND status NOT IN ('replied', 'done')""",
    "parts doubled or out of order": """
        SELECT message_id FROM outbox WHERE tenant_id = %(tenant)s GROUP BY message_id
        HAVING count(*) <> count(DISTINCT part)
            OR array_agg(part ORDER BY part) <> array_agg(part ORDER BY sequence)""",
    "sent before what was said earlier": """
        SELECT later.id FROM outbox AS later JOIN outbox AS earlier USING (tenant_id, conversation_id)
        WHERE tenant_id = %(tenant)s AND earlier.sequence < later.sequence
            AND earlier.status IN ('queued', 'sending', 'unknown') AND later.status <> 'queued'""",
    "a journal key twice": """
        SELECT turn_id FROM journal WHERE tenant_id = %(tenant)s GROUP BY turn_id, key HAVING count(*) > 1""",
    "a wish granted twice": """
        SELECT topic FROM follow_ups WHERE tenant_id = %(tenant)s GROUP BY topic HAVING count(*) > 1""",
    "a write without its journal": """
        SELECT follow_ups.id FROM follow_ups LEFT JOIN journal ON journal.tenant_id = follow_ups.tenant_id
            AND journal.result ->> 'follow_up_id' = follow_ups.id::text
        WHERE follow_ups.tenant_id = %(tenant)s AND journal.id IS NULL""",
}
"""What is broken -> rows that are it."""

_TURNS: LiteralString = "SELECT id, attempt, status FROM turns WHERE tenant_id = %(tenant)s"
_OUTBOX: LiteralString = "SELECT id, attempt, status FROM outbox WHERE tenant_id = %(tenant)s"
_FENCES: LiteralString = "SELECT id::text, fence FROM conversations WHERE tenant_id = %(tenant)s"
_SAVED: LiteralString = "SELECT thread_id, fence FROM checkpoint_fences"
_TURN_RANK = {"waiting": 0, "running": 0, "quarantined": 0, "replied": 1, "done": 2}
_OUTBOX_RANK = {"queued": 0, "sending": 0, "unknown": 0, "sent": 1, "held": 2, "failed": 2, "delivered": 3, "read": 4}


_numbers = itertools.count(1)


@dataclass
class Written:
    """A message of a customer."""

    sid: str
    customer: str
    token: str
    wish: bool
    acknowledged: bool = False

    @classmethod
    def new(cls, customer: str, *, wish: bool = False) -> Self:
        """With a token of its own."""
        letters = "".join(string.ascii_lowercase[int(digit)] for digit in f"{next(_numbers):06d}")
        return cls(f"SM{letters:0>32}", customer, f"tok{letters}", wish)

    @property
    def body(self) -> str:
        return f"recuerda {self.token}" if self.wish else f"hola {self.token}"


@dataclass
class Ledger:
    """Remembers what it saw last, since some things may only grow."""

    world: World
    line: Line
    written: list[Written] = field(default_factory=list)
    _seen: dict[Any, tuple[int, int]] = field(default_factory=dict)
    _fences: dict[tuple[str, str], int] = field(default_factory=dict)

    def write(self, *written: Written, copies: int = 1, at_once: bool = False) -> None:
        """They arrive, for the first time or again."""
        self.written += [one for one in written if one not in self.written]
        messages = [self.line.message(one.customer, one.body, one.sid, copies) for one in written]
        for one, acknowledged in zip(written, self.line.write(*messages, at_once=at_once), strict=True):
            one.acknowledged |= acknowledged

    def check(self) -> None:
        """Raises AssertionError naming what is broken."""
        tenant = {"tenant": self.line.tenant_id}
        for name, query in BROKEN.items():
            rows = self.world.rows(query, tenant)
            assert not rows, f"{name}: {rows}"
        stored = {row[0] for row in self.world.rows(_STORED, tenant)}
        turns, outbox = self.world.rows(_TURNS, tenant), self.world.rows(_OUTBOX, tenant)
        claimed = dict(self.world.rows(_FENCES, tenant))
        lost = {one.sid for one in self.written if one.acknowledged} - stored
        assert not lost, f"acknowledged and lost: {lost}"
        for ranks, rows in ((_TURN_RANK, turns), (_OUTBOX_RANK, outbox)):
            for id, attempt, status in rows:
                before, now = self._seen.get(id, (0, 0)), (attempt, ranks[status])
                assert now[0] >= before[0], f"an attempt fell: {id} {before} {now} {status}"
                assert now[1] >= before[1], f"a status ran backwards: {id} {before} {now} {status}"
                self._seen[id] = now
        self._check_fences(claimed)
        self._check_phones()

    def _check_fences(self, claimed: dict[str, int]) -> None:
        """They may only grow."""
        saved = {thread: fence for thread, fence in self.world.rows(_SAVED, agent=True) if thread in claimed}
        for kind, fences in (("claimed", claimed), ("saved", saved)):
            for thread, fence in fences.items():
                assert fence >= self._fences.get((kind, thread), 0), f"the {kind} fence of {thread} fell to {fence}"
                self._fences[kind, thread] = fence

    def _check_phones(self) -> None:
        """Nobody reads the same answer twice, or an answer to nothing."""
        for customer in {one.customer for one in self.written}:
            read = [TOKEN.findall(body) for body in self.line.inbox(customer)]
            found = [token for tokens in read for token in tokens]
            assert len(found) == len(set(found)), f"{customer} read twice: {read}"
            assert all(read), f"{customer} read an answer to nothing: {self.line.inbox(customer)}"

    def open(self) -> list[Any]:
        """Rows that are not at their end yet."""
        return self.world.rows(_OPEN, {"tenant": self.line.tenant_id})

    def check_end(self) -> None:
        """Everything was acknowledged in the end, answered once, in order, and nobody had to help."""
        self.check()
        tenant = {"tenant": self.line.tenant_id}
        order = self.world.rows(_ORDER, tenant)
        assert {one.sid for one in self.written} == {sid for sid, _ in order}
        for customer in {one.customer for one in self.written}:
            own = {one.sid: one.token for one in self.written if one.customer == customer}
            wanted = [own[sid] for sid, _ in order if sid in own]
            read = [token for body in self.line.inbox(customer) for token in TOKEN.findall(body)]
            assert read == wanted, f"{customer} wrote {wanted} and read {read}"
        wished = {one.token for one in self.written if one.wish}
        granted = [topic for (topic,) in self.world.rows(_TOPICS, tenant)]
        assert sorted(granted) == sorted(wished)
        for query in (_CASES, _NOT_ANSWERED):
            rows = self.world.rows(query, tenant)
            assert not rows, f"parked or handed over: {rows}"
        assert self.world.models.orphans == 0


_STORED: LiteralString = "SELECT provider_id FROM messages WHERE tenant_id = %(tenant)s AND author = 'contact'"
_ORDER: LiteralString = """
    SELECT provider_id, sequence FROM messages WHERE tenant_id = %(tenant)s AND author = 'contact' ORDER BY sequence"""
_TOPICS: LiteralString = "SELECT topic FROM follow_ups WHERE tenant_id = %(tenant)s"
_CASES: LiteralString = "SELECT reason, summary FROM handoffs WHERE tenant_id = %(tenant)s"
_NOT_ANSWERED: LiteralString = (
    "SELECT id, status, outcome, reason FROM turns WHERE tenant_id = %(tenant)s AND outcome <> 'answered'"
)
_OPEN: LiteralString = """
    SELECT id, 'reflecting' AS status FROM reflections WHERE tenant_id = %(tenant)s AND status = 'waiting'
    UNION ALL
    SELECT id, status FROM turns WHERE tenant_id = %(tenant)s AND status NOT IN ('done', 'quarantined')
    UNION ALL
    SELECT id, status FROM outbox WHERE tenant_id = %(tenant)s AND status IN ('queued', 'sending', 'unknown')"""
