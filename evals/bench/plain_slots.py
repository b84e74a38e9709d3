"""The same question answered straightforwardly: a loop over slots, people and their bookings, and one SQL query."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from time import perf_counter

import psycopg

from evals.bench.slots_shop import AFTER, DURATION, RANGES, STEP, ZONE, Shop

Found = set[tuple[datetime, str]]
"""Starts with who is free."""

_BUSY = """
    SELECT staff_id::text, starts_at, ends_at FROM allocations
    WHERE tenant_id = %(tenant)s AND staff_id = ANY(%(staff)s::uuid[])
        AND starts_at > %(start)s - interval '2 days' AND starts_at < %(end)s + interval '2 days'"""
_FREE = """
    WITH ranges(opens, closes) AS (SELECT * FROM unnest(%(opens)s::time[], %(closes)s::time[])),
    starts AS (
        SELECT wall AT TIME ZONE %(zone)s AS starts_at
        FROM generate_series(%(first)s::timestamp, %(last)s::timestamp, interval '1 day') AS day, ranges,
            generate_series(day + opens, day + closes - %(lasting)s, %(step)s) AS wall)
    SELECT starts_at, person.id::text FROM starts, staff AS person
    WHERE person.tenant_id = %(tenant)s AND person.id = ANY(%(staff)s::uuid[]) AND NOT EXISTS (
        SELECT FROM allocations AS taken
        WHERE taken.tenant_id = person.tenant_id AND taken.staff_id = person.id
            AND taken.starts_at < starts.starts_at + %(lasting)s + %(after)s AND taken.ends_at > starts.starts_at)"""


@dataclass(frozen=True)
class Plainly:
    """Milliseconds: of the loop alone, of its reading, of the query."""

    found: Found
    loop: float
    read: float
    query: float


async def plainly(
    connection: "psycopg.AsyncConnection[tuple[object, ...]]", shop: Shop, team: int, days: int
) -> Plainly:
    """Both ways once; RuntimeError if they differ."""
    last = shop.first + timedelta(days=days - 1)
    values = {
        "tenant": shop.tenant_id,
        "staff": shop.staff[:team],
        "zone": ZONE.key,
        "first": shop.first,
        "last": last,
        "start": datetime.combine(shop.first, time(), ZONE),
        "end": datetime.combine(last + timedelta(days=1), time(), ZONE),
        "opens": [opens for opens, _ in RANGES],
        "closes": [closes for _, closes in RANGES],
        "lasting": timedelta(minutes=DURATION),
        "after": timedelta(minutes=AFTER),
        "step": timedelta(minutes=STEP),
    }
    began = perf_counter()
    rows = await (await connection.execute(_BUSY, values)).fetchall()
    read = perf_counter()
    busy: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for one, starts_at, ends_at in rows:
        busy[str(one)].append((starts_at, ends_at))  # type: ignore[arg-type]
    found = _loop(shop, team, days, busy)
    looped = perf_counter()
    asked = await (await connection.execute(_FREE, values)).fetchall()
    queried = perf_counter()
    if found != {(starts_at.astimezone(UTC), str(one)) for starts_at, one in asked}:  # type: ignore[attr-defined]
        raise RuntimeError("the loop and the query find different slots")
    return Plainly(found, (looped - read) * 1000, (read - began) * 1000, (queried - looped) * 1000)


def _loop(shop: Shop, team: int, days: int, busy: dict[str, list[tuple[datetime, datetime]]]) -> Found:
    lasting, after = timedelta(minutes=DURATION), timedelta(minutes=AFTER)
    found: Found = set()
    for number in range(days):
        for start in _grid(shop.first + timedelta(days=number)):
            end = start + lasting + after
            for one in shop.staff[:team]:
                if not any(begins < end and ends > start for begins, ends in busy[one]):
                    found.add((start, one))
    return found


def _grid(day: date) -> Iterator[datetime]:
    for opens, closes in RANGES:
        wall = datetime.combine(day, time.fromisoformat(opens))
        closing = datetime.combine(day, time.fromisoformat(closes))
        while wall + timedelta(minutes=DURATION) <= closing:
            yield wall.replace(tzinfo=ZONE).astimezone(UTC)
            wall += timedelta(minutes=STEP)
