"""How fast the public search answers: a whole installation, products written through its API, callers over HTTP.

python -m evals bench-search --part api [--quick]
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid5

import httpx
from rich.console import Console
from rich.table import Table

from agent.search.asking import Document
from evals.bench.calls import Calls, call
from evals.bench.processes import use_of
from evals.searching.bars import progress
from evals.searching.goods import NAMES, Goods, Spread
from evals.world.calling import caller
from evals.world.installation import Installation, installation

BATCH = 250
CALLERS = 8
QUESTIONS, WARMING = 2_000, 200
KINDS: dict[str, dict[str, Any]] = {
    "words": {},
    "and filters, facets": {"price_max": 50_000, "in_stock": "true", "facets": "brand,category,price"},
    "and why": {"explain": "true"},
}
FOLLOW_SECONDS = 900.0
LOOK_SECONDS, QUIET_SECONDS = 1.0, 0.15
"""An installation is at rest when its agent and stores use no more CPU from look to look."""
LIMITS = {f"TENDERO_{name}CALLS_PER_WINDOW": "10000000" for name in ("", "TENANT_")}
"""Calls are counted as anywhere, and never too many."""
_SPACE = UUID("0b1c6d0e-51d5-4f8e-9a55-3f2f8f6b7c20")


@dataclass(frozen=True)
class Shop:
    """A tenant with products; its documents are kept where it is to be asked."""

    place: int
    key: str
    rows: int
    name: str = ""
    documents: Sequence[Document] = ()


async def api(folder: Path, console: Console, *, quick: bool) -> None:
    """Print a table for each tenant that is asked."""
    spread = Spread(2_150, 50) if quick else Spread(43_000, 1_000)
    async with installation(folder / "api", environment=LIMITS) as ours:
        began = time.perf_counter()
        shops = await fill(ours, spread, console)
        written = time.perf_counter() - began
        await followed(ours, shops, console)
        console.print(
            f"[bold]{spread.rows:,} products of {spread.tenants:,} tenants[/], all through the API: written in "
            f"{written:,.0f} s, indexed and at rest after {time.perf_counter() - began:,.0f} s"
        )
        for shop in sorted((shop for shop in shops if shop.name), key=lambda shop: shop.place):
            console.print(await asked(ours, shop, 200 if quick else QUESTIONS, console))
        memory = {name: use.memory_mb for name, use in use_of(ours).items()}
        console.print(f"[dim]memory, MB: {', '.join(f'{name} {used:,.0f}' for name, used in memory.items())}[/]")


async def fill(ours: Installation, spread: Spread, console: Console) -> list[Shop]:
    """A tenant after the other as they sign up, and their products in bulk calls, several tenants at once."""
    goods, shops = Goods(), list[Shop]()
    waiting = iter(list(enumerate(spread.sizes())))
    async with caller(ours.backend, ours.platform_token, seconds=120.0) as client:
        with progress(console) as bar:
            task = bar.add_task("writing", total=spread.rows)

            async def write() -> None:
                for place, rows in waiting:
                    made = await _sent(client, "/v1/tenants", _tenant(place))
                    name = f"{NAMES[place]} ({rows:,})" if place < len(NAMES) else ""
                    documents = list(goods.documents(str(uuid5(_SPACE, f"{place}")), rows))
                    shops.append(Shop(place, made["api_key"], rows, name, documents if name else ()))
                    for start in range(0, rows, BATCH):
                        batch = [_product(document) for document in documents[start : start + BATCH]]
                        await _sent(client, "/v1/products/bulk", {"products": batch}, made["api_key"])
                        bar.advance(task, len(batch))

            await asyncio.gather(*(write() for _ in range(4)))
    return shops


async def followed(ours: Installation, shops: Sequence[Shop], console: Console) -> None:
    """Until each shop's search counts all it has, and nothing is left to do behind that. TimeoutError."""
    async with asyncio.timeout(FOLLOW_SECONDS), caller(ours.backend) as client:
        with progress(console) as bar:
            task = bar.add_task("the index follows", total=len(shops))
            for shop in shops:
                while await _total(client, shop.key) < shop.rows:  # noqa: ASYNC110 - another process's index
                    await asyncio.sleep(LOOK_SECONDS)
                bar.advance(task)
        used = _work(ours)
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            before, used = used, _work(ours)
            if used - before < QUIET_SECONDS:
                return


async def asked(ours: Installation, shop: Shop, many: int, console: Console) -> Table:
    """The shop is asked in three ways, by one caller and by eight, from a process of their own."""
    table = Table("callers", "asked by", "p50 ms", "p99 ms", "calls/s", "CPU ms: backend", "agent", "stores")
    table.title = f"the tenant {shop.name}"
    rows = [(callers, kind) for callers in (1, CALLERS) for kind in KINDS]
    questions = Goods().questions(list(shop.documents), WARMING + many * len(rows))
    for place, (callers, kind) in enumerate(rows):
        console.print(f"[dim]{shop.name}, {callers} at once, {kind} ...[/]")
        requests = [
            (shop.key, f"/v1/products/search?{urlencode({'q': question, **KINDS[kind]})}", None)
            for question in (*questions[:WARMING], *questions[WARMING + place * many :][:many])
        ]
        await call(Calls(ours.backend, "GET", requests[:WARMING], callers))
        before = use_of(ours)
        measured = await call(Calls(ours.backend, "GET", requests[WARMING:], callers))
        after = use_of(ours)
        spent = {name: (after[name].cpu_seconds - before[name].cpu_seconds) / many * 1000 for name in after}
        stores = spent["postgres"] + spent.get("redis-server", 0.0)
        table.add_row(
            str(callers),
            kind,
            f"{measured.p50:.1f}",
            f"{measured.p99:.1f}",
            f"{measured.per_second:.0f}",
            *(f"{used:.2f}" for used in (spent["backend"], spent["agent"], stores)),
        )
    return table


async def _total(client: httpx.AsyncClient, key: str) -> int:
    """0 while the search is busy elsewhere."""
    answer = await client.get("/v1/products/search?limit=1", headers={"Authorization": f"Bearer {key}"})
    return int(answer.json()["total"]) if answer.is_success else 0


def _work(ours: Installation) -> float:
    return sum(use.cpu_seconds for use in use_of(ours, ("agent", "postgres")).values())


async def _sent(client: httpx.AsyncClient, path: str, body: Any, key: str | None = None) -> Any:
    headers = {"Authorization": f"Bearer {key}"} if key else None
    return (await client.post(path, json=body, headers=headers)).raise_for_status().json()


def _tenant(place: int) -> dict[str, Any]:
    return {
        "slug": f"shop-{place}",
        "name": f"Shop {place}",
        "mode": "sales",
        "locale": "es-MX",
        "currency": "MXN",
        "timezone": "America/Mexico_City",
    }


def _product(document: Document) -> dict[str, Any]:
    """As a shop would send it."""
    text, facts = document.text, document.facts
    assert text is not None
    options = {name: values[0] for name, values in facts.attributes.items()}
    variant = {"sku": text.codes[0], "options": options, "price": facts.price_min, "stock": 5 * facts.in_stock}
    return {
        "name": text.title,
        "description": text.body,
        "brand": text.brand,
        "category": text.labels[0],
        "variants": [variant],
    }
