"""Made-up shops in Spanish and Portuguese: some 2,000 products each, and what their customers write.

Everything follows from the seed; words are in `es.yaml` and `pt.yaml`.
"""

import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from agent.search.asking import Text

FOLDER = Path(__file__).parent
PRODUCTS = 2_000


@dataclass(frozen=True)
class Shop:
    """A catalog and what is asked of it."""

    language: str
    products: tuple[Text, ...]
    words: dict[str, Any]

    @property
    def nonsense(self) -> list[str]:
        """What nobody sells."""
        return list(self.words["nonsense"])

    @property
    def foreign(self) -> list[str]:
        """What this shop does not sell, some of it with a colour or a size that it knows."""
        named = [f"{noun} {words}".strip() for noun in self.words["absent"] for words in self.words["attributes"]]
        return [*self.words["foreign"], *named]

    @property
    def wanted(self) -> list[tuple[str, str]]:
        """(query, part of the category of what fits): what it sells, by a brand or with a wish that it does not know,
        or in other words than its own."""
        draw = random.Random(f"wanted {self.language}")
        found = [(query, category) for query, category in self.words["meant"]]
        for shelf in self.words["shelves"]:
            for thing in shelf["things"]:
                brand, wish = draw.choice(["", draw.choice(self.words["strange"])]), draw.choice(self.words["wishes"])
                before = draw.choice(self.words["chat"]["before"])
                found.append((" ".join(f"{before} {thing.lower()} {brand} {wish}".split()), shelf["category"]))
        return found


@cache
def shop(language: str, seed: int = 1, products: int = PRODUCTS) -> Shop:
    """`es` or `pt`; no name comes twice."""
    words = yaml.safe_load((FOLDER / f"{language}.yaml").read_text(encoding="utf-8"))
    draw = random.Random(f"{language} {seed}")
    made: dict[str, Text] = {}
    while len(made) < products:
        shelf = draw.choice(words["shelves"])
        brand = draw.choice(shelf["brands"])
        name = " ".join(filter(None, _name(draw, words, shelf, brand)))
        code = f"{''.join(word[0] for word in brand.split()).upper()}{len(made):04}"
        made.setdefault(name, Text(name, labels=(shelf["category"],), body=shelf["body"], brand=brand, codes=(code,)))
    return Shop(language, tuple(made.values()), words)


def _name(draw: random.Random, words: dict[str, Any], shelf: dict[str, Any], brand: str) -> list[str]:
    line = draw.choice(words["lines"]) if draw.random() < 0.5 else ""
    trait = draw.choice(shelf["traits"]) if draw.random() < 0.6 else ""
    size = draw.choice(shelf["sizes"]) if draw.random() < 0.9 else ""
    colour = "" if shelf.get("colourless") or draw.random() < 0.3 else draw.choice(words["colours"])
    shown = brand if draw.random() < 0.85 else ""
    parts = [draw.choice(shelf["things"]), trait, shown, line, size, colour]
    if draw.random() < 0.3:
        parts = [parts[0], shown, line, trait, colour, size]
    return parts
