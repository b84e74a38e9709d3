"""The agent's own database, opened as the service opens it."""

from collections.abc import AsyncIterator

import pytest

from agent.settings import Settings
from agent.stores import Stores, open_stores
from tests.stores import Stores as Servers


@pytest.fixture
def agent_settings(stores: Servers) -> Settings:
    """Settings of an agent beside the worker's databases; nobody listens at the backend's address."""
    return Settings.model_validate(
        {
            "service_token": "service-token-of-the-tests",
            "AGENT_DATABASE_URL": stores.agent_database_url,
            "backend_url": "http://backend.test",
        }
    )


@pytest.fixture
async def agent_stores(agent_settings: Settings) -> AsyncIterator[Stores]:
    """Pool, saver and index."""
    async with open_stores(agent_settings) as opened:
        yield opened
