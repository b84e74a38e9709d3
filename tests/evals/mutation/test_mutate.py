"""The whole thing: faults at work in one world, side by side, and what the command refuses."""

from evals.lifeline import scratch_folder
from evals.mutation.play import play_round
from evals.running.suite import load_suite
from tests.evals.commands import printed_by

STORY = "book_a_haircut"


async def test_each_fault_is_caught_beside_a_business_that_has_none() -> None:
    faults = ("", "wrong-hour", "wrong-staff", "doubled-answer")
    with scratch_folder("mutation-test") as folder:
        verdicts = await play_round(load_suite("main"), [(fault, STORY) for fault in faults], folder)
    told = {verdict.fault: verdict for verdict in verdicts}
    assert told[""].reason == ""
    assert [fault for fault in faults[1:] if not told[fault].caught] == []
    assert "starts: 2026-11-26 15:00" in told["wrong-hour"].reason
    assert "starts: 2026-11-26 14:00" in told["wrong-staff"].reason
    assert told["doubled-answer"].bases == ("state",)
    assert "each part reached the phone once; 2 written, 4 received" in told["doubled-answer"].reason


async def test_a_name_that_no_fault_has_is_refused_before_anything_starts() -> None:
    status, printed = await printed_by("mutate", "--filter", "no-such-fault", seconds=60)
    assert status == 2
    assert "no fault fits; --list tells which there are" in printed
