"""The observer against tables of drafts in three languages: what is true leaves, what is not does not."""

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from graphs.observer import judge
from tests.graphs.scenes import Scene

FOLDER = Path(__file__).parent / "drafts"
FILES = ("es", "pt", "en", "held_out", "unsupported")
PRICE = re.compile(r"(?:R?\$ ?)\d[\d.,]*\d")
CODE = re.compile(r"\b[PQC]-\w{6}\b")
LINK = re.compile(r"https://\S+\w")


def rows() -> Iterator[dict[str, Any]]:
    for file in FILES:
        for row in yaml.safe_load((FOLDER / f"{file}.yaml").read_text("utf-8")):
            yield {"language": file, **row}


def table(verdict: str) -> list[Any]:
    return [
        pytest.param(row, draft, id=f"{row['language']}-{number}-{place}")
        for number, row in enumerate(rows())
        for place, draft in enumerate(row.get(verdict, []))
    ]


def faults(row: dict[str, Any], draft: str) -> list[str]:
    scene = Scene(row["language"])
    return judge(draft, scene.evidence(*row["with"]), scene.said(*row["said"]), scene.context()).faults


@pytest.mark.parametrize(("row", "draft"), table("pass"))
def test_a_true_draft_leaves(row: dict[str, Any], draft: str) -> None:
    assert faults(row, draft) == []


@pytest.mark.parametrize(("row", "draft"), table("stop"))
def test_an_unsupported_draft_is_stopped(row: dict[str, Any], draft: str) -> None:
    assert faults(row, draft) != []


def test_the_tables_are_large_enough_in_each_language() -> None:
    for language in ("es", "pt", "en"):
        mine = [row for row in rows() if row["language"] == language]
        assert sum(len(row.get("pass", [])) + len(row.get("stop", [])) for row in mine) >= 150


def test_no_changed_price_code_or_link_leaves() -> None:
    """One character of a price, a code or a link changed, in every true draft, seven times each."""
    dice = random.Random(7)
    tried, left = 0, []
    for row in rows():
        true = " ".join(row.get("pass", []))
        for draft in row.get("pass", []):
            for match in (found for pattern in (PRICE, CODE, LINK) for found in pattern.finditer(draft)):
                for _ in range(7):
                    changed = change(match[0], dice)
                    if amount(changed) in map(amount, PRICE.findall(true)):
                        continue
                    mutant = draft[: match.start()] + changed + draft[match.end() :]
                    tried += 1
                    left += [] if faults(row, mutant) else [mutant]
    assert tried >= 1_000
    assert left == []


def change(text: str, dice: random.Random) -> str:
    """The text with one of its digits another one, or a letter of a link."""
    places = [place for place, char in enumerate(text) if char.isdigit()]
    place = dice.choice(places)
    digit = dice.choice([one for one in "123456789" if one != text[place]])
    return text[:place] + digit + text[place + 1 :]


def amount(price: str) -> str:
    return re.sub(r"[^\d]", "", re.sub(r"[.,]00$", "", price))
