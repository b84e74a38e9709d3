"""The whole path, from a signed webhook to the provider and its status callbacks: ours beside a naive service.

Both run the same graph, prompt and offline model against the same simulator, and share one Postgres. Generator and
simulator take their share of the same cores; what they use is told apart.
"""

import asyncio
import os
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from evals.bench.load import Plan, fresh, generate
from evals.bench.naive import NaivePlan, naive_service
from evals.bench.ports import free_port
from evals.bench.processes import Uses, use_of, use_of_processes
from evals.world.twin import Business, TwinWorld

CONNECTIONS = 32
TURN_SECONDS = 180.0
TOOLS = ["search_products", "get_product"]


@dataclass(frozen=True)
class Round:
    """Turns from webhook to provider; CPU milliseconds a turn by process, until the last status callback."""

    per_second: float
    cpu_ms: dict[str, float]
    around_ms: dict[str, float]
    """The simulator's and the generator's."""

    @property
    def own_ms(self) -> float:
        return sum(self.cpu_ms.values())


@dataclass(frozen=True)
class Path:
    """Medians over rounds."""

    ours: Round
    naive: Round
    ratio: float
    """Of turns a second, the median of the rounds' ratios."""
    processes: int
    """Of the naive service."""
    memory: Uses


async def path(world: TwinWorld, business: Business, plan: Plan, *, turns: int, rounds: int) -> Path:
    """`rounds` of each, interleaved, after one that warms up: so many customers write one message each, in every
    round the same customers."""
    processes = os.cpu_count() or 1
    number = "+14155550999"
    account = await world.twilio.account()
    reference = await _naive_plan(world, business, account, number)
    await world.twilio.sender(number, account["sid"], reference.public_url)
    theirs = replace(
        plan, url=reference.public_url, signed_url=reference.public_url, auth_token=account["token"], number=number
    )
    plan = replace(plan, customers=turns, count=turns, connections=CONNECTIONS)
    theirs = replace(theirs, customers=turns, count=turns, connections=CONNECTIONS)
    rounds_of_ours: list[Round] = []
    rounds_of_theirs: list[Round] = []
    async with naive_service(reference, processes) as pids:

        def used_by_naive() -> Uses:
            return use_of_processes({"naive service": pids}) | use_of(world.installation, only=("postgres",))

        for _ in range(rounds + 1):
            rounds_of_ours.append(await play_round(world, plan, lambda: use_of(world.installation)))
            rounds_of_theirs.append(await play_round(world, theirs, used_by_naive))
    pairs = list(zip(rounds_of_ours, rounds_of_theirs, strict=True))[1:]
    return Path(
        _median([mine for mine, _ in pairs]),
        _median([other for _, other in pairs]),
        statistics.median(mine.per_second / other.per_second for mine, other in pairs),
        processes,
        use_of(world.installation),
    )


async def play_round(world: TwinWorld, plan: Plan, used: Callable[[], Uses]) -> Round:
    """RuntimeError if a reply was not delivered; TimeoutError, with how many were, after 180 s."""
    await world.twilio.open_windows(plan.number, plan.phones(plan.count))
    before, tally = used(), await world.twilio.tally()
    own, children = _cpu(resource.RUSAGE_SELF), _cpu(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    sending = asyncio.create_task(_send(plan))
    await _until(world, tally, "accepted", sending, started)
    seconds = time.perf_counter() - started
    await _until(world, tally, "settled", sending, started)
    await sending
    if (await world.twilio.tally())["failed"] > tally["failed"]:
        raise RuntimeError("replies were not delivered; this measures something else")
    after = used()
    per_turn = 1000 / plan.count
    return Round(
        plan.count / seconds,
        {name: (after[name].cpu_seconds - use.cpu_seconds) * per_turn for name, use in before.items()},
        {
            "simulators": (_cpu(resource.RUSAGE_SELF) - own) * per_turn,
            "generator": (_cpu(resource.RUSAGE_CHILDREN) - children) * per_turn,
        },
    )


async def _send(plan: Plan) -> int:
    if (measured := await generate(fresh(plan))).failed:
        raise RuntimeError(f"{measured.failed} of {plan.count} webhooks were refused")
    return plan.count


async def _until(
    world: TwinWorld, before: dict[str, int], what: str, sending: asyncio.Task[int], started: float
) -> None:
    while not sending.done() or (await world.twilio.tally())[what] - before[what] < sending.result():
        if time.perf_counter() - started > TURN_SECONDS:
            raise TimeoutError(f"not all replies were {what} within {TURN_SECONDS:g} s")
        await asyncio.sleep(0.05)


async def _naive_plan(world: TwinWorld, business: Business, account: dict[str, str], number: str) -> NaivePlan:
    port = free_port()
    return NaivePlan(
        port=port,
        database_url=world.installation.agent_database_url,
        public_url=f"http://127.0.0.1:{port}/webhook",
        twilio_url=world.twilio.url,
        account_sid=account["sid"],
        auth_token=account["token"],
        number=number,
        tenant=await business.get("/v1/tenant"),
        facts=await business.all("/v1/facts"),
        playbook=await business.get("/v1/playbook"),
        products=await business.all("/v1/products"),
        tools=TOOLS,
    )


def _median(rounds: list[Round]) -> Round:
    return Round(
        statistics.median(each.per_second for each in rounds),
        {name: statistics.median(each.cpu_ms[name] for each in rounds) for name in rounds[0].cpu_ms},
        {name: statistics.median(each.around_ms[name] for each in rounds) for name in rounds[0].around_ms},
    )


def _cpu(whose: int) -> float:
    used = resource.getrusage(whose)
    return used.ru_utime + used.ru_stime
