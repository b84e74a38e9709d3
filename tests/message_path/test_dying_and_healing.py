"""What a customer notices of dying, frozen, leaving and poisoned holders: nothing, or an honest word."""

import signal
import time
from typing import LiteralString

import pytest

from tests.message_path.ledger import Ledger, Written
from tests.message_path.model import TOKEN, EchoModel
from tests.message_path.world import PROCESSES, World

ANA = "+5215500000001"
DRAIN_SECONDS = 10.0


@pytest.fixture
def model(world: World) -> EchoModel:
    world.models.model = model = EchoModel()
    return model


@pytest.fixture
def ledger(world: World, model: EchoModel) -> Ledger:
    """A business of a healthy world."""
    world.heal()
    world.door("PUT", "behaviour", {})
    world.door("PUT", "faults")
    return Ledger(world, world.business())


def _customers(count: int) -> list[str]:
    return [f"+5215511{number:06d}" for number in range(count)]


def _settle(ledger: Ledger, seconds: float = 60.0) -> None:
    """Everything is answered, as it must be."""
    ledger.world.until(lambda: not ledger.open(), seconds)
    ledger.check_end()


def _turns_failed(world: World) -> int:
    """How often an agent gave a turn back."""
    return sum(world.running[name].log.read_text().count('"turn.failed"') for name in ("agent-1", "agent-2"))


def _attempts(ledger: Ledger) -> list[tuple[int, int]]:
    """(attempt, tries) of each turn, oldest first."""
    found = ledger.world.rows(
        "SELECT attempt, tries FROM turns WHERE tenant_id = %s ORDER BY id", [ledger.line.tenant_id]
    )
    return [(attempt, tries) for attempt, tries in found]


def test_ten_messages_of_one_customer_at_once_are_all_answered(ledger: Ledger, model: EchoModel) -> None:
    """They come while the agent thinks, too."""
    model.seconds = 0.3
    for _ in range(2):
        ledger.write(*(Written.new(ANA, wish=not number) for number in range(10)), at_once=True)
    _settle(ledger)


def test_after_an_immediate_restart_of_postgres_every_connection_recovers(world: World, ledger: Ledger) -> None:
    """The agents' pooled ones as well: no turn fails on a dead one and has to be tried again."""
    customers = _customers(30)
    ledger.write(*map(Written.new, customers), at_once=True)
    world.until(lambda: not ledger.open())
    world.restart_postgres()
    failed = _turns_failed(world)
    ledger.write(*map(Written.new, customers), at_once=True)
    _settle(ledger)
    assert _turns_failed(world) == failed


def test_a_holder_frozen_past_its_lease_writes_nothing_when_it_wakes(
    world: World, ledger: Ledger, model: EchoModel
) -> None:
    """Not its reply, not its tool's effect, not its checkpoint, even when the conversation has gone on."""
    model.seconds = 1.0
    frozen = [Written.new(one, wish=True) for one in _customers(8)]
    ledger.write(*frozen, at_once=True)
    world.until(lambda: model.asked >= len(frozen))
    for name in ("agent-1", "agent-2"):
        world.freeze(name)
    model.seconds = 0.0
    world.start("agent-heir")
    world.until(lambda: not ledger.open())
    ledger.write(*(Written.new(one) for one in _customers(8)), at_once=True)
    world.until(lambda: not ledger.open())
    remembered = _threads(ledger)
    asked = model.asked
    for name in ("agent-1", "agent-2"):
        world.thaw(name)
    for name in ("agent-1", "agent-2"):
        assert world.stop(name)
    assert _threads(ledger) == remembered
    assert model.asked >= asked
    world.heal()
    _settle(ledger)
    assert all(attempt > 1 for attempt, _ in _attempts(ledger)[:8])


def test_a_poisoned_conversation_is_parked_with_its_reason_and_hurts_nobody_else(world: World, ledger: Ledger) -> None:
    """Its memory cannot be read any more, so that every try fails; fifty others chat on meanwhile."""
    healthy = _customers(50)
    ledger.write(Written.new(ANA))
    world.until(lambda: not ledger.open())
    [(thread,)] = world.rows("SELECT id::text FROM conversations WHERE tenant_id = %s", [ledger.line.tenant_id])
    world.rows("UPDATE checkpoint_blobs SET blob = '\\xc1' WHERE thread_id = %s", [thread], agent=True)
    poisoned = Written.new(ANA)
    ledger.write(poisoned, *map(Written.new, healthy), at_once=True)
    for _ in range(2):
        ledger.write(*map(Written.new, healthy), at_once=True)
    turns = [ledger.line.tenant_id, poisoned.sid]
    world.until(lambda: _nudged(world) and world.rows(_QUARANTINED, turns))
    world.until(lambda: not ledger.open())
    [(tries, reason)] = world.rows(_QUARANTINED, turns)
    assert tries == 5
    assert " at " in reason
    for one in healthy:
        read = [token for body in ledger.line.inbox(one) for token in TOKEN.findall(body)]
        assert read == [written.token for written in ledger.written if written.customer == one]
    cases = ledger.line.ok("GET", "/v1/handoffs")["items"]
    assert [(case["reason"], case["summary"]) for case in cases] == [("failed", reason)]
    assert len(ledger.line.inbox(ANA)) == 2, "one answer, one honest word"


_QUARANTINED: LiteralString = """
    SELECT turns.tries, turns.reason FROM turns JOIN messages ON messages.turn_id = turns.id
    WHERE turns.tenant_id = %s AND messages.provider_id = %s AND turns.status = 'quarantined'"""


def _nudged(world: World) -> bool:
    """Pauses between tries are business time."""
    world.advance(0.3)
    return True


@pytest.mark.parametrize(("thinks", "attempts"), [(1.0, 1), (25.0, 2)])
def test_a_leaving_agent_ends_its_turns_or_hands_them_back_uncounted(
    world: World, ledger: Ledger, model: EchoModel, thinks: float, attempts: int
) -> None:
    """Within ten seconds: what can be answered is, and the next agent answers the rest."""
    model.seconds = thinks
    ledger.write(*(Written.new(one, wish=True) for one in _customers(12)), at_once=True)
    world.until(lambda: model.asked >= 12)
    started = time.monotonic()
    leaving = [world.running.pop(name) for name in PROCESSES if name.startswith("agent")]
    for process in leaving:
        process.signal(signal.SIGTERM)
    for process in leaving:
        assert process.gone(started + DRAIN_SECONDS - time.monotonic())
    model.seconds = 0.0
    world.heal()
    _settle(ledger)
    assert len(_attempts(ledger)) == 12
    assert all(attempt >= attempts and tries == 0 for attempt, tries in _attempts(ledger))


def test_a_thread_that_broke_off_between_a_call_and_its_result_goes_on(
    world: World, ledger: Ledger, model: EchoModel
) -> None:
    """A conversation that keeps its steps remembers the call, its holder dies before the result is remembered, and
    providers refuse calls without results."""
    ledger.write(Written.new(ANA))
    world.until(lambda: not ledger.open())
    [(thread,)] = world.rows("SELECT id::text FROM conversations WHERE tenant_id = %s", [ledger.line.tenant_id])
    ledger.line.ok("PATCH", f"/v1/conversations/{thread}", {"debug": True})
    armed = world.arm("turn.tool")
    ledger.write(Written.new(ANA, wish=True))
    world.until(lambda: not all(one.alive() for one in armed))
    asked = model.asked
    ledger.write(Written.new(ANA))
    world.heal()
    _settle(ledger)
    assert model.asked > asked


def _threads(ledger: Ledger) -> list[tuple[str, str, int]]:
    """What is remembered of the conversations."""
    found = ledger.world.rows(
        "SELECT thread_id, checkpoint_id, fence FROM checkpoints JOIN checkpoint_fences USING (thread_id) ORDER BY 1",
        agent=True,
    )
    return [(thread, checkpoint, fence) for thread, checkpoint, fence in found]
