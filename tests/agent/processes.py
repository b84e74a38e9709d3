"""A backend and agents as processes of their own, and a shop whose customers write through the sandbox channel."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from backend.embedded.stores import Stores
from backend.settings import Settings as BackendSettings
from tests.conftest import SECRET_KEY
from tests.nursery import Born, Nurseries

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass
class Process:
    """A running command that said where it listens."""

    url: str
    born: Born

    @property
    def log(self) -> Path:
        return self.born.log

    def stop(self, seconds: float = 40.0) -> int:
        """SIGTERM, then what it ended with; AssertionError if it had to be killed."""
        assert self.born.stop(seconds), self.log.read_text()[-3000:]
        return self.born.wait(0)


@dataclass
class Installation:
    """What processes of one installation share."""

    stores: Stores
    folder: Path
    nurseries: Nurseries
    settings: BackendSettings = field(init=False)

    def __post_init__(self) -> None:
        self.settings = BackendSettings.model_validate(
            {"environment": "test", "DATABASE_URL": self.stores.database_url, "secret_key": SECRET_KEY}
        )

    @contextmanager
    def running(self, room: str, name: str, env: Mapping[str, str], *arguments: str) -> Iterator[Process]:
        """`python -m <room> <arguments>` that says where it listens, with its log in `<name>.log`, until the block
        ends."""
        with self.nurseries.running(room, self.folder / f"{name}.log", env, *arguments) as born:
            yield Process(born.address(), born)

    @contextmanager
    def backend(self, port: int = 0, **changes: str) -> Iterator[Process]:
        """A backend of these stores."""
        with self.running("backend", "backend", self._records(changes), "serve", "--port", str(port)) as process:
            yield process

    @contextmanager
    def dispatcher(self, **changes: str) -> Iterator[Process]:
        """What sends, for as long as the block runs."""
        with self.running("backend", "dispatcher", self._records(changes), "dispatch", "--port", "0") as process:
            yield process

    @contextmanager
    def worker(self) -> Iterator[Process]:
        """What does background jobs."""
        with self.running("backend", "worker", self._records({}), "work", "--port", "0") as process:
            yield process

    @contextmanager
    def agent(self, backend_url: str, name: str = "agent", **changes: str) -> Iterator[Process]:
        """An agent beside it."""
        env = {
            "AGENT_DATABASE_URL": self.stores.agent_database_url,
            "TENDERO_BACKEND_URL": backend_url,
            "TENDERO_SERVICE_TOKEN": self.settings.service_token,
            **changes,
        }
        with self.running("agent", name, env, "serve", "--port", "0") as process:
            yield process

    def _records(self, changes: Mapping[str, str]) -> dict[str, str]:
        return {
            "TENDERO_ENVIRONMENT": "test",
            "TENDERO_SECRET_KEY": SECRET_KEY,
            **self.stores.environment(),
            **changes,
        }

    async def shop(self, backend_url: str, **changes: Any) -> "Shop":
        """A new tenant without quiet window, with a sandbox channel."""
        async with httpx.AsyncClient(base_url=backend_url, timeout=60.0) as client:
            answer = await client.post(
                "/v1/tenants",
                headers={"Authorization": f"Bearer {self.settings.platform_token}"},
                json={
                    "slug": f"shop-{uuid4().hex}",
                    "name": "Zapatería Andes",
                    "mode": "sales",
                    "locale": "es-MX",
                    "currency": "MXN",
                    "timezone": "America/Mexico_City",
                    "hours": {day: [["00:00", "23:59"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")},
                    "settings": {"quiet_window_seconds": 0, "longest_wait_seconds": 0},
                    **changes,
                },
            )
            assert answer.status_code == 201, answer.text
            made = answer.json()
        shop = Shop(backend_url, made["tenant"]["id"], made["api_key"])
        channel = {"provider": "sandbox", "address": "sandbox"}
        await shop.ok("POST", "/v1/channels", channel)
        return shop


@dataclass
class Shop:
    """A tenant and its public API."""

    url: str
    tenant_id: str
    api_key: str

    async def ok(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        """The JSON of a call that must succeed."""
        async with httpx.AsyncClient(base_url=self.url, timeout=60.0) as client:
            headers = {"Authorization": f"Bearer {self.api_key}"}
            answer = await client.request(method, path, json=body, params=params, headers=headers)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def write(self, customer: str, text: str) -> None:
        """A customer writes on the sandbox channel."""
        await self.ok("POST", "/v1/sandbox/messages", {"from": customer, "name": customer, "text": text})

    async def conversation_of(self, customer: str) -> dict[str, Any]:
        """The conversation of the customer, whose name is the number they write from."""
        listed = await self.ok("GET", "/v1/conversations", limit=200)
        found: dict[str, Any] = next(item for item in listed["items"] if item["contact_name"] == customer)
        return found

    async def transcript(self, conversation_id: str) -> list[dict[str, Any]]:
        """Messages, oldest first."""
        listed = await self.ok("GET", f"/v1/conversations/{conversation_id}/messages", limit=100)
        return sorted(listed["items"], key=lambda item: (item["sent_at"], item["id"]))


def free_port() -> int:
    """A port that nobody listens on right now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


async def until(condition: Callable[[], Awaitable[Any]], seconds: float = 90.0) -> Any:
    """The first true answer of `condition`; AssertionError after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        found = await condition()
        if found:
            return found
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.05)
