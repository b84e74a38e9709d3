"""An installation of this test's own, each side on a real socket."""

import socket
from collections.abc import AsyncIterator

import httpx
import pytest

from agent.api import create_api
from agent.backend_client import BackendClient
from agent.prompt_library import PromptLibrary
from agent.serving import Door
from agent.settings import Settings as AgentSettings
from agent.stores import open_stores
from backend.database import Database
from backend.embedded.stores import Stores
from backend.settings import Settings
from tests.backend.application import running_application
from tests.backend.conftest import settings_of
from tests.backend.line import Agent, connect_line
from tests.backend.privacy.house import SERVICE_TOKEN, House
from tests.factories import make_business


@pytest.fixture
async def house(stores: Stores) -> AsyncIterator[House]:
    agent_settings = AgentSettings.model_validate(
        {
            "service_token": SERVICE_TOKEN,
            "AGENT_DATABASE_URL": stores.agent_database_url,
            "backend_url": "http://backend.test",
        }
    )
    async with open_stores(agent_settings) as agent_stores, BackendClient("http://backend.test", "x") as backend:
        api = create_api(agent_stores.pool, backend, agent_stores.index, SERVICE_TOKEN, PromptLibrary())
        async with Door(api, "127.0.0.1", 0) as door:
            with socket.create_server(("127.0.0.1", 0)) as free:
                port = free.getsockname()[1]
            told = {"agent_url": door.address, "given_service_token": SERVICE_TOKEN, "port": port}
            settings = Settings.model_validate(
                settings_of(stores).model_dump() | told | {"public_url": f"http://127.0.0.1:{port}"}
            )
            database = Database(settings)
            async with (
                running_application(settings, port) as url,
                httpx.AsyncClient(base_url=url, timeout=60) as client,
            ):
                business = await make_business(
                    client, settings, settings={"quiet_window_seconds": 0, "longest_wait_seconds": 0}
                )
                line = await connect_line(business, settings)
                yield House(settings, stores, database, agent_stores, business, line, Agent(client, settings))
            await database.close()
