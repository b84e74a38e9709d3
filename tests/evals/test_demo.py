"""The main job: a shop and a salon serve their customers, and the database holds what it must."""

import asyncio
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 240.0


async def test_the_demo_runs_to_its_end_and_every_check_passes() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "evals", "demo"),
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
    assert "The database holds what it must." in printed
    assert "✗" not in printed
