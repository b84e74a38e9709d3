"""The provider's side of a webhook: signed, posted over a connection of its own, and again until it is acknowledged."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from operator import itemgetter
from urllib.parse import urlsplit

from evals.chaos.load import Line, Message, form_of, line_of

ANSWER_SECONDS = 15.0
FIRST_PAUSE, LONGEST_PAUSE = 0.3, 3.0
TROUBLE = ("broken", "timeout", "503")
"""What a delivery may meet while processes die. Anything else is a fault of ours."""


class Deliveries:
    """Every delivery of a load. Only 2xx is an acknowledgement; whatever else comes, it is tried again.

    A new connection each time, so that copies come to different processes of the backend.
    """

    def __init__(self, load: Sequence[Message], lines: Sequence[Line], *, prefix: str, seed: int) -> None:
        self.acknowledged: dict[str, float] = {}
        """When the first 2xx came (Unix time), by token."""
        self.met: Counter[str] = Counter()
        """Attempts by what became of them: a status, `broken` or `timeout`."""
        self.left = sum(len(message.deliveries) for message in load)
        self._lines = lines
        self._prefix = prefix
        self._chance = random.Random(seed)
        self._due = sorted(((at, message) for message in load for at in message.deliveries), key=itemgetter(0))

    async def run(self) -> None:
        """Returns once each delivery was acknowledged."""
        started = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for at, message in self._due:
                await asyncio.sleep(max(0.0, started + at - time.monotonic()))
                group.create_task(self._deliver(message))

    async def _deliver(self, message: Message) -> None:
        body, signature = form_of(message, self._lines, self._prefix)
        address = urlsplit(line_of(message.contact, self._lines).url)
        head = (
            f"POST {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\nX-Twilio-Signature: {signature}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
            "Connection: close\r\n\r\n"
        )
        request = head.encode() + body
        pause = FIRST_PAUSE
        while True:
            outcome = await _attempt(address.hostname or "", address.port or 80, request)
            self.met[outcome] += 1
            if outcome.startswith("2"):
                self.acknowledged.setdefault(message.token, time.time())
                self.left -= 1
                return
            await asyncio.sleep(pause * self._chance.uniform(0.5, 1.0))
            pause = min(pause * 2, LONGEST_PAUSE)


async def _attempt(host: str, port: int, request: bytes) -> str:
    """The status of the answer, or `broken`, or `timeout`."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(request)
                first = await reader.readline()
            finally:
                writer.close()
    except TimeoutError:
        return "timeout"
    except OSError:
        return "broken"
    words = first.split()
    return words[1].decode() if len(words) > 1 else "broken"
