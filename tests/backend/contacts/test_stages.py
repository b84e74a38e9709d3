"""How far a contact has come: read off what happened, unless a person said otherwise."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from backend import clock
from backend.contacts.models import Stage
from backend.contacts.stages import Signs, settle_due, stage_of
from backend.database import Database, new_id
from backend.settings import Settings
from tests.backend.line import Agent
from tests.backend.settling import settled
from tests.factories import Business, Client, open_turn, present_and_answer

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
QUIET = timedelta(days=60)
LONG_AGO = NOW - timedelta(days=61)
LATELY = NOW - timedelta(days=3)
PRODUCT = {"name": "Gorra", "variants": [{"sku": "G-1", "price": 100, "stock": 9}]}


@pytest.mark.parametrize(
    ("signs", "stage", "reason"),
    [
        (Signs(LATELY), Stage.NEW, "wrote"),
        (Signs(LONG_AGO), Stage.DORMANT, "silent"),
        (Signs(LATELY, asked=True), Stage.INTERESTED, "asked"),
        (Signs(LONG_AGO, asked=True), Stage.DORMANT, "silent"),
        (Signs(LATELY, asked=True, quoted_at=LATELY), Stage.QUOTED, "quoted"),
        (Signs(LONG_AGO, quoted_at=LONG_AGO), Stage.LOST, "silent"),
        (Signs(LATELY, quoted_at=LONG_AGO), Stage.QUOTED, "quoted"),
        (Signs(LATELY, quoted_at=LATELY, ordered_at=LATELY), Stage.CUSTOMER, "ordered"),
        (Signs(LATELY, booked_at=LATELY), Stage.CUSTOMER, "booked"),
        (Signs(LONG_AGO, booked_at=NOW + timedelta(days=2)), Stage.CUSTOMER, "booked"),
        (Signs(LONG_AGO, ordered_at=LONG_AGO), Stage.DORMANT, "silent"),
        (Signs(LATELY, quoted_at=LONG_AGO, ended_at=LATELY), Stage.LOST, "called_off"),
        (Signs(LATELY, quoted_at=LATELY, ended_at=LONG_AGO), Stage.QUOTED, "quoted"),
        (Signs(LATELY, ordered_at=LATELY, ended_at=LATELY), Stage.CUSTOMER, "ordered"),
        (Signs(LATELY, ordered_at=LATELY, opted_out_at=LATELY), Stage.LOST, "opted_out"),
    ],
)
def test_a_stage_is_read_off_what_happened(signs: Signs, stage: Stage, reason: str) -> None:
    derived = stage_of(signs, NOW, QUIET)
    assert (derived.stage, derived.reason) == (stage, reason)
    if derived.until is not None:
        assert derived.until > NOW
        assert stage_of(signs, derived.until, QUIET).stage in (Stage.LOST, Stage.DORMANT)


async def look(database: Database) -> None:
    """Everything that is due, other tests' too."""
    for _ in range(100):
        if not await settle_due(database):
            return


async def test_quotes_orders_and_cancellations_move_a_contact_and_are_told(
    client: Client, database: Database, settings: Settings, business: Business
) -> None:
    turn = await open_turn(client, database, settings, business.tenant_id)
    path = f"/v1/contacts/{turn.contact_id}"
    [variant] = (await business.ok("POST", "/v1/products", PRODUCT))["variants"]

    async def stage() -> tuple[str, str]:
        await look(database)
        shown = await business.ok("GET", f"{path}/stage")
        assert shown["stage"] == shown["derived"] == (await business.ok("GET", path))["stage"]
        return shown["stage"], shown["reason"]

    assert (await stage())[0] == "new"
    assert [one["id"] for one in (await business.ok("GET", "/v1/contacts", stage="new"))["items"]] == [
        str(turn.contact_id)
    ]
    quote = (await turn.use("create_quote", {"items": [{"variant_id": variant["id"], "quantity": 1}]}))["result"]
    assert await stage() == ("quoted", "quoted")
    await present_and_answer(database, turn)
    order = (await turn.use("place_order", {"proposal_id": quote["proposal_id"]}))["result"]
    assert await stage() == ("customer", "ordered")
    for wanted, found in (("customer", 1), ("new", 0), ("quoted", 0)):
        assert len((await business.ok("GET", "/v1/contacts", stage=wanted))["items"]) == found
    async with database.tenant(business.tenant_id) as session:
        cancelled = text("UPDATE orders SET status = 'cancelled', updated_at = :now WHERE id = :id")
        await session.execute(cancelled, {"now": clock.now(), "id": order["order_id"]})
    assert await stage() == ("lost", "called_off")
    await settled(database)
    told = (await business.ok("GET", "/v1/events", type="contact.stage_changed"))["items"]
    assert [(one["data"]["from"], one["data"]["to"]) for one in told] == [
        ("new", "quoted"),
        ("quoted", "customer"),
        ("customer", "lost"),
    ]
    assert {one["subject_id"] for one in told} == {str(turn.contact_id)}


async def test_a_persons_word_stands_until_it_is_taken_back(
    client: Client, database: Database, settings: Settings, business: Business
) -> None:
    turn = await open_turn(client, database, settings, business.tenant_id)
    path = f"/v1/contacts/{turn.contact_id}/stage"
    [variant] = (await business.ok("POST", "/v1/products", PRODUCT))["variants"]
    said = await business.ok("PUT", path, {"stage": "customer"})
    assert (said["stage"], said["source"], said["reason"], said["derived"]) == ("customer", "manual", "said", "new")
    await turn.use("create_quote", {"items": [{"variant_id": variant["id"], "quantity": 1}]})
    await look(database)
    shown = await business.ok("GET", path)
    assert (shown["stage"], shown["source"], shown["derived"]) == ("customer", "manual", "quoted")
    assert (await business.ok("PUT", path, {"stage": "customer"}))["since"] == said["since"]
    back = await business.ok("DELETE", path)
    assert (back["stage"], back["source"]) == ("quoted", "derived")
    assert (await business.ok("DELETE", path))["stage"] == "quoted"
    for bad in ({"stage": "won"}, {}, {"stage": None}, {"stage": "new", "more": 1}):
        assert (await business.call("PUT", path, bad)).status_code == 422, bad
    assert (await business.call("GET", "/v1/contacts", stage="won")).status_code in (400, 422)


async def test_a_chat_makes_interest_that_the_agent_is_told_of_and_silence_ends_it(
    eager_business: Business, agent: Agent, database: Database
) -> None:
    business = eager_business
    sent = await business.ok("POST", "/v1/sandbox/messages", {"from": "+5215512345678", "text": "¿tienen gorras?"})
    [bundle] = await agent.claim(business)
    assert "stage" not in bundle["contact"]
    priced: dict[str, Any] = {
        "id": str(new_id()),
        "kind": "price",
        "subject": {"type": "product", "id": "p1", "name": "Gorra"},
        "value": {"amount": 100, "currency": "MXN"},
        "source": "search_products",
    }
    await agent.answer(bundle, "Sí, tenemos.", evidence=[priced])
    [work] = await agent.claim(business, "reflect")
    await agent.service("/internal/reflections", {"items": [{"token": work["token"], "observations": []}]})
    await look(database)
    [contact] = (await business.ok("GET", "/v1/contacts", stage="interested"))["items"]
    await business.ok("POST", "/v1/sandbox/messages", {"from": "+5215512345678", "text": "ok"})
    [bundle] = await agent.claim(business)
    assert bundle["contact"]["stage"] == "interested"
    assert sent["conversation_id"] == bundle["conversation"]["id"]
    async with database.tenant(business.tenant_id) as session:
        due = await session.scalar(text("SELECT due_at FROM contact_stages"))
        assert due > datetime.now(UTC) + timedelta(days=50)
        await session.execute(text("UPDATE contacts SET last_seen_at = now() - interval '70 days'"))
        await session.execute(text("UPDATE contact_stages SET due_at = now() - interval '1 day'"))
    await look(database)
    shown = await business.ok("GET", f"/v1/contacts/{contact['id']}/stage")
    assert (shown["stage"], shown["reason"]) == ("dormant", "silent")
    await business.ok("PUT", f"/v1/contacts/{contact['id']}/consent", {"messages": False, "source": "counter"})
    await look(database)
    assert (await business.ok("GET", f"/v1/contacts/{contact['id']}"))["stage"] == "lost"
