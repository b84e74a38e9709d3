"""The commands of `evals`, run as a person at a terminal runs them."""

import asyncio
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


async def printed_by(*arguments: str, seconds: float) -> tuple[int | None, str]:
    """Exit status of `python -m evals <arguments>`, and all that it printed. TimeoutError if it takes longer than
    `seconds`; however this ends, the command is gone."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "evals", *arguments),
        cwd=ROOT,
        env=os.environ | {"TENDERO_PARENT": str(os.getpid()), "TENDERO_ENVIRONMENT": "development"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        printed, _ = await asyncio.wait_for(process.communicate(), seconds)
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    return process.returncode, printed.decode()
