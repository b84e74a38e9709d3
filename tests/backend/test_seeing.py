"""One message is followed by its ids from the webhook to its last status, and each process tells how it is doing."""

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.embedded.stores import Stores
from evals.world import twilio
from evals.world.clock import WorldClock
from evals.world.customers import Customer, TwilioDoor
from evals.world.serving import simulated
from tests.agent.processes import Installation, Process, free_port
from tests.factories import Business, make_business
from tests.nursery import Nurseries

ANA = "+5215512345678"
SHOP = "+14155238886"
SECRET = "tengo un secreto violeta"


class House:
    """Backend, dispatcher and agent as processes, beside the simulated Twilio."""

    def __init__(self, installation: Installation, twilio_url: str) -> None:
        self.installation = installation
        self.url = f"http://127.0.0.1:{free_port()}"
        self.twilio_url = twilio_url
        self.backend: Process
        self.dispatcher: Process

    def start(self, stack: ExitStack) -> None:
        told = {
            "TENDERO_TWILIO_BASE_URL": self.twilio_url,
            "TENDERO_PUBLIC_URL": self.url,
            "TENDERO_FIRST_LEASE_SECONDS": "30",
        }
        port = int(self.url.rpartition(":")[2])
        self.backend = stack.enter_context(self.installation.backend(port, **told))
        self.dispatcher = stack.enter_context(self.installation.dispatcher(**told))
        stack.enter_context(self.installation.agent(self.url, TENDERO_MODEL="offline"))

    def lines(self) -> list[dict[str, Any]]:
        """Everything that the three have logged, in order; each line must be JSON."""
        logs = [self.installation.folder / f"{name}.log" for name in ("backend", "agent", "dispatcher")]
        lines = [json.loads(line) | {"room": log.stem} for log in logs for line in log.read_text().splitlines()]
        return sorted(lines, key=lambda line: line.get("timestamp", ""))

    def texts(self) -> str:
        return "".join(log.read_text() for log in self.installation.folder.glob("*.log"))


@pytest.fixture
async def door() -> AsyncIterator[TwilioDoor]:
    async with simulated(twilio.create_app, WorldClock()) as url, TwilioDoor(url) as door:
        yield door


@pytest.fixture
def installation(fresh_stores: Stores, tmp_path: Path, nurseries: Nurseries) -> Installation:
    return Installation(fresh_stores, tmp_path, nurseries)


@pytest.fixture
async def house(installation: Installation, door: TwilioDoor) -> AsyncIterator[House]:
    house = House(installation, door.url)
    with ExitStack() as stack:
        await asyncio.to_thread(house.start, stack)
        yield house


async def _eventually(check: Callable[[], Awaitable[bool]], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not await check():
        assert time.monotonic() < deadline, "it did not come about"
        await asyncio.sleep(0.1)


async def _connected(house: House, door: TwilioDoor, client: httpx.AsyncClient) -> Business:
    quick = {"quiet_window_seconds": 0.2, "longest_wait_seconds": 1}
    business = await make_business(client, house.installation.settings, settings=quick)
    account = await door.account()
    credentials = {"account_sid": account["sid"], "auth_token": account["token"]}
    new = {"provider": "twilio", "address": SHOP, "credentials": credentials}
    channel = await business.ok("POST", "/v1/channels", new)
    await door.sender(SHOP, account["sid"], channel["webhook_url"])
    return business


async def test_the_logs_lead_from_the_webhook_to_the_last_status_and_tell_nothing_else(
    house: House, door: TwilioDoor
) -> None:
    async with httpx.AsyncClient(base_url=house.url, timeout=30) as client:
        business = await _connected(house, door, client)
        ana = Customer(door, ANA, SHOP)
        await ana.write(SECRET)
        [answer] = await ana.receive(1, timeout=60)

        async def read() -> bool:
            return any(line["event"] == "status.recorded" and line["status"] == "read" for line in house.lines())

        await _eventually(read)
        await _eventually(lambda: _logged(house, "turn.closed"))
        figures = (await client.get("/metrics")).text
        sent = (await client.get(f"{house.dispatcher.url}/metrics")).text
        ready = await client.get(f"{house.dispatcher.url}/health/ready")
    way = _way(house.lines(), str(business.tenant_id))
    assert [step for step in way if step != "dispatcher status"] == [
        "backend message.received",
        "backend turn.claimed",
        "agent turn.started",
        "backend reply.accepted",
        "dispatcher outbox.recorded",
        "backend status.recorded",
    ]
    for word in ("violeta", ANA[1:], SHOP[1:], answer["body"], business.api_key, business.api_key[4:]):
        assert word not in house.texts()
    for stage in ("received_to_claimed", "claimed_to_replied", "sent_to_delivered"):
        assert _figure(figures, f'tendero_stage_seconds_count{{stage="{stage}"}}') == 1
    assert _figure(figures, 'tendero_webhooks_total{kind="event",provider="twilio",status="200"}') == 1
    assert _figure(figures, 'tendero_turn_claims_total{try="first"}') == 1
    assert _figure(figures, 'tendero_turns{state="quarantined"}') == 0
    assert _figure(sent, 'tendero_stage_seconds_count{stage="replied_to_sent"}') == 1
    assert _figure(sent, 'tendero_outbox_sends_total{outcome="sent",provider="twilio"}') == 1
    assert ready.json() == {"status": "ok", **dict.fromkeys(("dispatch", "settle", "sweep", "hooks", "mail"), "ok")}


async def _logged(house: House, event: str) -> bool:
    return any(line["event"] == event for line in house.lines())


def _way(lines: list[dict[str, Any]], tenant: str) -> list[str]:
    """The steps of the only message, found by ids alone: each gives the ids by which the next is found."""
    [received] = [line for line in lines if line["event"] == "message.received"]
    turn = {"tenant": tenant, "conversation": received["conversation"], "turn": received["turn"]}
    claimed = _found(lines, "turn.claimed", **turn)
    started = _found(lines, "turn.started", **turn, attempt=claimed["attempt"])
    accepted = _found(lines, "reply.accepted", **turn, attempt=claimed["attempt"])
    [message] = accepted["messages"]
    part = {"tenant": tenant, "conversation": received["conversation"], "message": message}
    recorded = _found(lines, "outbox.recorded", **part)
    status = _found(lines, "status.recorded", **part, outbox=recorded["outbox"], status="read")
    return [f"{line['room']} {line['event']}" for line in (received, claimed, started, accepted, recorded, status)]


def _found(lines: list[dict[str, Any]], event: str, **ids: Any) -> dict[str, Any]:
    found = [line for line in lines if line["event"] == event and ids.items() <= line.items()]
    assert len(found) == 1, (event, ids, found)
    return found[0]


def _figure(figures: str, series: str) -> float:
    found = re.search(rf"^{re.escape(series)} (\S+)$", figures, re.MULTILINE)
    assert found is not None, series
    return float(found.group(1))


@pytest.fixture
def cut_off(installation: Installation) -> Iterator[Process]:
    """A dispatcher whose database and Redis nobody serves."""
    port = free_port()
    nowhere = {
        "DATABASE_URL": f"postgresql://tendero:x@127.0.0.1:{port}/nowhere",
        "REDIS_URL": f"redis://127.0.0.1:{port}/0",
    }
    with installation.dispatcher(**nowhere) as process:
        yield process


async def test_a_dispatcher_without_its_database_lives_and_is_not_ready(cut_off: Process) -> None:
    async with httpx.AsyncClient(base_url=cut_off.url, timeout=60) as client:
        assert (await client.get("/health/live")).status_code == 200
        ready = await client.get("/health/ready")
        assert (await client.get("/elsewhere")).status_code == 404
    assert ready.status_code == 503
    loops = ("dispatch", "settle", "sweep", "hooks", "mail")
    assert ready.json() == {"status": "failing", **dict.fromkeys(loops, "failing")}


async def test_a_worker_is_ready_with_its_queue_and_its_database(installation: Installation) -> None:
    with installation.worker() as worker:
        async with httpx.AsyncClient(base_url=worker.url, timeout=60) as client:
            assert (await client.get("/health/ready")).json() == {"status": "ok", "redis": "ok", "database": "ok"}
            assert "python_info" in (await client.get("/metrics")).text


@contextmanager
def _sharing(port: str, environment: dict[str, str]) -> Iterator[None]:
    """A backend started anew, since what counts for several processes is decided when it is imported."""
    command = [sys.executable, "-m", "backend", "serve", "--shared", "--port", port]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            assert process.stdout is not None
            assert b"listening" in process.stdout.readline()
            yield
        finally:
            process.kill()


async def test_processes_behind_one_port_are_counted_together(fresh_stores: Stores, tmp_path: Path) -> None:
    port, kept = str(free_port()), tmp_path / "figures"
    kept.mkdir()
    environment = {
        **os.environ,
        "PROMETHEUS_MULTIPROC_DIR": str(kept),
        **fresh_stores.environment(),
    }
    with ExitStack() as stack:
        for _ in range(2):
            await asyncio.to_thread(stack.enter_context, _sharing(port, environment))
        for _ in range(12):
            answer = await asyncio.to_thread(httpx.post, f"http://127.0.0.1:{port}/webhooks/nobody/token")
            assert answer.status_code == 404
        figures = (await asyncio.to_thread(httpx.get, f"http://127.0.0.1:{port}/metrics")).text
    assert _figure(figures, 'tendero_webhooks_total{kind="event",provider="other",status="404"}') == 12
    assert _figure(figures, "tendero_database_up") == 1
    assert len({file.name for file in kept.iterdir() if file.name.startswith("counter_")}) == 2
