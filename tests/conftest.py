"""Fixtures every room may use: real stores, one server a session, a clone of the migrated databases per worker."""

import gc
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import certifi
import pytest

from backend.embedded.processes import die_with_parent
from backend.embedded.stores import Stores
from tests.nursery import Nurseries
from tests.stores import CACHE, cloned, fresh_clone, session_server

OUTSIDE = ("DATABASE_URL", "AGENT_DATABASE_URL", "REDIS_URL")
OUTSIDE_PREFIXES = ("OPENAI_", "ANTHROPIC_", "GOOGLE_", "GEMINI_", "LANGSMITH_", "LANGCHAIN_", "TENDERO_")
SECRET_KEY = "a key for tests alone, of 44 characters......"
GENEROUS = {f"TENDERO_{name}CALLS_PER_WINDOW": "1000000" for name in ("", "TENANT_", "ADDRESS_")}
"""Limits that no test meets by accident."""
TEMPLATE = pytest.StashKey[dict[str, str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Tests see no server or key of the shell they were started from, and end with it."""
    if hasattr(config, "workerinput"):
        die_with_parent(signal.SIGKILL, parent=os.getppid())
    else:
        die_with_parent()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for name in [name for name in os.environ if name in OUTSIDE or name.startswith(OUTSIDE_PREFIXES)]:
        del os.environ[name]
    os.environ["TENDERO_ENVIRONMENT"] = "test"
    os.environ["TENDERO_SECRET_KEY"] = SECRET_KEY
    os.environ["TENDERO_ENV_FILE"] = os.devnull
    os.environ |= GENEROUS
    folder = _folder(config)
    os.environ["TENDERO_DATA_DIR"] = str(folder)
    os.environ["SSL_CERT_FILE"] = str(_one_certificate(folder))
    if sys.dont_write_bytecode:
        _keep_bytecode(CACHE / "bytecode")


def _folder(config: pytest.Config) -> Path:
    """Where files that tests upload lie, for as long as this process."""
    folder = tempfile.mkdtemp(prefix="tendero-tests-")
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    return Path(folder)


def _one_certificate(folder: Path) -> Path:
    """Each HTTP client reads all the certificates it trusts: 24 ms of CPU for those that a system comes with. Tests
    call nobody outside, so one is enough."""
    file, end = folder / "trusted.pem", "-----END CERTIFICATE-----\n"
    file.write_text("".join(certifi.contents().partition(end)[:2]))
    return file


def _keep_bytecode(folder: Path) -> None:
    """Where Python may write none beside its sources, each of the hundreds of processes that tests start would compile
    all that it imports: six seconds of CPU."""
    sys.pycache_prefix, sys.dont_write_bytecode = str(folder), False
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_collection_finish() -> None:
    """What is imported and collected by now stays; to pass over it again and again is a tenth of the tests' CPU."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """With xdist the controller runs the server and tells each worker where it is."""
    node.workerinput["template"] = _template(node.config)


def _template(config: pytest.Config) -> dict[str, str]:
    if hasattr(config, "workerinput"):
        told: dict[str, str] = config.workerinput["template"]
        return told
    if TEMPLATE not in config.stash:
        stack = ExitStack()
        config.add_cleanup(stack.close)
        config.stash[TEMPLATE] = stack.enter_context(session_server())
    return config.stash[TEMPLATE]


@pytest.fixture(scope="session")
def worker_number(request: pytest.FixtureRequest) -> int:
    """0 without xdist, else the number in `gw<number>`."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "gw0")
    return int(worker.removeprefix("gw"))


@pytest.fixture(scope="session")
def nurseries() -> Iterator[Nurseries]:
    """What processes of the rooms are started by."""
    with ExitStack() as stack:
        yield Nurseries(stack)


@pytest.fixture(scope="session")
def template(request: pytest.FixtureRequest) -> dict[str, str]:
    """The environment of the session's template databases, which nobody may connect to."""
    return _template(request.config)


@pytest.fixture(scope="session")
def worker_stores(template: dict[str, str], worker_number: int) -> Iterator[Stores]:
    """The worker's clone, for the fixtures of a room that want to set something up once."""
    with cloned(template, f"worker_{worker_number}", worker_number) as stores:
        yield stores


@pytest.fixture
def stores(worker_stores: Stores) -> Stores:
    """Migrated databases and a Redis database of this worker; tests share them, so each makes a tenant of its own."""
    return worker_stores


@pytest.fixture
def fresh_stores(template: dict[str, str], worker_number: int) -> Iterator[Stores]:
    """Migrated databases and a Redis database of this test alone, for tests that kill processes or count everything."""
    with fresh_clone(template, worker_number) as stores:
        yield stores
