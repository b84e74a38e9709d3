"""A day in the life: how a lesson is learnt, proved, published and taken back, by a model simulated at the wire."""

from tests.evals.commands import printed_by


async def test_the_day_runs_to_its_end_and_says_what_it_proves() -> None:
    status, printed = await printed_by("day", seconds=300.0)
    assert status == 0, printed[-3000:]
    assert "Machinery only:" in printed
    assert "no_effect" in printed
    assert "override-needed" in printed
    assert "improved" in printed
    assert "The day went as it must" in printed
    assert "✗" not in printed
