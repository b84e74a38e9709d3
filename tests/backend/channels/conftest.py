"""A business on the simulated Twilio, with a customer who has just written."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from sqlalchemy import select, update

from backend import clock
from backend.conversations.models import Conversation, OutboxEntry
from backend.database import Database, new_id
from backend.dispatcher import Dispatcher
from backend.embedded.stores import Stores
from backend.settings import Settings
from evals.world import twilio
from evals.world.clock import WorldClock
from evals.world.customers import Customer, TwilioDoor
from evals.world.serving import simulated
from tests.backend.application import running_application
from tests.backend.conftest import settings_of
from tests.backend.line import Agent, WhatsAppLine
from tests.factories import Business, Client, make_business

ANA = "+5215512345678"


@dataclass
class World:
    """A business on the simulated Twilio, served on loopback, with a customer who has just written."""

    business: Business
    agent: Agent
    database: Database
    door: TwilioDoor
    dispatcher: Dispatcher
    ana: Customer
    settings: Settings
    account: dict[str, Any]
    line: WhatsAppLine
    """For webhooks that the simulated Twilio would not send."""

    async def answer(self, text: str) -> None:
        """The agent answers the turn that is due."""
        [bundle] = await self.agent.claim(self.business)
        await self.agent.answer(bundle, text)

    async def outbox(self) -> list[OutboxEntry]:
        """Every row of the business, in order."""
        async with self.database.tenant(self.business.tenant_id) as session:
            return list(await session.scalars(select(OutboxEntry).order_by(OutboxEntry.sequence)))

    async def conversation_of(self, number: str) -> UUID:
        """The conversation with a customer."""
        async with self.database.tenant(self.business.tenant_id) as session:
            query = select(Conversation.id).where(Conversation.address == f"whatsapp:{number}")
            return (await session.scalars(query)).one()

    async def write_to(self, number: str, *texts: str) -> None:
        """A person of the business writes to a customer."""
        path = f"/v1/conversations/{await self.conversation_of(number)}/messages"
        for text in texts:
            await self.business.ok("POST", path, {"text": text})

    async def statuses(self) -> list[str]:
        return [entry.status for entry in await self.outbox()]

    async def hurry(self) -> None:
        """Whatever waits for a later time is due now."""
        async with self.database.tenant(self.business.tenant_id) as session:
            await session.execute(update(OutboxEntry).values(due_at=clock.now()))

    async def whatsapp_allows(self, burst: int, seconds: float) -> None:
        """WhatsApp itself takes one message every so many seconds for a customer, and `burst` at once."""
        await self.door.account(**self.account, pair_burst=burst, pair_seconds=seconds)

    async def received(self) -> list[str]:
        """What is on the customer's phone."""
        return [message["body"] for message in await self.ana.inbox()]


@pytest.fixture
async def world(fresh_stores: Stores) -> AsyncIterator[World]:
    settings = settings_of(fresh_stores)
    async with simulated(twilio.create_app, WorldClock()) as twilio_url, TwilioDoor(twilio_url) as door:
        settings.twilio_base_url = twilio_url
        async with running_application(settings) as url, Client(base_url=url, timeout=30) as client:
            settings.public_url = url
            business = await make_business(
                client, settings, settings={"quiet_window_seconds": 0, "longest_wait_seconds": 0}
            )
            account = await door.account()
            number = f"+1415{new_id().int % 10**7:07d}"
            channel = await business.ok(
                "POST",
                "/v1/channels",
                {
                    "provider": "twilio",
                    "address": number,
                    "credentials": {"account_sid": account["sid"], "auth_token": account["token"]},
                },
            )
            await door.sender(number, account["sid"], channel["webhook_url"])
            ana = Customer(door, ANA, number)
            await ana.write("hola")
            dispatcher, database = Dispatcher(settings), Database(settings)
            line = WhatsAppLine(
                client=client,
                business=business,
                settings=settings,
                channel_id=UUID(channel["id"]),
                address=f"whatsapp:{number}",
                path=urlsplit(channel["webhook_url"]).path,
                auth_token=account["token"],
            )
            yield World(business, Agent(client, settings), database, door, dispatcher, ana, settings, account, line)
            await dispatcher.close()
            await database.close()


async def eventually(check: Callable[[], Awaitable[bool]], seconds: float = 60.0) -> None:
    """Wait for a condition that other processes or callbacks bring about."""
    deadline = time.monotonic() + seconds
    while not await check():
        assert time.monotonic() < deadline, "it did not come about"
        await asyncio.sleep(0.02)


async def come_to(world: World, *statuses: str) -> None:
    """Wait until the rows have these statuses."""

    async def there() -> bool:
        return await world.statuses() == list(statuses)

    await eventually(there)
