"""`make bench`: every figure in one run on this machine, with its reference beside it."""

import os
import platform
import secrets
from collections.abc import Collection
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag

from rich.console import Console
from rich.table import Table

from evals.bench import intake, path
from evals.bench.api import LARGE_ROWS, serve_calls
from evals.bench.crowd import MESSAGES, crowd, first
from evals.bench.graph import BARE, OURS, STOCK, compare
from evals.bench.idle import idle
from evals.bench.in_flight import CALLS, in_flight
from evals.bench.load import Measured, Plan
from evals.bench.long_chat import long_chat
from evals.bench.poisoned import poisoned
from evals.bench.rounds import Median
from evals.bench.scaling import Contender, scaling
from evals.bench.slots import QUICK, Sizes, slots
from evals.bench.slow_model import slow_model
from evals.bench.whole_chat import AROUND, whole_chat
from evals.world.serving import running
from evals.world.twin import Business, TwinWorld, twin_world

BUSINESSES = Path(__file__).resolve().parent.parent / "world" / "businesses"
SHOP, SALON = "deportes-sol", "salao-aurora"
PARTS = ("intake", "path", "agents", "in-flight", "api", "slots")
"""The graph, a long chat and webhooks; the whole path (with `intake` also what the platform adds to a turn), poisoned
and idle chats; more agents; many turns in flight; the API; free slots."""
ROUNDS = 5
CONTACTS = 100_000
AGENTS = (1, 2, 4)
SLOW = ((5.0, 12.0), (25.0, 12.0))
"""Seconds a model call takes, and turns that arrive a second: the second one brings 500 in flight at once at a rate
that two cores carry."""


async def bench(folder: Path, console: Console, *, quick: bool, parts: Collection[str] = PARTS) -> None:
    """Run the parts and print their tables. `quick` takes a tenth of the work and says so."""
    note = "a tenth of the work, one round each: for a first look" if quick else f"{ROUNDS} interleaved rounds"
    console.print(f"{os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}; {note}")
    console.print(
        "one process each: API and webhooks, internal API, dispatcher, agent; Postgres with fsync; Redis as the bell\n"
    )
    scale, rounds = (10, 1) if quick else (1, ROUNDS)
    bare: Median | None = None
    if "intake" in parts:
        async with twin_world(folder / "intake", seeds=(BUSINESSES,), arguments=("--agents", "0")) as world:
            bare = await _graph(world, console, scale, rounds)
            await _long_chat(world, console, quick)
            await _intake(world, console, scale, rounds)
    if "path" in parts:
        async with twin_world(folder / "path", seeds=(BUSINESSES,)) as world:
            own_ms = await _path(world, console, scale, rounds)
            wall_ms = await _whole_chat(world, console, quick)
            if bare is not None:
                _overhead(console, bare, wall_ms, own_ms)
            await _poisoned(world, console, rounds)
            await _idle(world, console, scale)
    if "agents" in parts:
        await _scaling(folder, console, scale, rounds)
    if "in-flight" in parts:
        await _in_flight(folder, console, scale)
    if "api" in parts:
        await _api(folder, console, scale)
    if "slots" in parts:
        async with twin_world(folder / "slots", arguments=("--agents", "0")) as world:
            await slots(world, console, QUICK if quick else Sizes())


async def _graph(world: TwinWorld, console: Console, scale: int, rounds: int) -> Median:
    """Prints the table; gives the bare graph, one turn at a time."""
    table = Table(
        "turns at once", "contender", "turns/s", "CPU ms/turn", "CPU against bare", title="The graph of a turn"
    )
    alone: Median | None = None
    for at_once in (1, 32):
        console.print(f"[dim]the graph, {at_once} at once ...[/]")
        medians = await compare(
            world.installation.agent_database_url, turns=160 // scale, at_once=at_once, rounds=rounds
        )
        alone = alone or medians[BARE]
        for name in (BARE, STOCK, OURS):
            median = medians[name]
            ratio = median.cpu_ms / medians[BARE].cpu_ms
            table.add_row(str(at_once), name, f"{median.per_second:.0f}", f"{median.cpu_ms:.2f}", f"{ratio:.2f}x")
    console.print(table)
    assert alone is not None
    return alone


async def _long_chat(world: TwinWorld, console: Console, quick: bool) -> None:
    console.print("[dim]one long chat ...[/]")
    table = Table("turn", "median ms", "mean ms, summaries in", "CPU ms", "thread bytes", "summaries", title="One chat")
    for stone in await long_chat(world.installation.agent_database_url, (10, 100, 200) if quick else (10, 100, 1000)):
        table.add_row(
            str(stone.turn),
            f"{stone.wall_ms:.1f}",
            f"{stone.mean_ms:.1f}",
            f"{stone.cpu_ms:.1f}",
            f"{stone.thread_bytes:,}",
            str(stone.summaries),
        )
    console.print(table)


async def _intake(world: TwinWorld, console: Console, scale: int, rounds: int) -> None:
    console.print("[dim]webhooks ...[/]")
    plan = _plan(await _business(world, SHOP), count=2000 // scale, connections=intake.CONNECTIONS)
    taken = await intake.intake(world, plan, rounds=rounds)
    title = f"{plan.count} webhooks of {plan.customers} known customers over {plan.connections} connections"
    table = Table("contender", "webhooks/s", "p50 ms", "p99 ms", "failed", title=title)
    _add(table, "bare Litestar handler, signature and one durable insert", taken.bare)
    _add(table, f"ours, {taken.ratio:.2f}x", taken.ours)
    console.print(table)


async def _path(world: TwinWorld, console: Console, scale: int, rounds: int) -> float:
    """Prints the tables; gives CPU milliseconds a turn of all our processes and stores."""
    console.print("[dim]turns from webhook to provider ...[/]")
    business = await _business(world, SHOP, send_rate=1000)
    measured = await path.path(world, business, _plan(business), turns=200 // min(scale, 4), rounds=rounds)
    title = (
        f"Webhook to provider, offline model: {measured.ours.per_second:.1f} turns/s, {measured.ratio:.2f}x of a naive "
        f"service in {measured.processes} processes ({measured.naive.per_second:.1f} turns/s)"
    )
    table = Table("process", "CPU ms/turn", "memory MB", title=title)
    for name, use in measured.memory.items():
        table.add_row(name, f"{measured.ours.cpu_ms.get(name, 0.0):.2f}", f"{use.memory_mb:.0f}")
    table.add_section()
    table.add_row(
        "ours", f"{measured.ours.own_ms:.2f}", f"{sum(use.memory_mb for use in measured.memory.values()):.0f}"
    )
    shares = ", ".join(f"{name} {value:.1f}" for name, value in measured.naive.cpu_ms.items())
    table.add_row(f"naive ({shares})", f"{measured.naive.own_ms:.2f}", "")
    for who, outside in (("ours", measured.ours.around_ms), ("naive", measured.naive.around_ms)):
        for name, value in outside.items():
            table.add_row(f"not counted: {name} beside {who}", f"{value:.2f}", "")
    console.print(table)
    console.print("[dim]a steady 200 a second ...[/]")
    seconds = 10 if scale == 1 else 5
    silent = _plan(await _business(world, SALON, bot_enabled=False))
    steady = await intake.steady(world, silent, _plan(business), seconds=seconds, rounds=rounds)
    title = (
        f"{seconds} s of 200 webhooks/s while turns run, the middle of {rounds} rounds; {steady.turns} of "
        f"{20 * seconds} answered at its end"
    )
    table = Table("webhooks", "webhooks/s", "p50 ms", "p99 ms", "failed", title=title)
    _add(table, "stored: 180/s to a business whose bot is off", steady.stored)
    _add(table, "answered: 20/s, a turn each", steady.answered)
    console.print(table)
    return measured.ours.own_ms


async def _whole_chat(world: TwinWorld, console: Console, quick: bool) -> float:
    """Prints the table; gives the milliseconds of a turn before the chat is long."""
    console.print("[dim]one long chat through everything ...[/]")
    endless = {"loop_replies": 0, "loop_instant_replies": 0}
    business = await _business(world, SHOP, send_rate=1000, **endless)
    stones = await whole_chat(world, business, (100, 200) if quick else (100, 1000))
    title = f"One chat, webhook to provider; medians and means of {AROUND} turns, summaries included"
    table = Table("turn", "ms", "against the first", "CPU ms/turn, all", "against the first", title=title)
    for stone in stones:
        wall, cpu = stone.wall_ms / stones[0].wall_ms, stone.cpu_ms / stones[0].cpu_ms
        table.add_row(str(stone.turn), f"{stone.wall_ms:.0f}", f"{wall:.2f}x", f"{stone.cpu_ms:.1f}", f"{cpu:.2f}x")
    console.print(table)
    return stones[0].wall_ms


def _overhead(console: Console, bare: Median, wall_ms: float, own_ms: float) -> None:
    """What the platform adds to a turn whose model answers at once: one customer at a time for the wait, 32 at once for
    the CPU, both from the tables above."""
    graph_ms = 1000 / bare.per_second
    table = Table("", "wall ms/turn", "CPU ms/turn", title="What the platform adds to a turn, without the model's time")
    table.add_row("webhook to provider, everything in it", f"{wall_ms:.0f}", f"{own_ms:.1f}")
    table.add_row("the bare graph of it", f"{graph_ms:.1f}", f"{bare.cpu_ms:.1f}")
    table.add_row("the platform", f"{wall_ms - graph_ms:.0f}", f"{own_ms - bare.cpu_ms:.1f}")
    console.print(table)


async def _poisoned(world: TwinWorld, console: Console, rounds: int) -> None:
    console.print("[dim]one poisoned chat ...[/]")
    business = await _business(world, SHOP, send_rate=1000, loop_replies=0, loop_instant_replies=0)
    seen = await poisoned(world, business, _plan(business), seconds=18, rounds=rounds)
    tries = ", ".join(map(str, seen.tries))
    title = (
        f"{seen.chats} healthy chats, {seen.rounds} times each way; the poisoned turns were parked after {tries} tries"
    )
    table = Table("healthy chats", "p50 ms", "p95 ms", "p95 against alone", title=title)
    table.add_row("alone", f"{seen.alone_p50:.0f}", f"{seen.alone_p95:.0f}", "1.00x")
    ratio = f"{seen.beside_p95 / seen.alone_p95:.2f}x"
    table.add_row("beside a poisoned one", f"{seen.beside_p50:.0f}", f"{seen.beside_p95:.0f}", ratio)
    console.print(table)


async def _idle(world: TwinWorld, console: Console, scale: int) -> None:
    console.print("[dim]idle conversations ...[/]")
    silent = _plan(await _business(world, SALON, bot_enabled=False))
    table = Table("idle conversations", "claim that finds nothing, ms", title="What idle conversations cost")
    for look in await idle(world, silent, (200, 5000 // scale)):
        table.add_row(f"{look.conversations:,}", f"{look.claim_ms:.2f}")
    console.print(table)


async def _scaling(folder: Path, console: Console, scale: int, rounds: int) -> None:
    console.print("[dim]more agent processes ...[/]")
    async with AsyncExitStack() as stack:
        contenders = []
        for agents in AGENTS:
            arguments = ("--agents", str(agents))
            world = twin_world(folder / f"agents-{agents}", seeds=(BUSINESSES,), arguments=arguments)
            twin = await stack.enter_async_context(world)
            contenders.append(Contender(agents, twin, _plan(await _business(twin, SHOP, send_rate=1000))))
        fleets = await scaling(contenders, turns=200 // min(scale, 4), rounds=rounds)
    title = f"Webhook to provider with more agents on {os.cpu_count()} cores"
    table = Table("agent processes", "turns/s", "against one", "CPU ms/turn, all", "memory MB, all", title=title)
    for fleet in fleets:
        ratio = fleet.per_second / fleets[0].per_second
        row = (f"{fleet.per_second:.1f}", f"{ratio:.2f}x", f"{fleet.own_ms:.1f}", f"{fleet.memory_mb:.0f}")
        table.add_row(str(fleet.agents), *row)
    console.print(table)


async def _in_flight(folder: Path, console: Console, scale: int) -> None:
    console.print("[dim]many turns in flight ...[/]")
    table = Table(
        "model s/call",
        "turns",
        "arrive/s",
        "most in flight",
        "added p50 ms",
        "added p95 ms",
        "agent MB",
        "agent CPU ms/turn",
        title=f"One agent process, a slow model, {CALLS} calls a turn; added: what the customer waits beyond it",
    )
    for model_seconds, rate in SLOW:
        async with running(slow_model(model_seconds)) as url:
            environment = {
                "TENDERO_MODEL": f"compatible:slow@{url}/v1",
                "TENDERO_COMPATIBLE_API_KEY": "slow",
                "TENDERO_MODEL_SECONDS": "60",
                "TENDERO_MODEL_PATIENCE_SECONDS": "120",
            }
            at = folder / f"slow-{model_seconds:g}"
            async with twin_world(at, seeds=(BUSINESSES,), environment=environment) as world:
                plan = _plan(await _business(world, SHOP, send_rate=1000))
                await in_flight(world, plan, turns=20, rate=rate, model_seconds=model_seconds)
                seen = await in_flight(world, plan, turns=500 // scale, rate=rate, model_seconds=model_seconds)
        waits = (f"{seen.added_p50:.0f}", f"{seen.added_p95:.0f}")
        row = (str(seen.turns), f"{rate:g}", str(seen.most), *waits, f"{seen.memory_mb:.0f}", f"{seen.cpu_ms:.1f}")
        table.add_row(f"{model_seconds:g}", *row)
    console.print(table)


async def _api(folder: Path, console: Console, scale: int) -> None:
    async with twin_world(folder / "api", seeds=(BUSINESSES,), arguments=("--agents", "0")) as world:
        shop, salon = await _business(world, SHOP), await _business(world, SALON)
        for business in (shop, salon):
            await world.customer(business, "Ana").write("hola")
        console.print("[dim]the API, a new business ...[/]")
        count, rounds = 1000 // scale, 3 if scale == 1 else 1
        new, _ = await serve_calls(world, shop, await first(shop), count=count, rounds=rounds)
        contacts = CONTACTS // scale
        console.print(f"[dim]{contacts * MESSAGES:,} messages are written ...[/]")
        some = await crowd(world, shop, contacts // 2)
        await crowd(world, salon, contacts - contacts // 2)
        console.print("[dim]the API, a full database ...[/]")
        full, scanned = await serve_calls(world, shop, some, count=count, rounds=rounds)
    title = (
        f"The API with {contacts * MESSAGES:,} messages of {contacts:,} contacts in two businesses; tables of over "
        f"{LARGE_ROWS:,} rows read from end to end: {', '.join(scanned) or 'none'}"
    )
    table = Table("call", "processes", "calls/s", "p50 ms", "p99 ms", "calls/s against a new business", title=title)
    for before, after in zip(new, full, strict=True):
        seen = after.measured
        ratio = f"{seen.per_second / before.measured.per_second:.2f}x"
        row = (f"{seen.per_second:.0f}", f"{seen.p50:.1f}", f"{seen.p99:.1f}", ratio)
        table.add_row(after.kind, str(after.processes), *row)
    console.print(table)


def _add(table: Table, name: str, measured: Measured) -> None:
    table.add_row(
        name, f"{measured.per_second:.0f}", f"{measured.p50:.1f}", f"{measured.p99:.1f}", str(measured.failed)
    )


async def _business(world: TwinWorld, slug: str, *, send_rate: float | None = None, **settings: Any) -> Business:
    """A seeded business without a quiet window; its number sends as fast as the bench can."""
    key = next(key for key in world.installation.businesses if key["slug"] == slug)
    business = await world.business(key, settings={"quiet_window_seconds": 0.0, **settings})
    if send_rate is not None:
        for channel in (await business.get("/v1/channels"))["items"]:
            changed = await business.api.patch(
                f"/v1/channels/{channel['id']}", json={"config": {"send_rate": send_rate, "pair_rate": send_rate}}
            )
            changed.raise_for_status()
    return business


def _plan(business: Business, count: int = 1, connections: int = 16) -> Plan:
    url = urldefrag(business.webhook_url).url
    return Plan(
        url=url,
        signed_url=url,
        auth_token=business.auth_token,
        number=business.number,
        count=count,
        customers=200,
        connections=connections,
        rate=None,
        prefix=secrets.token_hex(4),
    )
