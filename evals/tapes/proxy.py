"""The address that stands for every provider while a suite is recorded or replayed.

A path is the provider's own behind the name of its door: `/openai/responses`, `/compatible-1/chat/completions`,
`/google_genai/v1beta/models/gemini-2.5-flash:generateContent`. What answers is a `Desk`: the provider itself with a
recorder beside it, or a tape.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Protocol

from litestar import Litestar, asgi
from litestar.types import Receive, Scope, Send

from evals.tapes.marks import UNMARKED, Marks, Play
from evals.world.serving import running

Json = dict[str, Any]
_MULTIPART = re.compile(r"boundary=\"?([^\";]+)")


@dataclass(frozen=True)
class Asked:
    """A request as it came, without its mark."""

    play: Play
    door: str
    path: str
    """With its query."""
    headers: dict[str, str]
    """Lower case. They hold the key: nobody keeps them."""
    content: bytes

    @property
    def told(self) -> str:
        """The path without a key in its query."""
        path, _, query = self.path.partition("?")
        kept = [one for one in query.split("&") if one and not one.startswith("key=")]
        return f"{path}?{'&'.join(kept)}" if kept else path

    @property
    def body(self) -> Any:
        """JSON; a form with files as text, the same whenever the same is sent."""
        try:
            return json.loads(self.content)
        except ValueError:
            boundary = _MULTIPART.search(self.headers.get("content-type", ""))
            text = self.content.decode("latin-1")
            return {"form": text.replace(boundary[1], "boundary") if boundary else text}


class Line:
    """The connection that waits for an answer."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._started = False

    async def start(self, status: int, headers: dict[str, str]) -> None:
        given = [(name.encode(), value.encode()) for name, value in headers.items()]
        self._started = True
        await self._send({"type": "http.response.start", "status": status, "headers": given})

    async def send(self, content: bytes) -> None:
        await self._send({"type": "http.response.body", "body": content, "more_body": True})

    async def end(self) -> None:
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def break_off(self) -> None:
        """Leave an answer without its end: the server closes the connection."""
        if not self._started:
            await self.start(200, {"content-length": "64"})

    async def hung_up(self) -> None:
        """Wait until the other side waits no longer."""
        while (await self._receive())["type"] != "http.disconnect":
            pass


class Desk(Protocol):
    """Who answers."""

    async def answer(self, asked: Asked, line: Line) -> None:
        """Send the whole answer; cancelled when the other side hangs up."""


class Proxy:
    """Takes requests, finds out whose they are, and hands them to whoever is at the desk."""

    def __init__(self, marks: Marks, desk: Desk | None = None) -> None:
        self.desk = desk
        self.strays = 0
        """Requests of no play: a model that failed was to be followed by the platform's, of which there is none."""
        self._marks = marks

    @asynccontextmanager
    async def open(self) -> AsyncIterator[str]:
        """Serves on loopback while the block runs; gives the base address."""

        @asgi("/", is_mount=True, copy_scope=True)
        async def take(scope: Scope, receive: Receive, send: Send) -> None:
            await self._take(scope, receive, send)

        async with running(Litestar([take], openapi_config=None, logging_config=None)) as url:
            yield url

    async def _take(self, scope: Scope, receive: Receive, send: Send) -> None:
        content = b""
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return
            content += message["body"]
            if not message["more_body"]:
                break
        line = Line(receive, send)
        play, path, content = self._marks.read(_path_of(scope), content)
        door, _, rest = path.lstrip("/").partition("/")
        if play is None or door == UNMARKED or self.desk is None:
            self.strays += play is None
            await refuse(line, "this model is nobody's: only the businesses of a suite have models here")
            return
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
        await _until_hung_up(self.desk.answer(Asked(play, door, f"/{rest}", headers, content), line), line)


async def refuse(line: Line, words: str) -> None:
    """404, with an error that every provider's client reads as that: none asks such a model again."""
    error = {"message": words, "type": "not_found_error", "code": 404, "status": "NOT_FOUND"}
    await line.start(404, {"content-type": "application/json"})
    await line.send(json.dumps({"error": error}).encode())
    await line.end()


def _path_of(scope: Scope) -> str:
    path = str(scope["raw_path"].decode()).partition("?")[0].replace("%40", "@").replace("%3A", ":")
    query = scope["query_string"].decode()
    return f"{path}?{query}" if query else path


async def _until_hung_up(answering: Any, line: Line) -> None:
    """The answer, or as much of it as somebody waits for."""
    work, waiting = asyncio.ensure_future(answering), asyncio.ensure_future(line.hung_up())
    try:
        await asyncio.wait({work, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            work.cancel()
        with suppress(asyncio.CancelledError):
            await work
    finally:
        work.cancel()
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
