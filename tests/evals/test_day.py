"""A day in the life: how a lesson is learnt, proved, published and taken back, by a model simulated at the wire."""

import asyncio
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 300.0


async def test_the_day_runs_to_its_end_and_says_what_it_proves() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "evals", "day"),
        cwd=ROOT,
        env=os.environ | {"TENDERO_PARENT": str(os.getpid()), "TENDERO_ENVIRONMENT": "development"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        printed = (await asyncio.wait_for(process.communicate(), SECONDS))[0].decode()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    assert process.returncode == 0, printed[-3000:]
    assert "Machinery only:" in printed
    assert "no_effect" in printed
    assert "override-needed" in printed
    assert "improved" in printed
    assert "The day went as it must" in printed
    assert "✗" not in printed
