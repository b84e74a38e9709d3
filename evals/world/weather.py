"""Bad weather between a provider and us: webhooks that come twice, late, before an earlier one, or when tried again.

What befalls each webhook follows from the seed and from which webhook it is (the third inbound message, the `delivered`
of the first reply), not from when it happens to be posted: the same seed is the same weather, whatever runs beside it.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from evals.world.webhooks import Delivery

Loss = Literal["request", "answer"]
"""Of a first attempt: it never arrives, or it arrives and nobody hears so. Either way the provider tries again."""
Chance = float
T = TypeVar("T")


class Weather(BaseModel):
    """Chances from 0 to 1, for each webhook by itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    duplicates: Chance = Field(default=0.0, ge=0, le=1)
    """A second copy comes, up to `longest_seconds` behind the first."""
    late: Chance = Field(default=0.0, ge=0, le=1)
    """It waits up to `longest_seconds`."""
    reordered: Chance = Field(default=0.0, ge=0, le=1)
    """Those of one occurrence (the statuses of a message, the events of a payment) come in another order."""
    lost: Chance = Field(default=0.0, ge=0, le=1)
    """The first attempt fails and the provider tries again."""
    longest_seconds: float = Field(default=0.4, ge=0, le=10)
    seed: int = 0

    @property
    def calm(self) -> bool:
        """Whether nothing befalls anything."""
        return not (self.duplicates or self.late or self.reordered or self.lost)

    def passage(self, webhook: str) -> "Passage":
        """What befalls the webhook of that name, which is unique in its account."""
        dice = random.Random(f"{self.seed}/{webhook}")
        wait = dice.random() * self.longest_seconds if dice.random() < self.late else 0.0
        copy = dice.random() * self.longest_seconds if dice.random() < self.duplicates else None
        loss: Loss | None = dice.choice(("request", "answer")) if dice.random() < self.lost else None
        return Passage(wait, copy, loss)

    def order(self, occurrence: str, items: list[T]) -> list[T]:
        """The items as they set out."""
        dice = random.Random(f"{self.seed}/{occurrence}")
        return dice.sample(items, len(items)) if dice.random() < self.reordered else items


ROUGH = Weather(duplicates=0.5, late=0.5, reordered=0.4, lost=0.25)
"""What `--chaos` means."""


@dataclass(frozen=True)
class Passage:
    """How one webhook travels: seconds it waits, how long after it a copy comes, and what is lost of the first try."""

    wait: float
    copy: float | None
    loss: Loss | None

    async def travel(
        self,
        post: Callable[[Loss | None], Awaitable[Delivery]],
        spawn: Callable[[Coroutine[Any, Any, None]], None],
    ) -> Delivery:
        """Post it as it is to travel; a copy follows by itself."""

        async def again(after: float) -> None:
            await asyncio.sleep(after)
            await post(None)

        await asyncio.sleep(self.wait)
        if self.copy is not None:
            spawn(again(self.copy))
        return await post(self.loss)
