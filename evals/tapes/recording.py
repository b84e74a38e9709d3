"""Records: each request goes on to its provider, and what came back is kept beside it."""

import asyncio
import json
import time
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import httpx

from evals.tapes.canonical import Names
from evals.tapes.cassette import Answer, Call, Cassette, Tape, write_cassette, write_head
from evals.tapes.marks import Play
from evals.tapes.proxy import Asked, Line, refuse
from evals.tapes.streams import read_events
from evals.tapes.wires import tokens_in

ANSWER_SECONDS = 300.0
"""The product gives up long before."""
_OWN_HOP = frozenset(
    {
        *("host", "content-length", "connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade"),
        *("accept-encoding", "content-encoding", "proxy-authorization", "proxy-connection"),
    }
)
_KEPT = frozenset({"content-type", "retry-after", "retry-after-ms"})
"""Headers of answers that a tape has: those that the product reads."""


class Recorder:
    """The desk of a run with real models."""

    def __init__(self, tape: Tape, upstreams: Mapping[str, str]) -> None:
        self.tape = tape
        self._upstreams = upstreams
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(ANSWER_SECONDS, connect=20.0),
            mounts={"all://127.0.0.1": None, "all://localhost": None},
        )

    async def answer(self, asked: Asked, line: Line) -> None:
        """Goes on to the provider, and comes back as it comes in."""
        if asked.door not in self._upstreams:
            return await refuse(line, f"there is no {asked.door} here")
        names = Names()
        call = Call(asked.door, asked.told, names.hide(asked.body), Answer(silence="given up"))
        cassette = self.tape.cassettes.setdefault(asked.play, Cassette(asked.play))
        cassette.calls.append(call)
        started = time.monotonic()
        try:
            call.answer = await self._go_on(asked, line, names)
        except httpx.HTTPError:
            call.answer = Answer(silence="broken")
            await line.break_off()
        finally:
            call.answer.seconds = round(time.monotonic() - started, 3)
        return None

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _go_on(self, asked: Asked, line: Line, names: Names) -> Answer:
        headers = {name: value for name, value in asked.headers.items() if name not in _OWN_HOP}
        request = self._client.build_request(
            "POST",
            self._upstreams[asked.door] + asked.path,
            headers={**headers, "accept-encoding": "identity"},
            content=asked.content,
        )
        reply = await self._client.send(request, stream=True)
        try:
            told = {name.lower(): value for name, value in reply.headers.items() if name.lower() not in _OWN_HOP}
            await line.start(reply.status_code, told)
            received = b""
            async for piece in reply.aiter_bytes():
                received += piece
                await line.send(piece)
            await line.end()
        finally:
            await reply.aclose()
        kept = {name: value for name, value in told.items() if name in _KEPT}
        return _kept(received, Answer(reply.status_code, headers=kept), names)


def _kept(received: bytes, answer: Answer, names: Names) -> Answer:
    text = received.decode("utf-8", "replace")
    if answer.headers.get("content-type", "").startswith("text/event-stream"):
        answer.events = names.hide(read_events(text))
        told: Any = answer.events
    else:
        answer.body = names.hide(_json(text))
        told = answer.body
    if (counted := tokens_in(told)) is not None:
        answer.tokens = list(counted)
    return answer


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


async def save(tape: Tape, folder: Path, plays: Collection[Play] | None = None) -> None:
    """Writes the cassettes of these plays, or all of them, and what holds for all."""
    chosen = [cassette for play, cassette in tape.cassettes.items() if plays is None or play in plays]

    def write() -> None:
        folder.mkdir(parents=True, exist_ok=True)
        write_head(folder, tape)
        for cassette in chosen:
            write_cassette(folder, cassette)

    await asyncio.to_thread(write)
