"""A whole installation that can be hurt: servers of its own, a backend, two agents and a dispatcher as processes,
simulated Twilio and model, and a clock that can be moved."""

import itertools
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, LiteralString

import httpx
import psycopg
import redis

from backend.embedded.ports import free_port
from backend.settings import Settings
from evals.world import twilio
from evals.world.clock import CLOCK_FILE_VARIABLE, WorldClock
from tests.conftest import SECRET_KEY
from tests.message_path.backstage import Backstage, backstage
from tests.message_path.model import EchoModel, ModelDoor
from tests.nursery import Born, Nursery, nursery
from tests.stores import Stores, own_server

LEASE_SECONDS = 2.0
LOOK_AGAIN_SECONDS = 0.03
PATIENCE_SECONDS = 90.0
"""For what comes within a second or two where nothing else runs."""
CLOCK = "clock"
PROCESSES = ("backend", "dispatcher", "agent-1", "agent-2")
BUFFERED = {"quiet_window_seconds": 0.1, "longest_wait_seconds": 0.4}
UNLIMITED = {"loop_instant_replies": 0, "loop_replies": 0}
"""These customers write and read as fast as machines do."""
Json = dict[str, Any]

_numbers = itertools.count(1)


class World:
    """Names of processes are those of `PROCESSES`; further ones get a name of the caller's."""

    def __init__(
        self, stores: Stores, run: Path, folder: Path, nurseries: dict[str, Nursery], stage: Backstage
    ) -> None:
        self.stores = stores
        self.stage = stage
        self.models = ModelDoor(EchoModel())
        self.clock = WorldClock(folder / CLOCK)
        self.settings = Settings.model_validate(
            {"environment": "test", "DATABASE_URL": stores.database_url, "secret_key": SECRET_KEY}
        )
        self.url = f"http://127.0.0.1:{free_port()}"
        self.twilio_url = stage.serve(twilio.create_app(self.clock))
        self.running: dict[str, Born] = {}
        self._armed: set[str] = set()
        self._run = run
        self._folder = folder
        self._http = httpx.Client(timeout=60.0, trust_env=False)
        self._connections: dict[str, psycopg.Connection[Any]] = {}
        self._nurseries = nurseries
        self._environment = {
            **stores.environment(),
            "TENDERO_SECRET_KEY": SECRET_KEY,
            "TENDERO_SERVICE_TOKEN": self.settings.service_token,
            "TENDERO_PUBLIC_URL": self.url,
            "TENDERO_BACKEND_URL": self.url,
            "TENDERO_LEASE_SECONDS": str(LEASE_SECONDS),
            "TENDERO_FIRST_LEASE_SECONDS": str(LEASE_SECONDS),
            "TENDERO_RENEW_SECONDS": "0.4",
            "TENDERO_REFLECT_SECONDS": "0.2",
            "TENDERO_DRAIN_SECONDS": "5",
            "TENDERO_MODEL": f"compatible:echo@{stage.serve(self.models.app())}/v1",
            "TENDERO_TWILIO_BASE_URL": self.twilio_url,
        }

    def start(self, name: str, crash_at: str = "", **changes: str) -> Born:
        """Starts a process that is not there; it is ready when this returns."""
        room, arguments, ready = _command(name, self.url)
        environment = self._environment | {"TENDERO_CRASH_AT": crash_at}
        born = self._nurseries[room].bear(self._folder / f"{name}.log", environment | changes, *arguments)
        self.running[name] = born
        born.says(ready)
        if room == "backend" and name == "backend":
            self.until(self._listens)
        return born

    def arm(self, crash_at: str) -> list[Born]:
        """Restarts the processes that pass the point, told to die there."""
        names = [name for name in PROCESSES if _owns(name, crash_at)]
        for name in names:
            self.stop(name)
        self._armed.update(names)
        return [self.start(name, crash_at) for name in names]

    def stop(self, name: str) -> bool:
        """SIGTERM; whether it ended by itself."""
        return self.running.pop(name).stop()

    def kill(self, name: str) -> None:
        """`kill -9`."""
        self.running.pop(name).kill()

    def freeze(self, name: str) -> None:
        """It stands still, and so do its timers."""
        self.running[name].signal(signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        self.running[name].signal(signal.SIGCONT)

    def heal(self) -> None:
        """All processes there, none told to die, none frozen; the servers, too."""
        self.until(self._stores_answer, 60.0)
        for name, born in list(self.running.items()):
            born.signal(signal.SIGCONT)
            if name not in PROCESSES or name in self._armed or not born.alive():
                self.kill(name)
        self._armed.clear()
        for name in PROCESSES:
            if name not in self.running:
                self.start(name)

    def restart_postgres(self) -> None:
        """Immediate: sessions are cut, nothing is flushed, it recovers from its log."""
        postmaster = int((self._run / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGQUIT)
        self.until(lambda: self._other_postmaster(postmaster), 60.0)

    def kill_redis(self) -> None:
        """It comes again, empty."""
        with redis.Redis.from_url(self.stores.redis_url or "") as client:
            pid = int(client.info("server")["process_id"])
        os.kill(pid, signal.SIGKILL)
        self.until(self._stores_answer, 60.0)

    def flush_redis(self) -> None:
        with redis.Redis.from_url(self.stores.redis_url or "") as client:
            client.flushall()

    def advance(self, seconds: float) -> None:
        """Business time of all processes."""
        self.clock.advance(timedelta(seconds=seconds))

    def door(self, method: str, path: str, content: Any = None, **query: Any) -> Any:
        """The simulated Twilio's control door."""
        answer = self._http.request(method, f"{self.twilio_url}/_world/{path}", json=content, params=query)
        answer.raise_for_status()
        return answer.json()

    def call(self, method: str, path: str, body: Any, token: str) -> Any:
        """A call to the backend that must succeed."""
        headers = {"Authorization": f"Bearer {token}"}
        answer = self._http.request(method, f"{self.url}{path}", json=body, headers=headers)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def rows(self, query: LiteralString, values: Any = (), *, agent: bool = False) -> list[Any]:
        """Rows of one of the two databases, as its owner."""
        url = self.stores.agent_database_url if agent else self.stores.database_url
        try:
            cursor = self._connection(url).execute(query, values)
        except psycopg.OperationalError:
            self._connections.pop(url).close()
            cursor = self._connection(url).execute(query, values)
        return cursor.fetchall() if cursor.description else []

    def business(self, **settings: Any) -> "Line":
        """A new tenant with a WhatsApp number."""
        number = f"+1415{next(_numbers):07d}"
        made = self.call(
            "POST",
            "/v1/tenants",
            {
                "slug": f"shop-{number[1:]}-{os.getpid()}",
                "name": "Tienda",
                "mode": "both",
                "locale": "es-MX",
                "currency": "MXN",
                "timezone": "America/Mexico_City",
                "hours": {day: [["00:00", "23:59"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")},
                "settings": UNLIMITED | BUFFERED | settings,
            },
            self.settings.platform_token,
        )
        account = self.door("POST", "accounts", {})
        channel = {
            "provider": "twilio",
            "address": number,
            "credentials": {"account_sid": account["sid"], "auth_token": account["token"]},
            "config": {"send_rate": 1000, "pair_rate": 1000},
        }
        webhook = self.call("POST", "/v1/channels", channel, made["api_key"])["webhook_url"]
        self.door("POST", "senders", {"number": number, "account_sid": account["sid"], "webhook_url": webhook})
        return Line(self, made["tenant"]["id"], made["api_key"], number)

    def until(self, condition: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> Any:
        """The first true answer; AssertionError with the ends of all logs after that time."""
        deadline = time.monotonic() + seconds
        while not (found := condition()):
            assert time.monotonic() < deadline, f"it did not happen within {seconds:g} s{self.logs()}"
            time.sleep(LOOK_AGAIN_SECONDS)
        return found

    def logs(self, characters: int = 1500) -> str:
        """What the processes said last."""
        told = [(path.name, path.read_text()[-characters:]) for path in sorted(self._folder.glob("*.log"))]
        return "".join(f"\n--- {name}\n{text}" for name, text in told)

    def close(self) -> None:
        """Ends processes and connections."""
        for born in self.running.values():
            born.signal(signal.SIGKILL)
        for connection in self._connections.values():
            connection.close()
        self._http.close()

    def _connection(self, url: str) -> "psycopg.Connection[Any]":
        if url not in self._connections:
            self._connections[url] = psycopg.connect(url, autocommit=True)
        return self._connections[url]

    def _listens(self) -> bool:
        try:
            return self._http.get(f"{self.url}/health/live", timeout=5.0).is_success
        except httpx.TransportError:
            return False

    def _stores_answer(self) -> bool:
        self.stores.heal()
        try:
            psycopg.connect(self.stores.database_url, connect_timeout=2).close()
            if self.stores.redis_url:
                with redis.Redis.from_url(self.stores.redis_url) as client:
                    client.ping()
        except (psycopg.OperationalError, redis.exceptions.RedisError):
            return False
        return True

    def _other_postmaster(self, old: int) -> bool:
        try:
            now = int((self._run / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
        except (FileNotFoundError, IndexError):
            now = old
        return self._stores_answer() and now != old


class Line:
    """A tenant's WhatsApp number, and the customers who write to it."""

    def __init__(self, world: World, tenant_id: str, api_key: str, number: str) -> None:
        self.world = world
        self.tenant_id = tenant_id
        self.api_key = api_key
        self.number = number

    def message(self, customer: str, body: str, sid: str, copies: int = 1) -> Json:
        """One message as `write` and `burst` take it; the same sid again is the same message."""
        return {"customer": customer, "to": self.number, "body": body, "sid": sid, "copies": copies}

    def write(self, *messages: Json, at_once: bool = False) -> list[bool]:
        """Which of them the backend acknowledged."""
        done = self.world.door("POST", "burst", {"messages": list(messages), "at_once": at_once})
        return [any(one["attempts"][-1] == 200 for one in item["deliveries"]) for item in done]

    def inbox(self, customer: str) -> list[str]:
        """Bodies of all that reached the customer's phone, oldest first."""
        received = self.world.door("GET", "received", customer=customer, sender=self.number)
        return [item["body"] for item in received]

    def ok(self, method: str, path: str, body: Any = None) -> Any:
        """A call to the public API that must succeed."""
        return self.world.call(method, path, body, self.api_key)


@contextmanager
def open_world(folder: Path, *, fsync: bool = True) -> Iterator[World]:
    """Everything started; everything ended with the block."""
    with ExitStack() as stack:
        clock = {CLOCK_FILE_VARIABLE: str(folder / CLOCK)}
        nurseries = {room: stack.enter_context(nursery(room, clock)) for room in ("backend", "agent")}
        stores, run = stack.enter_context(own_server(fsync=fsync))
        stage = stack.enter_context(backstage())
        world = World(stores, run, folder, nurseries, stage)
        stack.callback(world.close)
        yield world


def _command(name: str, url: str) -> tuple[str, tuple[str, ...], str]:
    """Room, arguments, and the words that say it is ready."""
    kind = name.partition("-")[0]
    if kind == "agent":
        return "agent", ("serve", "--port", "0"), "listening"
    if kind == "dispatcher":
        return "backend", ("dispatch",), "dispatcher.started"
    return "backend", ("serve", "--port", url.rpartition(":")[2] if name == "backend" else "0"), "listening"


def _owns(name: str, point: str) -> bool:
    """Whether the process passes the point."""
    kind, stage = name.partition("-")[0], point.partition(".")[0]
    owners = {"dispatch": "dispatcher", "turn": "agent", "reflect": "agent"}
    return owners.get(stage, "backend") == kind
