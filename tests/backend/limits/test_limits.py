"""What a caller is told of limits, what is never counted, and what happens while Redis is away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit, urlunsplit

from backend.database import new_id
from backend.limits import Limiter, Rates
from backend.settings import Settings
from tests.backend.application import inside_application
from tests.factories import Business, make_business

HOUR = 3600


@asynccontextmanager
async def frugal(settings: Settings, calls: int, of_tenant: int = 0) -> AsyncIterator[Business]:
    """A business of an application that lets a key make `calls` calls an hour."""
    changes = {"calls_per_window": calls, "tenant_calls_per_window": of_tenant, "limit_window_seconds": HOUR}
    async with inside_application(settings.model_copy(update=changes)) as client:
        yield await make_business(client, settings)


async def test_each_answer_tells_what_is_left_and_a_refusal_when_to_come_back(settings: Settings) -> None:
    async with frugal(settings, 2) as business:
        first, second, third = [await business.call("GET", "/v1/contacts") for _ in range(3)]
        assert [first.headers["RateLimit-Remaining"], second.headers["RateLimit-Remaining"]] == ["1", "0"]
        assert first.headers["RateLimit-Policy"] == f'"caller";q=2;w={HOUR}'
        assert first.headers["RateLimit"].startswith('"caller";r=1;t=')
        assert third.status_code == 429
        assert third.headers["content-type"] == "application/problem+json"
        assert third.json()["type"] == "urn:tendero:problem:too-many-requests"
        assert 0 < int(third.headers["Retry-After"]) <= HOUR
        assert third.headers["RateLimit-Limit"] == "2"


async def test_a_refused_call_changes_nothing(settings: Settings) -> None:
    async with frugal(settings, 1) as business:
        await business.ok("PUT", "/v1/facts/address", {"text": "Calle 1"})
        assert (await business.call("PUT", "/v1/facts/address", {"text": "Calle 2"})).status_code == 429
        for_another_key = await make_business(business.client, settings)
        assert (await for_another_key.call("GET", "/v1/facts")).status_code == 200


async def test_the_operator_our_services_and_providers_are_not_counted(settings: Settings) -> None:
    async with frugal(settings, 1) as business:
        platform = {"Authorization": f"Bearer {settings.platform_token}"}
        service = {"Authorization": f"Bearer {settings.service_token}"}
        for _ in range(3):
            webhook = await business.client.post("/webhooks/twilio/nobody", data={"a": "b"})
            assert webhook.status_code == 404
            assert "RateLimit-Limit" not in webhook.headers
            claim = {"worker": "w", "limit": 1, "kinds": ["reflect"]}
            answer = await business.client.post("/internal/leases/claim", json=claim, headers=service)
            assert answer.status_code == 200
            assert (await business.client.get("/internal/overview", headers=platform)).status_code == 200


async def test_wrong_keys_say_nothing_of_limits(settings: Settings) -> None:
    async with frugal(settings, 1) as business:
        for _ in range(3):
            answer = await business.client.get("/v1/contacts", headers={"Authorization": "Bearer tnd_wrong"})
            assert answer.status_code == 401
            assert "RateLimit-Limit" not in answer.headers


async def test_a_call_that_the_business_may_not_make_takes_nothing_of_the_key(settings: Settings) -> None:
    limiter = Limiter(settings.redis_url, Rates(caller=3, tenant=1, window_seconds=HOUR))
    mine, ours = f"caller:{new_id()}", f"tenant:{new_id()}"
    assert (await limiter.hit_all([mine, ours])).allowed
    for _ in range(5):
        refused = await limiter.hit_all([mine, ours])
        assert (refused.allowed, refused.bucket) == (False, ours)
    assert (await limiter.hit(mine)).remaining == 1
    await limiter.close()


async def test_a_window_moves_and_a_cost_counts_as_so_many_calls(settings: Settings) -> None:
    for url in (settings.redis_url, None):
        limiter = Limiter(url, Rates(caller=3, window_seconds=2))
        bucket = f"caller:{new_id()}"
        assert (await limiter.hit(bucket, cost=3)).allowed
        verdict = await limiter.hit(bucket)
        assert not verdict.allowed
        assert 0 < verdict.wait_seconds <= 2
        for _ in range(50):
            if (verdict := await limiter.hit(bucket, cost=3)).allowed:
                break
            await asyncio.sleep(verdict.wait_seconds)
        assert verdict.allowed
        assert not (await limiter.hit(f"caller:{new_id()}", cost=4)).allowed
        await limiter.close()


async def test_without_limits_nothing_is_counted(settings: Settings) -> None:
    limiter = Limiter(settings.redis_url, Rates(caller=0))
    assert all([(await limiter.hit("caller:anybody", cost=50)).allowed for _ in range(5)])
    await limiter.close()


class Gate:
    """Passes bytes on to Redis while it is open."""

    def __init__(self, url: str) -> None:
        self._to = urlsplit(url)
        self.open = True
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.url = ""

    async def __aenter__(self) -> "Gate":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        host = (
            f"{self._to.netloc.rpartition('@')[0]}@127.0.0.1:{port}" if "@" in self._to.netloc else f"127.0.0.1:{port}"
        )
        self.url = urlunsplit(self._to._replace(netloc=host))
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.shut()
        await self._server.wait_closed()

    def shut(self) -> None:
        """Nothing passes, and what was connected is cut off."""
        self.open = False
        for writer in self._writers:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.open:
            writer.transport.abort()
            return
        from_redis, to_redis = await asyncio.open_connection(self._to.hostname, self._to.port)
        self._writers |= {writer, to_redis}
        await asyncio.wait(
            [asyncio.create_task(_pump(reader, to_redis)), asyncio.create_task(_pump(from_redis, writer))]
        )
        self._writers -= {writer, to_redis}


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):  # one side has hung up, and the other is about to
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def test_while_redis_is_away_a_process_counts_for_itself_and_afterwards_together_again(
    settings: Settings,
) -> None:
    assert settings.redis_url is not None
    rates = Rates(caller=2, window_seconds=HOUR)
    async with Gate(settings.redis_url) as gate:
        here, there = Limiter(gate.url, rates), Limiter(settings.redis_url, rates)
        bucket = f"caller:{new_id()}"
        assert (await here.hit(bucket)).remaining == 1
        assert (await there.hit(bucket)).remaining == 0
        gate.shut()
        alone = [(await here.hit(bucket)).allowed for _ in range(4)]
        assert alone == [True, True, False, False]
        gate.open = True
        other = f"caller:{new_id()}"
        assert (await there.hit(other)).remaining == 1
        assert (await there.hit(other)).remaining == 0
        async with asyncio.timeout(60):
            while (await here.hit(other)).allowed:
                other = f"caller:{new_id()}"
                await there.hit(other, cost=2)
                await asyncio.sleep(0.1)
        assert not (await there.hit(other)).allowed
        await here.close()
        await there.close()
