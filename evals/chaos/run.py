"""One run: an installation, a load, blows all the while, the last of all at its end; then everything must heal."""

import asyncio
import random
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urldefrag

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from evals.chaos.blows import Blow, Killer
from evals.chaos.books import Books, open_turns, read_books
from evals.chaos.ledger import PATIENCE_SECONDS, REDIS_SECONDS, STRUCK_SECONDS, Run
from evals.chaos.load import Line, line_of, phone, plan
from evals.chaos.phones import Phones
from evals.chaos.provider import Deliveries
from evals.world import echo
from evals.world.serving import running
from evals.world.twin import Business, TwinWorld, twin_world

BUSINESSES = 2
ALONE = 0.2
"""This share of the time belongs to Redis alone, so that what it costs can be told."""
REDIS_GAP_SECONDS = 20.0
QUIET_SECONDS, LONGEST_WAIT_SECONDS = 2.0, 6.0
SEND_LEASE_SECONDS = 30.0
"""Of a part on its way; that of turns may be set."""
BEYOND_SECONDS = 5.0
"""A frozen process stays so this much longer than a lease."""
LATE_SECONDS = 120.0
"""What has not healed so long after the promised time never will."""
TOLD_EVERY_SECONDS = 30.0


@dataclass(frozen=True)
class Fire:
    """What is to be done. `gap_seconds` between two blows; the lease of turns is `lease_seconds`."""

    messages: int = 10_000
    contacts: int = 200
    minutes: float = 10.0
    seed: int = 1
    gap_seconds: float = 8.0
    lease_seconds: float = 30.0
    apis: int = 2
    agents: int = 2


async def chaos(fire: Fire, folder: Path, console: Console) -> Run:
    """Play it. Raises `InstallationFailed`, and httpx's errors if the installation does not come back."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    async with AsyncExitStack() as stack:
        model_url = await stack.enter_async_context(running(echo.create_app()))
        world = await stack.enter_async_context(
            twin_world(
                folder,
                arguments=("--apis", str(fire.apis), "--agents", str(fire.agents)),
                environment={
                    "TENDERO_MODEL": f"compatible:echo@{model_url}/v1",
                    "TENDERO_LEASE_SECONDS": str(fire.lease_seconds),
                },
                report=lambda line: console.print(f"[dim]{line}[/]"),
            )
        )
        businesses = [await _business(world, number) for number in range(BUSINESSES)]
        bars = stack.enter_context(Progress(*columns, console=console, transient=True))
        try:
            return await _play(fire, world, businesses, bars)
        except ExceptionGroup as several:
            raise _first(several) from several


def _first(error: Exception) -> Exception:
    """What went wrong first, out of the groups of the tasks around it."""
    return _first(error.exceptions[0]) if isinstance(error, ExceptionGroup) else error


async def _play(fire: Fire, world: TwinWorld, businesses: Sequence[Business], bars: Progress) -> Run:
    lines = [Line(each.number, urldefrag(each.webhook_url).url, each.auth_token) for each in businesses]
    for line in lines:
        customers = [phone(each) for each in range(fire.contacts) if line_of(each, lines) is line]
        await world.twilio.open_windows(line.number, customers)
    load = plan(fire.messages, fire.contacts, fire.minutes * 60, fire.seed)
    deliveries = Deliveries(load, lines, prefix=secrets.token_hex(4), seed=fire.seed)
    phones = Phones(world.twilio)
    killer = Killer(
        world.installation,
        world.twilio,
        random.Random(fire.seed),
        freeze_seconds=fire.lease_seconds + BEYOND_SECONDS,
    )
    started = time.time()

    def healed() -> bool:
        return deliveries.left == 0 and deliveries.acknowledged.keys() <= phones.answered.keys()

    telling = asyncio.create_task(_tell(bars, fire, started, deliveries, phones, killer.blows))
    try:
        async with asyncio.TaskGroup() as group:
            delivering = group.create_task(deliveries.run())
            watching = group.create_task(phones.watch())
            await _strike(killer, fire, deliveries.acknowledged, phones.answered)
            last = await killer.last()
            lease = max(fire.lease_seconds, SEND_LEASE_SECONDS)
            patience = lease + PATIENCE_SECONDS + LATE_SECONDS
            await _until(healed, last + patience)
            closed = await _closed(businesses, last + patience)
            books = await _books(businesses, last + patience)
            delivering.cancel()
            watching.cancel()
    finally:
        telling.cancel()
        killer.thaw()
    await phones.look()
    return Run(load, deliveries.acknowledged, deliveries.met, phones.answers, books, killer.blows, lease, closed)


async def _strike(killer: Killer, fire: Fire, acknowledged: Mapping[str, float], answered: Mapping[str, float]) -> None:
    """Redis alone first; then, once those whom that struck have their answers, everything, while customers write."""
    seconds, started = fire.minutes * 60, time.time()
    await killer.redis_alone(seconds * ALONE, min(REDIS_GAP_SECONDS, seconds * ALONE / 2))
    await asyncio.sleep(STRUCK_SECONDS)
    struck = set(acknowledged)
    await _until(lambda: struck <= answered.keys(), time.time() + REDIS_SECONDS)
    await killer.everything(started + seconds - time.time(), fire.gap_seconds)


async def _business(world: TwinWorld, number: int) -> Business:
    """One that sells nothing, but listens."""
    wanted = {
        "slug": f"puesto-{number + 1}",
        "name": f"Puesto {number + 1}",
        "mode": "sales",
        "locale": "es-MX",
        "currency": "MXN",
        "timezone": "America/Mexico_City",
        "settings": {
            "quiet_window_seconds": QUIET_SECONDS,
            "longest_wait_seconds": LONGEST_WAIT_SECONDS,
            "loop_instant_replies": 0,
            "loop_replies": 0,
        },
    }
    headers = {"Authorization": f"Bearer {world.installation.platform_token}"}
    async with httpx.AsyncClient(base_url=world.installation.backend, headers=headers, trust_env=False) as client:
        made = (await client.post("/v1/tenants", json=wanted, timeout=30)).raise_for_status().json()
    return await world.business({"slug": wanted["slug"], "api_key": made["api_key"]})


async def _until(done: Callable[[], bool], deadline: float) -> None:
    while time.time() < deadline:
        if done():
            return
        await asyncio.sleep(0.1)


async def _closed(businesses: Sequence[Business], deadline: float) -> float:
    """When every turn and every part had ended; infinity if some have not by the deadline."""
    while time.time() < deadline:
        with suppress(httpx.HTTPError):  # the backend is being struck; the next look finds it
            if not await open_turns(businesses):
                at = time.time()
                if not (await read_books(businesses)).open_rows():
                    return at
        await asyncio.sleep(0.5)
    return float("inf")


async def _books(businesses: Sequence[Business], deadline: float) -> Books:
    """The last reading, once the backend is there again."""
    while True:
        try:
            return await read_books(businesses)
        except httpx.HTTPError:
            if time.time() > deadline:
                raise
            await asyncio.sleep(0.5)


async def _tell(
    bars: Progress, fire: Fire, started: float, deliveries: Deliveries, phones: Phones, blows: Sequence[Blow]
) -> None:
    """Two bars, and now and then a line that stays."""
    taken = bars.add_task("acknowledged", total=fire.messages)
    answered = bars.add_task("answered", total=fire.messages)
    told = 0
    while True:
        bars.update(taken, completed=len(deliveries.acknowledged))
        latest = f", then {blows[-1].kind}" if blows else ""
        bars.update(answered, completed=len(phones.answered), description=f"answered{latest}")
        passed = time.time() - started
        if passed // TOLD_EVERY_SECONDS > told:
            told = int(passed // TOLD_EVERY_SECONDS)
            bars.console.print(
                f"[dim]{passed:4.0f} s: {len(deliveries.acknowledged):,} acknowledged, {len(phones.answered):,} "
                f"answered, {len(blows)} blows[/]"
            )
        await asyncio.sleep(0.25)
