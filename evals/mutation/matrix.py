"""Which scenario is to be played under which fault next, and what all of it has shown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from evals.mutation.fault import Fault
from evals.mutation.verdicts import Verdict, Verdicts
from evals.running.scenario import Scenario

Pair = tuple[str, str]
"""Names of a fault (empty: none) and of a scenario."""
FIRST_TRIES = 1
MOST_TRIES = 8
"""In one round, of scenarios for one fault, or of faults for one scenario."""
FAR = 1_000


class Standing(StrEnum):
    """What is known of a fault."""

    CAUGHT = "caught"
    NOT_CAUGHT = "not caught"
    """It took effect, and no scenario that was tried has noticed."""
    NEVER_REACHED = "never reached"
    UNTRIED = "no scenario"
    """None that it names is in the suite, or none of them passes without a fault."""


@dataclass(frozen=True)
class Matrix:
    """Faults against scenarios."""

    faults: Sequence[Fault]
    scenarios: Sequence[Scenario]
    verdicts: Verdicts
    full: bool = False
    """Every pair is played, instead of only until each fault is caught and each scenario has failed."""
    both_ways: bool = True
    """Whether scenarios that no fault has failed are to be told as well."""

    def next_round(self, number: int) -> list[Pair]:
        """What to play now; empty when all is known. Each round tries twice as many as the one before."""
        tries = min(FIRST_TRIES << number, MOST_TRIES)
        wanted = dict.fromkeys(self._everything() if self.full else self._missing(tries))
        sound = dict.fromkeys(("", scenario) for _, scenario in wanted if not self.verdicts.is_known("", scenario))
        return [*sound, *wanted]

    def standing(self, fault: Fault) -> Standing:
        """What is known of a fault."""
        tried = self._sound(fault)
        if any(verdict.caught for verdict in tried):
            return Standing.CAUGHT
        if not tried:
            return Standing.UNTRIED
        return Standing.NOT_CAUGHT if any(verdict.reached for verdict in tried) else Standing.NEVER_REACHED

    def catches(self, fault: Fault) -> list[Verdict]:
        """Of scenarios that noticed it."""
        return [verdict for verdict in self._sound(fault) if verdict.caught]

    def seconds(self, fault: Fault) -> float:
        """Of all plays under it."""
        return sum(verdict.seconds for verdict in self.verdicts.of_fault(fault.name))

    def failing_clean(self) -> list[Verdict]:
        """Scenarios that fail without any fault: they prove nothing."""
        plays = (self.verdicts.get("", scenario.id) for scenario in self.scenarios)
        return [verdict for verdict in plays if verdict is not None and not verdict.passed]

    def not_counted(self) -> list[Scenario]:
        """Scenarios that no fault has failed but such as any scenario would notice."""
        return [scenario for scenario in self.scenarios if not self._counts(scenario)]

    def _counts(self, scenario: Scenario) -> bool:
        return any(
            verdict.caught and self._is_sound(scenario.id)
            for fault in self.faults
            if not fault.broad and (verdict := self.verdicts.get(fault.name, scenario.id)) is not None
        )

    def _missing(self, tries: int) -> Iterator[Pair]:
        for fault in self.faults:
            if self.standing(fault) is not Standing.CAUGHT:
                yield from self._untried([(fault, scenario) for scenario in catchers(fault, self.scenarios)], tries)
        for scenario in self.not_counted() if self.both_ways else ():
            kin = sorted(self.faults, key=lambda fault: _distance(fault, scenario))
            pairs = [(fault, scenario) for fault in kin if not fault.broad and _distance(fault, scenario) < FAR]
            yield from self._untried(pairs, tries)

    def _untried(self, pairs: Sequence[tuple[Fault, Scenario]], tries: int) -> list[Pair]:
        names = [(fault.name, scenario.id) for fault, scenario in pairs]
        fresh = [pair for pair in names if not self.verdicts.is_known(*pair) and self._is_sound(pair[1], unknown=True)]
        return fresh[:tries]

    def _everything(self) -> Iterator[Pair]:
        for fault in self.faults:
            yield from self._untried([(fault, scenario) for scenario in self.scenarios], len(self.scenarios))

    def _sound(self, fault: Fault) -> list[Verdict]:
        known = {scenario.id for scenario in self.scenarios}
        return [
            verdict
            for verdict in self.verdicts.of_fault(fault.name)
            if verdict.scenario in known and self._is_sound(verdict.scenario)
        ]

    def _is_sound(self, scenario: str, *, unknown: bool = False) -> bool:
        """Whether it passes without a fault; `unknown` is what to say of one that was not played yet."""
        clean = self.verdicts.get("", scenario)
        return clean.passed if clean is not None and self.verdicts.is_known("", scenario) else unknown


def catchers(fault: Fault, scenarios: Sequence[Scenario]) -> list[Scenario]:
    """Scenarios that the fault names, in the order of its names."""
    near = [scenario for scenario in scenarios if _distance(fault, scenario) < FAR]
    return sorted(near, key=lambda scenario: _distance(fault, scenario))


def _distance(fault: Fault, scenario: Scenario) -> int:
    """The place of the first of the fault's names that fits the scenario."""
    marks = (scenario.id, *scenario.tags, scenario.language, scenario.business)
    places = (place for place, name in enumerate(fault.catchers) if any(fnmatchcase(mark, name) for mark in marks))
    return next(places, FAR)
