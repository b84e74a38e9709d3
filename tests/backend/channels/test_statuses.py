"""Status callbacks move a row forwards only, count once, and find rows whose provider id is not recorded yet."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import select

from backend.conversations.models import OutboxEntry
from backend.database import Database, new_id
from backend.metrics import STAGES
from tests.backend.line import Agent, WhatsAppLine
from tests.factories import Business


async def _row(database: Database, business: Business) -> OutboxEntry:
    async with database.tenant(business.tenant_id) as session:
        return (await session.scalars(select(OutboxEntry))).one()


@pytest.fixture
async def outbox_id(line: WhatsAppLine, agent: Agent, eager_business: Business, database: Database) -> str:
    """A reply in the outbox that nobody has recorded a provider id for."""
    await line.write("hola")
    [bundle] = await agent.claim(eager_business)
    await agent.answer(bundle)
    return str((await _row(database, eager_business)).id)


@pytest.mark.parametrize(
    ("told", "status"),
    [
        (["queued"], "sent"),
        (["delivered", "sent", "queued"], "delivered"),
        (["read", "delivered"], "read"),
        (["sent", "undelivered"], "failed"),
        (["delivered", "failed"], "delivered"),
        (["failed", "delivered"], "delivered"),
        (["something-new"], "queued"),
    ],
)
async def test_statuses_never_run_backwards(
    line: WhatsAppLine, eager_business: Business, database: Database, outbox_id: str, told: list[str], status: str
) -> None:
    for name in told:
        error = "30008" if name in ("failed", "undelivered") else None
        assert (await line.report(outbox_id, "SM1", name, error)).status_code == 204
    assert (await _row(database, eager_business)).status == status


async def test_a_callback_finds_the_row_before_its_provider_id_was_recorded(
    line: WhatsAppLine, eager_business: Business, database: Database, outbox_id: str
) -> None:
    await line.report(outbox_id, "SM1", "sent")
    row = await _row(database, eager_business)
    assert (row.provider_id, row.status) == ("SM1", "sent")
    await line.report("", "SM1", "read")
    assert (await _row(database, eager_business)).status == "read"


async def test_copies_of_a_failure_count_once(
    line: WhatsAppLine, eager_business: Business, database: Database, outbox_id: str
) -> None:
    await line.report(outbox_id, "SM1", "sent")
    reports = [line.report(outbox_id, "SM1", "undelivered", "63018") for _ in range(5)]
    assert {answer.status_code for answer in await asyncio.gather(*reports)} == {204}
    row = await _row(database, eager_business)
    assert (row.status, row.attempt) == ("queued", 1)


async def test_a_late_word_about_a_failed_send_does_not_stand_for_the_next_one(
    line: WhatsAppLine, eager_business: Business, database: Database, outbox_id: str
) -> None:
    await line.report(outbox_id, "SM1", "undelivered", "63018")
    await line.report(outbox_id, "SM1", "sent")
    row = await _row(database, eager_business)
    assert (row.status, row.provider_id) == ("queued", None)


async def test_a_status_of_another_message_changes_nothing(
    line: WhatsAppLine, eager_business: Business, database: Database, outbox_id: str
) -> None:
    await line.report(outbox_id, "SM1", "sent")
    await line.report(outbox_id, "SM2", "read")
    await line.report(str(UUID(int=0)), "SM3", "read")
    await line.report("not-an-id", "SM4", "read")
    assert (await _row(database, eager_business)).status == "sent"


async def test_a_forged_status_is_refused(line: WhatsAppLine, outbox_id: str) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": "read"}
    refused = await line.post(form, suffix=f"/status?outbox={outbox_id}", auth_token="another")
    assert refused.status_code == 401
    moved = await line.post(form, suffix=f"/status?outbox={new_id()}", auth_token=None)
    assert moved.status_code == 204


async def test_a_status_without_its_fields_is_unprocessable(line: WhatsAppLine) -> None:
    assert (await line.post({"MessageSid": "SM1"}, suffix="/status")).status_code == 422


async def test_a_delivery_is_measured_once(line: WhatsAppLine, outbox_id: str) -> None:
    before = _deliveries_measured()
    for name in ("sent", "delivered", "queued"):
        await line.report(outbox_id, "SM1", name)
    assert _deliveries_measured() - before == 1


def _deliveries_measured() -> float:
    [family] = STAGES.collect()
    counts = (sample for sample in family.samples if sample.name.endswith("_count"))
    return sum(sample.value for sample in counts if sample.labels["stage"] == "sent_to_delivered")
