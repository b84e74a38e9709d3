"""The backend's application on real stores, inside the test's process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from backend.database import Database
from backend.embedded.stores import Stores
from backend.settings import Settings
from evals.world.calling import KEPT
from tests.backend.application import opened_database, running_application
from tests.backend.line import Agent, WhatsAppLine, connect_line
from tests.conftest import SECRET_KEY
from tests.factories import Business, Client, make_business


def settings_of(stores: Stores) -> Settings:
    """Settings of an application on these stores."""
    return Settings.model_validate(
        {
            "environment": "test",
            "database_url": stores.database_url,
            "agent_database_url": stores.agent_database_url,
            "redis_url": stores.redis_url,
            "secret_key": SECRET_KEY,
        }
    )


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[Client]:
    """Calls an application of its own on a socket, which answers many requests at the same time. It loads no
    certificates, which plain HTTP does not need."""
    async with (
        running_application(settings) as url,
        Client(base_url=url, timeout=60, limits=KEPT, trust_env=False, verify=False) as client,
    ):
        yield client


@pytest.fixture
def settings(stores: Stores) -> Settings:
    """Settings of this worker's databases."""
    return settings_of(stores)


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    """The doors to the database, for what a test prepares and checks."""
    async with opened_database(settings) as database:
        yield database


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[Client]:
    """Calls the application."""
    async with serving(settings) as client:
        yield client


@pytest.fixture
async def business(client: Client, settings: Settings) -> Business:
    """A tenant of this test alone."""
    return await make_business(client, settings)


@pytest.fixture
async def eager_business(client: Client, settings: Settings) -> Business:
    """A tenant whose turns are due at once: no quiet window."""
    return await make_business(client, settings, settings={"quiet_window_seconds": 0, "longest_wait_seconds": 0})


@pytest.fixture
async def line(eager_business: Business, settings: Settings) -> WhatsAppLine:
    """A WhatsApp number of the eager business."""
    return await connect_line(eager_business, settings)


@pytest.fixture
def agent(client: Client, settings: Settings) -> Agent:
    """The agent's side of the internal API."""
    return Agent(client, settings)
