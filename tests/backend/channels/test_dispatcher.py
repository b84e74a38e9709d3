"""The dispatcher against the simulated Twilio: each row is sent once at most, in order, and its fate is known."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from backend import clock
from backend.channels.delivery import CALL_SECONDS, LATEST_START_SECONDS, Courier
from backend.channels.providers import channel_providers
from backend.conversations import outbox
from backend.conversations.models import Conversation, FollowUp, OutboxEntry
from backend.conversations.outbox import SEND_LEASE_SECONDS, claim_due
from backend.dispatcher import Dispatcher
from evals.world.customers import Customer
from tests.backend.channels.conftest import ANA, World, come_to, eventually
from tests.backend.line import connect_line
from tests.factories import make_business


@pytest.fixture(autouse=True)
def _no_look_comes_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is unclear stays so until a test hurries, however long the test takes."""
    monkeypatch.setattr(outbox, "FIRST_LOOK", timedelta(minutes=1))


async def test_a_reply_reaches_the_phone_and_its_statuses_come_back(world: World) -> None:
    await world.answer("¡Hola, Ana! 👋")
    await world.dispatcher.run_until_idle()
    await come_to(world, "read")
    assert await world.received() == ["¡Hola, Ana! 👋"]
    [entry] = await world.outbox()
    assert entry.provider_id is not None
    assert entry.sent_at is not None


async def test_five_thousand_characters_arrive_in_order_whole_and_split_on_sentences(world: World) -> None:
    sentences = [f"Esta es la frase número {number} de una respuesta muy larga." for number in range(90)]
    await world.answer(" ".join(sentences))
    await world.dispatcher.run_until_idle()
    parts = await world.received()
    assert len(parts) == 4
    assert all(len(part) <= 1600 and part.endswith(".") for part in parts)
    assert " ".join(parts) == " ".join(sentences)


async def test_statuses_in_reverse_and_doubled_never_run_backwards(world: World) -> None:
    await world.door.behave(status_reversed=True, status_copies=3)
    await world.answer("hola")
    await world.dispatcher.run_until_idle()
    await come_to(world, "read")

    async def all_told() -> bool:
        [message] = await world.door.outbound()
        return sorted(message["history"]) == ["delivered", "queued", "read", "sent"]

    await eventually(all_told)
    assert await world.received() == ["hola"]
    assert await world.statuses() == ["read"]


async def test_outside_the_window_nothing_is_sent_and_the_row_says_why(world: World) -> None:
    await world.answer("tarde")
    async with world.database.tenant(world.business.tenant_id) as session:
        await session.execute(update(Conversation).values(last_inbound_at=clock.now() - timedelta(hours=24)))
    await world.dispatcher.run_until_idle()
    [entry] = await world.outbox()
    assert (entry.status, entry.error) == ("held", "outside the 24 h window")
    assert await world.door.outbound() == []
    [case] = (await world.business.ok("GET", "/v1/handoffs", status="open"))["items"]
    assert case["reason"] == "failed"


async def test_a_window_that_only_the_provider_sees_closed_holds_the_row(world: World) -> None:
    await world.door.fault("fail", code=63016)
    await world.answer("tarde")
    await world.dispatcher.run_until_idle()
    await come_to(world, "held")
    assert (await world.outbox())[0].error_code == "63016"


@pytest.mark.parametrize("code", [63038, 20429])
async def test_too_fast_is_no_failure_the_row_waits_as_long_as_it_is_told(world: World, code: int) -> None:
    await world.door.fault("reject", code=code, http_status=429, retry_after=7)
    await world.answer("hola")
    before = clock.now()
    await world.dispatcher.run_until_idle()
    [entry] = await world.outbox()
    assert (entry.status, entry.error_code) == ("queued", str(code))
    assert before + timedelta(seconds=7) <= entry.due_at <= clock.now() + timedelta(seconds=7)
    await world.hurry()
    later = Dispatcher(world.settings)
    await later.run_until_idle()
    await later.close()
    await come_to(world, "read")
    assert await world.received() == ["hola"]


async def test_a_rate_failure_reported_later_is_sent_again_once(world: World) -> None:
    await world.door.fault("fail", code=63018)
    await world.answer("hola")
    await world.dispatcher.run_until_idle()
    await come_to(world, "queued")
    await world.hurry()
    await world.dispatcher.run_until_idle()
    await come_to(world, "read")
    assert await world.received() == ["hola"]


async def test_who_opted_out_is_left_alone_until_they_write(world: World) -> None:
    await world.door.call("POST", "unsubscribe", {"customer": ANA, "to": world.ana.business})
    await world.answer("hola")
    await world.dispatcher.run_until_idle()
    [entry] = await world.outbox()
    assert (entry.status, entry.error_code) == ("held", "21610")
    [contact] = (await world.business.ok("GET", "/v1/contacts"))["items"]
    assert contact["opted_out_at"] is not None
    await world.ana.write("START")
    [contact] = (await world.business.ok("GET", "/v1/contacts"))["items"]
    assert contact["opted_out_at"] is None


async def test_a_refusal_for_good_fails_the_row_and_opens_a_case(world: World) -> None:
    await world.door.fault("reject", code=21211)
    await world.answer("hola")
    await world.dispatcher.run_until_idle()
    [entry] = await world.outbox()
    assert (entry.status, entry.error_code) == ("failed", "21211")
    assert len((await world.business.ok("GET", "/v1/handoffs", status="open"))["items"]) == 1


async def test_a_lost_answer_is_unknown_and_settled_by_the_callback_never_sent_again(world: World) -> None:
    await world.door.behave(statuses=[])
    await world.door.fault("drop")
    await world.answer("una vez")
    await world.dispatcher.run_until_idle()
    [entry] = await world.outbox()
    assert (entry.status, entry.provider_id) == ("unknown", None)
    [sent] = await world.door.outbound()
    assert (await world.line.report(str(entry.id), sent["sid"], "read")).status_code == 204
    assert await world.statuses() == ["read"]
    await world.hurry()
    await world.dispatcher.run_until_idle()
    assert await world.received() == ["una vez"]
    assert (await world.outbox())[0].provider_id is not None


async def test_a_lost_answer_without_callbacks_is_settled_by_listing(world: World) -> None:
    await world.door.behave(statuses=[])
    await world.door.fault("drop")
    await world.answer("una vez")
    await world.dispatcher.run_until_idle()
    assert await world.statuses() == ["unknown"]
    await world.hurry()
    await world.dispatcher.run_until_idle()
    assert await world.statuses() == ["sent"]
    assert await world.received() == ["una vez"]


async def test_a_send_that_takes_too_long_is_unclear_before_its_lease_is_over(world: World) -> None:
    await world.door.behave(statuses=[])
    await world.door.fault("hang", seconds=10)
    await world.answer("una vez")
    courier = Courier(world.database, world.settings, channel_providers(world.settings), call_seconds=2.0)
    [claimed] = await claim_due(world.database, 1)
    assert CALL_SECONDS + LATEST_START_SECONDS < SEND_LEASE_SECONDS
    assert await courier.send(claimed)
    assert await world.statuses() == ["unknown"]
    await world.hurry()
    await world.dispatcher.run_until_idle()
    assert await world.statuses() == ["sent"]
    assert await world.received() == ["una vez"]


async def test_what_the_provider_never_got_is_sent_after_three_looks(world: World) -> None:
    await world.door.fault("lose")
    await world.answer("una vez")
    await world.dispatcher.run_until_idle()
    for look in range(3):
        assert await world.statuses() == ["unknown"], look
        assert await world.received() == []
        await world.hurry()
        await world.dispatcher.run_until_idle()
    await come_to(world, "read")
    assert await world.received() == ["una vez"]


async def test_two_equal_texts_one_of_them_unclear_are_told_apart(world: World) -> None:
    await world.door.behave(statuses=[])
    await world.answer("sí")
    await world.dispatcher.run_until_idle()
    await world.ana.write("¿seguro?")
    await world.door.fault("lose")
    await world.answer("sí")
    await world.dispatcher.run_until_idle()
    for _ in range(3):
        await world.hurry()
        await world.dispatcher.run_until_idle()
    first, second = await world.outbox()
    assert {first.status, second.status} == {"sent"}
    assert first.provider_id != second.provider_id
    assert await world.received() == ["sí", "sí"]


async def test_a_row_whose_sender_died_is_looked_up_before_anything_is_sent(world: World) -> None:
    await world.answer("una vez")
    await world.dispatcher.run_until_idle()
    await come_to(world, "read")
    async with world.database.tenant(world.business.tenant_id) as session:
        await session.execute(
            update(OutboxEntry).values(
                status="sending", provider_id=None, lease_until=clock.machine_now() - timedelta(seconds=1)
            )
        )
    await world.dispatcher.run_until_idle()
    assert await world.statuses() == ["unknown"]
    await world.hurry()
    await world.dispatcher.run_until_idle()
    assert await world.statuses() == ["read"]
    assert await world.received() == ["una vez"]


async def test_a_row_waits_for_the_earlier_ones_of_its_conversation_and_for_no_others(world: World) -> None:
    bruno = Customer(world.door, "+5215598765432", world.ana.business)
    await bruno.write("oi")
    await world.door.fault("reject", code=63018, http_status=429, retry_after=60, to=f"whatsapp:{ANA}")
    for bundle in await world.agent.claim(world.business):
        await world.agent.answer(bundle, f"para {bundle['messages'][0]['body']}")
    conversation_id = await world.conversation_of(ANA)
    path = f"/v1/conversations/{conversation_id}/messages"
    await world.business.ok("POST", path, {"text": "de una persona"})
    await world.dispatcher.run_until_idle()
    assert [message["body"] for message in await bruno.inbox()] == ["para oi"]
    assert await world.received() == []
    await world.hurry()
    await world.dispatcher.run_until_idle()
    assert await world.received() == ["para hola", "de una persona"]


async def test_a_poisoned_row_blocks_nobody(world: World) -> None:
    async with world.database.tenant(world.business.tenant_id) as session:
        await session.execute(text("UPDATE channels SET credentials = 'rubbish'::bytea"))
    await world.answer("nunca")
    await world.business.ok("POST", "/v1/sandbox/messages", {"from": "bruno", "text": "oi"})
    await world.answer("sempre")
    await world.dispatcher.run_until_idle()
    assert await world.statuses() == ["failed", "delivered"]
    inbox = await world.business.ok("GET", "/v1/sandbox/messages", **{"from": "bruno"})
    assert [item["body"] for item in inbox["items"]] == ["sempre"]


async def test_two_dispatchers_send_each_row_once(world: World) -> None:
    await world.answer("uno")
    for number in range(10):
        conversation_id = await world.conversation_of(ANA)
        await world.business.ok("POST", f"/v1/conversations/{conversation_id}/messages", {"text": f"{number}"})
    other = Dispatcher(world.settings)
    await asyncio.gather(world.dispatcher.run_until_idle(), other.run_until_idle())
    await world.dispatcher.run_until_idle()
    await other.close()
    assert await world.received() == ["uno", *(str(number) for number in range(10))]


async def test_a_follow_up_is_sent_when_due_and_withdrawn_when_the_contact_writes_first(world: World) -> None:
    [bundle] = await world.agent.claim(world.business)
    for topic in ("los audífonos", "el estuche"):
        scheduled = await world.agent.tool(bundle, "schedule_follow_up", {"when": "mañana a las 10:00", "topic": topic})
        assert scheduled.status_code == 200, scheduled.text
    await world.agent.answer(bundle, "De acuerdo.")
    async with world.database.tenant(world.business.tenant_id) as session:
        await session.execute(update(FollowUp).where(FollowUp.topic == "los audífonos").values(due_at=clock.now()))
    await world.dispatcher.run_until_idle()
    texts = await world.received()
    assert len(texts) == 2
    assert "los audífonos" in texts[1]
    await world.ana.write("ya no")
    async with world.database.tenant(world.business.tenant_id) as session:
        statuses = dict((await session.execute(select(FollowUp.topic, FollowUp.status))).tuples().all())
    assert statuses == {"los audífonos": "sent", "el estuche": "withdrawn"}


async def test_the_dispatcher_sends_by_itself_and_stops_when_told(world: World) -> None:
    stop = asyncio.Event()
    running_dispatcher = asyncio.create_task(world.dispatcher.run(stop))
    await world.answer("hola")
    [message] = await world.ana.receive(timeout=50)
    assert message["body"] == "hola"
    stop.set()
    await asyncio.wait_for(running_dispatcher, 60)


async def test_callbacks_of_a_row_of_another_channel_change_nothing(world: World) -> None:
    await world.answer("hola")
    await world.dispatcher.run_until_idle()
    await come_to(world, "read")
    [entry] = await world.outbox()
    other = await make_business(world.business.client, world.settings)
    line = await connect_line(other, world.settings)
    answer = await line.report(str(entry.id), entry.provider_id or "", "failed", "21211")
    assert answer.status_code == 204
    assert await world.statuses() == ["read"]


async def test_a_template_goes_out_by_its_sid_whatever_the_window(world: World) -> None:
    sid = f"HX{'b' * 32}"
    await world.door.call("PUT", f"templates/{sid}", {"body": "Hola {{1}}, tu pedido va en camino."})
    [channel] = (await world.business.ok("GET", "/v1/channels"))["items"]
    templates = {"shipped": {"text": "Hola {{1}}, tu pedido va en camino.", "content_sid": sid}}
    await world.business.ok("PATCH", f"/v1/channels/{channel['id']}", {"config": {"templates": templates}})
    given = {"to": "+5215599999999", "template": "shipped", "variables": {"1": "Bea"}}
    sent = await world.business.ok("POST", "/v1/messages/send-template", given)
    await world.dispatcher.run_until_idle()
    [row] = [row for row in await world.outbox() if str(row.message_id) == sent["message_id"]]
    assert (row.provider_id is not None, row.error_code) == (True, None)
    assert row.body == "Hola Bea, tu pedido va en camino."
