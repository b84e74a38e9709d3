"""What was learnt from a contact goes with them: observations, and the lessons that rest on them alone."""

from uuid import UUID

from sqlalchemy import delete

from backend.conversations.turn_models import Observation
from backend.database import Database
from backend.settings import Settings
from tests.backend.lessons.conftest import judged, noted, propose
from tests.factories import Business, Client, open_turn

RULE = "Before stating money, read it."


async def test_a_lesson_goes_with_the_last_contact_that_it_rests_on(
    client: Client, settings: Settings, database: Database, business: Business
) -> None:
    turns = [await open_turn(client, database, settings, business.tenant_id) for _ in range(2)]
    faults = [await noted(database, turn, "money", kind="fault") for turn in turns]
    [lesson_id] = await propose(client, settings, turns[0], faults, "money", kind="fault", rule=RULE)
    by_hand = (await business.ok("POST", "/v1/lessons", {"rule": "Saluda."}))["id"]
    for one in (lesson_id, by_hand):
        await judged(business, database, one)
        await business.ok("POST", f"/v1/lessons/{one}/publish", {})
    await business.ok("PATCH", "/v1/playbook/draft", {"voice": "Tutea."})

    await business.ok("POST", f"/v1/contacts/{turns[0].contact_id}/erasure")
    left = await business.ok("GET", f"/v1/lessons/{lesson_id}")
    assert (left["in_force"], left["grounds"]["contacts"]) == (True, 1)

    receipt = await business.ok("POST", f"/v1/contacts/{turns[1].contact_id}/erasure")
    assert receipt["counts"]["lessons"] == {"deleted": 1}
    assert receipt["counts"]["lesson_grounds"] == {"deleted": 1}
    assert (await business.call("GET", f"/v1/lessons/{lesson_id}")).status_code == 404
    assert (await business.ok("GET", "/v1/playbook"))["lessons"] == ["Saluda."]
    assert (await business.ok("GET", "/v1/playbook/draft"))["lessons"] == ["Saluda."]
    assert (await business.ok("GET", "/v1/observations"))["items"] == []


async def test_what_rests_on_somebody_is_known_after_the_observation_aged_away(
    client: Client, settings: Settings, database: Database, business: Business
) -> None:
    turns = [await open_turn(client, database, settings, business.tenant_id) for _ in range(2)]
    faults = [await noted(database, turn, "money", kind="fault") for turn in turns]
    [lesson_id] = await propose(client, settings, turns[0], faults, "money", kind="fault", rule=RULE)
    async with database.tenant(business.tenant_id) as session:
        await session.execute(delete(Observation).where(Observation.id.in_([UUID(one) for one in faults])))
    assert (await business.ok("GET", f"/v1/lessons/{lesson_id}"))["grounds"]["contacts"] == 2
    for turn in turns:
        await business.ok("POST", f"/v1/contacts/{turn.contact_id}/erasure")
    assert (await business.call("GET", f"/v1/lessons/{lesson_id}")).status_code == 404
