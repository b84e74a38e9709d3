"""A catalog with graded answers, and the measures of a ranking against them."""

import csv
import gzip
import json
import math
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from agent.search.asking import Text

DEPTH = 10
RESAMPLES = 2_000


@dataclass(frozen=True)
class Graded:
    """Products, queries, and of each query the grades (0 to 3) of products by their place; unjudged ones count as 0."""

    texts: tuple[Text, ...]
    queries: Mapping[str, str]
    grades: Mapping[str, Mapping[int, int]]

    @property
    def answerable(self) -> list[str]:
        """Ids of queries that have a good product at all; the others say nothing of a ranking."""
        return [query for query in self.queries if any(self.grades[query].values())]


def graded(folder: Path) -> Graded | None:
    """`products.jsonl.gz`, `queries.tsv` and `qrels.tsv` of a folder; None if they are not there."""
    if not (folder / "products.jsonl.gz").is_file():
        return None
    with gzip.open(folder / "products.jsonl.gz", "rt", encoding="utf-8") as lines:
        products = [json.loads(line) for line in lines]
    places = {product["id"]: place for place, product in enumerate(products)}
    grades: dict[str, dict[int, int]] = defaultdict(dict)
    for query, product, grade in _rows(folder / "qrels.tsv"):
        if product in places:
            grades[query][places[product]] = int(grade)
    queries = {row[0]: row[1] for row in _rows(folder / "queries.tsv")}
    return Graded(tuple(_text(product) for product in products), queries, grades)


def ndcg(found: Sequence[int], grades: Mapping[int, int]) -> float:
    """Discounted gain of the first ten, 2^grade - 1 each, as a share of the best that could be."""
    best = sorted(grades.values(), reverse=True)[:DEPTH]
    return _gain([grades.get(place, 0) for place in found[:DEPTH]]) / _gain(best)


def recall(found: Sequence[int], grades: Mapping[int, int]) -> float:
    """Good products among the first ten, as a share of all of them, or of ten if there are more."""
    good = {place for place, grade in grades.items() if grade}
    return len(good & set(found[:DEPTH])) / min(len(good), DEPTH)


def success(found: Sequence[int], grades: Mapping[int, int]) -> float:
    """Whether the first one is good."""
    return float(bool(found) and grades.get(found[0], 0) > 0)


def interval(ours: Sequence[float], theirs: Sequence[float]) -> tuple[float, float]:
    """95 % of our mean over theirs, by drawing queries again and again (paired bootstrap)."""
    draw = random.Random(1)
    ratios = []
    for _ in range(RESAMPLES):
        picked = draw.choices(range(len(ours)), k=len(ours))
        ratios.append(fmean(ours[each] for each in picked) / fmean(theirs[each] for each in picked))
    ratios.sort()
    return ratios[int(0.025 * RESAMPLES)], ratios[int(0.975 * RESAMPLES)]


def _gain(grades: Sequence[int]) -> float:
    return sum((2.0**grade - 1.0) / math.log2(place + 2) for place, grade in enumerate(grades))


def _text(product: Mapping[str, object]) -> Text:
    kind = product.get("product_type")
    return Text(
        title=str(product["title"]),
        labels=(str(kind) if kind else "",),
        body=str(product.get("short_description") or ""),
        brand=str(product["brand"]) if product.get("brand") else None,
    )


def _rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines, delimiter="\t"))[1:]
