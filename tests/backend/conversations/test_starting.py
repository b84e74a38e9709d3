"""What starts a turn, what does not, and when it is due."""

from datetime import datetime, timedelta
from typing import Any

from backend import clock
from backend.settings import Settings
from tests.backend.line import Agent, WhatsAppLine, connect_line
from tests.factories import Business, Client, make_business


async def _turns(business: Business) -> list[dict[str, Any]]:
    return list((await business.ok("GET", "/v1/turns"))["items"])


async def test_statuses_start_no_turn(line: WhatsAppLine, agent: Agent, eager_business: Business) -> None:
    await line.write("hola")
    [bundle] = await agent.claim(eager_business)
    await agent.answer(bundle)
    for status in ("sent", "delivered", "read"):
        assert (await line.report("", "SM1", status)).status_code == 204
    assert len(await _turns(eager_business)) == 1
    assert await agent.claim(eager_business) == []


async def test_reactions_echoes_and_history_neither_raise_nor_delay_the_turn_that_is_open(
    client: Client, settings: Settings
) -> None:
    business = await make_business(client, settings)
    line = await connect_line(business, settings)
    await line.write("hola")
    before = await _turns(business)
    await line.write("👍", MessageType="reaction")
    echo = line.form("desde el teléfono")
    echo["From"] = line.address
    assert (await line.post(echo)).status_code == 200
    old = (clock.now() - timedelta(hours=2)).isoformat()
    await business.ok("POST", "/v1/sandbox/messages", {"from": "ana", "text": "vieja", "sent_at": old})
    assert await _turns(business) == before


async def test_quiet_window_and_longest_wait_are_the_tenants_and_count_from_the_next_message(
    client: Client, settings: Settings, agent: Agent
) -> None:
    business = await make_business(client, settings, settings={"quiet_window_seconds": 60, "longest_wait_seconds": 60})
    line = await connect_line(business, settings)
    await line.write("hola")
    assert await agent.claim(business) == []
    tuned = {"quiet_window_seconds": 7.5, "longest_wait_seconds": 30}
    await business.ok("PATCH", "/v1/tenant", {"settings": tuned})
    await line.write("¿sí?", customer="+5215500000001")
    newest, _ = await _turns(business)
    waits = datetime.fromisoformat(newest["due_at"]) - datetime.fromisoformat(newest["created_at"])
    assert waits == timedelta(seconds=7.5)
    refused = await business.call("PATCH", "/v1/tenant", {"settings": {"longest_wait_seconds": 1}})
    assert refused.status_code == 422
