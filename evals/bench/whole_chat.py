"""One chat of a thousand turns through everything: webhook, agent, backend, provider, both databases."""

import statistics
import time
from dataclasses import dataclass
from datetime import datetime

from evals.bench.processes import Uses, use_of
from evals.world.customers import Customer
from evals.world.twin import Business, TwinWorld

AROUND = 50
"""Turns up to a milestone that are measured for it."""
QUESTIONS = ("¿qué balones tienen?", "¿y botas de montaña?", "¿cuánto cuesta la bomba de aire?", "gracias")


@dataclass(frozen=True)
class Stone:
    """Of the turns up to `turn`: median milliseconds from the webhook to the provider, and CPU milliseconds a turn of
    all our processes and stores together, summaries included."""

    turn: int
    wall_ms: float
    cpu_ms: float


async def whole_chat(world: TwinWorld, business: Business, turns: tuple[int, ...]) -> list[Stone]:
    """One customer writes, reads the answer and writes again."""
    customer = world.customer(business, "Ana")
    stones: list[Stone] = []
    walls: list[float] = []
    before: Uses = {}
    for turn in range(1, max(turns) + 1):
        if turn + AROUND - 1 in turns:
            before = use_of(world.installation)
        walls.append(await _turn(customer, QUESTIONS[turn % len(QUESTIONS)]))
        if turn in turns:
            stones.append(Stone(turn, statistics.median(walls[-AROUND:]), _cpu_ms(before, use_of(world.installation))))
    return stones


async def _turn(customer: Customer, question: str) -> float:
    """Milliseconds until the provider took the first part of the answer."""
    asked = time.time()
    await customer.write(question)
    [first, *_] = await customer.receive(timeout=30.0)
    return (datetime.fromisoformat(first["accepted_at"]).timestamp() - asked) * 1000


def _cpu_ms(before: Uses, after: Uses) -> float:
    return sum(after[name].cpu_seconds - use.cpu_seconds for name, use in before.items()) * 1000 / AROUND
