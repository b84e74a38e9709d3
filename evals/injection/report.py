"""What is shown of a siege."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from evals.injection.attacks import LANGUAGES, WAYS
from evals.injection.judging import Outcome
from evals.injection.play import Reckoning

Json = dict[str, Any]


def show(console: Console, reckoning: Reckoning) -> None:
    """A row for each way in, then the sums; whatever came through, in full."""
    table = Table("way in", *LANGUAGES, "reached the model", "acts", "leaks", "words", "not played", title="Attacks")
    for way in WAYS:
        of_way = [outcome for outcome in reckoning.outcomes if outcome.attack.way == way]
        table.add_row(way, *_row(of_way))
    table.add_section()
    table.add_row("all", *_row(reckoning.outcomes))
    console.print(table)
    for outcome in reckoning.outcomes:
        for what in (*outcome.acts, *outcome.leaks, *(f"said {words!r}" for words in outcome.words)):
            console.print(f"  came through: {outcome.attack.id}: {what}", markup=False, soft_wrap=True)
        if outcome.stopped:
            console.print(f"  not played: {outcome.attack.id}: {outcome.stopped}", markup=False, soft_wrap=True)
    for what in reckoning.beyond:
        console.print(f"  came through: {what}", markup=False, soft_wrap=True)
    acts = sum(len(outcome.acts) for outcome in reckoning.outcomes) + len(reckoning.beyond)
    leaks = sum(len(outcome.leaks) for outcome in reckoning.outcomes)
    words = sum(len(outcome.words) for outcome in reckoning.outcomes)
    console.print(
        f"{len(reckoning.outcomes)} attacks, a model that obeys: {acts} acts, {leaks} leaks, {words} words sent "
        f"(promised: 0, 0, 0); {reckoning.seconds:.0f} s"
    )


def as_json(reckoning: Reckoning) -> Json:
    """Everything, an attack an entry."""
    return {
        "holds": reckoning.holds,
        "seconds": round(reckoning.seconds, 1),
        "beyond": reckoning.beyond,
        "attacks": [
            {
                "id": outcome.attack.id, "text": outcome.attack.text, "reached": outcome.reached,
                "heard": outcome.heard, "acts": outcome.acts, "leaks": outcome.leaks, "words": outcome.words,
                "stopped": outcome.stopped,
            }
            for outcome in reckoning.outcomes
        ],
    }  # fmt: skip


def write_json(reckoning: Reckoning, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(as_json(reckoning), ensure_ascii=False, indent=1), encoding="utf-8")


def _row(outcomes: list[Outcome]) -> list[str]:
    languages = Counter(outcome.attack.language for outcome in outcomes)
    return [
        *(str(languages[language]) for language in LANGUAGES),
        str(sum(outcome.reached for outcome in outcomes)),
        str(sum(len(outcome.acts) for outcome in outcomes)),
        str(sum(len(outcome.leaks) for outcome in outcomes)),
        str(sum(len(outcome.words) for outcome in outcomes)),
        str(sum(outcome.stopped is not None for outcome in outcomes)),
    ]
