"""Deposits of bookings: agreed to knowingly, paid by link, missed, waived, given back or kept by the business's
rule."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from backend import clock
from backend.bookings import consequences
from backend.bookings.deposit_terms import WhenCancelled, due_at, when_cancelled
from backend.bookings.models import Booking
from backend.bookings.service import get_booking
from backend.conversations.models import Handoff
from backend.database import Database
from backend.errors import Conflict
from backend.payments.overdue import cancel_unpaid
from backend.payments.reconcile import reconcile
from backend.settings import Settings
from backend.tenants.settings import TenantSettings
from tests.backend.payments.conftest import Shop, booked
from tests.backend.payments.test_stripe import notices
from tests.backend.settling import settled
from tests.factories import Client, make_business, open_turn, present_and_answer

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

DEPOSIT = pytest.mark.parametrize("shop", ["stripe deposit"], indirect=True)
MONEY = {"amount": 129900, "currency": "MXN"}


def told(answer: Any, kind: str, subject: str) -> list[dict[str, Any]]:
    """Values of an answer's evidence."""
    return [item["value"] for item in answer["evidence"] if (item["kind"], item["subject"]["type"]) == (kind, subject)]


async def tune(shop: Shop, **settings: Any) -> None:
    await shop.business.ok("PATCH", "/v1/tenant", {"settings": settings})


async def paid(shop: Shop) -> None:
    await shop.door.pay((await shop.send_link())["result"]["url"])


async def is_late(database: Database, shop: Shop) -> None:
    """The time that was told for the deposit is over."""
    past = clock.now() - timedelta(seconds=1)
    async with database.tenant(shop.business.tenant_id) as session:
        await session.execute(update(Booking).values(deposit_due_at=past))


async def cases(database: Database, shop: Shop) -> list[str]:
    async with database.tenant(shop.business.tenant_id) as session:
        return list(await session.scalars(select(Handoff.summary)))


async def cancelled(shop: Shop, database: Database) -> Any:
    """The answer once the customer agreed to cancel."""
    named = {"booking_code": shop.order["code"]}
    asked = (await shop.turn.use("cancel_booking", named))["result"]
    await present_and_answer(database, shop.turn)
    return await shop.turn.use("cancel_booking", {**named, "proposal_id": asked["proposal_id"]})


@pytest.mark.parametrize(
    ("locale", "currency", "shown", "received"),
    [
        ("es-MX", "MXN", ("Cita", "Anticipo", "lunes"), "tu anticipo de $1,299.00 para tu cita del lunes"),
        ("pt-BR", "BRL", ("Agendamento", "Sinal", "segunda"), "sinal de R$\xa01.299,00 para o seu horário de segunda"),
        ("en", "USD", ("Booking", "Deposit", "Monday"), "deposit of $1,299.00 for your appointment on Monday"),
    ],
)
async def test_a_deposit_is_told_with_the_hold_and_paid_on_the_page(
    client: Client,
    settings: Settings,
    database: Database,
    locale: str,
    currency: str,
    shown: tuple[str, ...],
    received: str,
) -> None:
    business = await make_business(client, settings, locale=locale, currency=currency)
    await business.ok("PUT", "/v1/payment-accounts/sandbox", {})
    turn = await open_turn(client, database, settings, business.tenant_id)
    shop = Shop(business, turn, await booked(business, turn, database), "sandbox", None, {}, "", "booking")  # type: ignore[arg-type]
    assert shop.order["deposit"] == {"amount": 129900, "currency": currency, "status": "due"}
    link = await shop.send_link()
    assert told(link, "done", "booking") == [{"action": "payment_link_sent", "code": shop.order["code"]}]
    page = (await client.get(link["result"]["url"])).text
    assert all(word in page for word in (*shown, shop.order["code"]))
    await client.post(link["result"]["url"])
    booking = await shop.booking_now()
    assert (booking["deposit_status"], booking["status"]) == ("paid", "CONFIRMED")
    (notice,) = await notices(database, shop)
    assert received in notice
    assert shop.order["code"] in notice
    mine = await turn.use("my_bookings", {})
    assert [value["status"] for value in told(mine, "payment", "booking")] == ["paid"]
    await settled(database)
    kinds = [event["type"] for event in (await business.ok("GET", "/v1/events", limit=100))["items"]]
    assert [kind for kind in kinds if "deposit" in kind] == ["booking.deposit_due", "booking.deposit_paid"]


async def test_the_deposit_is_what_was_told_with_the_hold_and_never_more_than_the_price(
    client: Client, settings: Settings, database: Database
) -> None:
    business = await make_business(client, settings, settings={"deposit_minutes": 120})
    turn = await open_turn(client, database, settings, business.tenant_id)
    service = await business.ok(
        "POST", "/v1/services", {"name": "Corte", "duration_minutes": 30, "price": 100, "deposit": 40}
    )
    await business.ok("POST", "/v1/staff", {"name": "Bia", "service_ids": [service["id"]]})
    listed = await turn.use("list_services", {})
    assert listed["result"]["services"][0]["deposit"] == {"amount": 40, "currency": "MXN"}
    held = await turn.use("find_and_hold_slot", {"service": "corte", "when": "lo antes posible"})
    assert held["result"]["deposit"] == {"amount": 40, "currency": "MXN", "pay_within_minutes": 120}
    assert told(held, "payment", "hold") == [{"status": "due", "amount": 40, "currency": "MXN"}]
    for wrong in ({"deposit": 101}, {"price": 39}):
        answer = await business.call("PATCH", f"/v1/services/{service['id']}", wrong)
        assert answer.json()["type"] == "urn:tendero:problem:deposit-above-price"
    await business.ok("PATCH", f"/v1/services/{service['id']}", {"deposit": 90})
    await present_and_answer(database, turn)
    done = await turn.use("confirm_booking", {"proposal_id": held["result"]["proposal_id"]})
    assert done["result"]["deposit"]["amount"] == 40
    await business.ok("PATCH", f"/v1/services/{service['id']}", {"deposit": 0})
    moved = {"service": "corte", "when": "mañana a la tarde", "booking_code": done["result"]["code"]}
    assert "deposit" not in (await turn.use("find_and_hold_slot", moved))["result"]


@DEPOSIT
async def test_a_deposit_that_is_not_paid_in_time_ends_the_booking_and_its_link(
    shop: Shop, database: Database, settings: Settings
) -> None:
    async with database.tenant(shop.business.tenant_id) as session:
        await session.execute(update(Booking).values(deposit_due_at=clock.now() + timedelta(hours=1)))
    link = (await shop.send_link())["result"]
    until = datetime.fromisoformat(link["pay_until"])
    assert (until.utcoffset(), until > clock.now()) == (timedelta(hours=-6), True)
    assert not await cancel_unpaid(database, settings)
    assert (await shop.booking_now())["status"] == "CONFIRMED"
    await is_late(database, shop)
    assert (await shop.turn.call("send_payment_link", shop.named, 1)).json()["type"].endswith("deposit-overdue")
    assert await cancel_unpaid(database, settings)
    assert not await cancel_unpaid(database, settings), "once"
    assert (await shop.booking_now())["status"] == "CANCELLED"
    assert [payment["status"] for payment in await shop.payments()] == ["expired"]
    (notice,) = await notices(database, shop)
    assert "1,299.00 no llegó a tiempo" in notice
    assert shop.order["code"] in notice
    async with database.tenant(shop.business.tenant_id) as session:
        booking = (await session.scalars(select(Booking))).one()
        await consequences.deleting(session, booking)
        await session.delete(booking)
    assert await shop.payments() == [], "what came to nothing goes with the booking"


@DEPOSIT
async def test_who_paid_in_silence_keeps_the_booking_and_while_the_provider_is_silent_nothing_is_cancelled(
    shop: Shop, database: Database, settings: Settings
) -> None:
    await shop.door.pay((await shop.send_link())["result"]["url"], drop=True)
    await is_late(database, shop)
    await shop.door.call("POST", "faults", {"kind": "error", "times": 2})
    assert not await cancel_unpaid(database, settings)
    assert [payment["status"] for payment in await shop.payments()] == ["closing"]
    assert (await shop.booking_now())["status"] == "CONFIRMED"
    assert await cancel_unpaid(database, settings)
    booking = await shop.booking_now()
    assert (booking["status"], booking["deposit_status"]) == ("CONFIRMED", "paid")
    (notice,) = await notices(database, shop)
    assert "Recibimos tu anticipo" in notice


@DEPOSIT
async def test_bookings_whose_provider_is_silent_keep_no_other_business_from_its_turn(
    shop: Shop, client: Client, database: Database, settings: Settings
) -> None:
    await shop.send_link()
    second = await open_turn(client, database, settings, shop.business.tenant_id)
    await booked(shop.business, second, database)
    await is_late(database, shop)
    await shop.door.call("POST", "faults", {"kind": "error", "times": 50})
    business = await make_business(client, settings)
    turn = await open_turn(client, database, settings, business.tenant_id)
    other = Shop(business, turn, await booked(business, turn, database), "", None, {}, "", "booking")  # type: ignore[arg-type]
    await is_late(database, other)
    await cancel_unpaid(database, settings, limit=2)
    assert (await other.booking_now())["status"] == "CANCELLED", "one of each business comes first"


@DEPOSIT
async def test_who_cancels_in_time_gets_the_deposit_back(shop: Shop, database: Database, settings: Settings) -> None:
    await tune(shop, deposit_refund_notice_minutes=0)
    await paid(shop)
    answer = await cancelled(shop, database)
    assert told(answer, "payment", "booking") == [{"status": "paid", **MONEY, "when_cancelled": "given_back"}]
    assert (await reconcile(database, settings)).given_back == 1, "at once, not after ten minutes"
    (payment,) = await shop.payments()
    assert (payment["refunded"], (await shop.booking_now())["deposit_status"]) == (129900, "refunded")
    assert (await reconcile(database, settings)).given_back == 0


@DEPOSIT
async def test_a_refund_that_began_by_itself_and_is_refused_calls_a_person(
    shop: Shop, database: Database, settings: Settings
) -> None:
    await tune(shop, deposit_refund_notice_minutes=0)
    await paid(shop)
    await cancelled(shop, database)
    await shop.business.ok("PUT", "/v1/payment-accounts/stripe", {"api_key": "sk_test_revoked"})
    await reconcile(database, settings)
    assert (await shop.booking_now())["deposit_status"] == "paid"
    (case,) = await cases(database, shop)
    assert f"booking {shop.order['code']}: giving back" in case


@DEPOSIT
@pytest.mark.parametrize(("notice", "outcome"), [(60 * 24 * 30, "kept"), (None, "a_person_decides")])
async def test_a_late_cancellation_keeps_the_deposit_and_without_a_rule_a_person_decides(
    shop: Shop, database: Database, settings: Settings, notice: int | None, outcome: str
) -> None:
    await tune(shop, deposit_refund_notice_minutes=notice)
    await paid(shop)
    answer = await cancelled(shop, database)
    assert answer["result"]["deposit"] == {"status": "paid", **MONEY, "when_cancelled": outcome}
    assert (await reconcile(database, settings)).given_back == 0
    assert (await shop.booking_now())["deposit_status"] == "paid"


@DEPOSIT
async def test_money_for_a_booking_that_was_cancelled_or_waived_is_disputed_and_a_person_called(
    shop: Shop, database: Database
) -> None:
    url = (await shop.send_link())["result"]["url"]
    waived = await shop.business.ok("POST", f"/v1/bookings/{shop.order['booking_id']}/waive-deposit")
    assert waived["deposit_status"] == "waived"
    assert (await shop.turn.call("send_payment_link", shop.named, 1)).json()["type"].endswith("no-deposit")
    await cancelled(shop, database)
    await shop.door.pay(url)
    (payment,) = await shop.payments()
    assert (payment["status"], payment["charge_id"] is not None) == ("disputed", True)
    assert ["was cancelled before its deposit was paid" in case for case in await cases(database, shop)] == [True]
    async with database.tenant(shop.business.tenant_id) as session:
        booking = await get_booking(session, (await session.scalars(select(Booking.id))).one())
        with pytest.raises(Conflict, match="has a payment on it"):
            await consequences.deleting(session, booking)


@DEPOSIT
async def test_the_business_makes_the_link_itself_and_moving_keeps_the_deposit(shop: Shop, database: Database) -> None:
    path = f"/v1/bookings/{shop.order['booking_id']}"
    link = await shop.business.ok("POST", f"{path}/payment-link")
    assert (link["url"], link["booking_id"], link["order_id"]) == (
        (await shop.send_link())["result"]["url"],
        shop.order["booking_id"],
        None,
    )
    later = datetime.fromisoformat(shop.order["start"]) + timedelta(hours=2)
    await shop.business.ok("POST", f"{path}/reschedule", {"start": later.isoformat()})
    await shop.door.pay(link["url"])
    booking = await shop.booking_now()
    assert (booking["deposit_status"], booking["deposit"]["amount"]) == ("paid", 129900)
    assert datetime.fromisoformat(booking["start"]) == later
    assert len((await shop.business.ok("GET", "/v1/payments", booking_id=link["booking_id"]))["items"]) == 1
    again = await shop.business.call("POST", f"{path}/payment-link")
    assert again.json()["type"] == "urn:tendero:problem:already-paid"


@DEPOSIT
async def test_the_time_to_pay_ends_before_the_booking_begins_wherever_it_is_moved(shop: Shop) -> None:
    await tune(shop, deposit_minutes=60, minimum_notice_minutes=0)
    path, start = f"/v1/bookings/{shop.order['booking_id']}", datetime.fromisoformat(shop.order["start"])
    assert (await shop.booking_now())["deposit_due_at"] is None, "booked before there was such a rule"
    moved = await shop.business.ok("POST", f"{path}/reschedule", {"start": (start + timedelta(hours=2)).isoformat()})
    told = datetime.fromisoformat(moved["deposit_due_at"])
    assert timedelta(minutes=59) < told - clock.now() < timedelta(minutes=61)
    moved = await shop.business.ok("POST", f"{path}/reschedule", {"start": start.isoformat()})
    assert datetime.fromisoformat(moved["deposit_due_at"]) == told


def test_terms_count_to_the_minute() -> None:
    now = clock.now()
    ruled = TenantSettings(deposit_minutes=60, deposit_refund_notice_minutes=120)
    assert when_cancelled(ruled, now + timedelta(minutes=120), now) is WhenCancelled.GIVEN_BACK
    assert when_cancelled(ruled, now + timedelta(minutes=119), now) is WhenCancelled.KEPT
    assert due_at(ruled, now + timedelta(minutes=61), now) == now + timedelta(minutes=60)
    assert due_at(ruled, now + timedelta(minutes=60), now) is None, "who stands at the counter is not cancelled"
    assert due_at(TenantSettings(), now + timedelta(days=9), now) is None
