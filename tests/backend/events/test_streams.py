"""Events as they happen, over Server-Sent Events and websockets, with and without Redis."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from backend.bell import Bell
from backend.database import Database
from backend.events.live import MOST_WAITING, Live
from backend.events.positions import OLDEST
from backend.events.reading import newest
from backend.events.tickets import Ticket
from backend.settings import Settings
from tests.backend.events.conftest import Server, running
from tests.backend.settling import settled
from tests.factories import Business, make_business


@pytest.fixture
async def shop(server: Server, settings: Settings) -> Business:
    """A business that calls over a real socket."""
    return await make_business(server.http, settings)


class Stream:
    """One open stream, read event by event."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self._lines = answer.aiter_lines()

    async def next(self) -> dict[str, str]:
        """The next event's fields; comments are passed over."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(60):
            async for line in self._lines:
                if line.startswith(":"):
                    continue
                name, _, value = line.partition(": ")
                if line:
                    fields[name] = value
                elif "data" in fields:
                    return fields
        raise AssertionError("the stream ended")


@contextlib.asynccontextmanager
async def opened(shop: Business, server: Server, *, ticket: str | None = None, **more: str) -> AsyncIterator[Stream]:
    headers = {} if ticket else {"Authorization": f"Bearer {shop.api_key}"}
    if "last_event_id" in more:
        headers["Last-Event-ID"] = more.pop("last_event_id")
    params = {**more, **({"ticket": ticket} if ticket else {})}
    async with server.http.stream("GET", "/v1/events/stream", params=params, headers=headers) as answer:
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Stream(answer)


async def say(shop: Business, words: str = "hola") -> str:
    """A customer writes; the message's id."""
    answer = await shop.ok("POST", "/v1/sandbox/messages", {"from": "ana", "text": words})
    return str(answer["message_id"])


async def take_until(stream: Stream, message_id: str) -> list[dict[str, Any]]:
    """Events up to the one about a message."""
    found: list[dict[str, Any]] = []
    while not found or found[-1]["subject_id"] != message_id:
        found.append(json.loads((await stream.next())["data"]))
    return found


async def test_a_stream_tells_what_happens_and_goes_on_where_it_was(
    shop: Business, server: Server, database: Database
) -> None:
    await say(shop, "antes")
    await settled(database)
    async with opened(shop, server) as stream:
        first = await say(shop)
        fields = await stream.next()
        event = json.loads(fields["data"])
        assert (fields["event"], event["type"], event["subject_id"]) == ("message.received",) * 2 + (first,)
    missed = [await say(shop), await say(shop)]
    async with opened(shop, server, last_event_id=fields["id"]) as stream:
        assert [json.loads((await stream.next())["data"])["subject_id"] for _ in missed] == missed
        now = await say(shop)
        assert json.loads((await stream.next())["data"])["subject_id"] == now
    async with opened(shop, server, start="oldest") as stream:
        told = await take_until(stream, now)
    assert [event["type"] for event in told].count("message.received") == 5
    assert len({event["id"] for event in told}) == len(told)


async def test_two_readers_are_served_by_one_watcher_and_leave_nothing_behind(
    shop: Business, server: Server, settings: Settings
) -> None:
    other = await make_business(server.http, settings)
    async with opened(shop, server) as one, opened(shop, server) as two, opened(other, server) as foreign:
        written = [await say(shop) for _ in range(3)]
        theirs = await say(other)
        for stream in (one, two):
            told = await take_until(stream, written[-1])
            assert [event["subject_id"] for event in told if event["type"] == "message.received"] == written
        assert (await take_until(foreign, theirs))[-1]["subject_id"] == theirs


async def test_a_ticket_opens_a_stream_for_a_browser_and_rubbish_does_not(shop: Business, server: Server) -> None:
    ticket = (await shop.ok("POST", "/v1/events/tickets"))["ticket"]
    async with opened(shop, server, ticket=ticket) as stream:
        written = await say(shop)
        await take_until(stream, written)
    for params, headers in (
        ({"ticket": "x.y.z"}, {}),
        ({"ticket": ticket[:-2] + "AA"}, {}),
        ({}, {}),
        ({}, {"Authorization": "Bearer tnd_nobody"}),
    ):
        answer = await server.http.get("/v1/events/stream", params=params, headers=headers)
        assert answer.status_code == 401, answer.text
    key = {"Authorization": f"Bearer {shop.api_key}"}
    answer = await server.http.get("/v1/events/stream", headers={**key, "Last-Event-ID": "rubbish"})
    assert answer.status_code == 422


@contextlib.asynccontextmanager
async def socket(server: Server, hello: Any, headers: dict[str, str] | None = None) -> AsyncIterator[ClientConnection]:
    async with connect(f"{server.ws_url}/v1/events/socket", additional_headers=headers) as connection:
        await connection.send(hello if isinstance(hello, str) else json.dumps(hello))
        yield connection


async def heard(connection: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(60):
        return dict(json.loads(await connection.recv()))


async def test_a_websocket_tells_what_happens_and_goes_on_where_it_was(shop: Business, server: Server) -> None:
    ticket = (await shop.ok("POST", "/v1/events/tickets"))["ticket"]
    async with socket(server, {"ticket": ticket, "start": "oldest"}) as connection:
        assert set(await heard(connection)) == {"cursor"}
        written = await say(shop)
        told = [await heard(connection) for _ in range(3)]
        assert told[-1]["event"]["subject_id"] == written
    missed = await say(shop)
    key = {"Authorization": f"Bearer {shop.api_key}"}
    async with socket(server, {"cursor": told[-1]["cursor"]}, key) as connection:
        await heard(connection)
        assert (await heard(connection))["event"]["subject_id"] == missed


async def test_a_websocket_refuses_what_it_does_not_know(server: Server) -> None:
    for hello, code in (
        ("not json", 4400),
        ("[]", 4400),
        ("{}", 4401),
        ('{"ticket": "x.y.z"}', 4401),
        ('{"ticket": 7}', 4400),
        ('{"what": 1}', 4400),
        ('{"cursor": "' + "a" * 5000 + '"}', 4400),
        ('{"ticket": "' + "\\u0000" * 10 + '"}', 4401),
    ):
        async with socket(server, hello) as connection:
            with pytest.raises(ConnectionClosed) as closed:
                await heard(connection)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == code, hello


async def test_a_business_may_not_open_streams_without_end(
    shop: Business, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.events.live.MOST_READERS", 1)
    ticket = (await shop.ok("POST", "/v1/events/tickets"))["ticket"]
    async with opened(shop, server) as stream:
        await take_until(stream, await say(shop))
        answer = await server.http.get("/v1/events/stream", params={"ticket": ticket})
        assert (answer.status_code, answer.json()["type"]) == (429, "urn:tendero:problem:too-many-streams")
        async with socket(server, {"ticket": ticket}) as connection:
            with pytest.raises(ConnectionClosed) as closed:
                await heard(connection)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4429


async def test_without_redis_events_still_come(settings: Settings) -> None:
    alone = settings.model_copy(update={"redis_url": None})
    async with running(alone) as server, running(alone) as writer:
        shop = await make_business(writer.http, alone)
        async with opened(shop, server) as stream:
            written = await say(shop)
            assert (await take_until(stream, written))[-1]["subject_id"] == written


async def test_a_reader_that_is_too_slow_is_dropped_and_loses_nothing(
    shop: Business, database: Database, settings: Settings
) -> None:
    bell = Bell(settings.redis_url)
    live = Live(database, bell)
    start = await newest(database)
    following = live.follow(Ticket(shop.tenant_id, "key:of-the-shop", None), start, beat_seconds=0.05)
    assert await anext(following) == []
    [listener] = live._listeners[shop.tenant_id]
    event = (await _one(live, shop, database))[0]
    for _ in range(MOST_WAITING + 1):
        listener.hand(event)
    rest = [batch async for batch in following]
    assert [one for batch in rest for one in batch] in ([], [event])
    assert live.readers == 0
    caught_up = live.follow(Ticket(shop.tenant_id, "key:of-the-shop", None), start, beat_seconds=0.05)
    assert event.id in {one.id for one in await anext(caught_up)}
    await caught_up.aclose()
    await live.close()
    await bell.close()


async def _one(live: Live, shop: Business, database: Database) -> list[Any]:
    await say(shop)
    await settled(database)
    fresh = live.follow(Ticket(shop.tenant_id, "key:of-the-shop", None), OLDEST)
    found = await anext(fresh)
    await fresh.aclose()
    return found
