from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from evals.world.clock import WorldClock


def test_a_world_without_an_offset_lives_in_machine_time(clock: WorldClock) -> None:
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=1)


def test_every_clock_on_the_same_file_moves_together(tmp_path: Path) -> None:
    mover, reader = WorldClock(tmp_path / "clock"), WorldClock(tmp_path / "clock")
    mover.advance(timedelta(hours=30))
    mover.advance(timedelta(minutes=-10))
    assert abs(reader.now() - datetime.now(UTC) - timedelta(hours=29, minutes=50)) < timedelta(seconds=1)
    assert float((tmp_path / "clock").read_text()) == 29 * 3600 + 50 * 60


def test_setting_the_clock_names_the_present_and_leaves_it_running(clock: WorldClock) -> None:
    there = datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    clock.set(there)
    assert there <= clock.now() < there + timedelta(seconds=1)


def test_an_instant_without_a_zone_is_refused(clock: WorldClock) -> None:
    with pytest.raises(ValueError, match="aware"):
        clock.set(datetime(2027, 1, 1))


def test_a_clock_without_a_file_cannot_be_moved() -> None:
    with pytest.raises(RuntimeError, match="TENDERO_CLOCK_FILE"):
        WorldClock().advance(timedelta(hours=1))
