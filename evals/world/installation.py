"""A whole installation, started as the operator would start it, spoken to over HTTP alone."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dotenv import dotenv_values

READY_SECONDS = 240.0
STOP_SECONDS = 30.0


class InstallationFailed(Exception):
    """It did not come up; the text is what it said."""


@dataclass(frozen=True)
class Installation:
    """Addresses and tokens of a running installation, as `up --json` prints them."""

    backend: str
    agent: str
    platform_token: str
    service_token: str
    database_url: str
    agent_database_url: str
    redis_url: str | None
    businesses: list[dict[str, str]]
    pids: dict[str, int]
    """Process id by command: backend, dispatcher, worker, agent, agent-2 ..."""
    folder: Path
    supervisor: int
    """Process id of the supervisor."""


@asynccontextmanager
async def installation(
    folder: Path,
    *,
    environment: dict[str, str] | None = None,
    arguments: tuple[str, ...] = (),
    report: Callable[[str], None] = lambda line: None,
) -> AsyncIterator[Installation]:
    """Run `python -m backend up` on a folder of its own while the block runs.

    Nothing that configures another installation reaches it, be it in our environment or in a `.env`: only the models'
    keys do, and the model is the offline one unless `environment`, which is added, names another. Raises
    `InstallationFailed` with what was said if it is not ready within 120 s. Ends with SIGTERM, and with SIGKILL for
    whatever is left; if this process is killed, the kernel ends it too.
    """
    own = apart(os.environ) | {"TENDERO_PARENT": str(os.getpid())}
    argv = [sys.executable, "-m", "backend", "up", "--json", "--port", "0", "--agent-port", "0"]
    process = await asyncio.create_subprocess_exec(
        *argv,
        "--data-dir",
        str(folder),
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=own | (environment or {}),
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        try:
            line = await asyncio.wait_for(process.stdout.readline(), READY_SECONDS)
        except TimeoutError:
            raise InstallationFailed(f"not ready after {READY_SECONDS:g} s; see {folder / 'logs'}") from None
        if not line:
            raise InstallationFailed((await process.stderr.read()).decode(errors="replace").strip())
        told: dict[str, Any] = json.loads(line)
        report("everything is running")
        yield Installation(**told, folder=folder, supervisor=process.pid)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


def apart(ours: Mapping[str, str]) -> dict[str, str]:
    """An environment for an installation of its own: `ours`, and the file `.env` below it, without their settings."""
    written = dotenv_values(ours.get("TENDERO_ENV_FILE", ".env"))
    keys = {name: value for name in _OF_MODELS if (value := ours.get(name) or written.get(name))}
    rest = {name: value for name, value in ours.items() if not name.startswith(_OURS) and name not in _STORES}
    return rest | keys | _UNLIMITED | {"TENDERO_ENV_FILE": os.devnull, "TENDERO_MODEL": "offline"}


_OURS = ("TENDERO_", "LANGSMITH_", "LANGCHAIN_")
"""No world is traced to anybody: a run is sent to LangSmith where that is asked for."""
_STORES = ("DATABASE_URL", "AGENT_DATABASE_URL", "REDIS_URL")
_UNLIMITED = {f"TENDERO_{name}CALLS_PER_WINDOW": "0" for name in ("", "TENANT_", "ADDRESS_")}
"""A world's actors share one key and call as often as they like."""
_OF_MODELS = (
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "GOOGLE_API_KEY",
    "ANTHROPIC_API_KEY",
    "TENDERO_COMPATIBLE_API_KEY",
    "TENDERO_REASONING_EFFORT",
)
