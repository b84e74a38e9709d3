"""A receiver of webhooks on this machine, and the dispatcher's loop that sends to it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from standardwebhooks import Webhook

from backend.bell import Bell
from backend.database import Database
from backend.hooks.delivering import HookCourier
from backend.hooks.loop import HookLoop
from backend.outbound import Outbound
from backend.settings import Settings
from tests.backend.settling import settled

Answer = Callable[["Call"], str]


@dataclass
class Call:
    """One request that came in."""

    path: str
    headers: dict[str, str]
    body: str

    def verified(self, secret: str) -> Any:
        """The payload; raises if the signature is not of this secret."""
        return Webhook(secret).verify(self.body, self.headers)


@dataclass
class Receiver:
    """Answers by path with what `answers` says, else 204."""

    port: int = 0
    calls: list[Call] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    open_gates: dict[str, asyncio.Event] = field(default_factory=dict)
    at_once: dict[str, int] = field(default_factory=dict)
    most_at_once: dict[str, int] = field(default_factory=dict)
    called: asyncio.Event = field(default_factory=asyncio.Event)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def of(self, path: str) -> list[Call]:
        return [call for call in self.calls if call.path == path]

    async def until(self, path: str, count: int) -> None:
        """Until so many requests came in."""
        async with asyncio.timeout(60):
            while len(self.of(path)) < count:
                self.called.clear()
                await self.called.wait()

    async def met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.strip().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
            body = (await reader.readexactly(int(headers["content-length"]))).decode()
            path = first.split(" ")[1]
            self.calls.append(Call(path, headers, body))
            self.called.set()
            self.at_once[path] = self.at_once.get(path, 0) + 1
            self.most_at_once[path] = max(self.most_at_once.get(path, 0), self.at_once[path])
            if path in self.open_gates:
                await self.open_gates[path].wait()
            self.at_once[path] -= 1
            status = self.answers.get(path, "204 No Content")
            writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
            await writer.drain()
        writer.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.met, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    yield receiver
    for gate in receiver.open_gates.values():
        gate.set()
    server.close()
    await server.wait_closed()


@pytest.fixture
def settings(settings: Settings, receiver: Receiver) -> Settings:
    """The receiver stands inside, so it must be named."""
    return settings.model_copy(update={"outbound_hosts": [f"127.0.0.1:{receiver.port}"]})


class SettledLoop(HookLoop):
    """Waits for what other tests on the server have under way, which hides events from every reader."""

    async def run_until_idle(self) -> None:
        await settled(self._database)
        await super().run_until_idle()


@pytest.fixture
async def loop(settings: Settings, database: Database) -> AsyncIterator[HookLoop]:
    """The dispatcher's side."""
    bell = Bell(settings.redis_url)
    loop = SettledLoop(database, settings, bell)
    yield loop
    await loop.close()
    await bell.close()


@pytest.fixture
async def hasty(settings: Settings, database: Database) -> AsyncIterator[HookLoop]:
    """The dispatcher's side, with less patience for a silent receiver."""
    bell = Bell(settings.redis_url)
    courier = HookCourier(database, settings, Outbound(settings.outbound_hosts, seconds=0.3))
    loop = SettledLoop(database, settings, bell, courier)
    yield loop
    await loop.close()
    await bell.close()
