"""Erasure is whole: canaries planted in every store, erased during a live turn, are found in none of them."""

import asyncio
import json
import socket
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

import httpx
import pytest
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from redis.asyncio import Redis
from sqlalchemy import select, text, update
from typing_extensions import TypedDict

from agent.api import create_api
from agent.backend_client import BackendClient
from agent.checkpoints import StaleHolder
from agent.serving import Door
from agent.settings import Settings as AgentSettings
from agent.stores import Stores as AgentStores
from agent.stores import open_stores
from backend import clock
from backend.app import create_app
from backend.assist.models import Assist
from backend.conversations.models import Observation, OutboxEntry
from backend.database import Database, Record, new_id
from backend.embedded.binaries import postgres_bin
from backend.embedded.stores import Stores
from backend.payments.providers.base import Outcome, Report
from backend.payments.settle import settle
from backend.playbooks.models import Lesson
from backend.privacy.declared import HOLDINGS
from backend.privacy.sweep import ErasureRounds, finish_erasures
from backend.settings import Settings
from backend.tables import metadata
from evals.world.serving import running
from tests.backend.conftest import settings_of
from tests.backend.line import Agent, WhatsAppLine, connect_line
from tests.factories import Business, make_business

SERVICE_TOKEN = "service-token-of-the-tests"


class Chat(TypedDict, total=False):
    messages: Annotated[list[AnyMessage], add_messages]


@dataclass
class House:
    """An installation with an agent's door, and one business of it."""

    settings: Settings
    stores: Stores
    database: Database
    agent_stores: AgentStores
    business: Business
    line: WhatsAppLine
    agent: Agent

    async def remember(self, thread: str, fence: int, words: str) -> None:
        """A checkpoint as a turn of the agent saves it."""

        async def answer(state: Chat) -> Chat:
            return {"messages": [AIMessage(f"entendido: {words}")]}

        graph = StateGraph(Chat)
        graph.add_node("answer", answer)
        graph.add_edge(START, "answer")
        graph.add_edge("answer", END)
        compiled = graph.compile(checkpointer=self.agent_stores.saver)
        config: Any = {"configurable": {"thread_id": thread, "fence": fence}}
        await compiled.ainvoke({"messages": [HumanMessage(words)]}, config, durability="exit")

    async def erased(self, receipt_id: str) -> dict[str, Any]:
        """The receipt once the agent's threads are gone."""
        while True:
            async with self.database.tenant(self.business.tenant_id) as session:
                await session.execute(
                    text("UPDATE erasures SET due_at = :now WHERE status = 'running'"), {"now": clock.machine_now()}
                )
            await finish_erasures(self.database, self.settings)
            receipt = await self.business.ok("GET", f"/v1/erasures/{receipt_id}")
            if receipt["status"] == "done":
                return dict(receipt)

    async def found(self, *canaries: str) -> list[str]:
        """Where a canary still is, in words or in bytes: lines of the dumps of both databases, keys and values of
        Redis."""
        dumps = [_dump(url) for url in (self.stores.database_url, self.stores.agent_database_url)]
        assert self.stores.redis_url is not None
        async with Redis.from_url(self.stores.redis_url) as redis:
            kept = [repr((key, await redis.dump(key))) async for key in redis.scan_iter()]
        lines = [line for dump in dumps for line in dump.splitlines()] + kept
        sought = [*canaries, *(canary.encode().hex() for canary in canaries)]
        return [line[:300] for line in lines if any(canary in line for canary in sought)]


def _dump(url: str) -> str:
    folder = postgres_bin()
    command = [f"{folder}/pg_dump" if folder else "pg_dump", f"--dbname={url}", "--data-only", "--no-owner"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout


@pytest.fixture
async def house(stores: Stores) -> AsyncIterator[House]:
    agent_settings = AgentSettings.model_validate(
        {
            "service_token": SERVICE_TOKEN,
            "AGENT_DATABASE_URL": stores.agent_database_url,
            "backend_url": "http://backend.test",
        }
    )
    async with open_stores(agent_settings) as agent_stores, BackendClient("http://backend.test", "x") as backend:
        api = create_api(agent_stores.pool, backend, agent_stores.index, SERVICE_TOKEN)
        async with Door(api, "127.0.0.1", 0) as door:
            with socket.create_server(("127.0.0.1", 0)) as free:
                port = free.getsockname()[1]
            told = {"agent_url": door.address, "given_service_token": SERVICE_TOKEN, "port": port}
            settings = Settings.model_validate(
                settings_of(stores).model_dump() | told | {"public_url": f"http://127.0.0.1:{port}"}
            )
            database = Database(settings)
            async with running(create_app(settings), port) as url, httpx.AsyncClient(base_url=url) as client:
                business = await make_business(
                    client, settings, settings={"quiet_window_seconds": 0, "longest_wait_seconds": 0}
                )
                line = await connect_line(business, settings)
                yield House(settings, stores, database, agent_stores, business, line, Agent(client, settings))
            await database.close()


@dataclass
class Planted:
    """Somebody of whom there is something in every store."""

    contact_id: str
    conversation_id: str
    phone: str
    words: str
    outbox_id: str
    sid: str


async def plant(house: House) -> Planted:
    """A customer's whole life, each word of which says the canary."""
    words, phone = f"canario{new_id().hex[-12:]}", f"+52155{new_id().int % 10**8:08d}"
    business, line, agent, database = house.business, house.line, house.agent, house.database
    await line.write(f"soy {words}", phone, ProfileName=words, Latitude="19.4", Longitude="-99.1", Label=words)
    [contact] = (await business.ok("GET", "/v1/contacts", phone=phone))["items"]
    path = f"/v1/contacts/{contact['id']}"
    await business.ok("PUT", f"{path}/consent", {"memory": True, "source": f"form of {words}"})
    changed = {"name": words, "email": f"{words}@example.com", "tags": [words], "details": {"size": words}}
    await business.ok("PATCH", path, changed)
    await business.ok("PATCH", path, {"name": f"{words} Ruiz"})
    headers = {"Authorization": f"Bearer {business.api_key}", "Idempotency-Key": new_id().hex}
    note = await business.client.post(f"{path}/notes", json={"body": words}, headers=headers)
    assert note.status_code == 201
    other = await business.ok("POST", "/v1/contacts", {"name": f"{words} II", "details": {"likes": words}})

    [bundle] = await agent.claim(business)
    for tool, arguments in (
        ("save_contact_detail", {"key": "allergy", "value": words}),
        ("schedule_follow_up", {"when": "mañana a las 11:00", "topic": words}),
        ("hand_off", {"reason": words, "summary": words}),
    ):
        used = await agent.tool(bundle, tool, arguments)
        assert used.status_code == 200, used.text
    product = {"name": "Gorra", "variants": [{"sku": f"G-{new_id().hex[-8:]}", "price": 100, "stock": 9}]}
    variant = (await business.ok("POST", "/v1/products", product))["variants"][0]
    quoted = (
        await agent.tool(bundle, "create_quote", {"items": [{"variant_id": variant["id"], "quantity": 2}]})
    ).json()
    evidence_id = str(new_id())
    evidence = {
        "id": evidence_id,
        "kind": "fact",
        "subject": {"type": "contact", "id": contact["id"], "name": words, "aliases": []},
        "value": {"said": words},
        "source": "search_products",
        "expires_at": None,
        "turn_id": None,
    }
    replied = await agent.reply(
        bundle,
        f"Hola {words}, ¿va?",
        claims=[{"kind": "name", "quote": words, "support": "evidence", "evidence_id": evidence_id}],
        evidence=[evidence],
        tool_calls=[{"name": "search_products", "arguments": {"query": words}}],
        rejected=[{"text": words, "faults": [words]}],
        usage=[{"provider": "offline", "model": "offline", "feature": "vendor", "input_tokens": 1, "output_tokens": 1}],
    )
    assert replied.status_code == 200, replied.text
    assert (await agent.turn(bundle, "finish")).status_code == 204
    await house.remember(bundle["conversation"]["id"], bundle["fence"], words)
    sid = f"SM{new_id().hex}"
    async with database.tenant(business.tenant_id) as session:
        [outbox_id] = await session.scalars(
            update(OutboxEntry)
            .where(OutboxEntry.conversation_id == UUID(bundle["conversation"]["id"]))
            .values(status="sent", provider_id=sid, sent_at=clock.now(), error=words)
            .returning(OutboxEntry.id)
        )
    assert (await line.report(str(outbox_id), sid, "delivered")).is_success
    await _think(house, bundle, words)
    await _buy(house, bundle, quoted["result"], phone, words)
    await _book(house, contact["id"])
    await business.ok("POST", f"{path}/merge", {"contact_id": other["id"]})
    return Planted(contact["id"], bundle["conversation"]["id"], phone, words, str(outbox_id), sid)


async def _think(house: House, bundle: dict[str, Any], words: str) -> None:
    conversation_id = UUID(bundle["conversation"]["id"])
    of = {"tenant_id": house.business.tenant_id}
    async with house.database.tenant(house.business.tenant_id) as session:
        observation = Observation(
            **of,
            id=new_id(),
            conversation_id=conversation_id,
            turn_id=UUID(bundle["id"]),
            kind="fact",
            note=words,
            data={"said": words},
        )
        session.add(observation)
        await session.flush()
        session.add(Lesson(**of, observation_id=observation.id, rule=words, fingerprint=new_id().hex))
        now = clock.now()
        session.add(
            Assist(
                **of,
                conversation_id=conversation_id,
                kind="summary",
                asked_by="key:x",
                result={"text": words},
                due_at=now,
                status="ready",
            )
        )


async def _buy(house: House, bundle: dict[str, Any], quote: dict[str, Any], phone: str, words: str) -> None:
    """The next turn places the order and asks for its payment link, which is told of with the canary."""
    conversation = await house.business.ok("GET", f"/v1/conversations/{bundle['conversation']['id']}")
    if conversation["in_charge"] == "person":
        await house.business.ok("POST", f"/v1/conversations/{conversation['id']}/hand-back")
    await house.line.write(f"sí, a la calle {words}", phone)
    [following] = await house.agent.claim(house.business, wait_seconds=30)
    placed = await house.agent.tool(
        following, "place_order", {"proposal_id": quote["proposal_id"], "delivery": f"Calle {words}"}
    )
    assert placed.status_code == 200, placed.text
    order = placed.json()["result"]
    await house.business.ok("PUT", "/v1/payment-accounts/sandbox", {})
    link = await house.agent.tool(following, "send_payment_link", {"order_code": order["code"]})
    assert link.status_code == 200, link.text
    async with house.database.tenant(house.business.tenant_id) as session:
        payment = (
            await session.execute(
                text("SELECT id, account_id FROM payments WHERE order_id = :order_id"), {"order_id": order["order_id"]}
            )
        ).one()
        await session.execute(
            text("UPDATE payments SET url = url || :words, reason = :words WHERE id = :id"),
            {"words": words, "id": payment.id},
        )
        await session.execute(
            text(
                "INSERT INTO payment_events (tenant_id, id, account_id, provider_id, kind, payload, created_at,"
                " updated_at) VALUES"
                " (:tenant_id, :id, :account_id, 'evt ' || :reference, 'paid', CAST(:payload AS jsonb), now(), now())"
            ),
            {
                "tenant_id": house.business.tenant_id,
                "id": new_id(),
                "account_id": payment.account_id,
                "reference": str(payment.id),
                "payload": json.dumps({"reference": str(payment.id), "name": words}),
            },
        )
    await house.agent.answer(following, f"Gracias {words}")


async def _book(house: House, contact_id: str) -> None:
    service = await house.business.ok(
        "POST", "/v1/services", {"name": f"Corte {new_id().hex}", "duration_minutes": 30, "price": 100}
    )
    await house.business.ok("POST", "/v1/staff", {"name": f"Bia {new_id().hex}", "service_ids": [service["id"]]})
    local = clock.now() + timedelta(days=8 - clock.now().isoweekday())
    start = local.replace(hour=16, minute=0, second=0, microsecond=0).isoformat()
    ask = {"service_id": service["id"], "start": start, "contact_id": contact_id}
    hold = await house.business.ok("POST", "/v1/holds", ask)
    await house.business.ok("POST", "/v1/bookings", {"hold_id": hold["id"]})
    await house.business.ok("POST", "/v1/holds", ask | {"start": start.replace("T16", "T17")})


async def test_nothing_is_left_of_somebody_who_is_erased_during_a_live_turn(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    planted = await plant(house)
    business, line, agent = house.business, house.line, house.agent
    path = f"/v1/contacts/{planted.contact_id}"
    archive = await business.ok("GET", f"{path}/archive")
    declared = {name for name, holding in HOLDINGS.items() if holding.found} - {"idempotency"}
    assert set(archive["tables"]) == declared
    assert planted.words in json.dumps(archive["threads"][planted.conversation_id])

    late = line.form(f"y otra cosa: {planted.words}", planted.phone)
    assert (await line.post(late)).is_success
    [live] = await agent.claim(business, wait_seconds=30)
    before = await house.found(planted.words, planted.phone[-10:])
    assert len(before) > 40
    assert any(planted.conversation_id in line and "\\x" in line for line in before), "in the agent's checkpoints too"

    answer = await business.call("POST", f"{path}/erasure")
    assert answer.status_code == 202, answer.text
    receipt = answer.json()
    assert receipt["status"] == "running"
    for refused in (
        await agent.tool(live, "save_contact_detail", {"key": "name", "value": planted.words}),
        await agent.reply(live, f"Claro {planted.words}"),
        await agent.turn(live, "fail", {"reason": planted.words}),
    ):
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:tendero:problem:lease-lost")
    await house.remember(planted.conversation_id, live["fence"], planted.words)
    receipt = await house.erased(receipt["id"])
    with pytest.raises(StaleHolder):
        await house.remember(planted.conversation_id, live["fence"], planted.words)
    assert (await line.post(late)).is_success
    assert (await line.report(planted.outbox_id, planted.sid, "read")).is_success

    assert await house.found(planted.words, planted.phone[-10:]) == []
    assert planted.contact_id in json.dumps(receipt)
    assert {name for name, told in receipt["counts"].items() if sum(told.values())} == declared | {
        "audit",
        "idempotency",
    }
    assert receipt["threads_erased"] == 1
    assert (await business.call("GET", path)).status_code == 404
    assert (await business.call("POST", f"{path}/erasure")).status_code == 404
    assert (await business.ok("GET", "/v1/contacts", archived="any"))["items"] == []
    [order] = (await business.ok("GET", "/v1/orders"))["items"]
    assert (order["total"], order["delivery"]) == (200, None)
    [payment] = (await business.ok("GET", "/v1/payments"))["items"]
    assert payment["amount"] == 200
    paid = Report(
        event_id=new_id().hex,
        kind="checkout.session.completed",
        payment_id=UUID(payment["id"]),
        provider_id="any",
        outcome=Outcome.PAID,
        amount=200,
        currency="MXN",
    )
    async with house.database.tenant(business.tenant_id) as session:
        account = await session.scalar(text("SELECT account_id FROM payments"))
        assert not (await settle(session, account, paid)).announced
    assert (await business.ok("GET", "/v1/conversations"))["items"] == []
    [booking] = (await business.ok("GET", "/v1/bookings"))["items"]
    assert order["contact_id"] == booking["contact_id"] != planted.contact_id
    logged = capsys.readouterr()
    assert "message.received" in logged.out
    assert not [line for line in (logged.out + logged.err).splitlines() if planted.words in line]


async def test_whoever_writes_after_an_erasure_is_a_stranger(house: House) -> None:
    planted = await plant(house)
    receipt = await house.business.ok("POST", f"/v1/contacts/{planted.contact_id}/erasure")
    await house.erased(receipt["id"])
    await house.line.write("hola, soy nueva", planted.phone, ProfileName="Nueva")
    [contact] = (await house.business.ok("GET", "/v1/contacts"))["items"]
    assert (contact["name"], contact["details"], contact["id"] == planted.contact_id) == ("Nueva", {}, False)
    [bundle] = await house.agent.claim(house.business, wait_seconds=30)
    assert bundle["conversation"]["id"] != planted.conversation_id
    assert (bundle["missed"], bundle["evidence"], bundle["open"]["orders"]) == ([], [], [])
    await house.remember(bundle["conversation"]["id"], bundle["fence"], "hola")


async def test_an_erasure_waits_for_an_agent_that_does_not_answer(house: House) -> None:
    await house.line.write("hola")
    [contact] = (await house.business.ok("GET", "/v1/contacts"))["items"]
    receipt = await house.business.ok("POST", f"/v1/contacts/{contact['id']}/erasure")
    deaf = house.settings.model_copy(update={"agent_url": "http://127.0.0.1:9"})
    assert await finish_erasures(house.database, deaf) == 0
    waiting = await house.business.ok("GET", f"/v1/erasures/{receipt['id']}")
    assert (waiting["status"], waiting["threads_left"], waiting["threads_erased"]) == ("running", 1, 0)
    done = await house.erased(receipt["id"])
    assert (done["threads_left"], done["threads_erased"]) == (0, 1)
    assert [item["id"] for item in (await house.business.ok("GET", "/v1/erasures"))["items"]] == [receipt["id"]]


async def test_messages_that_arrive_during_an_erasure_come_from_a_stranger_or_are_erased(house: House) -> None:
    phone = f"+52155{new_id().int % 10**8:08d}"
    await house.line.write("hola 0", phone)
    [contact] = (await house.business.ok("GET", "/v1/contacts"))["items"]
    before, after = ([f"hola {number}" for number in range(first, first + 8)] for first in (1, 9))
    *_, receipt = await asyncio.gather(
        *(house.line.write(body, phone) for body in before),
        *(house.line.write(body, phone) for body in after),
        house.business.ok("POST", f"/v1/contacts/{contact['id']}/erasure"),
    )
    await house.erased(receipt["id"])
    known = (await house.business.ok("GET", "/v1/contacts"))["items"]
    assert contact["id"] not in [one["id"] for one in known]
    kept = receipt["counts"]["messages"]["deleted"]
    bundles = await house.agent.claim(house.business)
    read = [message["body"] for bundle in bundles for message in bundle["messages"]]
    assert len(set(read)) == len(read) == 17 - kept
    assert {bundle["contact"]["id"] for bundle in bundles} == {one["id"] for one in known}


async def test_the_dispatchers_rounds_finish_what_is_due(house: House) -> None:
    await house.line.write("hola")
    [contact] = (await house.business.ok("GET", "/v1/contacts"))["items"]
    receipt = await house.business.ok("POST", f"/v1/contacts/{contact['id']}/erasure")
    rounds = ErasureRounds(house.database, house.settings)
    async with asyncio.timeout(60):
        while (await house.business.ok("GET", f"/v1/erasures/{receipt['id']}"))["status"] != "done":
            rounds.look()
            await asyncio.sleep(0.1)
    await rounds.close()


async def test_erasing_one_leaves_the_others_alone(house: House) -> None:
    ana, bia = await plant(house), await plant(house)
    before = await house.found(bia.words)
    receipt = await house.business.ok("POST", f"/v1/contacts/{ana.contact_id}/erasure")
    await house.erased(receipt["id"])
    assert await house.found(ana.words, ana.phone[-10:]) == []
    assert len(await house.found(bia.words)) == len(before)
    stranger = await make_business(house.business.client, house.settings)
    for verb, path in (
        ("POST", f"/v1/contacts/{bia.contact_id}/erasure"),
        ("GET", f"/v1/contacts/{bia.contact_id}/archive"),
    ):
        assert (await stranger.call(verb, path)).status_code == 404
    assert (await stranger.call("GET", f"/v1/erasures/{receipt['id']}")).status_code == 404


async def test_the_agents_door_opens_to_the_backend_only(house: House) -> None:
    thread = str(new_id())
    async with httpx.AsyncClient(base_url=house.settings.agent_url) as anybody:
        assert (await anybody.get(f"/threads/{thread}")).status_code == 401
        assert (await anybody.post(f"/threads/{thread}/erase", json={})).status_code == 401
    own = {"Authorization": f"Bearer {SERVICE_TOKEN}"}
    async with httpx.AsyncClient(base_url=house.settings.agent_url, headers=own) as backend:
        assert (await backend.get(f"/threads/{thread}")).json() == {}
        assert (await backend.post("/threads/nobody/erase", json={})).status_code == 404
        for rubbish in ({"fence": -1}, {"fence": 2**63}, {"fence": "x"}, {"more": 1}):
            assert (await backend.post(f"/threads/{thread}/erase", json=rubbish)).status_code == 400, rubbish


def test_every_table_of_tenants_says_where_a_person_is_found() -> None:
    """A new table is declared in `backend/privacy/declared.py`: how a contact is found in it, and what happens then."""
    of_tenants = {table.name for table in metadata.sorted_tables if "tenant_id" in table.columns}
    assert set(HOLDINGS) == of_tenants
    for name, holding in HOLDINGS.items():
        assert holding.then != "keep" or holding.why, f"say why {name} keeps its rows"
        assert holding.then == "keep" or holding.found, name
        assert holding.aged is None or holding.aged in Record.metadata.tables[name].columns, name


def test_a_table_that_names_a_contact_or_a_conversation_is_looked_into() -> None:
    linked = {"contact_id", "conversation_id", "turn_id", "message_id", "order_id"}
    blind = {
        name
        for name, holding in HOLDINGS.items()
        if holding.found is None and linked & set(Record.metadata.tables[name].columns.keys())
    }
    assert blind == {"events", "erasures"}


async def test_the_answers_kept_for_repeated_requests_are_emptied(house: House) -> None:
    headers = {"Authorization": f"Bearer {house.business.api_key}", "Idempotency-Key": new_id().hex}
    made = await house.business.client.post("/v1/contacts", json={"name": "Ana"}, headers=headers)
    receipt = await house.business.ok("POST", f"/v1/contacts/{made.json()['id']}/erasure")
    assert receipt["status"] == "done"
    again = await house.business.client.post("/v1/contacts", json={"name": "Ana"}, headers=headers)
    assert again.status_code == 409
    async with house.database.tenant(house.business.tenant_id) as session:
        assert (await session.scalars(select(text("answer")).select_from(text("idempotency")))).all() == [None]
