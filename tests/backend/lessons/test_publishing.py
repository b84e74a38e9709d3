"""What brings a lesson into force and takes it out: proof, a person's word, a share, one call back."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete

from backend.conversations.bundle import read_bundles
from backend.database import Database
from backend.lessons.models import LessonGround
from backend.lessons.trial import chosen
from backend.security import PREVIEW
from backend.settings import Settings
from tests.backend.lessons.conftest import Customer, judged, noted, propose
from tests.backend.settling import settled
from tests.factories import Business, Client, OpenTurn

RULE = "Si preguntan por mascotas, di que son bienvenidas con correa."


async def written(business: Business, rule: str = RULE, **changes: Any) -> str:
    return str((await business.ok("POST", "/v1/lessons", {"rule": rule, **changes}))["id"])


async def refused(business: Business, lesson_id: str, **body: Any) -> str:
    """The type of the problem that publishing meets."""
    answer = await business.call("POST", f"/v1/lessons/{lesson_id}/publish", body)
    assert answer.status_code in (403, 409), answer.text
    return str(answer.json()["type"]).rpartition(":")[2]


async def playbook_of(database: Database, settings: Settings, turn: OpenTurn) -> dict[str, Any]:
    """The playbook that a claim of this turn would bring."""
    async with database.tenant(turn.tenant_id) as session:
        bundle = (await read_bundles(session, settings, {turn.turn_id: PREVIEW}, preview=True))[turn.turn_id]
        await session.rollback()
    return dict(bundle["playbook"])


async def test_a_lesson_that_improved_answers_becomes_a_part_of_the_next_version(
    business: Business, database: Database, settings: Settings, customer: Customer
) -> None:
    await business.ok("PUT", "/v1/playbook", {"instructions": "Tutea."})
    lesson_id, turn = await written(business), await customer()
    await judged(business, database, lesson_id)

    lesson = await business.ok("POST", f"/v1/lessons/{lesson_id}/publish", {})

    assert (lesson["status"], lesson["share"], lesson["version"], lesson["in_force"]) == ("published", 100, 2, True)
    assert lesson["published_by"].startswith("key:")
    now = await business.ok("GET", "/v1/playbook")
    assert (now["version"], now["lessons"], now["instructions"]) == (2, [RULE], "Tutea.")
    assert lesson_id in now["note"]
    told = await playbook_of(database, settings, turn)
    assert (told["lessons"], told.get("trial")) == ([RULE], None)
    for verb, body in (("publish", {}), ("replay", {}), ("dismiss", None)):
        again = await business.call("POST", f"/v1/lessons/{lesson_id}/{verb}", body)
        assert again.json()["type"] == "urn:tendero:problem:lesson-in-force", verb
    assert (await business.call("PATCH", f"/v1/lessons/{lesson_id}", {"rule": "Otra."})).status_code == 409
    await settled(database)
    events = [item["type"] for item in (await business.ok("GET", "/v1/events"))["items"]]
    assert [kind for kind in events if kind.startswith("lesson.")] == ["lesson.proposed", "lesson.published"]


async def test_one_call_takes_it_out_for_everybody_and_leaves_the_rest(
    business: Business, database: Database, settings: Settings, customer: Customer
) -> None:
    first, second, turn = await written(business), await written(business, "Despídete con calidez."), await customer()
    for lesson_id in (first, second):
        await judged(business, database, lesson_id)
        await business.ok("POST", f"/v1/lessons/{lesson_id}/publish", {})
    await business.ok("PUT", "/v1/playbook", {"instructions": "Habla de usted."})

    lesson = await business.ok("POST", f"/v1/lessons/{first}/rollback")

    assert (lesson["status"], lesson["in_force"], lesson["version"], lesson["share"]) == (
        "rolled_back",
        False,
        None,
        None,
    )
    told = await playbook_of(database, settings, turn)
    assert (told["lessons"], told["instructions"]) == (["Despídete con calidez."], "Habla de usted.")
    version = told["version"]
    assert (await business.ok("POST", f"/v1/lessons/{first}/rollback"))["status"] == "rolled_back"
    assert (await business.ok("GET", "/v1/playbook"))["version"] == version, "again changes nothing"
    await settled(database)
    kinds = [item["type"] for item in (await business.ok("GET", "/v1/events", type="lesson.rolled_back"))["items"]]
    assert kinds == ["lesson.rolled_back"]
    await judged(business, database, first)
    assert (await business.ok("POST", f"/v1/lessons/{first}/publish", {}))["in_force"], "proved anew, it may come back"


async def test_nothing_is_published_without_a_replay_of_this_rule_against_what_is_in_force(
    business: Business, database: Database
) -> None:
    lesson_id = await written(business)
    assert await refused(business, lesson_id, override={"reason": "ya"}) == "replay-needed"
    await business.ok("POST", f"/v1/lessons/{lesson_id}/replay", {})
    assert await refused(business, lesson_id, override={"reason": "ya"}) == "replay-running"
    await judged(business, database, lesson_id)
    await business.ok("PUT", "/v1/playbook", {"instructions": "Otra cosa."})
    assert await refused(business, lesson_id, override={"reason": "ya"}) == "replay-needed"
    await judged(business, database, lesson_id)
    await business.ok("POST", f"/v1/lessons/{lesson_id}/publish", {})


@pytest.mark.parametrize("verdict", ["no_effect", "mixed", "regressed"])
async def test_against_its_replay_it_takes_an_override_that_stays_on_record(
    business: Business, database: Database, verdict: str
) -> None:
    lesson_id = await written(business)
    await judged(business, database, lesson_id, verdict)
    assert await refused(business, lesson_id) == "override-needed"
    for reason in ("", "  ", None, "x" * 301):
        answer = await business.call("POST", f"/v1/lessons/{lesson_id}/publish", {"override": {"reason": reason}})
        assert answer.status_code == 422, reason
    lesson = await business.ok(
        "POST", f"/v1/lessons/{lesson_id}/publish", {"override": {"reason": "Lo pide el dueño."}}
    )
    assert lesson["override"]["reason"] == "Lo pide el dueño."
    assert lesson["override"]["verdict"] == verdict
    assert lesson["override"]["by"].startswith("key:")


async def test_what_made_answers_worse_is_for_an_admin_alone(business: Business, database: Database) -> None:
    lesson_id = await written(business)
    await judged(business, database, lesson_id, "regressed")
    key = await business.ok("POST", "/v1/api-keys", {"name": "manager", "scopes": ["*:read", "*:write"]})
    manager = Business(business.client, business.tenant_id, key["api_key"])
    assert await refused(manager, lesson_id, override={"reason": "Quiero."}) == "permission-missing"
    assert not (await business.ok("GET", f"/v1/lessons/{lesson_id}"))["in_force"]


async def test_a_share_holds_for_the_same_conversations_and_grows_around_them(
    business: Business, database: Database, settings: Settings, customer: Customer
) -> None:
    lesson_id = await written(business)
    turns = [await customer() for _ in range(8)]
    await judged(business, database, lesson_id)
    held: set[UUID] = set()
    for share in (1, 50, 99):
        lesson = await business.ok("POST", f"/v1/lessons/{lesson_id}/publish", {"share": share})
        assert (lesson["share"], lesson["version"], lesson["in_force"]) == (share, None, True)
        now = set()
        for turn in turns:
            told = await playbook_of(database, settings, turn)
            expected = chosen(UUID(lesson_id), turn.conversation_id, share)
            assert (told["lessons"], told.get("trial")) == (([RULE], [lesson_id]) if expected else ([], None))
            now |= {turn.conversation_id} if expected else set()
        assert held <= now
        held = now
    assert (await business.ok("GET", "/v1/playbook"))["version"] == 0, "nothing was published for the others"
    await business.ok("POST", f"/v1/lessons/{lesson_id}/rollback")
    for turn in turns:
        assert (await playbook_of(database, settings, turn))["lessons"] == []


def test_a_share_is_a_share() -> None:
    lesson = UUID(int=7)
    many = [UUID(int=number << 64) for number in range(4000)]
    for share in (1, 10, 50):
        count = sum(chosen(lesson, one, share) for one in many)
        assert abs(count / len(many) * 100 - share) < 3
    assert all(chosen(lesson, one, 100) for one in many)


async def test_a_lesson_of_one_channel_holds_there_alone(
    business: Business, database: Database, settings: Settings, customer: Customer
) -> None:
    here, elsewhere = await customer(), await customer()
    lesson_id = await written(business, channel_id=str(here.channel_id))
    await judged(business, database, lesson_id)
    lesson = await business.ok("POST", f"/v1/lessons/{lesson_id}/publish", {})
    assert (lesson["share"], lesson["version"]) == (100, None)
    assert (await playbook_of(database, settings, here))["lessons"] == [RULE]
    assert (await playbook_of(database, settings, elsewhere))["lessons"] == []


async def test_why_tells_which_lessons_stood_beside_the_playbook(
    client: Client, business: Business, customer: Customer, database: Database
) -> None:
    lesson_id, turn = await written(business), await customer()
    await judged(business, database, lesson_id)
    await business.ok("POST", f"/v1/lessons/{lesson_id}/publish", {"share": 99})
    answer = await client.post(
        f"/internal/turns/{turn.turn_id}/reply",
        json={"version": 1, "text": "Claro.", "trial": [lesson_id]},
        headers={"Authorization": f"Bearer {turn.token}"},
    )
    assert answer.status_code == 200, answer.text
    why = await business.ok("GET", f"/v1/conversations/{turn.conversation_id}/turns/{turn.turn_id}")
    assert why["trial"] == [lesson_id]


@pytest.mark.parametrize("body", [{"share": 0}, {"share": 101}, {"share": "all"}, {"share": 1.5}, {"more": 1}, []])
async def test_what_is_no_share_is_refused(business: Business, body: Any) -> None:
    lesson_id = await written(business)
    assert (await business.call("POST", f"/v1/lessons/{lesson_id}/publish", body)).status_code in (400, 422)


async def test_what_customers_brought_up_needs_two_of_them_to_the_end(
    client: Client, settings: Settings, database: Database, business: Business, customer: Customer
) -> None:
    ana, bea = await customer(), await customer()
    faults = [await noted(database, who, "money", kind="fault") for who in (ana, bea)]
    [lesson_id] = await propose(
        client, settings, ana, faults, "money", kind="fault", rule="Before stating money, read it."
    )
    await judged(business, database, lesson_id)
    async with database.tenant(business.tenant_id) as session:
        await session.execute(delete(LessonGround).where(LessonGround.contact_id == bea.contact_id))
    assert await refused(business, lesson_id) == "lesson-needs-grounds"
    await business.ok("PATCH", f"/v1/lessons/{lesson_id}", {"rule": "Antes de decir un precio, léelo."})
    await judged(business, database, lesson_id)
    await business.ok("POST", f"/v1/lessons/{lesson_id}/publish", {})


@pytest.mark.parametrize(
    ("rule", "verdict", "told", "expected"),
    [
        (RULE, "improved", {"lessons_automatic": True, "lessons_automatic_share": 25}, "published"),
        (RULE, "improved", {}, "replayed"),
        (RULE, "mixed", {"lessons_automatic": True}, "replayed"),
        ("Ofrece 10% de descuento.", "improved", {"lessons_automatic": True}, "replayed"),
    ],
)
async def test_only_where_the_business_said_so_and_little_is_at_stake_it_goes_by_itself(
    business: Business, database: Database, rule: str, verdict: str, told: dict[str, Any], expected: str
) -> None:
    if told:
        await business.ok("PATCH", "/v1/tenant", {"settings": told})
    lesson_id = await written(business, rule)
    lesson = await judged(business, database, lesson_id, verdict)
    assert lesson["status"] == expected
    if expected == "published":
        assert (lesson["share"], lesson["published_by"]) == (25, "system")
        await business.ok("POST", f"/v1/lessons/{lesson_id}/rollback")
        await business.ok("PATCH", f"/v1/lessons/{lesson_id}", {"rule": "Saluda por su nombre."})
        again = await judged(business, database, lesson_id)
        assert again["status"] == "replayed", "what a person took back does not come back by itself"
