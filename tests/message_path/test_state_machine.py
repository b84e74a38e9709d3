"""Whatever is doubled, shuffled, killed, frozen, flushed or restarted in whatever order: each message is answered once.

`MESSAGE_PATH_EXAMPLES` and `MESSAGE_PATH_STEPS` hunt for longer, at random; see backend/conversations/README.md.
"""

import os
import random
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

import agent.crash
import backend.crash
from tests.message_path.machine import POINTS, MessagePath
from tests.message_path.world import World
from tests.nursery import ROOT

EXAMPLES = int(os.environ.get("MESSAGE_PATH_EXAMPLES", "0"))
STEPS = int(os.environ.get("MESSAGE_PATH_STEPS", "10"))
AT_ONCE = 5
"""Examples of one seed; further ones grow alike."""
FIXED_SEED = 58
"""Its examples follow nearly every rule and pass many crash points."""
ELSEWHERE = ("payment.", "hook.", "sign-up.", "tenant-tool.", "reminder.")
"""Points of tools, and of what is told to others; `tests/backend/{payments,hooks,team,tenant_tools}` and
`test_crash_points.py` have them."""


def _seeds() -> list[int]:
    return [random.randrange(2**32) for _ in range(0, EXAMPLES, AT_ONCE)] or [FIXED_SEED]


@pytest.mark.parametrize("number", _seeds())
def test_each_message_is_answered_once_whatever_happens(world: World, number: int) -> None:
    @seed(number)
    class InThisWorld(MessagePath):
        def __init__(self) -> None:
            super().__init__(world)

    run_state_machine_as_test(
        InThisWorld,
        settings=settings(
            max_examples=AT_ONCE,
            stateful_step_count=STEPS,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            print_blob=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_machine_knows_every_crash_point() -> None:
    known = {*backend.crash.POINTS, *agent.crash.POINTS}
    assert set(POINTS) == {point for point in known if not point.startswith(ELSEWHERE)}


def test_every_crash_point_is_placed_and_every_placed_one_is_listed() -> None:
    for room, listed in (("backend", backend.crash.POINTS), ("agent", agent.crash.POINTS)):
        placed = {point for path in (ROOT / room).rglob("*.py") for point in _placed(path)}
        assert placed == set(listed)


def _placed(path: Path) -> set[str]:
    found = re.findall(r'crash_point\(f?"([^"]+)"\)', path.read_text())
    return {point.replace("{self._kind}", kind) for point in found for kind in ("turn", "reflect")}
