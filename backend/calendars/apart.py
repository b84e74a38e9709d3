"""Reading a calendar in a process of its own, with an end to its time and its memory.

What a stranger wrote may take minutes to follow, and nobody else waits for it; the process knows no secret, and is over
with the calendar. `python -m backend.calendars.apart` reads a line of JSON and the calendar behind it, and answers in
JSON.
"""

import asyncio
import contextlib
import json
import os
import resource
import sys
from dataclasses import astuple
from datetime import datetime
from pathlib import Path

from backend.calendars.reading import Busy, Found, Unread, Window, read

SECONDS = 30
"""Of the processor; waiting for it may take as many again."""
_BYTES = 2 * 1024**3
_NICE = 10
_ROOT = Path(__file__).parents[2]
_TOO_MUCH = "The calendar is too much to follow: look for an event that repeats without end, and take it out."


async def read_apart(content: bytes, window: Window, seconds: int = SECONDS) -> Found:
    """What `reading.read` finds. Raises `Unread` as that does, and for what takes too long or too much memory."""
    head = [seconds, window.start.isoformat(), window.end.isoformat(), window.zone, window.own]
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "backend.calendars.apart"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=_ROOT,
        env={},
    )
    try:
        async with asyncio.timeout(2 * seconds):
            told, _ = await child.communicate(json.dumps(head).encode() + b"\n" + content)
    except TimeoutError:
        raise Unread(_TOO_MUCH) from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode != 0:
        raise Unread(_TOO_MUCH)
    answer = json.loads(told)
    if "unread" in answer:
        raise Unread(answer["unread"])
    at = datetime.fromisoformat
    return Found([Busy(at(start), at(end), uid) for start, end, uid in answer["busy"]], answer["skipped"])


def main() -> None:
    """The other side."""
    os.nice(_NICE)
    seconds, start, end, zone, own = json.loads(sys.stdin.buffer.readline())
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(ValueError, OSError):  # macOS knows the limit and refuses it
        resource.setrlimit(resource.RLIMIT_AS, (_BYTES, _BYTES))
    at = datetime.fromisoformat
    try:
        found = read(sys.stdin.buffer.read(), Window(at(start), at(end), zone, own))
    except Unread as refusal:
        answer: dict[str, object] = {"unread": str(refusal)}
    else:
        answer = {"busy": [astuple(one) for one in found.busy], "skipped": found.skipped}
    sys.stdout.write(json.dumps(answer, default=datetime.isoformat))


if __name__ == "__main__":
    main()
