"""How fast a number and a pair may send: the limits hold over processes, and whoever is too fast delays nobody else."""

import asyncio
import heapq
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from backend import clock
from backend.channels.rates import PAIR_BURST, PairLimit, SendRates
from backend.database import new_id
from backend.dispatcher import Dispatcher
from evals.world.customers import Customer
from tests.backend.channels.conftest import ANA, World, come_to, eventually

BRUNO = "+5215598765432"
NUMBER = new_id()
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
PATIENCE = 1.0


class Line:
    """Rows of one number, sent as the courier sends them, on a clock that jumps from one event to the next."""

    def __init__(self, rate: float) -> None:
        self.now = 0.0
        self.rates = SendRates(lambda: self.now)
        self.rate = rate
        self.sent: list[float] = []

    def run(self, rows: list[tuple[float, UUID]]) -> None:
        """(when due, row): each goes when its place comes, or back to the queue until then."""
        heapq.heapify(rows)
        while rows:
            due, row = heapq.heappop(rows)
            self.now = max(self.now, due)
            wait = self.rates.reserve(NUMBER, row, self.rate)
            if wait > PATIENCE:
                self.rates.keep(row, wait)
                heapq.heappush(rows, (self.now + wait, row))
            else:
                self.sent.append(self.now + wait)


def test_a_line_longer_than_anybodys_patience_gets_shorter_at_the_full_rate() -> None:
    line = Line(rate=20.0)
    line.run([(0.0, new_id()) for _ in range(1000)])
    assert len(line.sent) == 1000
    assert 48.0 < max(line.sent) <= 50.5
    for second in range(49):
        assert sum(second <= at < second + 1 for at in line.sent) <= 41


def test_nobody_goes_while_the_provider_wants_peace_and_then_all_do_at_the_rate() -> None:
    line = Line(rate=10.0)
    line.rates.pause(NUMBER, 7.0)
    line.run([(0.0, new_id()) for _ in range(50)])
    assert min(line.sent) >= 7.0
    assert 11.5 < max(line.sent) < 12.5


def test_a_pause_takes_kept_places_away() -> None:
    line, row = Line(rate=1.0), new_id()
    line.rates.keep(row, 2.0)
    line.rates.pause(NUMBER, 10.0)
    line.run([(2.0, row)])
    assert line.sent >= [10.0]


def test_one_numbers_pause_is_not_anothers() -> None:
    line = Line(rate=1.0)
    line.rates.pause(new_id(), 60.0)
    assert line.rates.reserve(NUMBER, new_id(), 1.0) <= 1.0


def test_a_pair_gets_its_burst_and_then_one_message_every_six_seconds() -> None:
    pair, now, used = PairLimit.of("twilio", {}), NOON, None
    assert pair is not None
    for _ in range(PAIR_BURST):
        assert pair.wait(used, now) == 0.0
        used = pair.after(used, now)
    for _ in range(20):
        assert pair.wait(used, now) == pytest.approx(6.0)
        now += timedelta(seconds=6)
        assert pair.wait(used, now) == pytest.approx(0.0, abs=1e-5)
        used = pair.after(used, now)


def test_what_was_borrowed_is_paid_back_while_nothing_is_sent() -> None:
    pair = PairLimit(seconds=6.0, burst=3)
    used = pair.after(pair.after(pair.after(None, NOON), NOON), NOON)
    assert pair.wait(used, NOON) == 6.0
    assert pair.wait(used, NOON + timedelta(seconds=18)) == 0.0
    assert pair.after(used, NOON + timedelta(hours=1)) == NOON + timedelta(hours=1, seconds=6)


def test_a_row_that_a_callback_settled_before_its_sender_counts_as_well() -> None:
    pair, told = PairLimit(seconds=6.0, burst=3), clock.now()
    until = clock.machine_now() + timedelta(seconds=6)
    used = pair.used_until([(None, None), (until, told), (None, told)])
    assert used is not None
    assert abs(used - (until + timedelta(seconds=6))) < timedelta(seconds=1)
    assert pair.used_until([]) is None


def test_the_sandbox_has_no_pair_limit_unless_it_is_given_one() -> None:
    assert PairLimit.of("sandbox", {}) is None
    assert PairLimit.of("sandbox", {"pair_rate": 2, "pair_burst": 5}) == PairLimit(0.5, 5)


async def _limit(world: World, **config: float) -> None:
    [channel] = (await world.business.ok("GET", "/v1/channels"))["items"]
    await world.business.ok("PATCH", f"/v1/channels/{channel['id']}", {"config": config})


async def test_two_dispatchers_together_keep_a_pairs_rate_and_delay_nobody_else(world: World) -> None:
    """The simulated WhatsApp has the same limit and would refuse whatever comes too soon."""
    await _limit(world, pair_rate=3, pair_burst=3)
    await world.whatsapp_allows(burst=3, seconds=1 / 3 - 0.02)
    bruno = Customer(world.door, BRUNO, world.ana.business)
    await bruno.write("oi")
    texts = [f"{number}" for number in range(9)]
    await world.write_to(ANA, *texts)
    await world.write_to(BRUNO, "para Bruno")
    stop, dispatchers = asyncio.Event(), [Dispatcher(world.settings) for _ in range(2)]
    started = time.monotonic()
    running = [asyncio.create_task(dispatcher.run(stop)) for dispatcher in dispatchers]
    await world.ana.receive(len(texts), timeout=50)
    await bruno.receive(1, timeout=50)
    assert time.monotonic() - started >= 6 / 3 - 0.1
    stop.set()
    await asyncio.gather(*running, *(dispatcher.close() for dispatcher in dispatchers))
    assert await world.received() == texts
    assert (await world.door.tally())["failed"] == 0
    bodies = [message["body"] for message in await world.door.arrivals(0)]
    assert bodies.index("para Bruno") < bodies.index(texts[-1])


async def test_a_refusal_of_one_pair_pauses_that_pair_and_one_of_the_number_pauses_all(world: World) -> None:
    bruno = Customer(world.door, BRUNO, world.ana.business)
    await bruno.write("oi")
    await world.door.fault("reject", code=63018, http_status=429, retry_after=60, to=f"whatsapp:{ANA}")
    await world.write_to(ANA, "para Ana")
    await world.write_to(BRUNO, "uno")
    await world.dispatcher.run_until_idle()
    assert [message["body"] for message in await bruno.inbox()] == ["uno"]
    await come_to(world, "queued", "read")
    await world.door.fault("reject", code=20429, http_status=429, retry_after=60, to=f"whatsapp:{BRUNO}")
    await world.write_to(BRUNO, "dos")
    await world.dispatcher.run_until_idle()
    await world.hurry()
    await world.dispatcher.run_until_idle()
    entries = await world.outbox()
    assert [entry.status for entry in entries] == ["queued", "read", "queued"]
    assert [entry.error_code for entry in entries] == ["rate", None, "rate"]
    assert await world.received() == []


async def test_what_only_whatsapp_counts_is_sent_again_in_order(world: World) -> None:
    await world.whatsapp_allows(burst=1, seconds=60)
    await world.write_to(ANA, "uno", "dos")
    await world.dispatcher.run_until_idle()

    async def refused() -> bool:
        return [entry.error_code for entry in await world.outbox()] == [None, "63018"]

    await eventually(refused)
    await world.whatsapp_allows(burst=3, seconds=60)

    async def sent() -> bool:
        await world.hurry()
        await world.dispatcher.run_until_idle()
        return len(await world.received()) == 2

    await eventually(sent)
    assert await world.received() == ["uno", "dos"]
    await come_to(world, "read", "read")
