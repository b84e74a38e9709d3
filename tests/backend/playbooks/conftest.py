"""An installation whose agent answers at its door."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from agent.api import create_api
from agent.backend_client import BackendClient
from agent.prompt_library import PromptLibrary
from agent.serving import Door
from agent.settings import Settings as AgentSettings
from agent.stores import Stores as AgentStores
from agent.stores import open_stores
from backend.embedded.stores import Stores
from backend.settings import Settings
from tests.backend.conftest import serving, settings_of
from tests.factories import Client

SERVICE_TOKEN = "service-token-of-the-tests"


@dataclass
class Attended:
    """A backend beside an agent."""

    client: Client
    settings: Settings
    agent_stores: AgentStores
    agent_url: str


@pytest.fixture
async def attended(stores: Stores) -> AsyncIterator[Attended]:
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
            told = {"agent_url": door.address, "given_service_token": SERVICE_TOKEN}
            settings = Settings.model_validate(settings_of(stores).model_dump() | told)
            async with serving(settings) as client:
                yield Attended(client, settings, agent_stores, door.address)
