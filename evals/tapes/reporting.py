"""Drift as a person reads it: how many scenarios, what has changed first, and where."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from evals.tapes.drift import Difference, Drift

MOST_NAMED, MOST_CHANGES = 6, 12
_HEADS = {
    "never asked": "recorded, and never asked for",
    "not on tape": "asked, and not on tape",
}


def verdict(drifts: Sequence[Drift], scenarios: int) -> str:
    """One sentence: "12 of 36 scenarios drifted; first difference in system prompt line 14"."""
    drifted = len({drift.play.scenario for drift in drifts})
    if not drifted:
        return f"no drift in {_count(scenarios, 'scenario')}"
    told = f"{drifted} of {_count(scenarios, 'scenario')} drifted"
    first = next((drift for drift in drifts if drift.kind == "changed" and drift.differences), None)
    if first is not None:
        return f"{told}; first difference in {first.differences[0]}"
    return f"{told}; {_HEADS[drifts[0].kind]}: {_name(drifts[0])}"


def print_drift(console: Console, drifts: Sequence[Drift], scenarios: int) -> None:
    """The sentence, then each different change once, with the calls it is in."""
    console.print(Text(verdict(drifts, scenarios), style="bold red" if drifts else "bold green"))
    changes = _by_change(drifts)
    for change, found in changes[:MOST_CHANGES]:
        calls, plays = len(found), list(dict.fromkeys(str(drift.play) for drift in found))
        console.print(Text(f"  {change}: {_count(calls, 'call')} of {_some(plays)}"))
        for mark, words, style in (("-", change.was, "red"), ("+", change.now, "green")):
            if words:
                console.print(Text(f"    {mark} {words}", style=style))
    if (rest := len(changes) - MOST_CHANGES) > 0:
        console.print(Text(f"  and {_count(rest, 'other difference')}"))
    for kind, head in _HEADS.items():
        if named := [_name(drift) for drift in drifts if drift.kind == kind]:
            console.print(Text(f"  {head}: {_some(named)}"))


def _by_change(drifts: Sequence[Drift]) -> list[tuple[Difference, list[Drift]]]:
    """Each difference with the calls that have it, in the order in which they came."""
    found: dict[Difference, list[Drift]] = {}
    for drift in drifts:
        for difference in drift.differences if drift.kind == "changed" else ():
            found.setdefault(difference, []).append(drift)
    return list(found.items())


def _name(drift: Drift) -> str:
    asked = f": {drift.differences[0].now}" if drift.kind == "not on tape" and drift.differences else ""
    return f"{drift.play} (call {drift.call}{asked})"


def _some(names: Sequence[str]) -> str:
    rest = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
