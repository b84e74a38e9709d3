"""What a run found out, as plain data for reports and for files."""

from dataclasses import dataclass, field
from typing import Any

from evals.running.ending import end_state
from evals.running.player import Heard
from evals.running.records import Records
from evals.running.scenario import Scenario
from evals.running.scoring import Finding

Json = dict[str, Any]


@dataclass(frozen=True)
class Result:
    """One scenario, played once."""

    scenario: Scenario
    trial: int
    findings: list[Finding]
    stopped: str | None = None
    """Why the story could not be played to its end."""
    heard: list[Heard] = field(default_factory=list)
    records: Records = field(default_factory=Records)
    seconds: float = 0.0
    staged: float = 0.0
    """Seconds it took to make the business."""
    seed: int = 0
    """Of everything that chance decided in it."""

    @property
    def passed(self) -> bool:
        return self.stopped is None and all(finding.passed for finding in self.findings)

    @property
    def reasons(self) -> list[str]:
        """Why it did not pass; empty if it did."""
        stopped = [self.stopped] if self.stopped else []
        return stopped + [f"{each.basis}: {each.what}" for each in self.findings if not each.passed]

    @property
    def tokens(self) -> int:
        """Tokens of models, in and out, as providers counted them."""
        calls = [call for turn in self.records.turns for call in turn["usage"]]
        return sum(call["input_tokens"] + call["output_tokens"] for call in calls)

    @property
    def cost_micros(self) -> int:
        """Millionths of a US dollar."""
        return sum(call["cost_micros"] or 0 for turn in self.records.turns for call in turn["usage"])

    def chat(self) -> list[tuple[str, str]]:
        """(who, words) of both sides in order; who is customer, agent, person, system or event."""
        lines: list[tuple[str, str]] = []
        for item in self.heard:
            step = item.step
            if step.says:
                lines += [("customer", text) for text in step.says]
            elif step.sends:
                lines.append(("customer", f"[{step.sends}]"))
            elif not step.team_says:
                lines.append(("event", _EVENTS[step.act]))
            lines += [(message["author"], message["body"]) for message in item.messages]
        return lines

    def as_json(self) -> Json:
        """For `--json`."""
        return {
            "scenario": self.scenario.id,
            "title": self.scenario.title,
            "business": self.scenario.business,
            "language": self.scenario.language,
            "tags": self.scenario.tags,
            "trial": self.trial,
            "seed": self.seed,
            "passed": self.passed,
            "reasons": self.reasons,
            "findings": [{"basis": each.basis, "passed": each.passed, "what": each.what} for each in self.findings],
            "chat": [{"who": who, "words": words} for who, words in self.chat()],
            "tools": [{"name": call["name"], "failed": bool(call.get("failed"))} for call in self.records.calls],
            "turns": len(self.records.turns),
            "tokens": self.tokens,
            "cost_micros": self.cost_micros,
            "end_state": end_state(self.records),
            "seconds": round(self.seconds, 3),
            "staged": round(self.staged, 3),
        }


_EVENTS = {
    "pays": "opens the link and pays",
    "passes": "time goes by",
    "hands_back": "the team hands the chat back",
    "breaks": "a provider fails",
    "mends": "everything works again",
}


@dataclass(frozen=True)
class Run:
    """A suite, played."""

    suite: str
    model: str
    trials: int
    results: list[Result]
    seconds: float
    seed: int = 0
    started: float = 0.0
    """Seconds until the first scenario could begin."""
    cpu: dict[str, float] = field(default_factory=dict)
    """Seconds of CPU by process, of the whole world."""

    @property
    def passed(self) -> bool:
        return bool(self.results) and all(result.passed for result in self.results)

    def by_scenario(self) -> dict[str, list[Result]]:
        """Trials of each scenario, in the order of the suite."""
        grouped: dict[str, list[Result]] = {}
        for result in sorted(self.results, key=lambda each: (each.scenario.id, each.trial)):
            grouped.setdefault(result.scenario.id, []).append(result)
        return grouped
