"""Retention: what a business no longer wants to keep goes by itself; what is still needed stays until it is done."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from backend import clock
from backend.clock import Clock
from backend.database import Database
from backend.privacy import retention
from backend.privacy.declared import HOLDINGS
from backend.privacy.retention import erase_what_outlived
from tests.backend.line import Agent, WhatsAppLine
from tests.factories import Business

DAY = 86_400
ANA, BIA, CARO = "+5215511111111", "+5215522222222", "+5215533333333"


class Days:
    """Moves business time."""

    def __init__(self, file: Path, patch: pytest.MonkeyPatch) -> None:
        self._file = file
        self._patch = patch

    def pass_by(self, days: int) -> None:
        """So many days after the machine's own time."""
        self._file.write_text(str(days * DAY))
        self._patch.setattr(clock, "_clock", Clock(self._file))


@pytest.fixture
def days(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Days:
    return Days(tmp_path / "clock", monkeypatch)


async def keeps(business: Business, number: int | None) -> None:
    await business.ok("PATCH", "/v1/tenant", {"settings": {"retention_days": number}})


async def count(database: Database, business: Business, table: str, where: str = "true") -> int:
    async with database.tenant(business.tenant_id) as session:
        found: int = await session.scalar(text(f"SELECT count(*) FROM {table} WHERE {where}")) or 0
    return found


async def said(business: Business) -> list[str]:
    bodies: list[str] = []
    for conversation in (await business.ok("GET", "/v1/conversations"))["items"]:
        page = await business.ok("GET", f"/v1/conversations/{conversation['id']}/messages")
        bodies += [message["body"] for message in page["items"]]
    return sorted(bodies)


async def answered(line: WhatsAppLine, agent: Agent, body: str, customer: str) -> dict[str, Any]:
    """A message and its answer, sent."""
    await line.write(body, customer)
    [bundle] = await agent.claim(line.business)
    await agent.tool(bundle, "save_contact_detail", {"key": "name", "value": body})
    await agent.answer(bundle, f"sí a {body}")
    return bundle


async def sent(database: Database, business: Business) -> None:
    async with database.tenant(business.tenant_id) as session:
        await session.execute(text("UPDATE outbox SET status = 'sent' WHERE status = 'queued'"))
        await session.execute(text("UPDATE reflections SET status = 'done'"))


async def test_what_outlived_its_time_goes_and_what_is_still_to_be_done_stays(
    line: WhatsAppLine, agent: Agent, eager_business: Business, database: Database, days: Days
) -> None:
    business = eager_business
    await keeps(business, 30)
    old = await answered(line, agent, "viejo", ANA)
    await sent(database, business)
    await answered(line, agent, "sin enviar", BIA)
    await line.write("sin contestar", CARO)
    days.pass_by(40)
    await line.write("nuevo", BIA)
    await erase_what_outlived(database)
    assert await said(business) == ["nuevo", "sin contestar", "sí a sin enviar"]
    [receipt] = (await business.ok("GET", "/v1/erasures"))["items"]
    assert (receipt["reason"], receipt["contact_id"], receipt["threads_left"]) == ("retention", None, 1)
    assert receipt["counts"]["messages"] == {"deleted": 3}
    assert receipt["counts"]["channel_events"] == {"blanked": 3}
    async with database.tenant(business.tenant_id) as session:
        [thread] = (await session.scalar(text("SELECT threads FROM erasures"))) or []
    assert thread == {"id": old["conversation"]["id"], "fence": old["fence"]}
    assert await count(database, business, "journal", f"turn_id = '{old['id']}'") == 0
    assert await erase_what_outlived(database) == 0, "a second look finds nothing"

    await line.write("aquí de nuevo", ANA)
    bundles = {bundle["messages"][-1]["body"]: bundle for bundle in await agent.claim(business)}
    assert set(bundles) == {"aquí de nuevo", "sin contestar", "nuevo"}
    assert bundles["aquí de nuevo"]["fence"] > old["fence"]
    assert (bundles["aquí de nuevo"]["missed"], bundles["aquí de nuevo"]["contact"]["name"]) == ([], "viejo")


async def test_it_works_in_batches_until_nothing_is_left(
    line: WhatsAppLine,
    agent: Agent,
    eager_business: Business,
    database: Database,
    days: Days,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    await keeps(eager_business, 7)
    for number in range(4):
        await answered(line, agent, f"hola {number}", ANA)
    await sent(database, eager_business)
    days.pass_by(8)
    await erase_what_outlived(database)
    for name in ("messages", "turns", "outbox", "journal", "reflections"):
        assert await count(database, eager_business, name) == 0, name
    assert await count(database, eager_business, "contacts") == 1


async def test_a_business_that_keeps_everything_keeps_everything(
    line: WhatsAppLine, agent: Agent, eager_business: Business, database: Database, days: Days
) -> None:
    await answered(line, agent, "viejo", ANA)
    days.pass_by(3000)
    await erase_what_outlived(database)
    assert await said(eager_business) == ["sí a viejo", "viejo"]
    for wrong in (0, -1, "many", 4000):
        change = {"settings": {"retention_days": wrong}}
        assert (await eager_business.call("PATCH", "/v1/tenant", change)).status_code == 422


async def test_what_providers_told_long_ago_is_no_longer_needed_to_know_a_repetition(
    line: WhatsAppLine, agent: Agent, eager_business: Business, database: Database, days: Days
) -> None:
    await keeps(eager_business, 7)
    await answered(line, agent, "viejo", ANA)
    days.pass_by(8)
    await erase_what_outlived(database)
    assert await count(database, eager_business, "channel_events") == 1
    days.pass_by(40)
    await erase_what_outlived(database)
    assert await count(database, eager_business, "channel_events") == 0


def test_age_ends_whatever_holds_words_of_a_conversation() -> None:
    ageless = {name for name, holding in HOLDINGS.items() if holding.then != "keep" and holding.aged is None}
    assert ageless == {
        *(
            "contacts",
            "contact_tags",
            "contact_stages",
            "contact_merges",
            "contact_notes",
            "contact_stages",
            "conversations",
            "identities",
            "lesson_grounds",
            "lessons",
            "scenarios",
            "idempotency",
        ),
        *("booking_series", "holds", "orders", "payments", "quotes", "refunds"),
    }
