"""Calls of the public API from a process of their own.

`python -m evals.bench.calls` reads `Calls` as JSON from stdin and prints a `Measured` as JSON.
"""

import asyncio
import json
import sys
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from evals.bench.load import Measured, drive


@dataclass(frozen=True)
class Calls:
    """Requests of one kind, taken in turn by so many connections."""

    url: str
    """Where the API listens."""
    method: str
    requests: list[tuple[str, str, Any]]
    """(API key, path with its query, JSON body or None)."""
    connections: int = 16


async def call(calls: Calls) -> Measured:
    """Sends them from a process of its own. Raises RuntimeError if any was not answered with 2xx."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "evals.bench.calls", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate(json.dumps(asdict(calls)).encode())
    if process.returncode:
        raise RuntimeError("the caller failed")
    measured = Measured(**json.loads(printed))
    if measured.failed:
        raise RuntimeError(f"{measured.failed} of {len(calls.requests)} calls were refused")
    return measured


def _raw(calls: Calls) -> list[bytes]:
    host = urlsplit(calls.url).netloc
    raw: list[bytes] = []
    for key, path, content in calls.requests:
        body = b"" if content is None else json.dumps(content).encode()
        head = (
            f"{calls.method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        raw.append(head.encode() + body)
    return raw


if __name__ == "__main__":
    given = Calls(**json.load(sys.stdin))
    print(json.dumps(asdict(asyncio.run(drive(given.url, _raw(given), given.connections)))))
