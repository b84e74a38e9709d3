"""The whole message path under disorder: whatever dies on the way, each message is answered in exactly one reply."""

import asyncio
import random
import re
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from backend.conversations.models import OutboxEntry
from backend.database import Database
from backend.dispatcher import Dispatcher
from backend.embedded.stores import Stores
from backend.settings import Settings
from evals.world import twilio
from evals.world.clock import WorldClock
from evals.world.customers import Customer, TwilioDoor
from evals.world.serving import simulated
from tests.backend.application import running_application
from tests.backend.conftest import settings_of
from tests.backend.line import Agent
from tests.factories import Business, Client, make_business

CUSTOMERS = 12
MESSAGES = 4
TOKEN = re.compile(r"<\d+/\d+>")
NUMBER = "+14155238886"


@dataclass
class World:
    settings: Settings
    client: Client
    business: Business
    door: TwilioDoor
    random: random.Random


@pytest.fixture
async def world(fresh_stores: Stores) -> AsyncIterator[World]:
    settings = settings_of(fresh_stores)
    settings.first_lease_seconds, settings.lease_seconds = 4.0, 4.0
    async with simulated(twilio.create_app, WorldClock()) as twilio_url, TwilioDoor(twilio_url) as door:
        settings.twilio_base_url = twilio_url
        async with running_application(settings) as url, Client(base_url=url, timeout=60) as client:
            settings.public_url = url
            quick = {"quiet_window_seconds": 0.1, "longest_wait_seconds": 0.3, "memory_needs_consent": False}
            business = await make_business(client, settings, settings=quick)
            account = await door.account()
            credentials = {"account_sid": account["sid"], "auth_token": account["token"]}
            new = {
                "provider": "twilio",
                "address": NUMBER,
                "credentials": credentials,
                "config": {"send_rate": 1000, "pair_rate": 1000},
            }
            channel = await business.ok("POST", "/v1/channels", new)
            await door.sender(NUMBER, account["sid"], channel["webhook_url"])
            await door.behave(webhook_copies=3, status_copies=2, status_reversed=True)
            yield World(settings, client, business, door, random.Random(7))


async def _write(world: World, customer: int) -> None:
    """A customer writes a few messages, each delivered three times at once."""
    person = Customer(world.door, f"+52155{10_000_000 + customer}", NUMBER)
    for number in range(MESSAGES):
        await person.write(f"<{customer}/{number}>")
        await asyncio.sleep(world.random.random() * 0.3)


async def _work(world: World, name: str, stop: asyncio.Event) -> None:
    """An agent that echoes what it read, and now and then dies, fails or writes something first."""
    agent = Agent(world.client, world.settings, name)
    while not stop.is_set():
        for bundle in await agent.claim(world.business, wait_seconds=0.3):
            await _take(world, agent, bundle)


async def _take(world: World, agent: Agent, bundle: dict[str, Any]) -> None:
    fate = world.random.random()
    if fate < 0.1:
        return
    if fate < 0.15:
        await agent.turn(bundle, "fail", {"reason": "unlucky", "counted": False})
        return
    if fate < 0.35:
        await agent.tool(bundle, "save_contact_detail", {"key": "luck", "value": "some"})
    texts, version = [message["body"] for message in bundle["messages"]], bundle["version"]
    for _ in range(6):
        reply = await agent.reply({**bundle, "version": version}, " ".join(texts))
        if reply.status_code != 409 or "newer" not in reply.json()["type"]:
            break
        texts += [message["body"] for message in reply.json()["messages"] if message["body"] not in texts]
        version = reply.json()["version"]
    if reply.status_code == 200 and fate < 0.9:
        await agent.turn(bundle, "finish")


async def _outbox(database: Database, business: Business) -> Counter[str]:
    async with database.tenant(business.tenant_id) as session:
        return Counter(await session.scalars(select(OutboxEntry.status)))


async def _received(world: World) -> list[str]:
    found: list[str] = []
    for customer in range(CUSTOMERS):
        person = Customer(world.door, f"+52155{10_000_000 + customer}", NUMBER)
        found += [token for message in await person.inbox() for token in TOKEN.findall(message["body"])]
    return found


async def test_each_message_is_answered_once_and_in_order_whatever_dies(world: World) -> None:
    for _ in range(3):
        await world.door.fault("drop", to=f"whatsapp:+52155{10_000_000 + world.random.randrange(CUSTOMERS)}")
        await world.door.fault("lose", to=f"whatsapp:+52155{10_000_000 + world.random.randrange(CUSTOMERS)}")
    stop, stop_sending = asyncio.Event(), asyncio.Event()
    dispatchers = [Dispatcher(world.settings) for _ in range(2)]
    sending = [asyncio.create_task(dispatcher.run(stop_sending)) for dispatcher in dispatchers]
    working = [asyncio.create_task(_work(world, f"worker-{number}", stop)) for number in range(3)]
    await asyncio.gather(*(_write(world, customer) for customer in range(CUSTOMERS)))
    database, deadline = Database(world.settings), time.monotonic() + 120
    wanted = {f"<{customer}/{number}>" for customer in range(CUSTOMERS) for number in range(MESSAGES)}
    while set(await _received(world)) != wanted or await _unsettled(database, world.business):
        assert time.monotonic() < deadline, wanted - set(await _received(world))
        assert not any(task.done() for task in working + sending)
        await asyncio.sleep(0.2)
    await database.close()
    stop.set()
    stop_sending.set()
    await asyncio.gather(*working, *sending)
    for dispatcher in dispatchers:
        await dispatcher.close()
    received = await _received(world)
    assert Counter(received).most_common(1)[0][1] == 1
    assert received == sorted(received, key=lambda token: tuple(int(part) for part in token[1:-1].split("/")))
    assert (await world.business.ok("GET", "/v1/handoffs"))["items"] == []


async def _unsettled(database: Database, business: Business) -> int:
    statuses = await _outbox(database, business)
    return sum(statuses[status] for status in ("queued", "sending", "unknown"))
