"""Deliveries: signed, tried on the schedule, logged, replayed, and none lost or made twice."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from backend import clock
from backend.bell import Bell
from backend.database import Database
from backend.events.pruning import prune
from backend.hooks.delivering import AT_ONCE_EACH, HookCourier, claim
from backend.hooks.loop import HookLoop
from backend.hooks.planning import plan
from backend.hooks.schedule import FAILING_FOR, SCHEDULE
from backend.settings import Settings
from tests.backend.hooks.conftest import Receiver, SettledLoop
from tests.backend.settling import settled
from tests.factories import Business


async def endpoint(business: Business, receiver: Receiver, path: str = "/in", **more: Any) -> tuple[str, str]:
    """(path of a new endpoint in the API, its secret)."""
    made = await business.ok("POST", "/v1/hook-endpoints", {"url": receiver.url(path), **more})
    return f"/v1/hook-endpoints/{made['endpoint']['id']}", made["secret"]


async def say(business: Business, words: str = "hola") -> str:
    answer = await business.ok("POST", "/v1/sandbox/messages", {"from": "ana", "text": words})
    return str(answer["message_id"])


async def log_of(business: Business, path: str, **params: Any) -> list[dict[str, Any]]:
    """Deliveries of an endpoint, oldest first."""
    return list(reversed((await business.ok("GET", f"{path}/deliveries", **params))["items"]))


async def due_now(database: Database, business: Business) -> None:
    """Time passes until everything is due."""
    async with database.tenant(business.tenant_id) as session:
        await session.execute(text("UPDATE hook_deliveries SET due_at = :now"), {"now": clock.now()})


async def test_what_happens_is_told_once_signed_and_without_a_word_of_it(
    business: Business, receiver: Receiver, loop: HookLoop
) -> None:
    await say(business, "antes del endpoint")
    path, secret = await endpoint(business, receiver, events=["message.received", "contact.created"])
    message_id = await say(business, "palabras secretas")
    await loop.run_until_idle()
    await loop.run_until_idle()
    [call] = receiver.calls
    payload = call.verified(secret)
    assert payload["type"] == "message.received"
    assert payload["data"]["subject_id"] == message_id
    assert datetime.fromisoformat(payload["timestamp"]).tzinfo is not None
    assert "secretas" not in call.body
    [delivery] = await log_of(business, path)
    assert (delivery["status"], delivery["tries"], delivery["event_id"]) == ("delivered", 1, call.headers["webhook-id"])
    assert [attempt["status"] for attempt in delivery["attempts"]] == [204]
    assert delivery["payload"] == payload


async def test_a_failing_endpoint_is_tried_on_the_schedule_and_given_up(
    business: Business, receiver: Receiver, loop: HookLoop, database: Database
) -> None:
    receiver.answers["/in"] = "500 Internal Server Error"
    path, secret = await endpoint(business, receiver, events=["message.received"])
    await say(business)
    assert SCHEDULE[1:] == tuple(timedelta(seconds=s) for s in (5, 300, 1800, 7200, 18000, 36000, 36000))
    for tries in range(1, len(SCHEDULE)):
        await loop.run_until_idle()
        [delivery] = await log_of(business, path)
        assert (delivery["status"], delivery["tries"]) == ("waiting", tries)
        at = datetime.fromisoformat(delivery["attempts"][-1]["at"])
        assert datetime.fromisoformat(delivery["due_at"]) - at == SCHEDULE[tries]
        await due_now(database, business)
    await loop.run_until_idle()
    [delivery] = await log_of(business, path, status="failed")
    assert (delivery["tries"], len(receiver.calls)) == (8, 8)
    assert len({call.headers["webhook-id"] for call in receiver.calls}) == 1
    for call in receiver.calls:
        call.verified(secret)
    receiver.answers.clear()
    await business.ok("POST", f"{path}/deliveries/{delivery['id']}/replay")
    await loop.run_until_idle()
    assert (await log_of(business, path))[0]["status"] == "delivered"
    assert receiver.calls[-1].headers["webhook-id"] == delivery["event_id"]


async def test_a_receiver_that_asks_for_patience_gets_it(
    business: Business, receiver: Receiver, loop: HookLoop
) -> None:
    receiver.answers["/in"] = "429 Too Many Requests\r\nRetry-After: 3600"
    path, _ = await endpoint(business, receiver)
    await say(business)
    await loop.run_until_idle()
    for delivery in await log_of(business, path):
        waited = datetime.fromisoformat(delivery["due_at"]) - datetime.fromisoformat(delivery["attempts"][0]["at"])
        assert waited == timedelta(hours=1)


async def test_a_slow_endpoint_delays_no_other(
    business: Business, receiver: Receiver, loop: HookLoop, database: Database
) -> None:
    receiver.open_gates["/slow"] = asyncio.Event()
    await endpoint(business, receiver, "/slow", events=["message.received"])
    await endpoint(business, receiver, "/fast", events=["message.received"])
    for _ in range(3 * AT_ONCE_EACH):
        await say(business)
    running = asyncio.create_task(loop.run_until_idle())
    await receiver.until("/fast", 3 * AT_ONCE_EACH)
    assert len(receiver.of("/slow")) <= AT_ONCE_EACH
    receiver.open_gates["/slow"].set()
    async with asyncio.timeout(60):
        await running
    assert receiver.most_at_once["/slow"] <= AT_ONCE_EACH
    assert len({call.headers["webhook-id"] for call in receiver.of("/slow")}) == 3 * AT_ONCE_EACH


async def test_several_processes_make_each_delivery_once(
    business: Business, receiver: Receiver, settings: Settings, database: Database
) -> None:
    await endpoint(business, receiver, events=["message.received"])
    written = [await say(business) for _ in range(20)]
    bells = [Bell(settings.redis_url) for _ in range(3)]
    loops = [SettledLoop(database, settings, bell) for bell in bells]
    await asyncio.gather(*(loop.run_until_idle() for loop in loops))
    for loop in loops:
        await loop.run_until_idle()
        await loop.close()
    for bell in bells:
        await bell.close()
    assert len(receiver.calls) == len({call.headers["webhook-id"] for call in receiver.calls}) == len(written)


async def test_a_sender_that_died_is_followed_by_another(
    business: Business, receiver: Receiver, loop: HookLoop, database: Database, settings: Settings
) -> None:
    """Between the lease and the record: the lease runs out and the row is sent again, under the same id."""
    path, _ = await endpoint(business, receiver, events=["message.received"])
    await say(business)
    await settled(database)
    await plan(database)
    [leased] = [one for one in await claim(database, 256) if one.tenant_id == business.tenant_id]
    await loop.run_until_idle()
    assert receiver.calls == []
    async with database.tenant(business.tenant_id) as session:
        await session.execute(text("UPDATE hook_deliveries SET lease_until = now() - interval '1 second'"))
    await loop.run_until_idle()
    late = HookCourier(database, settings)
    await late.deliver(leased)
    await late.close()
    [delivery] = await log_of(business, path)
    assert (delivery["status"], len(delivery["attempts"]), len(receiver.calls)) == ("delivered", 1, 1)


async def test_a_new_secret_signs_beside_the_old_one(
    business: Business, receiver: Receiver, loop: HookLoop, database: Database
) -> None:
    path, old = await endpoint(business, receiver, events=["message.received"])
    new = (await business.ok("POST", f"{path}/rotate-secret"))["secret"]
    await say(business)
    await loop.run_until_idle()
    receiver.calls[0].verified(old)
    receiver.calls[0].verified(new)
    async with database.tenant(business.tenant_id) as session:
        await session.execute(text("UPDATE hook_endpoints SET previous_until = now() - interval '1 second'"))
    await say(business)
    await loop.run_until_idle()
    receiver.calls[1].verified(new)
    with pytest.raises(Exception, match="No matching signature"):
        receiver.calls[1].verified(old)


async def test_an_endpoint_that_is_gone_is_switched_off_and_recovers_what_it_missed(
    business: Business, receiver: Receiver, loop: HookLoop, database: Database
) -> None:
    receiver.answers["/in"] = "410 Gone"
    path, _ = await endpoint(business, receiver, events=["message.received"])
    since = clock.now().isoformat()
    told = await say(business)
    await loop.run_until_idle()
    shown = await business.ok("GET", path)
    assert (shown["enabled"], shown["disabled_reason"]) == (False, "gone")
    missed = [await say(business), await say(business)]
    receiver.answers.clear()
    await loop.run_until_idle()
    await business.ok("PATCH", path, {"enabled": True})
    await loop.run_until_idle()
    assert len(receiver.calls) == 1
    assert await business.ok("POST", f"{path}/recover", {"since": since}) == {"queued": 3, "more": False}
    await loop.run_until_idle()
    delivered = [delivery["payload"]["data"]["subject_id"] for delivery in await log_of(business, path)]
    assert set(delivered) == {told, *missed}
    assert len(delivered) == 3
    assert await business.ok("POST", f"{path}/recover", {"since": since}) == {"queued": 0, "more": False}
    await settled(database)
    events = await business.ok("GET", "/v1/events", type="hook_endpoint.disabled")
    assert [event["data"] for event in events["items"]] == [{"reason": "gone"}]


async def test_after_days_of_failing_it_is_switched_off_and_the_operator_is_told(
    business: Business, receiver: Receiver, loop: HookLoop, database: Database, settings: Settings
) -> None:
    receiver.answers["/in"] = "503 Service Unavailable"
    path, _ = await endpoint(business, receiver, events=["message.received"])
    await say(business)
    await loop.run_until_idle()
    assert (await business.ok("GET", path))["failing_since"] is not None
    async with database.tenant(business.tenant_id) as session:
        await session.execute(
            text("UPDATE hook_endpoints SET failing_since = :then"),
            {"then": clock.now() - FAILING_FOR - timedelta(hours=1)},
        )
    await due_now(database, business)
    await loop.run_until_idle()
    shown = await business.ok("GET", path)
    assert (shown["enabled"], shown["disabled_reason"]) == (False, "failing")
    operator = {"Authorization": f"Bearer {settings.platform_token}"}
    told = await business.client.get(
        "/v1/incidents", params={"tenant_id": str(business.tenant_id), "source": "hooks"}, headers=operator
    )
    [incident] = told.json()["items"]
    assert incident["kind"] == "endpoint.disabled"
    assert receiver.url("/in") not in told.text


async def test_one_success_ends_the_failing(
    business: Business, receiver: Receiver, loop: HookLoop, database: Database
) -> None:
    receiver.answers["/in"] = "500 Internal Server Error"
    path, _ = await endpoint(business, receiver, events=["message.received"])
    await say(business)
    await loop.run_until_idle()
    receiver.answers.clear()
    await due_now(database, business)
    await loop.run_until_idle()
    assert (await business.ok("GET", path))["failing_since"] is None


async def test_silence_and_redirects_are_failures_and_nothing_inside_is_reached(
    business: Business, receiver: Receiver, hasty: HookLoop, database: Database
) -> None:
    receiver.open_gates["/silent"] = asyncio.Event()
    receiver.answers["/away"] = f"302 Found\r\nLocation: {receiver.url('/inside')}"
    silent, _ = await endpoint(business, receiver, "/silent", events=["message.received"])
    away, _ = await endpoint(business, receiver, "/away", events=["message.received"])
    inside, _ = await endpoint(business, receiver, "/in", events=["message.received"])
    async with database.tenant(business.tenant_id) as session:
        await session.execute(
            text("UPDATE hook_endpoints SET url = :url WHERE id = :id"),
            {"url": f"http://127.0.0.1:{receiver.port + 1}/", "id": inside.rpartition("/")[2]},
        )
    await say(business)
    await hasty.run_until_idle()
    came_of = {path: (await log_of(business, path))[0]["attempts"][0] for path in (silent, away, inside)}
    assert came_of[silent]["error"] == "timeout"
    assert came_of[away]["status"] == 302
    assert came_of[inside]["error"] == "address_not_allowed"
    assert receiver.of("/inside") == []


async def test_a_test_reaches_its_endpoint_alone(business: Business, receiver: Receiver, loop: HookLoop) -> None:
    path, secret = await endpoint(business, receiver, "/one", events=["order.paid"])
    await endpoint(business, receiver, "/two")
    queued = await business.ok("POST", f"{path}/test")
    await loop.run_until_idle()
    assert receiver.of("/one")[0].verified(secret)["type"] == "hook.test"
    assert receiver.of("/two") == []
    shown = await business.ok("GET", f"{path}/deliveries/{queued['id']}")
    assert shown["status"] == "delivered"


async def test_a_suspended_business_tells_nobody(
    business: Business, receiver: Receiver, loop: HookLoop, database: Database
) -> None:
    await endpoint(business, receiver)
    await say(business)
    async with database.tenant(business.tenant_id) as session:
        await session.execute(text("UPDATE tenants SET status = 'suspended'"))
    await loop.run_until_idle()
    assert receiver.calls == []
    async with database.tenant(business.tenant_id) as session:
        await session.execute(text("UPDATE tenants SET status = 'active'"))
    await loop.run_until_idle()
    assert len(receiver.calls) == 3


async def test_what_is_old_is_pruned(
    business: Business, receiver: Receiver, loop: HookLoop, database: Database
) -> None:
    path, _ = await endpoint(business, receiver)
    await say(business)
    await loop.run_until_idle()
    assert len(await log_of(business, path)) == 3
    assert await prune(database, timedelta(days=1)) == 0
    while await prune(database, timedelta(days=-1)):
        pass
    assert await log_of(business, path) == []
    assert (await business.ok("GET", "/v1/events"))["items"] == []
