"""The worker against a real backend: leases, many turns at once, and ending well."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from agent.backend_client import BackendClient, Lease, NewerMessages
from agent.bundle import TurnBundle
from agent.worker import Job, Tempo, Worker
from graphs.ports import InboundMessage, LeaseLost
from tests.agent.processes import Installation, Process, Shop, until


class Answering:
    """Runs turns without a brain: replies with what was asked, or waits at the gate first."""

    def __init__(self, backend: BackendClient) -> None:
        self.backend = backend
        self.gate = asyncio.Event()
        self.gate.set()
        self.running: set[str] = set()
        self.most_at_once = 0
        self.together: list[str] = []
        """Conversations of which two turns ran at once."""
        self.lost = 0

    async def __call__(self, bundle: TurnBundle) -> None:
        conversation = bundle.conversation.id
        if conversation in self.running:
            self.together.append(conversation)
        self.running.add(conversation)
        self.most_at_once = max(self.most_at_once, len(self.running))
        try:
            await self.gate.wait()
            await self._reply(bundle, list(bundle.messages), bundle.version)
            await self.backend.finish(bundle.token, bundle.id)
        except LeaseLost:
            self.lost += 1
        finally:
            self.running.discard(conversation)

    async def _reply(self, bundle: TurnBundle, messages: list[InboundMessage], version: int) -> None:
        words = " ".join(message.body for message in messages)
        try:
            await self.backend.reply(bundle.token, bundle.id, {"version": version, "text": f"re: {words}"})
        except NewerMessages as newer:
            await self._reply(bundle, [*messages, *newer.messages], newer.version)


@pytest.fixture
async def client(installation: Installation, backend_process: Process) -> AsyncIterator[BackendClient]:
    async with BackendClient(backend_process.url, installation.settings.service_token) as client:
        yield client


@pytest.fixture
async def shop(installation: Installation, backend_process: Process) -> Shop:
    return await installation.shop(backend_process.url)


def jobs(run: Callable[[TurnBundle], Awaitable[None]]) -> Callable[[dict[str, Any]], Job]:
    """What the worker makes of a claimed turn."""

    def read(item: dict[str, Any]) -> Job:
        bundle = TurnBundle.read(item)
        lease = Lease("turn", bundle.id, bundle.attempt)
        thread = bundle.conversation.id
        return Job(lease, lambda: run(bundle), bundle.tenant.id, thread, thread)

    return read


QUICK = Tempo(claim=2.0, renew=0.5, drain=2.0)


@asynccontextmanager
async def working(client: BackendClient, run: Any, at_once: int = 64) -> AsyncIterator[Worker]:
    worker = Worker(client, "turn", jobs(run), at_once=at_once, tempo=QUICK)
    task = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        worker.drain()
        await task


def nothing_more_is_claimed(worker: Worker) -> Callable[[], Any]:
    """Looks twice as long as a claim would need."""
    looks: list[int] = []

    async def look() -> bool:
        looks.append(worker.in_flight)
        return len(looks) > 20

    return look


async def replies(shop: Shop, customer: str) -> list[str]:
    conversation = await shop.conversation_of(customer)
    return [item["body"] for item in await shop.transcript(conversation["id"]) if item["author"] == "agent"]


async def test_thirty_conversations_are_answered_at_once(client: BackendClient, shop: Shop) -> None:
    answering = Answering(client)
    answering.gate.clear()
    customers = [f"+52155123400{number:02}" for number in range(30)]
    async with working(client, answering):
        await asyncio.gather(*(shop.write(customer, "hola") for customer in customers))

        async def all_running() -> bool:
            return len(answering.running) == 30

        await until(all_running)
        answering.gate.set()

        async def all_answered() -> bool:
            return not answering.running and all([await replies(shop, customer) for customer in customers])

        await until(all_answered)
    assert answering.most_at_once == 30
    assert {tuple(await replies(shop, customer)) for customer in customers} == {("re: hola",)}


async def test_ten_messages_of_one_customer_never_run_side_by_side(client: BackendClient, shop: Shop) -> None:
    answering, customer = Answering(client), "+5215512350000"
    async with working(client, answering):
        for number in range(10):
            await shop.write(customer, f"n{number}.")

        async def every_word_answered() -> bool:
            said = " ".join(await replies(shop, customer))
            return all(f"n{number}." in said for number in range(10))

        await until(every_word_answered)
    assert answering.together == []


async def test_a_worker_whose_loop_is_behind_takes_no_more(client: BackendClient, shop: Shop) -> None:
    computing: set[str] = set()
    most = 0
    ended = 0

    async def compute(bundle: TurnBundle) -> None:
        nonlocal most, ended
        computing.add(bundle.id)
        most = max(most, len(computing))
        for _ in range(12):
            time.sleep(0.02)  # noqa: ASYNC251 - what a job that computes does to the others
            await asyncio.sleep(0)
        computing.discard(bundle.id)
        await client.reply(bundle.token, bundle.id, {"version": bundle.version, "text": "listo"})
        await client.finish(bundle.token, bundle.id)
        ended += 1

    await asyncio.gather(*(shop.write(f"+521551237{number:04}", "hola") for number in range(32)))
    async with working(client, compute):

        async def all_ended() -> bool:
            return ended == 32

        await until(all_ended)
    assert most < 24


async def test_the_worker_takes_no_more_than_its_share(client: BackendClient, shop: Shop) -> None:
    answering = Answering(client)
    answering.gate.clear()
    async with working(client, answering, at_once=3) as worker:
        await asyncio.gather(*(shop.write(f"+521551236000{number}", "hola") for number in range(6)))

        async def full() -> bool:
            return worker.in_flight == 3

        await until(full)
        await until(nothing_more_is_claimed(worker))
        answering.gate.set()

        async def all_answered() -> bool:
            return all([await replies(shop, f"+521551236000{number}") for number in range(6)])

        await until(all_answered)
    assert answering.most_at_once == 3


async def test_a_turn_longer_than_its_first_lease_is_kept_by_renewals(client: BackendClient, shop: Shop) -> None:
    """The backend lends for 5 s until the first renewal; another worker must not get the turn after that."""
    first, second, customer = Answering(client), Answering(client), "+5215512370000"
    first.gate.clear()
    second.gate.clear()
    async with working(client, first), working(client, second):
        await shop.write(customer, "despacio")

        async def one_has_it() -> bool:
            return len(first.running) + len(second.running) == 1

        await until(one_has_it)
        with pytest.raises(AssertionError):
            await until(lambda: both_have_it(first, second), seconds=6.0)
        first.gate.set()
        second.gate.set()
        await until(lambda: some_reply(shop, customer))
    assert await replies(shop, customer) == ["re: despacio"]
    assert first.lost + second.lost == 0


async def both_have_it(first: Answering, second: Answering) -> bool:
    return bool(first.running and second.running)


async def some_reply(shop: Shop, customer: str) -> bool:
    return bool(await replies(shop, customer))


async def test_a_turn_whose_lease_is_lost_is_cancelled(client: BackendClient, shop: Shop) -> None:
    answering, customer = Answering(client), "+5215512380000"
    answering.gate.clear()
    seen: list[TurnBundle] = []

    async def run(bundle: TurnBundle) -> None:
        seen.append(bundle)
        await answering(bundle)

    async with working(client, run) as worker:
        await shop.write(customer, "hola")

        async def begun() -> bool:
            return worker.in_flight == 1

        await until(begun)
        await client.release([Lease("turn", seen[0].id, seen[0].attempt)])

        async def begun_again() -> bool:
            return len(seen) == 2 and worker.in_flight == 1

        await until(begun_again)
        answering.gate.set()
        await until(lambda: some_reply(shop, customer))
    assert [bundle.attempt for bundle in seen] == [1, 2]
    assert await replies(shop, customer) == ["re: hola"]


async def test_draining_ends_what_runs_and_claims_nothing_more(client: BackendClient, shop: Shop) -> None:
    answering, customer = Answering(client), "+5215512390000"
    answering.gate.clear()
    worker = Worker(client, "turn", jobs(answering), tempo=Tempo(claim=2.0, drain=60.0))
    task = asyncio.create_task(worker.run())
    await shop.write(customer, "antes")

    async def begun() -> bool:
        return worker.in_flight == 1

    await until(begun)
    worker.drain()
    await shop.write("+5215512390001", "después")
    answering.gate.set()
    await asyncio.wait_for(task, 90.0)
    assert await replies(shop, customer) == ["re: antes"]
    assert await replies(shop, "+5215512390001") == []
    async with working(client, answering):
        await until(lambda: some_reply(shop, "+5215512390001"))


async def test_what_cannot_end_in_time_is_given_back_at_once_and_uncounted(client: BackendClient, shop: Shop) -> None:
    stuck, other, customer = Answering(client), Answering(client), "+5215512400000"
    stuck.gate.clear()
    seen: list[TurnBundle] = []

    async def run(bundle: TurnBundle) -> None:
        seen.append(bundle)
        await other(bundle)

    worker = Worker(client, "turn", jobs(stuck), tempo=Tempo(claim=2.0, drain=0.2))
    task = asyncio.create_task(worker.run())
    await shop.write(customer, "hola")

    async def begun() -> bool:
        return worker.in_flight == 1

    await until(begun)
    worker.drain()
    await asyncio.wait_for(task, 90.0)
    async with working(client, run):
        await until(lambda: some_reply(shop, customer))
    assert await replies(shop, customer) == ["re: hola"]
    assert [bundle.attempt for bundle in seen] == [2]
    [turn] = (await shop.ok("GET", "/v1/turns", limit=1))["items"]
    assert (turn["attempt"], turn["tries"]) == (2, 0)


async def test_a_backend_that_is_away_is_waited_for(installation: Installation) -> None:
    """Claims start to succeed once it listens; nothing has to be restarted."""
    with installation.backend() as first:
        port = first.url.rpartition(":")[2]
    async with BackendClient(f"http://127.0.0.1:{port}", installation.settings.service_token) as client:
        answering = Answering(client)
        async with working(client, answering):
            with installation.backend(port=int(port)) as again:
                shop = await installation.shop(again.url)
                await shop.write("+5215512410000", "hola")
                await until(lambda: some_reply(shop, "+5215512410000"))
                assert await replies(shop, "+5215512410000") == ["re: hola"]
