"""Postgres stopped for real under a running application: providers are asked to send again, and later it goes on."""

import os
import signal
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from backend.embedded.stores import Stores
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
