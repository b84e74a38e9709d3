"""The end that a scenario expects of the backend: in a shop owner's words, or read from what a takeover left."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from backend import clock
from backend.codes import new_code
from backend.database import Database, new_id
from backend.orders.models import Order, Quote
from tests.backend.line import Agent
from tests.factories import Business, working_day

ZONE = ZoneInfo("America/Mexico_City")
WEEKDAYS = ("lunes", "martes", "miércoles", "jueves", "viernes")
CHAT = [{"says": "quiero una cita"}]


@pytest.fixture
async def shop(eager_business: Business) -> Business:
    """With a sandbox channel, a cap that is sold and a cut that is booked."""
    await eager_business.ok("POST", "/v1/channels", {"provider": "sandbox", "address": "sandbox"})
    cap = {"name": "Gorra", "variants": [{"sku": "G-1", "price": 100, "stock": 9}]}
    await eager_business.ok("POST", "/v1/products", cap)
    service = await eager_business.ok("POST", "/v1/services", {"name": "Corte", "duration_minutes": 30, "price": 100})
    await eager_business.ok("POST", "/v1/staff", {"name": "Bia", "service_ids": [service["id"]]})
    return eager_business


async def kept(shop: Business, state: Any) -> Any:
    """What comes of a new scenario with that end."""
    return await shop.call("POST", "/v1/scenarios", {"title": "x", "chat": CHAT, "expect": {"state": state}})


async def test_an_end_state_is_written_shown_and_changed(shop: Business) -> None:
    order = {"status": "pending_payment", "items": [{"sku": "G-1", "quantity": 2}]}
    booking = {"service": "corte", "start": "viernes 10:00", "staff": "Bia", "status": "CONFIRMED"}
    made = (await kept(shop, {"orders": [order], "bookings": [booking], "handed_off": False})).json()
    assert made["expect"]["state"] == {"orders": [order], "bookings": [booking], "handed_off": False}
    path = f"/v1/scenarios/{made['id']}"
    changed = await shop.ok("PATCH", path, {"expect": {"state": {"orders": [], "handed_off": True}}})
    assert changed["expect"]["state"] == {"orders": [], "bookings": None, "handed_off": True}
    assert (await shop.ok("PATCH", path, {"expect": {}}))["expect"]["state"] is None


@pytest.mark.parametrize(
    ("state", "type", "says"),
    [
        ({"orders": [{"items": [{"sku": "G-9"}]}]}, "unknown-sku", "'G-9'"),
        ({"bookings": [{"service": "Tinte"}]}, "unknown-service", "the services are: Corte"),
        ({"bookings": [{"service": "Corte", "start": "un día"}]}, "unclear-time", "bookings[0].start: 'un día'"),
        ({"bookings": [{"service": "Corte", "start": "2020-01-01 10:00"}]}, "unclear-time", "still to come"),
        ({"bookings": [{"service": "Corte", "start": "viernes"}]}, "unclear-time", "Write it like"),
    ],
)
async def test_an_end_that_no_chat_could_reach_is_refused_with_what_there_is(
    shop: Business, state: dict[str, Any], type: str, says: str
) -> None:
    refused = await kept(shop, state)
    assert (refused.status_code, refused.json()["type"]) == (422, f"urn:tendero:problem:{type}")
    assert says in refused.json()["detail"]
    fine = (await kept(shop, {})).json()
    changed = await shop.call("PATCH", f"/v1/scenarios/{fine['id']}", {"expect": {"state": state}})
    assert changed.json()["type"] == refused.json()["type"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"orders": [{"items": []}]},
        {"orders": [{"items": [{"sku": "G-1", "quantity": 0}]}]},
        {"orders": [{"status": "paid", "items": [{"sku": "G-1"}]}]},
        {"orders": "none"},
        {"bookings": [{"start": "10:00"}]},
        {"bookings": [{"service": "Corte", "status": "maybe"}]},
        {"bookings": [{"service": "Cor\0te"}]},
        {"bookings": [{"service": "Corte"}] * 11},
        {"payments": []},
    ],
)
async def test_what_is_no_end_state_is_refused(shop: Business, wrong: Any) -> None:
    assert (await kept(shop, wrong)).status_code in (400, 422)


async def writes(shop: Business, words: str) -> str:
    """The conversation's path."""
    told = {"from": "+5215512345678", "name": "Lucía Ruiz", "text": words}
    received = await shop.ok("POST", "/v1/sandbox/messages", told)
    return f"/v1/conversations/{received['conversation_id']}"


async def books(shop: Business, contact_id: str, day: date, hour: int) -> dict[str, Any]:
    """As a person of the team does."""
    service = (await shop.ok("GET", "/v1/services"))["items"][0]["id"]
    start = datetime.combine(day, time(hour), ZONE).isoformat()
    hold = await shop.ok("POST", "/v1/holds", {"service_id": service, "start": start, "contact_id": contact_id})
    return dict(await shop.ok("POST", "/v1/bookings", {"hold_id": hold["id"]}))


async def orders(database: Database, shop: Business, conversation: dict[str, Any]) -> None:
    """Two caps, paid."""
    of = {"tenant_id": shop.tenant_id, "conversation_id": UUID(conversation["id"]), "total": 200, "currency": "MXN"}
    of |= {"contact_id": UUID(conversation["contact_id"]), "lines": [{"sku": "G-1", "quantity": 2, "name": "Gorra"}]}
    quote_id = new_id()
    async with database.tenant(shop.tenant_id) as session:
        session.add(Quote(**of, id=quote_id, code=new_code("Q"), expires_at=clock.now()))
        await session.flush()
        paid = {"status": "paid", "paid_at": clock.now(), "delivery": "Calle Roble 12, con Lucía Ruiz"}
        session.add(Order(**of, **paid, code=new_code("P"), quote_id=quote_id))


async def test_a_takeover_is_kept_with_what_came_of_it_and_nobody_in_it(
    shop: Business, agent: Agent, database: Database
) -> None:
    day = working_day()
    path = await writes(shop, "hola")
    await agent.answer(await agent.one(shop), "¡Hola!")
    conversation = await shop.ok("GET", path)
    before = await books(shop, conversation["contact_id"], day, 12)
    await writes(shop, f"Soy Lucía (lucia@example.com): un corte el {WEEKDAYS[day.weekday()]} a las 10, y dos gorras")
    await shop.ok("POST", f"{path}/take-over")
    await shop.ok("POST", f"{path}/messages", {"text": "Listo Lucía, todo anotado."})
    called_off = await books(shop, conversation["contact_id"], day, 15)
    await books(shop, conversation["contact_id"], day, 10)
    await shop.ok("POST", f"/v1/bookings/{called_off['id']}/cancel")
    await orders(database, shop, conversation)
    made = await shop.ok("POST", f"{path}/scenario", {})
    assert made["expect"]["state"] == {
        "orders": [{"status": "pending_payment", "items": [{"sku": "G-1", "quantity": 2}]}],
        "bookings": [
            {
                "service": "Corte",
                "start": f"{WEEKDAYS[day.weekday()]} 10:00",
                "staff": None,
                "status": "CONFIRMED",
            }
        ],
        "handed_off": False,
    }
    assert [said["says"] for said in made["chat"]][1:] == ["Sí, de acuerdo."]
    assert set(made["expect"]["does"]) == {"create_quote"}
    told = str({**made, "conversation_id": None, "id": None})
    for secret in ("Lucía", "Ruiz", "lucia@", "5512345678", "Roble", before["code"], conversation["contact_id"]):
        assert secret not in told
    assert (await shop.ok("PATCH", f"/v1/scenarios/{made['id']}", {"expect": made["expect"]})) is not None


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("mañana a las 11, por favor", "mañana 11:00"),
        ("cuando puedan", "11:00"),
        ("el {date} a las 11", "{date} 11:00"),
    ],
)
async def test_a_start_is_kept_as_it_was_said(shop: Business, agent: Agent, asked: str, expected: str) -> None:
    hours = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    await shop.ok("PATCH", "/v1/tenant", {"hours": hours})
    day = clock.now().astimezone(ZONE).date() + timedelta(days=1)
    path = await writes(shop, asked.format(date=day))
    await shop.ok("POST", f"{path}/take-over")
    await shop.ok("POST", f"{path}/messages", {"text": "Claro, te espero."})
    await books(shop, (await shop.ok("GET", path))["contact_id"], day, 11)
    made = await shop.ok("POST", f"{path}/scenario", {})
    assert made["expect"]["state"]["bookings"][0]["start"] == expected.format(date=day)


async def test_a_takeover_that_only_answered_expects_that_nothing_is_made(shop: Business) -> None:
    path = await writes(shop, "¿abren el domingo?")
    await shop.ok("POST", f"{path}/take-over")
    await shop.ok("POST", f"{path}/messages", {"text": "Sí, de 10:00 a 14:00."})
    made = await shop.ok("POST", f"{path}/scenario", {})
    assert made["expect"]["state"] == {"orders": [], "bookings": [], "handed_off": False}
    assert len(made["chat"]) == 1
