"""Free slots: a month of a full diary, how its cost grows, straightforward ways beside it, and races for one slot."""

import asyncio
import json
import re
import statistics
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from resource import RLIMIT_NOFILE, getrlimit, setrlimit
from typing import Any
from urllib.parse import urlsplit

import psycopg
from rich.console import Console
from rich.table import Table

from evals.bench.plain_slots import Found, Plainly, plainly
from evals.bench.rounds import percentile
from evals.bench.slots_shop import AFTER, DURATION, ZONE, Shop, open_shop
from evals.world.twin import TwinWorld

_TRIES = 20
_PART = re.compile(r"(\w+);dur=([\d.]+)")


@dataclass(frozen=True)
class Sizes:
    """What is measured: `bookings` are those of `staff` people in `days` days. Half and twice as many people and days
    are measured too."""

    staff: int = 20
    days: int = 30
    bookings: int = 5000
    calls: int = 200
    rounds: int = 5
    racers: tuple[int, ...] = (100, 1000)


QUICK = Sizes(staff=6, days=10, bookings=500, calls=20, rounds=1, racers=(100,))


@dataclass(frozen=True)
class Timed:
    """Milliseconds of each call: the whole of it as the caller waits, and its parts as `Server-Timing` tells them."""

    whole: list[float]
    parts: dict[str, list[float]]
    slots: int

    def p50(self, part: str | None = None) -> float:
        return statistics.median(self.parts[part] if part else self.whole)

    def p99(self, part: str | None = None) -> float:
        return percentile(self.parts[part] if part else self.whole, 0.99)


@dataclass(frozen=True)
class Race:
    """`seconds` from the first request to the last answer; `again`: how often somebody was told to come again."""

    racers: int
    winners: int
    seconds: float
    again: int


async def slots(world: TwinWorld, console: Console, sizes: Sizes) -> None:
    """Prints the tables. RuntimeError if the ways disagree, or if a race has not exactly one winner."""
    teams = (sizes.staff // 2, sizes.staff, sizes.staff * 2)
    lengths = (sizes.days // 2, sizes.days, sizes.days * 2)
    console.print("[dim]a full diary is written ...[/]")
    shop = await open_shop(world, teams, lengths[-1], sizes.bookings / sizes.staff / sizes.days)
    async with aclosing(shop.api):
        console.print("[dim]a month of slots, three ways ...[/]")
        await _against(world, console, shop, sizes)
        console.print("[dim]longer and wider ...[/]")
        await _growth(console, shop, sizes, teams, lengths)
        await _many(console, shop, sizes)
        console.print("[dim]races for one slot ...[/]")
        await _races(world, console, shop, sizes)


async def _against(world: TwinWorld, console: Console, shop: Shop, sizes: Sizes) -> None:
    plain: list[Plainly] = []
    await ask(shop, sizes.staff, sizes.days, count=3)
    rounds: list[Timed] = []
    async with await psycopg.AsyncConnection.connect(world.installation.database_url, autocommit=True) as connection:
        for _ in range(sizes.rounds):
            plain.append(await plainly(connection, shop, sizes.staff, sizes.days))
            rounds.append(await ask(shop, sizes.staff, sizes.days, count=sizes.calls // sizes.rounds))
    found = await _found(shop, sizes.staff, sizes.days)
    if found != plain[0].found:
        raise RuntimeError("the API finds other slots than the straightforward ways")
    ours = _together(rounds)
    title = (
        f"Free slots of {sizes.staff} people over {sizes.days} days with {sizes.bookings:,} bookings: {ours.slots:,} "
        f"starts, {len(found):,} with each person; all ways find the same"
    )
    table = Table("way", "p50 ms", "p99 ms", "against ours", title=title)
    loop, read, query = (statistics.median(getattr(one, name) for one in plain) for name in ("loop", "read", "query"))
    table.add_row("ours: the arithmetic", f"{ours.p50('slots'):.1f}", f"{ours.p99('slots'):.1f}", "1.00x")
    table.add_row("loop over slots, people and their bookings", f"{loop:.1f}", "", f"{loop / ours.p50('slots'):.2f}x")
    table.add_section()
    both = ours.p50("read") + ours.p50("slots")
    table.add_row("ours: reading and arithmetic", f"{both:.1f}", "", "1.00x")
    table.add_row("loop, with its reading", f"{loop + read:.1f}", "", f"{(loop + read) / both:.2f}x")
    table.add_row("one query: generate_series, not exists", f"{query:.1f}", "", f"{query / both:.2f}x")
    table.add_section()
    table.add_row("ours: the whole API call", f"{ours.p50():.1f}", f"{ours.p99():.1f}", "")
    console.print(table)


async def _growth(console: Console, shop: Shop, sizes: Sizes, teams: tuple[int, ...], lengths: tuple[int, ...]) -> None:
    """On a grid of 20 minutes, since the API refuses too much at once."""
    cases = [(sizes.staff, length) for length in lengths] + [(team, sizes.days) for team in (teams[0], teams[-1])]
    rounds: dict[tuple[int, int], list[Timed]] = {case: [] for case in cases}
    for _ in range(sizes.rounds):
        for team, days in cases:
            count = sizes.calls // sizes.rounds // 2
            rounds[team, days].append(await ask(shop, team, days, count=count, step_minutes=20))
    seen = {case: _together(rounds[case]) for case in cases}
    base = seen[sizes.staff, sizes.days]
    table = Table("people", "days", "starts", "arithmetic p50 ms", "whole call p50 ms", "arithmetic against size")
    table.title = (
        f"How the cost grows; against size: 1.00x is what {sizes.staff} people and {sizes.days} days cost each"
    )
    for (team, days), timed in seen.items():
        size = team * days / sizes.staff / sizes.days
        ratio = f"{timed.p50('slots') / base.p50('slots') / size:.2f}x"
        figures = (f"{timed.slots:,}", f"{timed.p50('slots'):.1f}", f"{timed.p50():.1f}", ratio)
        table.add_row(str(team), str(days), *figures)
    console.print(table)


async def _many(console: Console, shop: Shop, sizes: Sizes) -> None:
    """One person, three months from after the bookings on, every five minutes: slots by the thousand."""
    first = shop.first + timedelta(days=2 * sizes.days)
    query = {"duration_minutes": 5, "staff_id": shop.staff[0], "step_minutes": 5}
    window = {"from": first.isoformat(), "to": (first + timedelta(days=92)).isoformat()}
    timed = await _asked(shop, query | window, count=max(sizes.calls // 10, 3))
    parts = ", ".join(f"{name} {timed.p50(name):.1f}" for name in timed.parts)
    console.print(f"{timed.slots:,} slots of one person in one call: {timed.p50():.1f} ms ({parts})\n")


async def ask(shop: Shop, team: int, days: int, *, count: int, **more: Any) -> Timed:
    """So many calls for the slots of a team over so many days, one after the other."""
    return await _asked(shop, _window(shop, team, days) | more, count)


def _window(shop: Shop, team: int, days: int) -> dict[str, Any]:
    last = shop.first + timedelta(days=days - 1)
    return {"service_id": shop.services[team], "from": shop.first.isoformat(), "to": last.isoformat()}


async def _asked(shop: Shop, query: Mapping[str, Any], count: int) -> Timed:
    whole: list[float] = []
    parts: dict[str, list[float]] = {}
    found = 0
    for _ in range(max(count, 1)):
        began = time.perf_counter()
        answer = (await shop.api.get("/v1/availability", params=dict(query))).raise_for_status()
        whole.append((time.perf_counter() - began) * 1000)
        for name, spent in _PART.findall(answer.headers["server-timing"]):
            parts.setdefault(name, []).append(float(spent))
        found = found or len(answer.json()["items"])
    return Timed(whole, parts, found)


def _together(rounds: Sequence[Timed]) -> Timed:
    return Timed(
        [one for timed in rounds for one in timed.whole],
        {part: [one for timed in rounds for one in timed.parts[part]] for part in rounds[0].parts},
        rounds[0].slots,
    )


async def _found(shop: Shop, team: int, days: int) -> Found:
    answer = await shop.api.get("/v1/availability", params=_window(shop, team, days))
    items = answer.raise_for_status().json()["items"]
    return {
        (datetime.fromisoformat(one["start"]).astimezone(UTC), each["id"]) for one in items for each in one["staff"]
    }


async def _races(world: TwinWorld, console: Console, shop: Shop, sizes: Sizes) -> None:
    soft, hard = getrlimit(RLIMIT_NOFILE)
    setrlimit(RLIMIT_NOFILE, (hard, hard))
    free = sorted(await _found(shop, sizes.staff, sizes.days))
    table = Table("racers", "winners", "settled after s", "answers/s", "told to come again")
    table.title = "Holding one slot of one person at once"
    lasting = timedelta(minutes=DURATION + AFTER)
    for racers in sizes.racers:
        races: list[Race] = []
        for _ in range(min(sizes.rounds, 3)):
            start, one = free[len(free) // 2]
            races.append(await race(world.installation.backend, shop, start, one, racers))
            free = [(other, who) for other, who in free if who != one or abs(other - start) >= lasting]
        middle = sorted(races, key=lambda run: run.seconds)[len(races) // 2]
        row = (f"{middle.seconds:.2f}", f"{racers / middle.seconds:.0f}", str(middle.again))
        table.add_row(f"{racers:,}", ", ".join(str(run.winners) for run in races), *row)
    setrlimit(RLIMIT_NOFILE, (soft, hard))
    console.print(table)


async def race(url: str, shop: Shop, start: datetime, staff: str, racers: int) -> Race:
    """Everybody connects, then all ask at once; who waits too long for a connection of the database is told 503 and
    comes again. RuntimeError unless one is told 201 and the others 409."""
    address = urlsplit(url)
    wanted = {
        "service_id": shop.services[len(shop.staff) // 2],
        "staff_id": staff,
        "start": start.astimezone(ZONE).isoformat(),
    }
    body = json.dumps(wanted).encode()
    head = (
        f"POST /v1/holds HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: Bearer {shop.key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    doors = [await asyncio.open_connection(address.hostname, address.port) for _ in range(racers)]

    async def run(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> list[int]:
        told: list[int] = []
        while not told or (told[-1] == 503 and len(told) < _TRIES):
            if told:
                reader, writer = await asyncio.open_connection(address.hostname, address.port)
            writer.write(head.encode() + body)
            answer = await reader.read()
            writer.close()
            told.append(int(answer.split(b" ", 2)[1]))
        return told

    began = time.perf_counter()
    runs = await asyncio.gather(*(run(*door) for door in doors))
    seconds = time.perf_counter() - began
    told = Counter(statuses[-1] for statuses in runs)
    if told != {201: 1, 409: racers - 1}:
        raise RuntimeError(f"of {racers} racers for one slot: {dict(told)}")
    return Race(racers, told[201], seconds, sum(map(len, runs)) - racers)
