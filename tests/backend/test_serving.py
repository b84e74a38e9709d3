"""What a client may keep a process from: nothing, however much it sends and however slowly."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

import uvicorn
from uvicorn.server import ServerState

from backend.serving import MOST_HEAD_BYTES, BoundedHttp

HEAD = b"POST / HTTP/1.1\r\nHost: here\r\n"


class _Impatient(BoundedHttp):
    request_seconds = 0.5


async def _answering(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        late = asyncio.Event()
        asyncio.get_running_loop().call_later(3 * _Impatient.request_seconds, late.set)
        await late.wait()
        await send({"type": "websocket.send", "text": "late"})
        return
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body, more = body + message["body"], message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"%02d" % (len(body) % 100)})


@asynccontextmanager
async def _connected(
    protocol: type[BoundedHttp], ws: Literal["none", "websockets-sansio"] = "none"
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    config = uvicorn.Config(_answering, http=protocol, ws=ws, lifespan="off", log_config=None, access_log=False)
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: protocol(config, state, {}), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    try:
        yield reader, writer
    finally:
        writer.close()
        server.close()


async def _answer_of(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(30):
        return await reader.readuntil(b"\r\n\r\n")


async def test_headers_without_end_are_refused_before_they_fill_the_memory() -> None:
    async with _connected(BoundedHttp) as (reader, writer):
        writer.write(HEAD)
        for number in range(MOST_HEAD_BYTES // 1000 + 2):
            writer.write(b"X-%d: %s\r\n" % (number, b"a" * 1000))
        answer = await _answer_of(reader)
        assert answer.startswith(b"HTTP/1.1 431 ")
        assert b"application/problem+json" in answer


async def test_an_address_without_end_is_refused() -> None:
    async with _connected(BoundedHttp) as (reader, writer):
        writer.write(b"GET /" + b"a" * (MOST_HEAD_BYTES + 10))
        assert (await _answer_of(reader)).startswith(b"HTTP/1.1 431 ")


async def test_long_bodies_and_many_requests_on_one_connection_pass() -> None:
    async with _connected(BoundedHttp) as (reader, writer):
        for length in (MOST_HEAD_BYTES * 5 + 7, 0, 12):
            writer.write(HEAD + b"Content-Length: %d\r\n\r\n" % length + b"a" * length)
            assert (await _answer_of(reader)).startswith(b"HTTP/1.1 200 ")
            assert await reader.readexactly(2) == b"%02d" % (length % 100)


async def test_whoever_never_comes_to_an_end_is_let_go() -> None:
    for sent in (b"", b"POST / HT", HEAD, HEAD + b"Content-Length: 9\r\n\r\nabc"):
        async with _connected(_Impatient) as (reader, writer):
            writer.write(sent)
            async with asyncio.timeout(30):
                assert await reader.read() == b""


async def test_a_socket_stays_open_once_it_is_one() -> None:
    asked = (
        b"GET / HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    async with _connected(_Impatient, ws="websockets-sansio") as (reader, writer):
        writer.write(asked)
        assert (await _answer_of(reader)).startswith(b"HTTP/1.1 101 ")
        async with asyncio.timeout(30):
            assert await reader.read(100) == b"\x81\x04late"


async def test_an_upload_has_the_time_that_its_length_takes_and_nothing_else_has() -> None:
    left: asyncio.Queue[float] = asyncio.Queue()

    class Told(BoundedHttp):
        def on_headers_complete(self) -> None:
            super().on_headers_complete()
            assert self._late is not None
            left.put_nowait(self._late.when() - self.loop.time())

    for path, length, seconds in (
        ("/v1/files", 6_400_000, 160),
        ("/v1/files", 10**12, 3600),
        ("/v1/orders", 10**9, 60),
    ):
        async with _connected(Told) as (_, writer):
            writer.write(f"POST {path} HTTP/1.1\r\nHost: here\r\nContent-Length: {length}\r\n\r\n".encode())
            assert seconds - 10 < await left.get() <= seconds
