"""Another system on this machine, which answers as it is told to."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Call:
    """One request that came in; `target` is path and query."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Peer:
    """Answers by path with (status, body), else with 200 and an empty object."""

    port: int = 0
    calls: list[Call] = field(default_factory=list)
    answers: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    """Paths on which it hangs up without an answer."""
    called: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        return f"http://{self.host}{path}"

    def says(self, path: str, document: Any, status: str = "200 OK") -> None:
        self.answers[path] = (status, document if isinstance(document, bytes) else json.dumps(document).encode())

    def of(self, path: str) -> list[Call]:
        return [call for call in self.calls if call.target.partition("?")[0] == path]

    async def until(self, path: str, count: int = 1) -> None:
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
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            method, target, _ = first.split(" ")
            self.calls.append(Call(method, target, headers, body))
            self.called.set()
            path = target.partition("?")[0]
            if path in self.gates:
                await self.gates[path].wait()
            if path not in self.silent:
                status, content = self.answers.get(path, ("200 OK", b"{}"))
                told = {"Content-Length": str(len(content)), "Connection": "close", **self.headers}
                lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in told.items())]
                writer.write("\r\n".join([*lines, "", ""]).encode() + content)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def open_peer(port: int = 0) -> AsyncIterator[Peer]:
    """Listens on loopback while the block runs."""
    peer = Peer()
    server = await asyncio.start_server(peer.met, "127.0.0.1", port)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        for gate in peer.gates.values():
            gate.set()
        server.close()
        await server.wait_closed()
