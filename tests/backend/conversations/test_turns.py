"""From messages to turns: what is answered together, by whom, once, and what happens when that somebody dies."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from redis.asyncio import Redis
from redis.asyncio.client import Monitor
from sqlalchemy import select, update

from backend import clock
from backend.conversations.models import Turn
from backend.database import Database, new_id
from backend.embedded.stores import Stores
from backend.settings import Settings
from tests.backend.conftest import serving, settings_of
from tests.backend.conversations.sent import sent_texts
from tests.backend.line import Agent, WhatsAppLine, connect_line
from tests.factories import Business, Client, make_business


async def _expire(database: Database, business: Business, bundle: dict[str, Any]) -> None:
    """The holder has been silent for longer than its lease."""
    async with database.tenant(business.tenant_id) as session:
        await session.execute(
            update(Turn)
            .where(Turn.id == UUID(bundle["id"]))
            .values(lease_until=clock.machine_now() - timedelta(seconds=1))
        )


async def _listened_to(watched: Monitor, settings: Settings) -> None:
    """Until somebody waits for the bell of these stores: Redis tells of every command, and a claim that waits is the
    first to subscribe."""
    assert settings.redis_url is not None
    database = int(settings.redis_url.rpartition("/")[2])
    async with asyncio.timeout(30):
        async for told in watched.listen():
            if told["db"] == database and told["command"].startswith("SUBSCRIBE "):
                return


async def test_a_burst_of_three_is_one_turn_with_three_messages(
    line: WhatsAppLine, agent: Agent, eager_business: Business
) -> None:
    for body in ("hola", "tienen audifonos", "baratos?"):
        await line.write(body)
    bundle = await agent.one(eager_business)
    assert [message["body"] for message in bundle["messages"]] == ["hola", "tienen audifonos", "baratos?"]
    assert bundle["version"] == 3
    assert await agent.claim(eager_business) == []


async def test_each_message_moves_the_due_time_but_never_past_the_longest_wait(
    client: Client, settings: Settings, database: Database
) -> None:
    business = await make_business(
        client, settings, settings={"quiet_window_seconds": 30, "longest_wait_seconds": 30.5}
    )
    line = await connect_line(business, settings)
    before = clock.now()
    await line.write("uno")
    [first] = (await business.ok("GET", "/v1/turns"))["items"]
    for body in ("dos", "tres"):
        await line.write(body)
    [turn] = (await business.ok("GET", "/v1/turns"))["items"]
    assert turn["due_at"] > first["due_at"]
    async with database.tenant(business.tenant_id) as session:
        stored = (await session.scalars(select(Turn))).one()
    assert before + timedelta(seconds=30) <= stored.due_at <= stored.latest_at
    assert stored.latest_at - stored.created_at == timedelta(seconds=30.5)


async def test_a_turn_inside_its_quiet_window_is_not_handed_out(
    client: Client, settings: Settings, agent: Agent
) -> None:
    business = await make_business(client, settings, settings={"quiet_window_seconds": 60, "longest_wait_seconds": 60})
    line = await connect_line(business, settings)
    await line.write("hola")
    assert await agent.claim(business) == []


async def test_a_waiting_claim_gets_what_arrives_meanwhile(
    line: WhatsAppLine, agent: Agent, eager_business: Business, settings: Settings
) -> None:
    assert settings.redis_url is not None
    async with Redis.from_url(settings.redis_url) as redis, redis.monitor() as watched:
        waiting = asyncio.create_task(agent.claim(eager_business, wait_seconds=40))
        await _listened_to(watched, settings)
    assert not waiting.done()
    await line.write("hola")
    [bundle] = await waiting
    assert bundle["messages"][0]["body"] == "hola"


async def test_the_bundle_says_who_when_and_what_may_be_used(
    line: WhatsAppLine, agent: Agent, eager_business: Business
) -> None:
    await eager_business.ok("PUT", "/v1/facts/address", {"text": "Calle 5 número 10"})
    await line.write("hola")
    bundle = await agent.one(eager_business)
    assert bundle["tenant"]["facts"] == [{"key": "address", "text": "Calle 5 número 10"}]
    assert bundle["contact"]["name"] == "Ana"
    assert bundle["conversation"]["channel"] == "twilio"
    assert {"search_products", "find_and_hold_slot", "hand_off"} <= set(bundle["tools"])
    assert bundle["playbook"]["version"] == 0
    assert bundle["attempt"] == 1
    assert bundle["fence"] == 1
    assert "+52" not in str({key: bundle[key] for key in ("contact", "messages", "conversation")})


async def test_a_reply_goes_into_the_outbox_and_the_turn_ends_with_finish(
    line: WhatsAppLine, agent: Agent, eager_business: Business, database: Database
) -> None:
    await line.write("hola")
    bundle = await agent.one(eager_business)
    answer = await agent.answer(bundle, "¡Hola! ¿En qué te ayudo?")
    assert len(answer["message_ids"]) == 1
    assert await sent_texts(database, eager_business) == ["¡Hola! ¿En qué te ayudo?"]
    [turn] = (await eager_business.ok("GET", "/v1/turns"))["items"]
    assert (turn["status"], turn["outcome"]) == ("done", "answered")


async def test_the_same_reply_again_gets_the_same_answer_and_sends_nothing_more(
    line: WhatsAppLine, agent: Agent, eager_business: Business, database: Database
) -> None:
    await line.write("hola")
    bundle = await agent.one(eager_business)
    first, second = await agent.reply(bundle), await agent.reply(bundle)
    assert (await agent.turn(bundle, "finish")).status_code == 204
    third = await agent.reply(bundle)
    assert first.status_code == second.status_code == third.status_code == 200
    assert first.json() == second.json() == third.json()
    assert (await agent.turn(bundle, "finish")).status_code == 204
    assert await sent_texts(database, eager_business) == ["Claro."]


async def test_two_equal_replies_at_once_send_one(
    line: WhatsAppLine, agent: Agent, eager_business: Business, database: Database
) -> None:
    await line.write("hola")
    bundle = await agent.one(eager_business)
    answers = await asyncio.gather(agent.reply(bundle), agent.reply(bundle))
    assert {answer.status_code for answer in answers} == {200}
    assert await sent_texts(database, eager_business) == ["Claro."]


async def test_a_message_that_arrives_while_the_agent_thinks_is_folded_in_before_anything_is_sent(
    line: WhatsAppLine, agent: Agent, eager_business: Business, database: Database
) -> None:
    await line.write("quiero dos")
    bundle = await agent.one(eager_business)
    await line.write("mejor tres")
    refused = await agent.reply(bundle)
    assert refused.status_code == 409
    problem = refused.json()
    assert problem["type"] == "urn:tendero:problem:newer-messages"
    assert [message["body"] for message in problem["messages"]] == ["mejor tres"]
    assert await sent_texts(database, eager_business) == []
    await agent.answer({**bundle, "version": problem["version"]}, "Tres, entonces.")
    assert await sent_texts(database, eager_business) == ["Tres, entonces."]
    assert await agent.claim(eager_business) == []


async def test_after_two_folds_the_reply_goes_out_and_the_rest_is_the_next_turn(
    line: WhatsAppLine, agent: Agent, eager_business: Business, database: Database
) -> None:
    await line.write("uno")
    bundle = await agent.one(eager_business)
    version = bundle["version"]
    for body in ("dos", "tres"):
        await line.write(body)
        refused = await agent.reply({**bundle, "version": version})
        assert refused.status_code == 409
        version = refused.json()["version"]
    await line.write("cuatro")
    await agent.answer({**bundle, "version": version}, "Uno, dos, tres.")
    assert await sent_texts(database, eager_business) == ["Uno, dos, tres."]
    following = await agent.one(eager_business)
    assert [message["body"] for message in following["messages"]] == ["cuatro"]
    assert following["version"] == 1
    await line.write("cinco")
    refused = await agent.reply(following)
    assert [message["body"] for message in refused.json()["messages"]] == ["cinco"]


async def test_once_something_was_written_the_reply_goes_out_and_the_rest_is_the_next_turn(
    line: WhatsAppLine, agent: Agent, eager_business: Business
) -> None:
    await line.write("me llamo Ana María")
    bundle = await agent.one(eager_business)
    saved = await agent.tool(bundle, "save_contact_detail", {"key": "name", "value": "Ana María"})
    assert saved.status_code == 200
    await line.write("¿y los precios?")
    await agent.answer(bundle, "Mucho gusto, Ana María.")
    following = await agent.one(eager_business)
    assert [message["body"] for message in following["messages"]] == ["¿y los precios?"]
    assert following["contact"]["name"] == "Ana María"


async def test_a_message_after_the_reply_waits_until_the_turn_is_finished(
    line: WhatsAppLine, agent: Agent, eager_business: Business
) -> None:
    await line.write("uno")
    bundle = await agent.one(eager_business)
    assert (await agent.reply(bundle)).status_code == 200
    await line.write("dos")
    assert await agent.claim(eager_business) == []
    assert (await agent.turn(bundle, "finish")).status_code == 204
    following = await agent.one(eager_business)
    assert [message["body"] for message in following["messages"]] == ["dos"]
    assert following["missed"] == []
    assert following["fence"] > bundle["fence"]


async def test_a_turn_whose_holder_died_goes_to_another_and_the_dead_one_can_write_nothing(
    line: WhatsAppLine, agent: Agent, eager_business: Business, database: Database
) -> None:
    await line.write("hola")
    dead = await agent.one(eager_business)
    await _expire(database, eager_business, dead)
    alive = await agent.one(eager_business)
    assert alive["id"] == dead["id"]
    assert alive["attempt"] == dead["attempt"] + 1
    assert alive["fence"] > dead["fence"]
    for stale in (
        await agent.reply(dead, "del muerto"),
        await agent.turn(dead, "fail", {"reason": "muerto"}),
        await agent.turn(dead, "finish"),
        await agent.tool(dead, "save_contact_detail", {"key": "name", "value": "Nadie"}),
    ):
        assert stale.status_code == 409
        assert stale.json()["type"] == "urn:tendero:problem:lease-lost"
    assert (await agent.renew(dead))["lost"] == [dead["id"]]
    assert (await agent.release(dead))["lost"] == [dead["id"]]
    await agent.answer(alive, "del vivo")
    assert await sent_texts(database, eager_business) == ["del vivo"]
    [contact] = (await eager_business.ok("GET", "/v1/contacts"))["items"]
    assert contact["name"] == "Ana"


async def test_a_lease_is_lost_by_its_end_and_kept_by_renewal(
    line: WhatsAppLine, agent: Agent, eager_business: Business, database: Database
) -> None:
    await line.write("hola")
    bundle = await agent.one(eager_business)
    await _expire(database, eager_business, bundle)
    assert (await agent.reply(bundle)).status_code == 409
    assert await agent.renew(bundle) == {"kept": [bundle["id"]], "lost": []}
    assert (await agent.reply(bundle)).status_code == 200


async def test_a_replied_turn_whose_holder_died_is_closed_and_told_to_the_next(
    line: WhatsAppLine, agent: Agent, eager_business: Business, database: Database
) -> None:
    await line.write("¿abren hoy?")
    bundle = await agent.one(eager_business)
    assert (await agent.reply(bundle, "Sí, hasta las seis.")).status_code == 200
    await line.write("gracias")
    await _expire(database, eager_business, bundle)
    [following] = await agent.claim(eager_business, wait_seconds=30)
    assert [(line["author"], line["body"]) for line in following["missed"]] == [
        ("contact", "¿abren hoy?"),
        ("agent", "Sí, hasta las seis."),
    ]
    assert await sent_texts(database, eager_business) == ["Sí, hasta las seis."]


async def test_a_second_attempt_brings_the_journal_of_the_first(
    line: WhatsAppLine, agent: Agent, eager_business: Business, database: Database
) -> None:
    await line.write("soy alérgica a las nueces")
    [contact] = (await eager_business.ok("GET", "/v1/contacts"))["items"]
    agreed = {"memory": True, "source": "web form"}
    await eager_business.ok("PUT", f"/v1/contacts/{contact['id']}/consent", agreed)
    first = await agent.one(eager_business)
    arguments = {"key": "alergia", "value": "nueces"}
    done = (await agent.tool(first, "save_contact_detail", arguments)).json()
    assert (done["result"], done["replayed"]) == ({"saved": True}, False)
    await _expire(database, eager_business, first)
    second = await agent.one(eager_business)
    [entry] = second["journal"]
    assert (entry["tool"], entry["arguments"]) == ("save_contact_detail", {**arguments, "confidence": 1.0})
    again = (await agent.tool(second, "save_contact_detail", arguments)).json()
    assert (again["result"], again["replayed"]) == ({"saved": True}, True)
    assert again["evidence"] == done["evidence"]
    assert second["contact"]["details"] == {"alergia": "nueces"}


async def test_old_history_is_stored_and_not_answered(agent: Agent, eager_business: Business) -> None:
    sent_at = (clock.now() - timedelta(hours=2)).isoformat()
    accepted = await eager_business.ok(
        "POST", "/v1/sandbox/messages", {"from": "ana", "text": "de ayer", "sent_at": sent_at}
    )
    assert accepted["turn_id"] is None
    assert await agent.claim(eager_business) == []


async def test_with_the_bot_switched_off_messages_are_stored_and_not_answered(
    line: WhatsAppLine, agent: Agent, eager_business: Business
) -> None:
    await line.write("antes")
    await eager_business.ok("PATCH", "/v1/tenant", {"settings": {"bot_enabled": False}})
    await line.write("después")
    assert await agent.claim(eager_business) == []
    assert [message["turn_id"] is None for message in await line.transcript()] == [False, True]
    [turn] = (await eager_business.ok("GET", "/v1/turns"))["items"]
    assert (turn["status"], turn["outcome"]) == ("done", "silent")


async def test_turns_are_dealt_out_fairly_over_tenants(fresh_stores: Stores) -> None:
    settings = settings_of(fresh_stores)
    eager = {"quiet_window_seconds": 0, "longest_wait_seconds": 0}
    async with serving(settings) as client:
        busy = await make_business(client, settings, settings=eager)
        quiet = await make_business(client, settings, settings=eager)
        for number in range(6):
            await busy.ok("POST", "/v1/sandbox/messages", {"from": f"customer {number}", "text": "hola"})
        await quiet.ok("POST", "/v1/sandbox/messages", {"from": "ana", "text": "hola"})
        claimed = await Agent(client, settings).service("/internal/leases/claim", {"worker": "w", "limit": 2})
    assert {item["tenant"]["id"] for item in claimed["items"]} == {str(busy.tenant_id), str(quiet.tenant_id)}


async def test_eight_claimers_at_once_never_get_the_same_turn(
    client: Client, settings: Settings, eager_business: Business
) -> None:
    for number in range(12):
        await eager_business.ok("POST", "/v1/sandbox/messages", {"from": f"customer {number}", "text": "hola"})
    claims = [Agent(client, settings, f"worker-{number}").claim(eager_business) for number in range(8)]
    ids = [bundle["id"] for bundles in await asyncio.gather(*claims) for bundle in bundles]
    ids += [bundle["id"] for bundle in await Agent(client, settings).claim(eager_business)]
    assert len(ids) == len(set(ids)) == 12


@pytest.mark.parametrize("path", ["claim", "renew", "release"])
async def test_leases_want_the_service_token(client: Client, eager_business: Business, path: str) -> None:
    answer = await client.post(f"/internal/leases/{path}", json={}, headers={"Authorization": "Bearer wrong"})
    assert answer.status_code == 401
    assert (await eager_business.call("POST", f"/internal/leases/{path}", {})).status_code == 401


async def test_a_token_is_good_for_its_own_turn_only(
    line: WhatsAppLine, agent: Agent, eager_business: Business
) -> None:
    await line.write("hola")
    bundle = await agent.one(eager_business)
    other = {**bundle, "id": str(new_id())}
    assert (await agent.reply(other)).status_code == 403
    assert (await agent.reply({**bundle, "token": bundle["token"] + "x"})).status_code == 401


async def test_a_fold_whose_answer_was_lost_is_asked_for_again_and_counts_once(
    line: WhatsAppLine, agent: Agent, eager_business: Business
) -> None:
    await line.write("uno")
    [bundle] = await agent.claim(eager_business)
    await line.write("dos")
    assert [(await agent.reply(bundle)).status_code for _ in range(4)] == [409] * 4
    [turn] = (await eager_business.ok("GET", "/v1/turns"))["items"]
    assert turn["folds"] == 1


async def test_a_waiting_claim_gets_a_turn_the_moment_its_quiet_window_ends(
    client: Client, settings: Settings, agent: Agent
) -> None:
    business = await make_business(client, settings, settings={"quiet_window_seconds": 1.5, "longest_wait_seconds": 2})
    line = await connect_line(business, settings)
    await line.write("hola")
    [bundle] = await agent.claim(business, wait_seconds=20)
    [turn] = (await business.ok("GET", "/v1/turns"))["items"]
    assert bundle["now"] >= turn["due_at"]
