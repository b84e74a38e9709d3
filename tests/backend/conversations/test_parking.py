"""Turns that fail, are given back, or kill whoever holds them: what is counted, and when one is parked for a person."""

from datetime import timedelta

from sqlalchemy import select, update

from backend import clock
from backend.contacts.models import Contact
from backend.conversations.models import Turn
from backend.database import Database
from backend.incidents.models import Incident
from tests.backend.conversations.sent import sent_texts
from tests.backend.line import Agent, WhatsAppLine
from tests.factories import Business


async def test_released_work_is_handed_out_again_at_once_and_not_counted(
    line: WhatsAppLine, agent: Agent, eager_business: Business
) -> None:
    await line.write("hola")
    bundle = await agent.one(eager_business)
    assert (await agent.release(bundle))["kept"] == [bundle["id"]]
    again = await agent.one(eager_business)
    assert again["id"] == bundle["id"]
    [turn] = (await eager_business.ok("GET", "/v1/turns"))["items"]
    assert (turn["attempt"], turn["tries"]) == (2, 0)


async def _fail_until_parked(agent: Agent, business: Business, database: Database) -> None:
    for _ in range(5):
        bundle = await agent.one(business)
        failed = await agent.turn(bundle, "fail", {"reason": "the model returned garbage"})
        assert failed.status_code == 204
        async with database.tenant(business.tenant_id) as session:
            await session.execute(update(Turn).where(Turn.status == "waiting").values(due_at=clock.now()))


async def test_the_fifth_failure_parks_the_turn_with_an_honest_message_and_a_case(
    line: WhatsAppLine, agent: Agent, eager_business: Business, database: Database
) -> None:
    await line.write("hola")
    await _fail_until_parked(agent, eager_business, database)
    [turn] = (await eager_business.ok("GET", "/v1/turns", status="quarantined"))["items"]
    assert turn["reason"] == "the model returned garbage"
    [text] = await sent_texts(database, eager_business)
    assert "persona del equipo" in text
    [case] = (await eager_business.ok("GET", "/v1/handoffs", status="open"))["items"]
    assert (case["reason"], case["turn_id"]) == ("failed", turn["id"])
    async with database.queue() as session:
        told = (await session.scalars(select(Incident).where(Incident.tenant_id == eager_business.tenant_id))).one()
    assert (told.severity, told.kind, told.details["turn"]) == ("error", "turn.parked", turn["id"])
    assert "garbage" not in f"{told.message} {told.details}"
    await line.write("¿hola?")
    following = await agent.one(eager_business)
    assert [entry["author"] for entry in following["missed"]] == ["contact", "system"]


async def test_a_parked_turn_may_be_put_back_and_answered(
    line: WhatsAppLine, agent: Agent, eager_business: Business, database: Database
) -> None:
    await line.write("hola")
    await _fail_until_parked(agent, eager_business, database)
    [turn] = (await eager_business.ok("GET", "/v1/turns", status="quarantined"))["items"]
    await eager_business.ok("POST", f"/v1/turns/{turn['id']}/requeue")
    assert (await eager_business.call("POST", f"/v1/turns/{turn['id']}/requeue")).status_code == 409
    await agent.answer(await agent.one(eager_business), "Aquí estoy.")
    assert (await sent_texts(database, eager_business))[-1] == "Aquí estoy."


async def test_a_parked_turn_joins_the_one_that_is_under_way(
    line: WhatsAppLine, agent: Agent, eager_business: Business, database: Database
) -> None:
    await line.write("primero")
    await _fail_until_parked(agent, eager_business, database)
    [turn] = (await eager_business.ok("GET", "/v1/turns", status="quarantined"))["items"]
    await line.write("segundo")
    await eager_business.ok("POST", f"/v1/turns/{turn['id']}/requeue")
    bundle = await agent.one(eager_business)
    assert [message["body"] for message in bundle["messages"]] == ["primero", "segundo"]
    await agent.answer(bundle)


async def test_outages_of_others_do_not_count(
    line: WhatsAppLine, agent: Agent, eager_business: Business, database: Database
) -> None:
    await line.write("hola")
    for _ in range(7):
        bundle = await agent.one(eager_business)
        await agent.turn(bundle, "fail", {"reason": "the backend was away", "counted": False})
        async with database.tenant(eager_business.tenant_id) as session:
            await session.execute(update(Turn).values(due_at=clock.now()))
    [turn] = (await eager_business.ok("GET", "/v1/turns"))["items"]
    assert (turn["status"], turn["tries"]) == ("waiting", 0)


async def test_a_turn_whose_holders_all_died_is_parked_in_the_end(
    line: WhatsAppLine, agent: Agent, eager_business: Business, database: Database
) -> None:
    await line.write("hola")
    async with database.tenant(eager_business.tenant_id) as session:
        past = clock.machine_now() - timedelta(seconds=1)
        dying = {"status": "running", "attempt": 24, "deaths": 24, "lease_until": past}
        await session.execute(update(Turn).values(dying))
    assert await agent.claim(eager_business) == []
    [turn] = (await eager_business.ok("GET", "/v1/turns", status="quarantined"))["items"]
    assert "died" in turn["reason"]
    await eager_business.ok("POST", f"/v1/turns/{turn['id']}/requeue")
    assert len(await agent.claim(eager_business)) == 1


async def test_holders_that_fail_for_others_reasons_park_no_turn_however_often(
    line: WhatsAppLine, agent: Agent, eager_business: Business, database: Database
) -> None:
    await line.write("hola")
    for _ in range(30):
        [bundle] = await agent.claim(eager_business)
        await agent.turn(bundle, "fail", {"reason": "OperationalError at checkpoints.py:175", "counted": False})
        async with database.tenant(eager_business.tenant_id) as session:
            await session.execute(update(Turn).values(due_at=clock.now()))
    [turn] = (await eager_business.ok("GET", "/v1/turns"))["items"]
    assert (turn["status"], turn["tries"]) == ("waiting", 0)
    assert (await eager_business.ok("GET", "/v1/handoffs"))["items"] == []


async def test_a_turn_that_was_put_back_has_five_new_tries_whatever_it_went_through(
    line: WhatsAppLine, agent: Agent, eager_business: Business, database: Database
) -> None:
    await line.write("hola")
    async with database.tenant(eager_business.tenant_id) as session:
        await session.execute(update(Turn).values(attempt=18, deaths=24))
    for _ in range(2):
        for _ in range(5):
            [bundle] = await agent.claim(eager_business)
            await agent.turn(bundle, "fail", {"reason": "garbage", "counted": True})
            async with database.tenant(eager_business.tenant_id) as session:
                await session.execute(update(Turn).values(due_at=clock.now()))
        [parked] = (await eager_business.ok("GET", "/v1/turns", status="quarantined"))["items"]
        await eager_business.ok("POST", f"/v1/turns/{parked['id']}/requeue")
    assert len(await agent.claim(eager_business)) == 1


async def test_a_turn_whose_bundle_cannot_be_read_is_parked_and_keeps_no_other_from_its_holder(
    line: WhatsAppLine, agent: Agent, eager_business: Business, database: Database
) -> None:
    await line.write("hola")
    await line.write("oi", "+5215598765432")
    async with database.tenant(eager_business.tenant_id) as session:
        broken = (await session.execute(select(Turn.id, Turn.contact_id).order_by(Turn.id).limit(1))).one()
        spoilt = update(Contact).where(Contact.id == broken.contact_id)
        await session.execute(spoilt.values(details=["no object"], memory_consent_at=clock.now()))
    answered: list[str] = []
    for _ in range(5):
        answered += [bundle["id"] for bundle in await agent.claim(eager_business)]
        async with database.tenant(eager_business.tenant_id) as session:
            await session.execute(update(Turn).where(Turn.status == "waiting").values(due_at=clock.now()))
    [parked] = (await eager_business.ok("GET", "/v1/turns", status="quarantined"))["items"]
    assert parked["id"] == str(broken.id)
    assert "bundle" in parked["reason"]
    assert len(answered) == 1
