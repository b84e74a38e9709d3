"""An order whose link was replaced: what was paid on either page counts, and what was paid twice goes to a person."""

import asyncio
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from backend.conversations.models import Handoff
from backend.conversations.turn_models import JournalEntry
from backend.database import Database
from backend.payments.models import PaymentAccount
from backend.payments.providers.base import Outcome, Report
from backend.payments.reconcile import reconcile
from backend.payments.service import get_payment
from backend.payments.settle import settle
from backend.settings import Settings
from tests.backend.payments.conftest import ALL, BOTH, Shop, run_out_of_time
from tests.backend.payments.test_stripe import notices
from tests.backend.settling import blocked

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


async def statuses(shop: Shop) -> dict[str, str]:
    """Status by url."""
    return {payment["url"]: payment["status"] for payment in await shop.payments()}


@ALL
async def test_a_paid_link_whose_webhook_was_lost_is_found_when_another_link_is_asked_for(
    shop: Shop, database: Database
) -> None:
    """Paid in its last minutes: the customer is not asked to pay again."""
    first = (await shop.send_link())["result"]
    await shop.door.pay(first["url"], drop=True)
    await run_out_of_time(database, shop)
    again = await shop.turn.call("send_payment_link", shop.named, occurrence=1)
    assert again.json()["type"] == "urn:tendero:problem:already-paid"
    assert await shop.is_paid()
    assert (await statuses(shop))[first["url"]] == "paid"
    assert len(await notices(database, shop)) == 1


@BOTH
async def test_a_paid_link_whose_provider_did_not_answer_when_it_was_replaced_is_asked_about_until_it_does(
    shop: Shop, database: Database, settings: Settings
) -> None:
    first = (await shop.send_link())["result"]
    await shop.door.pay(first["url"], drop=True)
    await run_out_of_time(database, shop)
    await shop.door.call("POST", "faults", {"kind": "error", "times": 2})
    unclear = await shop.turn.call("send_payment_link", {"order_code": shop.order["code"]}, occurrence=1)
    assert unclear.status_code == 503
    assert sorted((await statuses(shop)).values()) == ["closing", "intended"]
    await reconcile(database, settings, older_than=timedelta())
    assert (await shop.order_now())["status"] == "paid"
    for _ in range(2):
        await reconcile(database, settings, older_than=timedelta())
    assert sorted((await statuses(shop)).values()) == ["expired", "paid"]


@BOTH
async def test_a_replaced_link_is_closed_at_the_provider_before_the_new_one_is_sent(
    shop: Shop, database: Database
) -> None:
    first = (await shop.send_link())["result"]
    await run_out_of_time(database, shop)
    second = (await shop.send_link(occurrence=1))["result"]
    assert second["url"] != first["url"]
    with pytest.raises(httpx.HTTPStatusError):
        await shop.door.pay(first["url"])
    assert await statuses(shop) == {first["url"]: "expired", second["url"]: "link_ready"}
    await shop.door.pay(second["url"])
    assert (await shop.order_now())["status"] == "paid"


@BOTH
async def test_an_old_link_paid_after_all_counts_and_the_new_one_is_closed_at_the_provider(
    shop: Shop, database: Database, settings: Settings
) -> None:
    first, second = await two_open_links(shop, database)
    await shop.door.call("POST", "settle", {"url": first, "succeeded": True})
    assert (await shop.order_now())["status"] == "paid"
    assert await statuses(shop) == {first: "paid", second: "closing"}
    await reconcile(database, settings, older_than=timedelta(hours=1))
    assert await statuses(shop) == {first: "paid", second: "expired"}
    with pytest.raises(httpx.HTTPStatusError):
        await shop.door.pay(second)


@ALL
@pytest.mark.parametrize("late", ["first", "second"])
async def test_an_order_paid_twice_stays_paid_and_the_second_payment_goes_to_a_person_though_its_webhook_was_lost(
    shop: Shop, database: Database, settings: Settings, late: str
) -> None:
    first, second = await two_open_links(shop, database)
    if late == "first":
        await shop.door.pay(second)
        await shop.door.call("POST", "settle", {"url": first, "succeeded": True, "drop": True})
    else:
        await shop.door.call("POST", "settle", {"url": first, "succeeded": True})
        await shop.door.pay(second, drop=True)
    for _ in range(2):
        await reconcile(database, settings, older_than=timedelta())
    twice = {"first": first, "second": second}[late]
    assert await statuses(shop) == {first: "paid", second: "paid"} | {twice: "disputed"}
    assert await shop.is_paid()
    assert len(await notices(database, shop)) == 1
    async with database.tenant(shop.business.tenant_id) as session:
        handoff = (await session.scalars(select(Handoff))).one()
    assert "refund" in handoff.summary


@pytest.mark.parametrize(("outcome", "amount"), [(Outcome.EXPIRED, 0), (Outcome.PAID, 100)])
async def test_a_payment_that_ends_while_its_link_is_made_is_not_recorded_as_a_link_that_was_sent(
    shop: Shop, database: Database, outcome: Outcome, amount: int
) -> None:
    """The report is settled after the provider made the link and before the link is recorded."""
    arguments = {"order_code": shop.order["code"]}
    await shop.door.call("POST", "faults", {"kind": "lose", "times": 2})
    assert (await shop.turn.call("send_payment_link", arguments)).status_code == 503
    (payment,) = await shop.payments()
    async with database.tenant(shop.business.tenant_id) as session:
        await get_payment(session, UUID(payment["id"]), lock=True)
        account_id = (await session.scalars(select(PaymentAccount.id))).one()
        made = asyncio.create_task(shop.turn.call("send_payment_link", arguments))
        await blocked(session, made)
        event = f"report-{payment['id']}"
        report = Report(event, "test", outcome, "cs_test", UUID(payment["id"]), amount, "MXN")
        await settle(session, account_id, report)
    assert (await made).status_code == 503
    async with database.tenant(shop.business.tenant_id) as session:
        journal = await session.scalars(select(JournalEntry.result).where(JournalEntry.turn_id == shop.turn.turn_id))
        assert [result for result in journal if "url" in result] == []
    assert (await shop.send_link())["result"]["url"]


async def two_open_links(shop: Shop, database: Database) -> tuple[str, str]:
    """The customer chose a delayed method on the first page, which can neither be closed nor is it paid yet."""
    first = (await shop.send_link())["result"]["url"]
    await shop.door.pay(first, later=True)
    await run_out_of_time(database, shop)
    second = (await shop.send_link(occurrence=1))["result"]["url"]
    assert await statuses(shop) == {first: "closing", second: "link_ready"}
    return first, second
