"""Erasure is whole: canaries planted in every store, erased during a live turn, are found in none of them."""

import asyncio
import json
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select, text

from agent.checkpoints import StaleHolder
from backend.database import new_id
from backend.payments.providers.base import Outcome, Report
from backend.payments.settle import settle
from backend.privacy.declared import HOLDINGS
from backend.privacy.sweep import ErasureRounds, finish_erasures
from tests.backend.privacy.house import SERVICE_TOKEN, House
from tests.backend.privacy.planting import plant
from tests.factories import make_business


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
    kept = {item["amount"]: item for item in (await business.ok("GET", "/v1/payments"))["items"]}
    assert [(kept[amount]["url"], kept[amount]["reason"]) for amount in (200, 40)] == [(None, None)] * 2
    payment = kept[200]
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
    bookings = (await business.ok("GET", "/v1/bookings"))["items"]
    assert [(booking["contact_id"], booking["series_id"]) for booking in bookings] == [(order["contact_id"], None)] * 3
    assert order["contact_id"] != planted.contact_id
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
            await rounds.ended()
    await rounds.close()
    assert (await house.business.ok("GET", "/v1/contacts"))["items"] == []


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
    async with httpx.AsyncClient(base_url=house.settings.agent_url, timeout=60) as anybody:
        assert (await anybody.get(f"/threads/{thread}")).status_code == 401
        assert (await anybody.post(f"/threads/{thread}/erase", json={})).status_code == 401
    own = {"Authorization": f"Bearer {SERVICE_TOKEN}"}
    async with httpx.AsyncClient(base_url=house.settings.agent_url, headers=own, timeout=60) as backend:
        assert (await backend.get(f"/threads/{thread}")).json() == {}
        assert (await backend.post("/threads/nobody/erase", json={})).status_code == 404
        for rubbish in ({"fence": -1}, {"fence": 2**63}, {"fence": "x"}, {"more": 1}):
            assert (await backend.post(f"/threads/{thread}/erase", json=rubbish)).status_code == 400, rubbish


async def test_the_answers_kept_for_repeated_requests_are_emptied(house: House) -> None:
    headers = {"Authorization": f"Bearer {house.business.api_key}", "Idempotency-Key": new_id().hex}
    made = await house.business.client.post("/v1/contacts", json={"name": "Ana"}, headers=headers)
    receipt = await house.business.ok("POST", f"/v1/contacts/{made.json()['id']}/erasure")
    assert receipt["status"] == "done"
    again = await house.business.client.post("/v1/contacts", json={"name": "Ana"}, headers=headers)
    assert again.status_code == 409
    async with house.database.tenant(house.business.tenant_id) as session:
        assert (await session.scalars(select(text("answer")).select_from(text("idempotency")))).all() == [None]
