"""The agent's own database, opened as the service opens it."""

from collections.abc import AsyncIterator, Iterator

import pytest

from agent.settings import Settings
from agent.stores import Stores, open_stores
from tests.agent.processes import Installation, Process
from tests.nursery import Nurseries
from tests.stores import Stores as Servers
from tests.stores import fresh_clone


@pytest.fixture
def agent_settings(stores: Servers) -> Settings:
    """Settings of an agent beside the worker's databases; nobody listens at the backend's address."""
    return Settings.model_validate(
        {
            "service_token": "service-token-of-the-tests",
            "AGENT_DATABASE_URL": stores.agent_database_url,
            "backend_url": "http://backend.test",
            "search_lag_seconds": 0,
        }
    )


@pytest.fixture
async def agent_stores(agent_settings: Settings) -> AsyncIterator[Stores]:
    """Pool, saver and index."""
    async with open_stores(agent_settings) as opened:
        yield opened


@pytest.fixture(scope="module")
def installation(
    template: dict[str, str],
    worker_number: int,
    tmp_path_factory: pytest.TempPathFactory,
    nurseries: Nurseries,
) -> Iterator[Installation]:
    """An installation on databases of this module alone, so that its workers find its own work only."""
    with fresh_clone(template, worker_number) as stores:
        yield Installation(stores, tmp_path_factory.mktemp("installation"), nurseries)


@pytest.fixture(scope="module")
def backend_process(installation: Installation) -> Iterator[Process]:
    """Its backend, as a process of its own."""
    with installation.backend() as process:
        yield process


@pytest.fixture(scope="module")
def dispatching(installation: Installation, backend_process: Process) -> Iterator[None]:
    with installation.dispatcher():
        yield
