"""The whole thing: faults at work in one world, side by side, and what the command refuses."""

from evals.lifeline import scratch_folder
from evals.mutation.play import play_round
from evals.running.suite import load_suite
from tests.evals.commands import printed_by

PAIRS = [
    ("", "no_means_no"),
    ("orders-without-yes", "no_means_no"),
    ("doubled-answer", "no_means_no"),
    ("", "out_of_stock"),
    ("lies-about-stock", "out_of_stock"),
]


async def test_each_fault_is_caught_beside_businesses_that_have_none() -> None:
    with scratch_folder("mutation-test") as folder:
        verdicts = await play_round(load_suite("main"), PAIRS, folder)
    told = {(verdict.fault, verdict.scenario): verdict for verdict in verdicts}
    assert [told[pair].reason for pair in PAIRS if not pair[0]] == ["", ""]
    assert [pair for pair in PAIRS if pair[0] and not told[pair].caught] == []
    assert "state" in told[PAIRS[1]].bases
    assert "orders: none; there is also" in told[PAIRS[1]].reason
    assert told[PAIRS[2]].bases == ("state",)
    assert "words" in told[PAIRS[4]].bases


async def test_a_name_that_no_fault_has_is_refused_before_anything_starts() -> None:
    status, printed = await printed_by("mutate", "--filter", "no-such-fault", seconds=60)
    assert status == 2
    assert "no fault fits; --list tells which faults there are" in printed
