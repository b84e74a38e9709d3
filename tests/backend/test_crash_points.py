"""Processes die at their named points, and nothing that was acknowledged is lost, and nothing happens twice."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, text, update

from backend import clock
from backend.bookings.models import Booking
from backend.contacts.locks import lock_name
from backend.conversations.models import Conversation, Message, OutboxEntry, Turn
from backend.database import Database, new_id
from backend.embedded.ports import free_port
from backend.embedded.stores import Stores
from backend.reminders.models import Reminder
from backend.reminders.sweep import send_due
from backend.settings import Settings
from backend.statements import lock_key
from evals.world import twilio
from evals.world.clock import WorldClock
from evals.world.customers import Customer, TwilioDoor
from evals.world.serving import simulated
from tests.backend.conftest import settings_of
from tests.backend.line import Agent, WhatsAppLine, connect_line
from tests.factories import Business, Client, make_business, open_turn
from tests.nursery import Born, Nurseries

KILLED = 9
ANA = "+5215512345678"


class Installation:
    """One address at which backends come and go."""

    def __init__(self, settings: Settings, nurseries: Nurseries, folder: Path) -> None:
        self.settings = settings
        self.port = free_port()
        settings.public_url = f"http://127.0.0.1:{self.port}"
        self._nurseries = nurseries
        self._folder = folder

    def process(self, *arguments: str, crash_at: str = "") -> AbstractContextManager[Born]:
        """`python -m backend ...`, told to die at a point."""
        environment = {
            "DATABASE_URL": self.settings.database_url,
            "TENDERO_PUBLIC_URL": self.settings.public_url,
            "TENDERO_TWILIO_BASE_URL": self.settings.twilio_base_url or "",
            "TENDERO_CRASH_AT": crash_at,
        }
        return self._nurseries.running("backend", self._folder / f"{arguments[0]}.log", environment, *arguments)

    @asynccontextmanager
    async def serving(self, crash_at: str = "") -> AsyncIterator[Client]:
        """The API, as soon as it listens."""
        with self.process("serve", "--port", str(self.port), crash_at=crash_at) as process:
            await asyncio.to_thread(process.address)
            async with Client(base_url=self.settings.public_url, timeout=30) as client:
                yield client


@pytest.fixture
def installation(fresh_stores: Stores, nurseries: Nurseries, tmp_path: Path) -> Installation:
    return Installation(settings_of(fresh_stores), nurseries, tmp_path)


@pytest.fixture
async def database(installation: Installation) -> AsyncIterator[Database]:
    database = Database(installation.settings)
    yield database
    await database.close()


async def _business(client: Client, settings: Settings) -> Business:
    return await make_business(client, settings, settings={"quiet_window_seconds": 0, "longest_wait_seconds": 0})


async def _count(database: Database, business: Business, what: type[Message | OutboxEntry]) -> int:
    async with database.tenant(business.tenant_id) as session:
        return await session.scalar(select(func.count()).select_from(what)) or 0


async def _expire_leases(database: Database, business: Business) -> None:
    past = clock.machine_now() - timedelta(seconds=1)
    async with database.tenant(business.tenant_id) as session:
        await session.execute(update(Turn).where(Turn.lease_until.is_not(None)).values(lease_until=past))
        await session.execute(update(OutboxEntry).where(OutboxEntry.status == "sending").values(lease_until=past))
        await session.execute(update(OutboxEntry).values(due_at=clock.now()))


def _with(line: WhatsAppLine, client: Client) -> WhatsAppLine:
    """The same line, over another process."""
    line.client = line.business.client = client
    return line


@pytest.mark.parametrize(("point", "stored"), [("receive.before_commit", 0), ("receive.after_commit", 1)])
async def test_an_unacknowledged_message_is_stored_once_when_the_provider_sends_it_again(
    installation: Installation, database: Database, point: str, stored: int
) -> None:
    async with installation.serving(crash_at=point) as client:
        line = await connect_line(await _business(client, installation.settings), installation.settings)
        form = line.form("hola")
        with pytest.raises(httpx.TransportError):
            await line.post(form)
        assert await _count(database, line.business, Message) == stored
    async with installation.serving() as client:
        assert (await _with(line, client).post(form)).status_code == 200
        assert await _count(database, line.business, Message) == 1
        assert len(await Agent(client, installation.settings).claim(line.business)) == 1


async def test_a_message_whose_process_died_while_the_database_was_at_it_is_stored_once(
    installation: Installation, database: Database
) -> None:
    """The server ends what was sent to it, although nobody is left to hear the answer."""
    async with AsyncExitStack() as dying:
        client = await dying.enter_async_context(installation.serving())
        line = await connect_line(await _business(client, installation.settings), installation.settings)
        form = line.form("hola")
        lock = lock_key(lock_name(line.business.tenant_id, "wa_id", form["WaId"]))
        async with database.tenant(line.business.tenant_id) as session, asyncio.TaskGroup() as tasks:
            await session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": lock})
            posting = tasks.create_task(_lost(line, form))
            await _until(database, "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)")
            await dying.aclose()
            await posting
        await _until(database, "SELECT EXISTS (SELECT FROM messages)")
    async with installation.serving() as client:
        assert (await _with(line, client).post(form)).status_code == 200
        assert await _count(database, line.business, Message) == 1
        assert len(await Agent(client, installation.settings).claim(line.business)) == 1


async def _lost(line: WhatsAppLine, form: dict[str, str]) -> None:
    with pytest.raises(httpx.TransportError):
        await line.post(form)


async def _until(database: Database, question: str) -> None:
    """The database, as the queue role sees it, says yes."""
    deadline = time.monotonic() + 60
    while True:
        async with database.queue() as session:
            if await session.scalar(text(question)):
                return
        assert time.monotonic() < deadline, question
        await asyncio.sleep(0.02)


async def test_work_claimed_from_a_dying_process_is_claimed_again(
    installation: Installation, database: Database
) -> None:
    async with installation.serving(crash_at="claim.after_commit") as client:
        line = await connect_line(await _business(client, installation.settings), installation.settings)
        await line.write("hola")
        with pytest.raises(httpx.TransportError):
            await Agent(client, installation.settings).claim(line.business)
    await _expire_leases(database, line.business)
    async with installation.serving() as client:
        [bundle] = await Agent(client, installation.settings).claim(line.business)
        assert bundle["attempt"] == 2


async def test_a_reply_whose_answer_was_lost_is_sent_once(installation: Installation, database: Database) -> None:
    async with installation.serving(crash_at="reply.after_commit") as client:
        line = await connect_line(await _business(client, installation.settings), installation.settings)
        await line.write("hola")
        [bundle] = await Agent(client, installation.settings).claim(line.business)
        with pytest.raises(httpx.TransportError):
            await Agent(client, installation.settings).reply(bundle)
    async with installation.serving() as client:
        await Agent(client, installation.settings).answer(bundle)
        assert await _count(database, line.business, OutboxEntry) == 1


async def test_a_tools_effect_whose_answer_was_lost_happens_once(
    installation: Installation, database: Database
) -> None:
    arguments = {"when": "mañana a las 10:00", "topic": "envío"}
    async with installation.serving(crash_at="tool.after_commit") as client:
        line = await connect_line(await _business(client, installation.settings), installation.settings)
        await line.write("hola")
        [bundle] = await Agent(client, installation.settings).claim(line.business)
        with pytest.raises(httpx.TransportError):
            await Agent(client, installation.settings).tool(bundle, "schedule_follow_up", arguments)
    async with installation.serving() as client:
        agent = Agent(client, installation.settings)
        again = (await agent.tool(bundle, "schedule_follow_up", arguments)).json()
        assert again["replayed"] is True


@pytest.fixture
async def world(installation: Installation) -> AsyncIterator[tuple[TwilioDoor, Client]]:
    """The simulated Twilio beside a backend."""
    async with simulated(twilio.create_app, WorldClock()) as url, TwilioDoor(url) as door:
        installation.settings.twilio_base_url = url
        async with installation.serving() as client:
            yield door, client


async def _answered(installation: Installation, door: TwilioDoor, client: Client) -> tuple[Business, Customer]:
    business, account = await _business(client, installation.settings), await door.account()
    channel = await business.ok(
        "POST",
        "/v1/channels",
        {
            "provider": "twilio",
            "address": "+14155238886",
            "credentials": {"account_sid": account["sid"], "auth_token": account["token"]},
        },
    )
    await door.sender("+14155238886", account["sid"], channel["webhook_url"])
    ana = Customer(door, ANA, "+14155238886")
    await ana.write("hola")
    agent = Agent(client, installation.settings)
    [bundle] = await agent.claim(business)
    await agent.answer(bundle, "una vez")
    return business, ana


@pytest.mark.parametrize("point", ["dispatch.before_send", "dispatch.before_record"])
async def test_a_reply_reaches_the_phone_once_whenever_the_dispatcher_dies(
    installation: Installation, database: Database, world: tuple[TwilioDoor, Client], point: str
) -> None:
    door, client = world
    await door.behave(statuses=[])
    business, ana = await _answered(installation, door, client)
    with installation.process("dispatch", crash_at=point) as dispatcher:
        assert await asyncio.to_thread(dispatcher.wait, 60) == KILLED
    with installation.process("dispatch"):
        deadline = time.monotonic() + 60
        while (await _status(database, business)) not in ("sent", "delivered"):
            assert time.monotonic() < deadline
            await _expire_leases(database, business)
            await ana.twilio.call("GET", "received", customer=ANA, count=2, seconds=0.2)
    assert [message["body"] for message in await ana.inbox()] == ["una vez"]


async def _status(database: Database, business: Business) -> str:
    async with database.tenant(business.tenant_id) as session:
        return (await session.scalars(select(OutboxEntry.status))).one()


async def test_a_status_lost_with_its_process_counts_when_it_comes_again(
    installation: Installation, database: Database
) -> None:
    async with installation.serving(crash_at="status.before_commit") as client:
        line = await connect_line(await _business(client, installation.settings), installation.settings)
        await line.write("hola")
        agent = Agent(client, installation.settings)
        [bundle] = await agent.claim(line.business)
        await agent.answer(bundle)
        async with database.tenant(line.business.tenant_id) as session:
            outbox_id: Any = (await session.scalars(select(OutboxEntry.id))).one()
        with pytest.raises(httpx.TransportError):
            await line.report(str(outbox_id), "SM1", "delivered")
        assert await _status(database, line.business) == "queued"
    async with installation.serving() as client:
        await _with(line, client).report(str(outbox_id), "SM1", "delivered")
        assert await _status(database, line.business) == "delivered"


@pytest.mark.parametrize(("point", "queued"), [("reminder.before_commit", 0), ("reminder.after_commit", 1)])
async def test_a_reminder_is_queued_once_whenever_the_dispatcher_dies(
    installation: Installation, database: Database, point: str, queued: int
) -> None:
    async with installation.serving() as client:
        business = await _business(client, installation.settings)
        turn = await open_turn(client, database, installation.settings, business.tenant_id)
    now, of = clock.now(), {"tenant_id": business.tenant_id}
    booking = Booking(
        **of,
        id=new_id(),
        code="ABC234",
        contact_id=turn.contact_id,
        service_name="Corte",
        staff_name="Bia",
        starts_at=now + timedelta(hours=2),
        ends_at=now + timedelta(hours=3),
        timezone="America/Mexico_City",
        price=100,
        currency="MXN",
    )
    due = Reminder(**of, booking_id=booking.id, minutes_before=120, starts_at=booking.starts_at, due_at=now)
    async with database.tenant(business.tenant_id) as session:
        await session.execute(
            update(Conversation).where(Conversation.id == turn.conversation_id).values(last_inbound_at=now)
        )
        session.add(booking)
        await session.flush()
        session.add(due)
    with installation.process("dispatch", crash_at=point) as dispatcher:
        assert await asyncio.to_thread(dispatcher.wait, 60) == KILLED
    assert await _count(database, business, OutboxEntry) == queued
    await asyncio.gather(send_due(database), send_due(database))
    assert await _count(database, business, OutboxEntry) == 1
    async with database.tenant(business.tenant_id) as session:
        assert await session.scalar(select(Reminder.status)) == "sent"
