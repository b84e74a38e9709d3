"""Events page by page: each change once, in the order of the commits, and nothing of what was said in them."""

import asyncio
import base64
import random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from backend import clock
from backend.conversations.models import Conversation, Message
from backend.database import Database, new_id
from backend.dispatcher import Dispatcher
from backend.events.catalogue import CATALOGUE
from backend.events.positions import Position
from backend.events.reading import newest, read_page
from backend.settings import Settings
from tests.backend.line import Agent
from tests.backend.settling import settled
from tests.factories import Business, Client, make_business, open_turn, present_and_answer

PRODUCT = {"name": "Gorra", "variants": [{"sku": "G-1", "price": 100, "stock": 9}]}


async def everything(business: Business, database: Database, **params: Any) -> list[dict[str, Any]]:
    """Every event of the business, page by page."""
    await settled(database)
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = await business.ok("GET", "/v1/events", limit=3, **cursor, **params)
        found += page["items"]
        cursor = {"cursor": page["next_cursor"]}
        if not page["more"]:
            return found


def kinds(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in events]


async def test_a_chat_is_told_from_the_first_word_to_its_delivery(
    eager_business: Business, agent: Agent, settings: Settings, database: Database
) -> None:
    await eager_business.ok("POST", "/v1/sandbox/messages", {"from": "ana", "text": "una palabra secreta"})
    [bundle] = await agent.claim(eager_business)
    replied = await agent.answer(bundle, "la respuesta secreta")
    dispatcher = Dispatcher(settings)
    await dispatcher.run_until_idle()
    await dispatcher.close()
    conversation = bundle["conversation"]["id"]
    await eager_business.ok("POST", f"/v1/conversations/{conversation}/take-over")
    await eager_business.ok("POST", f"/v1/conversations/{conversation}/take-over")
    await eager_business.ok("POST", f"/v1/conversations/{conversation}/hand-back")
    events = await everything(eager_business, database)
    assert kinds(events) == [
        "contact.created",
        "conversation.opened",
        "message.received",
        "message.sent",
        "message.status",
        "conversation.taken_over",
        "conversation.handed_back",
    ]
    assert events[3]["subject_id"] == events[4]["subject_id"] == replied["message_ids"][0]
    assert events[4]["data"]["status"] == "delivered"
    assert events[5]["data"]["actor"].startswith("key:")
    assert {event["conversation_id"] for event in events[1:]} == {conversation}
    assert "secreta" not in str(events)
    assert "ana" not in str(events)


async def test_orders_and_cases_are_told(
    business: Business, client: Client, database: Database, settings: Settings
) -> None:
    variant = (await business.ok("POST", "/v1/products", PRODUCT))["variants"][0]["id"]
    turn = await open_turn(client, database, settings, business.tenant_id)
    quote = (await turn.use("create_quote", {"items": [{"variant_id": variant, "quantity": 1}]}))["result"]
    await present_and_answer(database, turn)
    order = (await turn.use("place_order", {"proposal_id": quote["proposal_id"]}))["result"]
    case = (await turn.use("hand_off", {"reason": "requested", "summary": "Pide a una persona."}))["result"]
    await business.ok("POST", f"/v1/handoffs/{case['handoff_id']}/close")
    await business.ok("PATCH", f"/v1/contacts/{turn.contact_id}", {"bot_enabled": False})
    told = {event["type"]: event for event in await everything(business, database)}
    assert told["order.placed"]["subject_id"] == order["order_id"]
    assert told["order.placed"]["data"]["total"] == 100
    assert told["handoff.opened"]["subject_id"] == told["handoff.closed"]["subject_id"] == case["handoff_id"]
    assert told["contact.updated"]["contact_id"] == str(turn.contact_id)
    only = await everything(business, database, type=["order.placed", "handoff.closed"])
    assert kinds(only) == ["order.placed", "handoff.closed"]
    assert await everything(business, database, conversation_id=str(new_id())) == []
    assert set(told) <= CATALOGUE.keys()


async def test_no_other_business_is_told(
    business: Business, client: Client, settings: Settings, database: Database
) -> None:
    await business.ok("POST", "/v1/sandbox/messages", {"from": "ana", "text": "hola"})
    stranger = await make_business(client, settings)
    assert await everything(stranger, database) == []


async def test_a_reader_can_begin_with_this_moment(business: Business, database: Database) -> None:
    await business.ok("POST", "/v1/sandbox/messages", {"from": "ana", "text": "antes"})
    await settled(database)
    page = await business.ok("GET", "/v1/events", start="newest")
    assert (page["items"], page["more"]) == ([], False)
    await business.ok("POST", "/v1/sandbox/messages", {"from": "ana", "text": "después"})
    await settled(database)
    after = await business.ok("GET", "/v1/events", cursor=page["next_cursor"])
    assert kinds(after["items"]) == ["message.received"]


async def test_rubbish_is_refused_and_an_old_cursor_says_so(business: Business, settings: Settings) -> None:
    for cursor in ("x", "..", "AAAA", "a" * 99, base64.urlsafe_b64encode(b"1.2").decode(), "ñandú", "1' OR 1=1"):
        assert (await business.call("GET", "/v1/events", cursor=cursor)).status_code == 422, cursor
    huge = base64.urlsafe_b64encode(f"{2**63}.1.1000000000".encode()).decode().rstrip("=")
    assert (await business.call("GET", "/v1/events", cursor=huge)).status_code == 422
    old = base64.urlsafe_b64encode(b"1.1.1000000000").decode().rstrip("=")
    answer = await business.call("GET", "/v1/events", cursor=old)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:tendero:problem:cursor-expired")
    assert (await business.call("GET", "/v1/events", type="message.invented")).status_code == 422
    assert (await business.call("GET", "/v1/events", limit=501)).status_code == 422
    assert (await business.call("GET", "/v1/events", start="sideways")).status_code == 422


async def test_a_cursor_from_another_servers_future_starts_from_the_beginning(
    business: Business, database: Database
) -> None:
    await business.ok("POST", "/v1/sandbox/messages", {"from": "ana", "text": "hola"})
    await settled(database)
    now = int(clock.now().timestamp())
    ahead = base64.urlsafe_b64encode(f"{2**60}.7.{now}".encode()).decode().rstrip("=")
    assert len((await business.ok("GET", "/v1/events", cursor=ahead))["items"]) == 3


async def test_events_are_added_and_never_altered(business: Business, database: Database) -> None:
    await business.ok("POST", "/v1/sandbox/messages", {"from": "ana", "text": "hola"})
    with pytest.raises(DBAPIError, match="permission denied"):
        async with database.tenant(business.tenant_id) as session:
            await session.execute(text("UPDATE events SET kind = 'message.sent'"))


async def test_no_reader_misses_an_event_whatever_the_order_of_the_commits(
    business: Business, client: Client, database: Database, settings: Settings
) -> None:
    """Eight writers whose transactions overlap at random, some of them rolled back, and a reader that never stops. It
    may begin before the message that opened the turn, as the newest position waits for any transaction there is."""
    turn = await open_turn(client, database, settings, business.tenant_id)
    luck = random.Random(7)
    begun: set[str] = set()
    written: set[str] = set()
    seen: list[str] = []
    done = asyncio.Event()

    async def write(pauses: list[float], fails: list[bool]) -> None:
        for pause, failing in zip(pauses, fails, strict=True):
            message_id = new_id()
            begun.add(str(message_id))
            async with database.tenant(business.tenant_id) as session:
                session.add(
                    Message(
                        tenant_id=business.tenant_id,
                        id=message_id,
                        conversation_id=turn.conversation_id,
                        author="contact",
                        body="x",
                        sent_at=clock.now(),
                    )
                )
                await session.flush()
                await asyncio.sleep(pause)
                if failing:
                    await session.rollback()
            if not failing:
                written.add(str(message_id))

    async def read(position: Position) -> None:
        while not (done.is_set() and len(seen) >= len(written)):
            found, position, _ = await read_page(database, business.tenant_id, position, 5, kinds=["message.received"])
            seen.extend(filter(begun.__contains__, (str(event.subject_id) for event in found)))

    reader = asyncio.create_task(read(await newest(database)))
    plans = [([luck.uniform(0, 0.02) for _ in range(15)], [luck.random() < 0.2 for _ in range(15)]) for _ in range(8)]
    await asyncio.gather(*(write(*plan) for plan in plans))
    done.set()
    async with asyncio.timeout(60):
        await reader
    assert len(seen) == len(set(seen))
    assert set(seen) == written


async def test_what_is_read_in_a_conversation_is_told_to_the_others(business: Business, database: Database) -> None:
    received = await business.ok("POST", "/v1/sandbox/messages", {"from": "ana", "text": "hola"})
    async with database.tenant(business.tenant_id, "member:somebody") as session:
        conversation = await session.get_one(Conversation, (business.tenant_id, UUID(received["conversation_id"])))
        conversation.read_sequence = 7
        conversation.bot_enabled = False
    events = await everything(business, database, type=["conversation.read", "conversation.bot_switched"])
    assert {event["type"]: event["data"] for event in events} == {
        "conversation.read": {"actor": "member:somebody", "read_sequence": 7},
        "conversation.bot_switched": {"actor": "member:somebody", "bot_enabled": False},
    }
