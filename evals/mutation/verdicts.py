"""What single plays have shown, kept in a file so that a run can be cut short and taken up again."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from evals.mutation.fault import Fault
from evals.running.results import Result
from evals.running.scenario import Scenario

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".cache" / "mutation"
_GROUND = ("backend", "agent", "graphs", "prompts", "evals/running", "evals/world", "evals/personas")
_CUT_OFF = re.compile(r"\b(?:RemoteProtocol|Read|Write|Connect|Pool)(?:Error|Timeout)\b")
"""A story that ended with the machine, not with the product's answer."""
MOST_PLAYS = 3
"""Of one pair in one run, if nothing comes of it."""
_SUFFIXES = frozenset({".py", ".sql", ".md", ".yaml", ".json"})


@dataclass(frozen=True)
class Verdict:
    """One scenario, played once in a business that one fault strikes, or none (an empty name)."""

    fault: str
    scenario: str
    passed: bool
    reached: int
    """How often the fault took effect."""
    bases: tuple[str, ...]
    """On which the scenario failed: state, tools, claims, words; `stopped` if the story could not go on."""
    reason: str
    seconds: float

    @classmethod
    def of(cls, fault: str, result: Result, reached: int) -> "Verdict":
        bases = dict.fromkeys(finding.basis.value for finding in result.findings if not finding.passed)
        if result.stopped:
            bases["stopped"] = None
        reason = result.reasons[0][:400] if result.reasons else ""
        reached = 0 if _CUT_OFF.search(result.stopped or "") else reached
        return cls(fault, result.scenario.id, result.passed, reached, tuple(bases), reason, round(result.seconds, 1))

    @property
    def caught(self) -> bool:
        """Whether the scenario noticed: it failed, and the fault was at work."""
        return bool(self.fault) and not self.passed and self.reached > 0

    @property
    def settles(self) -> bool:
        """Whether it says something: what failed while no fault was at work may have failed by accident."""
        return self.passed or self.caught


class Verdicts:
    """Those that still hold: of plays since which neither product nor world, fault nor scenario has changed."""

    def __init__(self, file: Path | None, faults: Iterable[Fault], scenarios: Iterable[Scenario]) -> None:
        """Without a file nothing is kept."""
        self._file = file
        self._prints = {"": ""} | {fault.name: _print_of(fault) for fault in faults}
        self._stories = {scenario.id: scenario.model_dump_json() for scenario in scenarios}
        self._known: dict[tuple[str, str], Verdict] = {}
        self._plays: Counter[tuple[str, str]] = Counter()
        if file is not None and file.exists():
            for line in file.read_text("utf-8").splitlines():
                self._take(json.loads(line))

    def add(self, verdict: Verdict) -> None:
        """Keep one, at once; in the file only what settles something."""
        self._known[verdict.fault, verdict.scenario] = verdict
        self._plays[verdict.fault, verdict.scenario] += 1
        if self._file is not None and verdict.settles:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            line = {"print": self._print(verdict.fault, verdict.scenario), **asdict(verdict)}
            with self._file.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def get(self, fault: str, scenario: str) -> Verdict | None:
        """That of one play; None if it was not played."""
        return self._known.get((fault, scenario))

    def is_known(self, fault: str, scenario: str) -> bool:
        """Whether a pair need not be played (again)."""
        verdict = self.get(fault, scenario)
        return verdict is not None and (verdict.settles or self._plays[fault, scenario] >= MOST_PLAYS)

    def of_fault(self, fault: str) -> list[Verdict]:
        """In the order in which they were played."""
        return [verdict for (name, _), verdict in self._known.items() if name == fault]

    def _take(self, line: dict[str, Any]) -> None:
        told = line.pop("print")
        verdict = Verdict(**{**line, "bases": tuple(line["bases"])})
        if told == self._print(verdict.fault, verdict.scenario):
            self._known[verdict.fault, verdict.scenario] = verdict

    def _print(self, fault: str, scenario: str) -> str:
        """Changes with everything that the outcome of a play hangs on."""
        if fault not in self._prints or scenario not in self._stories:
            return ""
        words = f"{_ground()}{self._prints[fault]}{self._stories[scenario]}"
        return hashlib.sha256(words.encode()).hexdigest()[:16]


def _print_of(fault: Fault) -> str:
    file = Path(__file__).parent / "faults" / f"{fault.home.rpartition('.')[2]}.py"
    return file.read_text("utf-8") if file.exists() else fault.name


@cache
def _ground() -> str:
    """A digest of the product and of the world that it is played in."""
    digest = hashlib.sha256()
    for folder in _GROUND:
        for file in sorted((ROOT / folder).rglob("*")):
            if file.suffix in _SUFFIXES:
                digest.update(file.read_bytes())
    return digest.hexdigest()
