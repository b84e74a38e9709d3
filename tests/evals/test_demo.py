"""The main job: a shop and a salon serve their customers, and the database holds what it must."""

from tests.evals.commands import printed_by


async def test_the_demo_runs_to_its_end_and_every_check_passes() -> None:
    status, printed = await printed_by("demo", seconds=240.0)
    assert status == 0, printed[-3000:]
    assert "The database holds what it must." in printed
    assert "✗" not in printed
