"""Postgres stopped for real under a running application: providers are asked to send again, and later it goes on."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlsplit

import asyncpg
import psycopg
import pytest

from backend.embedded.stores import Stores
from backend.errors import is_outage
from tests.backend.channels.conftest import eventually
from tests.backend.conftest import serving, settings_of
from tests.backend.line import WhatsAppLine, connect_line
from tests.factories import make_business
from tests.stores import own_server


@dataclass
class Server:
    """A Postgres that may be stopped."""

    stores: Stores
    folder: Path

    async def stop(self) -> None:
        """Fast: sessions are cut, and nobody can connect."""
        pid = (self.folder / "postgres" / "data" / "postmaster.pid").read_text().split()[0]
        os.kill(int(pid), signal.SIGINT)
        await eventually(self._is_away)

    async def _is_away(self) -> bool:
        try:
            psycopg.connect(self.stores.database_url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return True
        return False


@pytest.fixture
def server() -> Iterator[Server]:
    with own_server(fsync=False) as (stores, folder):
        yield Server(stores, folder)


@pytest.fixture
async def line(server: Server) -> AsyncIterator[WhatsAppLine]:
    """A WhatsApp number of a business whose database is that server's."""
    settings = settings_of(server.stores)
    async with serving(settings) as client:
        yield await connect_line(await make_business(client, settings), settings)


async def test_while_postgres_is_stopped_webhooks_get_503_and_what_is_sent_again_is_stored_once(
    server: Server, line: WhatsAppLine
) -> None:
    await line.write("antes")
    await server.stop()
    form = line.form("durante")
    for _ in range(3):
        assert (await line.post(form)).status_code == 503
    assert (await line.client.get("/health/ready")).status_code == 503
    assert (await line.client.get("/health/live")).status_code == 200

    async def taken() -> bool:
        server.stores.heal()
        return (await line.post(form)).status_code == 200

    await eventually(taken)
    assert (await line.post(form)).status_code == 200
    await line.write("después")
    assert [message["body"] for message in await line.transcript()] == ["antes", "durante", "después"]


@asynccontextmanager
async def without_an_end(url: str) -> AsyncIterator[tuple[str, Event]]:
    """Gives the address of one connection to that database which passes on all that is said and hides that the server
    ended it, and an event that says when it did."""
    parts = urlsplit(url)
    ended = Event()

    def pass_on(hearer: socket.socket, speaker: socket.socket) -> None:
        while said := speaker.recv(65_536):
            hearer.sendall(said)

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def relay() -> None:
            near, _ = listener.accept()
            near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else its last word waits
            with near, socket.create_connection((parts.hostname or "", parts.port or 5432)) as far:
                asking = Thread(target=pass_on, args=(far, near))
                asking.start()
                pass_on(near, far)
                ended.set()
                asking.join()

        relaying = Thread(target=relay)
        relaying.start()
        address = f"{parts.username}:{parts.password}@127.0.0.1:{listener.getsockname()[1]}"
        yield parts._replace(netloc=address).geturl(), ended
        await asyncio.to_thread(relaying.join)


async def test_a_connection_used_between_the_servers_last_word_and_its_end_is_an_outage(server: Server) -> None:
    async with without_an_end(server.stores.database_url) as (url, ended):
        connection = await asyncpg.connect(url, ssl=False)
        try:
            statement = await connection.prepare("SELECT 1")
            with psycopg.connect(server.stores.database_url, autocommit=True) as operator:
                operator.execute("SELECT pg_terminate_backend(%s)", (connection.get_server_pid(),))
            await asyncio.to_thread(ended.wait)
            with pytest.raises(asyncpg.InternalClientError) as caught:
                await statement.fetch()
            assert is_outage(caught.value)
        finally:
            connection.terminate()
