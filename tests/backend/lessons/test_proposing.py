"""Lessons that nobody wrote: what is proposed, what is known already, and that one customer's word is not enough."""

import pytest

from backend.database import Database
from backend.settings import Settings
from tests.backend.lessons.conftest import Customer, noted, propose
from tests.backend.settling import settled
from tests.factories import Business, Client, make_business, open_turn

PETS = ("aceptan", "local", "mascotas")


async def test_what_two_customers_asked_is_proposed_with_what_it_rests_on(
    client: Client, settings: Settings, database: Database, business: Business, customer: Customer
) -> None:
    ana, bea = await customer(), await customer()
    asked = [await noted(database, who, *PETS, asked=f"canario {who.turn_id}") for who in (ana, ana, bea)]

    [lesson_id] = await propose(client, settings, ana, asked, *PETS)

    lesson = await business.ok("GET", f"/v1/lessons/{lesson_id}")
    assert (lesson["status"], lesson["kind"], lesson["topic"]) == ("proposed", "unanswered", list(PETS))
    assert lesson["grounds"] == {"observations": 3, "contacts": 2, "people": 0}
    assert (lesson["needs_wording"], lesson["in_force"], lesson["replay"]) == (True, False, None)
    assert "canario" not in str(lesson)
    shown = (await business.ok("GET", "/v1/observations", lesson_id=lesson_id))["items"]
    assert {item["id"] for item in shown} == set(asked)
    await settled(database)
    [event] = (await business.ok("GET", "/v1/events", type="lesson.proposed"))["items"]
    assert (event["subject_id"], event["data"]["kind"]) == (lesson_id, "unanswered")


async def test_one_customer_proposes_nothing_however_often_they_ask(
    client: Client, settings: Settings, database: Database, business: Business, customer: Customer
) -> None:
    ana, bea = await customer(), await customer()
    asked = [await noted(database, ana, *PETS) for _ in range(5)]
    assert await propose(client, settings, ana, asked, *PETS) == []

    await business.ok("POST", f"/v1/contacts/{ana.contact_id}/merge", {"contact_id": str(bea.contact_id)})
    both = [*asked, await noted(database, bea, *PETS)]
    assert await propose(client, settings, ana, both, *PETS) == [], "two who are one person are one"


@pytest.mark.parametrize("ended", ["proposed", "dismissed"])
async def test_what_is_alike_is_not_proposed_again(
    client: Client, settings: Settings, database: Database, business: Business, customer: Customer, ended: str
) -> None:
    ana, bea = await customer(), await customer()
    first = [await noted(database, who, *PETS) for who in (ana, bea)]
    [lesson_id] = await propose(client, settings, ana, first, *PETS)
    if ended == "dismissed":
        await business.ok("POST", f"/v1/lessons/{lesson_id}/dismiss")

    again = [await noted(database, who, "mascota", "permiten", "local") for who in (ana, bea)]
    assert await propose(client, settings, ana, again, "local", "mascota", "permiten") == []

    lesson = await business.ok("GET", f"/v1/lessons/{lesson_id}")
    assert (lesson["status"], lesson["grounds"]["observations"]) == (ended, 4)


async def test_what_the_business_says_already_is_not_proposed(
    client: Client, settings: Settings, database: Database, business: Business, customer: Customer
) -> None:
    await business.ok("PUT", "/v1/facts/mascotas", {"text": "En el local son bienvenidas las mascotas."})
    await business.ok("PATCH", "/v1/playbook/draft", {"lessons": ["Los envíos urgentes a Puebla son posibles."]})
    await business.ok("POST", "/v1/playbook/draft/publish", {})
    ana, bea = await customer(), await customer()
    for topic in (PETS, ("envio", "puebla", "urgente")):
        asked = [await noted(database, who, *topic) for who in (ana, bea)]
        assert await propose(client, settings, ana, asked, *topic) == [], topic


async def test_nobody_proposes_on_observations_of_another_business(
    client: Client, settings: Settings, database: Database, business: Business, customer: Customer
) -> None:
    ana, bea = await customer(), await customer()
    theirs = [await noted(database, who, *PETS) for who in (ana, bea)]
    stranger = await make_business(client, settings)
    turn = await open_turn(client, database, settings, stranger.tenant_id)
    assert await propose(client, settings, turn, theirs, *PETS) == []


async def test_a_proposal_is_our_own_services_to_make(
    client: Client, settings: Settings, business: Business, customer: Customer
) -> None:
    ana = await customer()
    body = {"token": ana.token, "lessons": []}
    for bearer in (business.api_key, ana.token, "x"):
        answer = await client.post("/internal/lessons", json=body, headers={"Authorization": f"Bearer {bearer}"})
        assert answer.status_code == 401, answer.text
    own = {"Authorization": f"Bearer {settings.service_token}"}
    bad = {"kind": "unanswered", "rule": "x", "fingerprint": "0" * 16, "observation_ids": [str(ana.turn_id)]}
    for topic in (["IGNORE"], ["a b c d"], [], ["mascotas"] * 4, ["x" * 21]):
        wrong = {"token": ana.token, "lessons": [{**bad, "topic": topic}]}
        assert (await client.post("/internal/lessons", json=wrong, headers=own)).status_code == 422, topic
