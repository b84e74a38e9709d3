"""The day in the life from start to end: `make day`."""

import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
from rich.console import Console
from rich.rule import Rule

from evals.day.story import MODEL, live_through
from evals.world import models
from evals.world.serving import running
from evals.world.twin import twin_world

BUSINESSES = Path(__file__).resolve().parent.parent / "world" / "businesses"
TUESDAY = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
"""11:00 in Mexico City."""


async def play(folder: Path, console: Console) -> bool:
    """Starts a world in `folder` whose only model is a simulator, plays the day, and checks it; True if all is well."""
    started = time.monotonic()
    console.print(Rule("Tendero: a day in the life"))
    console.print(
        "[bold]Machinery only:[/] the model is a simulator at the wire, which answers from the prompt that it"
    )
    console.print("actually receives. This shows how a lesson is learnt, and nothing about any language model.\n")

    def report(line: str) -> None:
        console.print(f"[dim]{time.monotonic() - started:5.1f} s  {line}[/]")

    async with running(models.create_app()) as simulator:
        async with httpx.AsyncClient(trust_env=False) as client:
            (await client.put(f"{simulator}/_world/rules", json=MODEL)).raise_for_status()
        environment = {
            "OPENAI_API_KEY": "simulated",
            "OPENAI_BASE_URL": f"{simulator}/v1",
            "TENDERO_MODEL": "openai:gpt-4.1-mini",
        }
        async with twin_world(folder, seeds=(BUSINESSES,), environment=environment, report=report) as world:
            world.clock.set(TUESDAY)
            key = next(key for key in world.installation.businesses if key["slug"] == "deportes-sol")
            shop = await world.business(key, settings={"quiet_window_seconds": 0.5})
            checks = await live_through(console, world, shop)
    console.print(Rule("What must be so"))
    for check in checks:
        mark = "[green]✓[/]" if check.passed else "[red]✗[/]"
        console.print(f"{mark} {check.what} [dim]({check.found})[/]", soft_wrap=True)
    passed = all(check.passed for check in checks)
    verdict = "[bold green]The day went as it must" if passed else "[bold red]The day did not go as it must"
    console.print(f"\n{verdict}[/] (machinery only). [dim]{time.monotonic() - started:.0f} s[/]")
    return passed
