"""What the search finds first, against plain BM25 in the same process."""

import random
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from statistics import fmean

from rich.console import Console
from rich.table import Table

from agent.search.asking import Text
from agent.search.words import stems
from evals.searching.bm25 import Bm25
from evals.searching.catalogs import Shop, shop
from evals.searching.filling import Ground, RealShelf, real_index
from evals.searching.graded import DEPTH, Graded, graded, interval, ndcg, recall, success
from evals.searching.noise import KINDS, noisy
from evals.searching.shelf import MemoryShelf, Only

Find = Callable[[str], Awaitable[list[int]]]
LANGUAGES = ("es", "pt")
NAMES, FEW_NAMES = 150, 25
"""Products asked for by a noisy name, of each kind of noise."""
AIM, MEANING_AIM, KNOWN_AIM = 1.03, 1.05, 0.97
"""Against BM25 with the embedder of spelling, and with one that knows meaning; of known items."""


async def relevance(folder: Path, console: Console, *, quick: bool, data: Path) -> None:
    """Print the tables."""
    async with real_index(folder, console) as ground:
        found = graded(data)
        if found is None:
            console.print(f"[yellow]no {data}/products.jsonl.gz: only the built-in Spanish and Portuguese shops[/]\n")
        else:
            await _graded(found, ground, console)
        shops = [(shop(language), RealShelf(ground, language)) for language in LANGUAGES]
        for each, shelf in shops:
            await shelf.fill(each.products, console)
        await _known_items(shops, console, FEW_NAMES if quick else NAMES)
        await _empty_or_not(shops, console)


async def _graded(found: Graded, ground: Ground, console: Console) -> None:
    console.print("[dim]BM25 and the shelf in memory ...[/]")
    reference, memory, real = Bm25(found.texts), MemoryShelf(found.texts), RealShelf(ground, "electronics")
    await real.fill(found.texts, console)

    def in_memory(only: Only) -> Find:
        async def find(query: str) -> list[int]:
            return [each.number for each in memory.find(query, DEPTH, only)]

        return find

    async def plain(query: str) -> list[int]:
        return reference.find(query)

    rows: Mapping[str, Find] = {
        "BM25, the reference": plain,
        "text only": in_memory("text"),
        "typos only": in_memory("typos"),
        "vectors only": real.nearest,
        "fused, through the index": real.find,
    }
    asked = found.answerable
    embedder = ground.stores.embedder
    aim = MEANING_AIM if embedder.knows_meaning else AIM
    title = (
        f"{len(found.texts):,} products, {len(asked)} of {len(found.queries)} queries have a good one, "
        f"embedder {embedder.name}"
    )
    table = Table("", f"NDCG@{DEPTH}", "against BM25", "95 % of queries", "recall@10", "success@1", "ms", title=title)
    base: list[float] = []
    for name, find in rows.items():
        begun = time.perf_counter()
        answers = {query: await find(found.queries[query]) for query in asked}
        milliseconds = (time.perf_counter() - begun) * 1000 / len(asked)
        gains = [ndcg(answers[query], found.grades[query]) for query in asked]
        base = base or gains
        low, high = interval(gains, base)
        ratio = fmean(gains) / fmean(base)
        fused = name.startswith("fused")
        table.add_row(
            name,
            f"{fmean(gains):.3f}",
            _judged(f"{ratio - 1:+.1%}", ratio >= aim) if fused else "" if gains is base else f"{ratio - 1:+.1%}",
            "" if gains is base else f"{low - 1:+.1%} to {high - 1:+.1%}",
            f"{fmean(recall(answers[query], found.grades[query]) for query in asked):.3f}",
            f"{fmean(success(answers[query], found.grades[query]) for query in asked):.3f}",
            f"{milliseconds:.1f}",
            end_section=gains is base,
        )
    console.print(table)


async def _known_items(shops: list[tuple[Shop, RealShelf]], console: Console, names: int) -> None:
    """A product asked for by its name as customers write it: is it first?"""
    title = f"Known items: the first hit is the one named ({names} a row and shop of {len(shops[0][0].products):,})"
    table = Table("noise", *(f"{each.language} hit@1" for each, _ in shops), "an example", title=title)
    sums: dict[str, list[float]] = {each.language: [] for each, _ in shops}
    for kind in KINDS:
        cells, example = [], ""
        for each, shelf in shops:
            draw = random.Random(f"{each.language} {kind}")
            right = []
            for place in draw.sample(range(len(each.products)), names):
                query = noisy(kind, each.products[place].title, each.words, draw)
                first = (await shelf.find(query, 1))[:1]
                right.append(float(bool(first) and _same(each.products[first[0]], each.products[place])))
                example = query
            sums[each.language] += right
            cells.append(f"{fmean(right):.3f}")
        table.add_row(kind, *cells, example)
    table.add_section()
    means = [fmean(sums[each.language]) for each, _ in shops]
    table.add_row("all", *(_judged(f"{mean:.3f}", mean >= KNOWN_AIM) for mean in means), "")
    console.print(table)


def _same(one: Text, other: Text) -> bool:
    """No customer could tell which of two names that have the same words was meant."""
    return sorted(stems(one.title)) == sorted(stems(other.title))


async def _empty_or_not(shops: list[tuple[Shop, RealShelf]], console: Console) -> None:
    table = Table(
        "shop", "nonsense found", "foreign found", "wanted, but empty", "wanted, the first is wrong",
        title="No good match: said where there is none, and only there",
    )  # fmt: skip
    for each, shelf in shops:
        nonsense = [bool(await shelf.find(query, 1)) for query in each.nonsense]
        foreign = [bool(await shelf.find(query, 1)) for query in each.foreign]
        wanted = [(await shelf.find(query, 1), category) for query, category in each.wanted]
        wrong = [bool(hits) and category not in each.products[hits[0]].labels[0] for hits, category in wanted]
        table.add_row(
            each.language,
            _share(nonsense),
            _share(foreign),
            _share([not hits for hits, _ in wanted]),
            _share(wrong),
        )
    console.print(table)


def _share(those: list[bool]) -> str:
    return f"{sum(those)} of {len(those)}, {fmean(those):.1%}"


def _judged(text: str, holds: bool) -> str:
    return f"[green]{text}[/]" if holds else f"[red]{text}[/]"
