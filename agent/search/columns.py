"""What documents are filtered and counted by, as columns: the values of each document that has the field."""

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agent.search.asking import Facts, Filters
from agent.search.postings import FIELD, HERE, PRICE, Column
from agent.search.words import fold

BELOW = ">"
PATH = " > "
MOST_VALUES = 50
"""Of a facet, the most frequent; of a document's field, the first."""
LONGEST_VALUE = 100
MOST_FIELDS = 120
RANGES = 5
LARGEST_PRICE = 2**62

Documents = NDArray[np.int64]
"""Numbers of documents."""
Mask = NDArray[np.bool_]
Numbers = Mapping[str, Mapping[str, int]]
"""Of each field its values, folded, with their numbers."""


def field_key(name: str) -> str:
    """Key of the column of a facet: `brand`, `category`, `kind`, else the attribute of that name."""
    return FIELD + name if name in ("brand", "category", "kind") else attribute_key(name)


def attribute_key(name: str) -> str:
    """Key of the column of an attribute, whatever it is called."""
    return f"{FIELD}:{folded(name)}"


@lru_cache(maxsize=16_384)
def folded(value: str) -> str:
    """As values and names are compared: `  Runna ` -> `runna`, `Calzado>Botas` -> `calzado > botas`."""
    kept = fold(storable(value[: 4 * LONGEST_VALUE]))
    return PATH.join(" ".join(part.split()) for part in kept.split(BELOW))[:LONGEST_VALUE].strip()


def storable(text: str) -> str:
    """What Postgres keeps: no NUL, no half of a surrogate pair."""
    return text.replace("\x00", " ").encode("utf-8", "replace").decode()


def ancestry(path: str) -> tuple[str, ...]:
    """`Calzado > Botas > Lluvia` -> itself and what it lies below, the widest first."""
    parts = [part.strip() for part in path.split(BELOW) if part.strip()]
    return tuple(PATH.join(parts[: depth + 1]) for depth in range(len(parts)))


def fields_of(facts: Facts) -> dict[str, tuple[str, ...]]:
    """Values as they are shown, by the key of their column; equal ones once."""
    given: dict[str, list[str]] = {
        FIELD + "kind": [facts.kind],
        FIELD + "brand": [facts.brand or ""],
        FIELD + "category": [below for path in facts.categories for below in ancestry(path)],
    }
    for name, named in list(facts.attributes.items())[:MOST_FIELDS]:
        if folded(name):
            given.setdefault(attribute_key(name), []).extend(named)
    columns: dict[str, tuple[str, ...]] = {}
    for key, values in given.items():
        distinct = {folded(value): " ".join(value.split())[:LONGEST_VALUE] for value in values}
        distinct.pop("", None)
        if distinct:
            columns[key] = tuple(distinct.values())[:MOST_VALUES]
    return columns


def price_of(facts: Facts) -> tuple[int, int] | None:
    """(least, most); None if neither is known."""
    ends = [price for price in (facts.price_min, facts.price_max) if price is not None]
    if not ends:
        return None
    return max(min(ends), -LARGEST_PRICE), min(max(ends), LARGEST_PRICE)


def written(facts: Facts) -> str:
    """As kept beside the document, to know later what changed."""
    return json.dumps(
        [facts.in_stock, price_of(facts), {key: list(values) for key, values in fields_of(facts).items()}],
        ensure_ascii=False,
        separators=(",", ":"),
    )


def read(facts: str) -> tuple[bool, tuple[int, int] | None, dict[str, tuple[str, ...]]]:
    """(in stock, price, values by key) of what `written` wrote."""
    stock, price, fields = json.loads(facts)
    return stock, tuple(price) if price else None, {key: tuple(values) for key, values in fields.items()}


def wanted(filters: Filters) -> dict[str, tuple[str, ...]]:
    """Folded values by the key of their column; any of them will do. Attributes whose names fold alike are one."""
    given = {FIELD + "kind": filters.kinds, FIELD + "brand": filters.brands, FIELD + "category": filters.categories}
    for name, values in filters.attributes.items():
        key = attribute_key(name)
        given[key] = (*given.get(key, ()), *values)
    return {key: tuple(folded(value) for value in values) for key, values in given.items() if values}


def keys_of(filters: Filters) -> set[str]:
    """The columns that the filters read."""
    keys = set(wanted(filters))
    if filters.in_stock:
        keys.add(HERE)
    if filters.price_min is not None or filters.price_max is not None:
        keys.add(PRICE)
    return keys


def narrow(documents: Documents, filters: Filters, columns: Callable[[str], Column], known: Numbers) -> Mask:
    """Which of them meet all filters. A document without a known price meets no price."""
    mask = np.ones(len(documents), np.bool_)
    if filters.in_stock:
        here = columns(HERE)
        places, entries = here.entries_of(documents)
        mask &= _at(places[here.values[entries] > 0], len(mask))
    if filters.price_min is not None or filters.price_max is not None:
        price = columns(PRICE)
        least = -LARGEST_PRICE if filters.price_min is None else filters.price_min
        most = LARGEST_PRICE if filters.price_max is None else filters.price_max
        places, entries = price.entries_of(documents)
        mask &= _at(places[(price.values[entries] <= most) & (price.most[entries] >= least)], len(mask))
    for key, values in wanted(filters).items():
        asked = [number for value in values if (number := known.get(key, {}).get(value)) is not None]
        column = columns(key)
        places, entries = column.entries_of(documents)
        mask &= _at(places[np.isin(column.values[entries], asked)], len(mask))
    return mask


def _at(places: NDArray[np.intp], size: int) -> Mask:
    mask = np.zeros(size, np.bool_)
    mask[places] = True
    return mask


def counted(documents: Documents, column: Column, most: int = MOST_VALUES) -> list[tuple[int, int]]:
    """(number of a value, how many of the documents have it), the most first."""
    _, entries = column.entries_of(documents)
    counts = np.bincount(column.values[entries])
    best = np.argsort(-counts, kind="stable")[:most]
    return [(int(number), int(counts[number])) for number in best if counts[number]]


def in_stock_counts(documents: Documents, here: Column) -> tuple[tuple[str, int], ...]:
    """(("true", 12), ("false", 3)), what none has left out."""
    _, entries = here.entries_of(documents)
    stocked = int(np.count_nonzero(here.values[entries]))
    return tuple((name, count) for name, count in (("true", stocked), ("false", len(entries) - stocked)) if count)


def price_ranges(documents: Documents, price: Column) -> tuple[tuple[str, int], ...]:
    """The least prices in a few ranges of about equally many, `1900-4900` with how many; both ends are in it."""
    _, entries = price.entries_of(documents)
    prices: NDArray[Any] = np.sort(price.values[entries])
    if not len(prices):
        return ()
    ranges: list[tuple[str, int]] = []
    start = 0
    for part in range(1, RANGES + 1):
        end = int(np.searchsorted(prices, prices[len(prices) * part // RANGES - 1], side="right"))
        if end > start:
            ranges.append((f"{prices[start]}-{prices[end - 1]}", end - start))
            start = end
    return tuple(ranges)
