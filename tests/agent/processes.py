"""A backend and agents as processes of their own, and a shop whose customers write through the sandbox channel."""

import asyncio
import json
import os
import select
import socket
import subprocess
import sys
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

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 60.0


@dataclass
class Process:
    """A running command that said where it listens."""

    url: str
    popen: "subprocess.Popen[bytes]"
    log: Path

    def stop(self, seconds: float = 40.0) -> int:
        """SIGTERM, then what it ended with; killed if it does not end."""
        self.popen.terminate()
        try:
            return self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
            raise


@contextmanager
def running(log: Path, *arguments: str, env: Mapping[str, str]) -> Iterator[Process]:
    """Runs `python -m <arguments>` until the block ends; killed if it will not stop."""
    with log.open("wb") as errors:
        popen = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env=os.environ | dict(env),
            stdout=subprocess.PIPE,
            stderr=errors,
        )
    try:
        yield Process(_address(popen, log), popen, log)
    finally:
        popen.kill()
        popen.wait()
        assert popen.stdout is not None
        popen.stdout.close()


def _address(popen: "subprocess.Popen[bytes]", log: Path) -> str:
    assert popen.stdout is not None
    readable, _, _ = select.select([popen.stdout], [], [], START_SECONDS)
    line = popen.stdout.readline() if readable else b""
    if not line:
        raise RuntimeError(f"it did not start:\n{log.read_text()[-3000:]}")
    address: str = json.loads(line)["listening"]
    return address


@dataclass
class Installation:
    """What processes of one installation share."""

    stores: Stores
    folder: Path
    settings: BackendSettings = field(init=False)

    def __post_init__(self) -> None:
        self.settings = BackendSettings.model_validate(
            {"environment": "test", "DATABASE_URL": self.stores.database_url, "secret_key": SECRET_KEY}
        )

    @contextmanager
    def backend(self, port: int = 0, **changes: str) -> Iterator[Process]:
        """A backend of these stores."""
        env = {"TENDERO_ENVIRONMENT": "test", "TENDERO_SECRET_KEY": SECRET_KEY, **self.stores.environment(), **changes}
        with running(self.folder / "backend.log", "backend", "serve", "--port", str(port), env=env) as process:
            yield process

    @contextmanager
    def dispatcher(self) -> Iterator[None]:
        """What sends, for as long as the block runs."""
        env = {"TENDERO_ENVIRONMENT": "test", "TENDERO_SECRET_KEY": SECRET_KEY, **self.stores.environment()}
        with (self.folder / "dispatcher.log").open("wb") as log:
            popen = subprocess.Popen(
                [sys.executable, "-m", "backend", "dispatch"],
                cwd=ROOT,
                env=os.environ | env,
                stdout=log,
                stderr=log,
            )
        try:
            yield
        finally:
            popen.kill()
            popen.wait()

    @contextmanager
    def agent(self, backend_url: str, name: str = "agent", **changes: str) -> Iterator[Process]:
        """An agent beside it."""
        env = {
            "AGENT_DATABASE_URL": self.stores.agent_database_url,
            "TENDERO_BACKEND_URL": backend_url,
            "TENDERO_SERVICE_TOKEN": self.settings.service_token,
            **changes,
        }
        with running(self.folder / f"{name}.log", "agent", "serve", "--port", "0", env=env) as process:
            yield process

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
