"""The demo from start to end."""

import time
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.rule import Rule

from evals.demo import stories
from evals.demo.checks import Check, check_everything, stock
from evals.world.twin import TwinWorld, twin_world

BUSINESSES = Path(__file__).resolve().parent.parent / "world" / "businesses"
TUESDAY = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
"""11:00 in Mexico City, 14:00 in São Paulo."""
QUIET_SECONDS = 1.2


async def play(folder: Path, console: Console) -> bool:
    """Start a world in `folder`, play every story, check the database; True if everything is as it must be."""
    started = time.monotonic()
    console.print(Rule("Tendero: the main job"))
    console.print("Two businesses on real stores, simulated Twilio and Stripe, and no language model:")
    console.print("the offline model is a set of rules that drives the same graph through the same tool calls.\n")

    def report(line: str) -> None:
        console.print(f"[dim]{time.monotonic() - started:5.1f} s  {line}[/]")

    report("starting stores, backend, dispatcher, worker and agent")
    async with twin_world(folder, seeds=(BUSINESSES,), report=report) as world:
        checks = await _play(world, console)
    for check in checks:
        mark = "[green]✓[/]" if check.passed else "[red]✗[/]"
        console.print(f"{mark} {check.what} [dim]({check.found})[/]", soft_wrap=True)
    passed = all(check.passed for check in checks)
    verdict = (
        "[bold green]The database holds what it must." if passed else "[bold red]The database is not as it must be."
    )
    console.print(f"\n{verdict}[/] [dim]{time.monotonic() - started:.0f} s[/]")
    return passed


async def _play(world: TwinWorld, console: Console) -> list[Check]:
    if world.installation.redis_url is None:
        console.print("[dim]There is no Redis program here: the doorbell is slower, nothing else changes.[/]")
    world.clock.set(TUESDAY)
    keys = {key["slug"]: key for key in world.installation.businesses}
    quick = {"quiet_window_seconds": QUIET_SECONDS}
    shop = await world.business(keys["deportes-sol"], settings=quick)
    salon = await world.business(keys["salao-aurora"], settings=quick)
    before = await stock(shop)
    console.print(Rule(f"{shop.name}: a sale"))
    await stories.sale(console, world, shop)
    console.print(Rule(f"{salon.name}: a booking, and its move"))
    await stories.booking(console, world, salon)
    console.print(Rule(f"{salon.name}: two customers, one hour"))
    await stories.race(console, world, salon)
    console.print(Rule(f"{shop.name}: a person, please"))
    await stories.person(console, world, shop)
    console.print(Rule("The database"))
    return await check_everything(world, shop, salon, before)
