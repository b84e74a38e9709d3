"""The rules by which the message path is hurt, and what heals it in the end."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import LiteralString

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from backend.conversations.outbox import SEND_LEASE_SECONDS
from tests.message_path.ledger import Ledger, Written
from tests.message_path.model import EchoModel
from tests.message_path.world import LEASE_SECONDS, PROCESSES, World

POINTS = (
    "receive.before_commit",
    "receive.after_commit",
    "claim.after_commit",
    "turn.claimed",
    "tool.after_commit",
    "turn.tool",
    "reply.after_commit",
    "turn.replied",
    "turn.saved",
    "reflect.claimed",
    "dispatch.before_send",
    "dispatch.before_record",
    "status.before_commit",
)
"""The crash points of both rooms that a message passes."""
HEAL_SECONDS = 60.0
_LOOK_SOON: LiteralString = """
    UPDATE outbox SET due_at = updated_at + interval '0.2 s'
    WHERE tenant_id = %s AND status = 'unknown' AND due_at > updated_at + interval '0.2 s'"""
CUSTOMERS = 3

_numbers = itertools.count(1)
customers = st.integers(0, CUSTOMERS - 1)


class MessagePath(RuleBasedStateMachine):
    """One business of a world that lives on from example to example."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.model = world.models.model = EchoModel()
        world.heal()
        world.door("PUT", "behaviour", {})
        world.door("PUT", "faults")
        number = next(_numbers)
        self.customers = [f"+52155{number:05d}{each:03d}" for each in range(CUSTOMERS)]
        self.ledger = Ledger(world, world.business())
        self.broken = False

    @rule(customer=customers, wish=st.booleans())
    def deliver(self, customer: int, wish: bool) -> None:
        with self.step():
            self._write(self._new(customer, wish))

    @rule(customer=customers, count=st.integers(2, 5), at_once=st.booleans(), wish=st.booleans())
    def burst(self, customer: int, count: int, at_once: bool, wish: bool) -> None:
        with self.step():
            self._write(*(self._new(customer, wish and not each) for each in range(count)), at_once=at_once)

    @rule(which=st.integers(0, 20), copies=st.integers(1, 4))
    def duplicate(self, which: int, copies: int) -> None:
        with self.step():
            if self.ledger.written:
                self._write(self.ledger.written[-1 - which % len(self.ledger.written)], copies=copies)

    @rule(customer=customers, other=customers)
    def reorder(self, customer: int, other: int) -> None:
        """What was written first comes last, after copies of what was written after it."""
        with self.step():
            first, second, third = self._new(customer), self._new(other), self._new(customer)
            for one in (third, second, third, first):
                self._write(one)

    @rule(reversed=st.booleans(), copies=st.integers(1, 3), delay=st.sampled_from([0.0, 0.05]))
    def unruly_statuses(self, reversed: bool, copies: int, delay: float) -> None:
        with self.step():
            behaviour = {"status_reversed": reversed, "status_copies": copies, "delay": delay}
            self.world.door("PUT", "behaviour", behaviour)

    @rule(point=st.sampled_from(POINTS), customer=customers)
    def crash_at(self, point: str, customer: int) -> None:
        """A process dies there over a message, and another one comes."""
        with self.step():
            armed = self.world.arm(point)
            self._write(self._new(customer, wish=True))
            self.world.until(lambda: not all(one.alive() for one in armed) or self._provoked(customer), HEAL_SECONDS)
            self.world.heal()

    @rule(customer=customers)
    def freeze_the_agents(self, customer: int) -> None:
        """They think, stand still until another one has the turn, and go on as if nothing had been."""
        with self.step():
            asked, self.model.seconds = self.model.asked, 0.5
            self._write(self._new(customer, wish=True))
            self.world.until(lambda: self.model.asked > asked)
            for name in ("agent-1", "agent-2"):
                self.world.freeze(name)
            self.model.seconds = 0.0
            self.world.start("agent-heir")
            self._wait_for_lease()
            for name in ("agent-1", "agent-2"):
                self.world.thaw(name)
            self.world.stop("agent-heir")

    @rule(customer=customers, told=st.booleans())
    def freeze_the_dispatcher(self, customer: int, told: bool) -> None:
        """It sends, and stands still until another one has found out what became of that, from callbacks or without."""
        with self.step():
            one = self._new(customer)
            self.world.door("PUT", "behaviour", {} if told else {"statuses": []})
            self.world.door("POST", "faults", {"kind": "hang", "seconds": 2.0, "to": one.customer})
            self._write(one)
            self.world.until(lambda: self._nudged() and one.token in self._read_by(one.customer))
            self.world.freeze("dispatcher")
            self._give_up_sending()
            self.world.start("dispatcher-heir")
            self.world.until(lambda: self._nudged() and self._outgoing(one) & {"sent", "delivered", "read"})
            self.world.thaw("dispatcher")
            self.world.stop("dispatcher-heir")
            self.world.door("PUT", "behaviour", {})

    @rule(customer=customers)
    def freeze_the_backend(self, customer: int) -> None:
        with self.step():
            self._write(self._new(customer))
            self.world.freeze("backend")
            self.world.flush_redis()
            self.world.thaw("backend")

    @rule(name=st.sampled_from(PROCESSES), gently=st.booleans())
    def restart(self, name: str, gently: bool) -> None:
        with self.step():
            if gently:
                assert self.world.stop(name), f"{name} had to be killed"
            else:
                self.world.kill(name)
            self.world.heal()

    @rule()
    def flush_redis(self) -> None:
        with self.step():
            self.world.flush_redis()

    @rule()
    def kill_redis(self) -> None:
        with self.step():
            self.world.kill_redis()

    @rule()
    def restart_postgres(self) -> None:
        with self.step():
            self.world.restart_postgres()

    @rule(kind=st.sampled_from(["hang", "drop", "lose", "reject"]), customer=st.none() | customers)
    def slow_provider(self, kind: str, customer: int | None) -> None:
        with self.step():
            fault = {"kind": kind, "seconds": 0.5, "code": 63018, "http_status": 429, "retry_after": 1}
            self.world.door("POST", "faults", fault | ({} if customer is None else {"to": self.customers[customer]}))

    @rule(seconds=st.sampled_from([0.0, 0.2, 1.0]))
    def slow_model(self, seconds: float) -> None:
        with self.step():
            self.model.seconds = seconds

    @rule(seconds=st.sampled_from([0.5, 5.0, 60.0, 600.0]))
    def advance_clock(self, seconds: float) -> None:
        with self.step():
            self.world.advance(seconds)

    @invariant()
    def the_ledger_holds(self) -> None:
        with self.step():
            self.ledger.check()

    def teardown(self) -> None:
        """Everything heals; then each message was answered once and in order."""
        if self.broken or not self.ledger.written:
            return
        self.model.seconds = 0.0
        self.world.heal()
        self.world.door("PUT", "behaviour", {})
        self.world.door("PUT", "faults")
        for one in self.ledger.written:
            if not one.acknowledged:
                self._write(one)
        assert all(one.acknowledged for one in self.ledger.written)
        self.world.until(self._settled, HEAL_SECONDS)
        self.ledger.check_end()

    @contextmanager
    def step(self) -> Iterator[None]:
        """What fails here is not healed: it is looked at."""
        try:
            yield
        except BaseException:
            self.broken = True
            raise

    def _new(self, customer: int, wish: bool = False) -> Written:
        return Written.new(self.customers[customer], wish=wish)

    def _write(self, *written: Written, copies: int = 1, at_once: bool = False) -> None:
        self.ledger.write(*written, copies=copies, at_once=at_once)

    def _wait_for_lease(self) -> None:
        """Until no turn is with a holder that stands still."""
        running: LiteralString = "SELECT id FROM turns WHERE tenant_id = %s AND status = 'running'"
        self.world.until(lambda: not self.world.rows(running, [self.ledger.line.tenant_id]), LEASE_SECONDS + 30.0)

    def _outgoing(self, one: Written) -> set[str]:
        """States of the answer to a message; none yet if it has no answer."""
        found: LiteralString = "SELECT status FROM outbox WHERE tenant_id = %s AND body LIKE %s"
        rows = self.world.rows(found, [self.ledger.line.tenant_id, f"%{one.token}%"])
        return {status for (status,) in rows}

    def _provoked(self, customer: int) -> bool:
        """A message that joined a running turn may have passed before the point; once that is over, another follows."""
        if self._nudged() and not self.ledger.open():
            self._write(self._new(customer, wish=True))
        return False

    def _nudged(self) -> bool:
        """Leases of sends and the pauses between looks at what is unclear are cut short: nobody waits half a minute
        here."""
        states = {status for _, status in self.ledger.open()}
        if "sending" in states:
            self._give_up_sending(after_seconds=3.0)
        if "unknown" in states:
            self.world.rows(_LOOK_SOON, [self.ledger.line.tenant_id])
        return True

    def _read_by(self, customer: str) -> str:
        return " ".join(self.ledger.line.inbox(customer))

    def _give_up_sending(self, after_seconds: float = 0.0) -> None:
        self.world.rows(
            "UPDATE outbox SET lease_until = now() WHERE tenant_id = %s AND status = 'sending'"
            " AND lease_until < now() + make_interval(secs => %s)",
            (self.ledger.line.tenant_id, SEND_LEASE_SECONDS - after_seconds),
        )

    def _settled(self) -> bool:
        return self._nudged() and not self.ledger.open()
