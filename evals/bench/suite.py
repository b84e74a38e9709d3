"""`make bench`: every figure in one run on this machine, with its reference beside it."""

import os
import platform
import secrets
from pathlib import Path
from urllib.parse import urldefrag

from rich.console import Console
from rich.table import Table

from evals.bench.graph import BARE, OURS, STOCK, compare
from evals.bench.load import Plan
from evals.bench.long_chat import long_chat
from evals.bench.path import CONNECTIONS, intake, turns
from evals.bench.processes import use_of
from evals.world.twin import Business, TwinWorld, twin_world

BUSINESSES = Path(__file__).resolve().parent.parent / "world" / "businesses"


async def bench(folder: Path, console: Console, *, quick: bool) -> None:
    """Run everything and print it. `quick` takes a tenth of the work and says so."""
    scale = 10 if quick else 1
    note = "a tenth of the work, for a first look" if quick else "medians of five interleaved rounds"
    console.print(f"{os.cpu_count()} cores, Python {platform.python_version()}, {note}\n")
    async with twin_world(folder / "intake", seeds=(BUSINESSES,), arguments=("--agents", "0")) as world:
        await _graph(world, console, scale)
        await _long_chat(world, console, quick)
        await _intake(world, console, scale)
    async with twin_world(folder / "path", seeds=(BUSINESSES,)) as world:
        await _path(world, console, scale)


async def _graph(world: TwinWorld, console: Console, scale: int) -> None:
    table = Table(
        "turns at once", "contender", "turns/s", "CPU ms/turn", "CPU against bare", title="The graph of a turn"
    )
    for at_once in (1, 32):
        console.print(f"[dim]the graph, {at_once} at once ...[/]")
        medians = await compare(
            world.installation.agent_database_url, turns=400 // scale, at_once=at_once, rounds=1 if scale > 1 else 5
        )
        for name in (BARE, STOCK, OURS):
            median = medians[name]
            ratio = median.cpu_ms / medians[BARE].cpu_ms
            table.add_row(str(at_once), name, f"{median.per_second:.0f}", f"{median.cpu_ms:.2f}", f"{ratio:.2f}x")
    console.print(table)


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


async def _intake(world: TwinWorld, console: Console, scale: int) -> None:
    console.print("[dim]webhooks ...[/]")
    shop = await _shop(world)
    rounds = 1 if scale > 1 else 5
    taken = await intake(world, _plan(shop, count=2000 // scale), rounds=rounds, seconds=10 if scale == 1 else 3)
    table = Table(
        "contender", "webhooks/s", "p50 ms", "p99 ms", "failed", title=f"Webhooks over {CONNECTIONS} connections"
    )
    for name, measured in (
        ("bare Litestar handler, signature and one insert", taken.bare),
        (f"ours ({taken.ours.per_second / taken.bare.per_second:.2f}x)", taken.ours),
        ("ours at a steady 200/s", taken.steady),
    ):
        table.add_row(
            name, f"{measured.per_second:.0f}", f"{measured.p50:.1f}", f"{measured.p99:.1f}", str(measured.failed)
        )
    console.print(table)


async def _path(world: TwinWorld, console: Console, scale: int) -> None:
    console.print("[dim]turns from webhook to provider ...[/]")
    shop = await _shop(world)
    await turns(world, _plan(shop), 20)
    measured = await turns(world, _plan(shop), 600 // scale)
    used = use_of(world.installation)
    title = f"{measured.turns} turns from webhook to provider, offline rules: {measured.per_second:.0f} turns/s"
    table = Table("process", "CPU ms/turn", "memory MB", title=title)
    for name, use in used.items():
        table.add_row(name, f"{measured.cpu_ms.get(name, 0.0):.2f}", f"{use.memory_mb:.0f}")
    table.add_row("all", f"{sum(measured.cpu_ms.values()):.2f}", f"{sum(use.memory_mb for use in used.values()):.0f}")
    console.print(table)


async def _shop(world: TwinWorld) -> Business:
    key = next(key for key in world.installation.businesses if key["slug"] == "deportes-sol")
    return await world.business(key, settings={"quiet_window_seconds": 0.0})


def _plan(business: Business, count: int = 1) -> Plan:
    address = urldefrag(business.webhook_url).url
    return Plan(
        url=address,
        signed_url=address,
        auth_token=business.auth_token,
        number=business.number,
        count=count,
        customers=200,
        connections=CONNECTIONS,
        rate=None,
        prefix=secrets.token_hex(4),
    )
