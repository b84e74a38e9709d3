"""What nobody expected is told to the operator: one row a minute and kind of failure, and no word of what was sent."""

import asyncio
from typing import Any

from sqlalchemy import text

from backend.database import Database
from backend.dispatcher import Dispatcher
from backend.incidents.alarm import MOST_KINDS, Alarm
from backend.settings import Settings
from tests.backend.conftest import serving
from tests.backend.incidents.test_incidents import read
from tests.backend.line import WhatsAppLine
from tests.factories import Business, Client

BROKEN = text("UPDATE channels SET credentials = '\\x0102' WHERE id = :id")


async def _break(database: Database, line: WhatsAppLine) -> None:
    """What the channel's provider is called with does not open any more, as after the loss of a key."""
    async with database.tenant(line.business.tenant_id) as session:
        await session.execute(BROKEN, {"id": line.channel_id})


async def _told(client: Client, settings: Settings, count: int, **wanted: Any) -> list[dict[str, Any]]:
    """The incidents, once they count so many."""
    async with asyncio.timeout(60):
        while True:
            found = await read(client, settings, **wanted)
            if sum(one["details"]["count"] for one in found) >= count:
                return found
            await asyncio.sleep(0.05)


async def test_a_storm_of_failures_is_a_row_a_minute_over_all_processes(
    settings: Settings, line: WhatsAppLine, database: Database
) -> None:
    await _break(database, line)
    form = {**line.form("mi tarjeta es 4111 1111 1111 1111"), "X-Request-Id": "seen-first"}
    async with serving(settings) as one, serving(settings) as two:
        before = await read(one, settings, source="api", search="POST /webhooks/")
        for _ in range(10):
            answers = await asyncio.gather(*(client.post(line.path, data=form) for client in (one, two)))
            assert {answer.status_code for answer in answers} == {500}
            assert "ValueError" not in answers[0].text
    assert before == []
    async with serving(settings) as after:  # the two have told the rest as they ended
        found = await _told(after, settings, 20, source="api", search="POST /webhooks/")
    assert sum(one["details"]["count"] for one in found) == 20
    assert len({one["at"][:16] for one in found}) == len(found), "no two of a minute"
    told = found[0]
    assert (told["severity"], told["kind"], told["tenant_id"]) == ("error", "request.failed", None)
    assert told["message"] == f"POST {told['details']['route']}: ValueError"
    assert told["details"]["method"] == "POST"
    assert len(told["details"]["request_id"]) >= 8
    assert told["details"]["where"][-1].startswith("security.py:")
    for secret in (line.path.rpartition("/")[2], "4111", line.auth_token, "cannot be opened"):
        assert secret not in str(found)


async def test_the_dispatchers_failures_are_told_too(
    client: Client, settings: Settings, database: Database, line: WhatsAppLine
) -> None:
    await line.write("hola")
    conversation = await line.conversation()
    async with database.tenant(line.business.tenant_id) as session:
        rate = text("UPDATE channels SET config = jsonb_build_object('send_rate', 'many')")
        await session.execute(rate)
    sent = {"text": "4111 1111 1111 1111"}
    await line.business.ok("POST", f"/v1/conversations/{conversation['id']}/messages", sent)
    dispatcher = Dispatcher(settings)
    await dispatcher.run_until_idle()
    await dispatcher.close()
    tenant = str(line.business.tenant_id)
    found = await read(client, settings, source="dispatcher", search="ValueError")
    found = [one for one in found if one["details"].get("tenant") == tenant]
    assert [(one["kind"], one["details"]["count"]) for one in found] == [("outbox.failed", 1)]
    assert "4111" not in str(found)
    async with database.tenant(line.business.tenant_id) as session:
        await session.execute(text("UPDATE outbox SET status = 'held'"))


async def test_a_database_that_is_away_costs_no_caller_anything_and_is_told_later(settings: Settings) -> None:
    away = settings.model_copy(update={"database_url": "postgresql://nobody@127.0.0.1:1/nothing"})
    database = Database(away)
    alarm = Alarm(database)
    for number in range(MOST_KINDS + 50):
        alarm.sound("test", f"kind-{number}", ValueError("x"))
    await alarm.close()
    assert len(alarm._untold) == 0
    await database.close()


async def test_more_kinds_than_anybody_reads_are_told_as_others(
    client: Client, settings: Settings, database: Database, business: Business
) -> None:
    alarm = Alarm(database)
    source = f"test-{business.tenant_id}"
    for number in range(MOST_KINDS + 50):
        alarm.sound(source, f"kind-{number}", ValueError("x"))
    await alarm.close()
    found = await read(client, settings, source=source, limit=200)
    assert len(found) <= MOST_KINDS + 50
    assert sum(one["details"]["count"] for one in found) == MOST_KINDS + 50
    assert "others" in {one["message"] for one in found}
