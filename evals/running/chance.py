"""All chance of one play follows from its seed and its scenario, so that the same seed is the same run."""

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Chance:
    """Of one trial: `seed` of the run plus the number of the trial."""

    scenario: str
    seed: int

    def dice(self, purpose: str) -> random.Random:
        """Throws of their own for each purpose, so that one more of one leaves those of the others as they were."""
        return random.Random(f"{self.scenario}/{purpose}/{self.seed}")

    @property
    def phone(self) -> str:
        """The customer's number, a mobile one in Mexico."""
        return f"+52155{self.dice('phone').randrange(10**8):08d}"

    @property
    def weather(self) -> int:
        return self.dice("weather").randrange(2**32)
