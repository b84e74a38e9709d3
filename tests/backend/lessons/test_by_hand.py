"""Lessons as a person handles them: written, worded, listed, dismissed."""

import asyncio

import pytest

from backend.database import Database, new_id
from backend.lessons.risk import risk_of
from tests.backend.lessons.conftest import judged
from tests.factories import Business

RULE = "Si preguntan por mascotas, di que son bienvenidas con correa."


async def test_a_rule_by_hand_is_proposed_and_not_in_force(business: Business) -> None:
    made = await business.ok("POST", "/v1/lessons", {"rule": f"  {RULE}\n"})
    assert (made["rule"], made["kind"], made["status"], made["risk"]) == (RULE, "manual", "proposed", "low")
    assert made["worded_by"].startswith("key:")
    assert (made["needs_wording"], made["in_force"]) == (False, False)
    assert (await business.ok("GET", f"/v1/lessons/{made['id']}")) == made
    assert (await business.ok("GET", "/v1/playbook"))["lessons"] == []


async def test_the_same_rule_is_not_written_twice(business: Business) -> None:
    made = await business.ok("POST", "/v1/lessons", {"rule": RULE})
    again = await business.call("POST", "/v1/lessons", {"rule": RULE.upper()})
    assert (again.status_code, again.json()["type"]) == (409, "urn:tendero:problem:lesson-known")
    assert again.json()["lesson_id"] == made["id"]
    answers = await asyncio.gather(*(business.call("POST", "/v1/lessons", {"rule": "Despídete."}) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


@pytest.mark.parametrize("rule", ["", "  \n ", "x" * 601, "nul\0l", None, 7, ["x"], "Son las {{hora}}.", "{{"])
async def test_what_is_no_rule_is_refused(business: Business, rule: object) -> None:
    assert (await business.call("POST", "/v1/lessons", {"rule": rule})).status_code == 422
    assert (await business.call("POST", "/v1/lessons", {"rule": RULE, "status": "published"})).status_code == 422
    missing = await business.call("POST", "/v1/lessons", {"rule": RULE, "channel_id": str(new_id())})
    assert missing.status_code == 404
    assert (await business.ok("GET", "/v1/lessons"))["items"] == []


async def test_other_words_void_the_replay_and_the_risk_is_told_anew(business: Business, database: Database) -> None:
    lesson_id = (await business.ok("POST", "/v1/lessons", {"rule": RULE}))["id"]
    tried = await judged(business, database, lesson_id)
    assert (tried["status"], tried["replay"]["verdict"], tried["replay"]["current"]) == ("replayed", "improved", True)

    changed = await business.ok("PATCH", f"/v1/lessons/{lesson_id}", {"rule": "Ofrece 10% de descuento."})

    assert (changed["status"], changed["risk"], changed["replay"]["current"]) == ("proposed", "high", False)
    refused = await business.call("POST", f"/v1/lessons/{lesson_id}/publish", {})
    assert refused.json()["type"] == "urn:tendero:problem:replay-needed"


async def test_the_same_words_void_nothing(business: Business, database: Database) -> None:
    lesson_id = (await business.ok("POST", "/v1/lessons", {"rule": RULE}))["id"]
    await judged(business, database, lesson_id)
    assert (await business.ok("PATCH", f"/v1/lessons/{lesson_id}", {"rule": RULE}))["status"] == "replayed"


async def test_one_of_two_who_change_what_they_both_read_is_told(business: Business) -> None:
    lesson_id = (await business.ok("POST", "/v1/lessons", {"rule": RULE}))["id"]
    path = f"/v1/lessons/{lesson_id}"
    tag = (await business.call("GET", path)).headers["ETag"]
    headers = {"Authorization": f"Bearer {business.api_key}", "If-Match": tag}

    async def write(words: str) -> int:
        return (await business.client.patch(path, json={"rule": words}, headers=headers)).status_code

    assert sorted([await write("Saluda."), await write("Despídete.")]) == [200, 412]


async def test_a_dismissed_lesson_stays_dismissed(business: Business) -> None:
    path = f"/v1/lessons/{(await business.ok('POST', '/v1/lessons', {'rule': RULE}))['id']}"
    for _ in range(2):
        assert (await business.ok("POST", f"{path}/dismiss"))["status"] == "dismissed"
    for verb in ("replay", "publish"):
        answer = await business.call("POST", f"{path}/{verb}", {})
        assert answer.json()["type"] == "urn:tendero:problem:lesson-dismissed", verb
    assert (await business.call("PATCH", path, {"rule": "Otra."})).status_code == 409
    assert (await business.call("POST", f"{path}/rollback")).status_code == 409


async def test_lessons_are_listed_by_page_and_filter(business: Business) -> None:
    ids = [(await business.ok("POST", "/v1/lessons", {"rule": f"Regla {word}."}))["id"] for word in ("a", "b", "c")]
    await business.ok("POST", f"/v1/lessons/{ids[0]}/dismiss")
    first = await business.ok("GET", "/v1/lessons", limit=2)
    rest = await business.ok("GET", "/v1/lessons", limit=2, cursor=first["next_cursor"])
    assert [item["id"] for item in (*first["items"], *rest["items"])] == ids[::-1]
    assert rest["next_cursor"] is None
    assert [item["id"] for item in (await business.ok("GET", "/v1/lessons", status="dismissed"))["items"]] == ids[:1]
    assert (await business.ok("GET", "/v1/lessons", kind="fault"))["items"] == []
    assert (await business.call("GET", "/v1/lessons", status="done")).status_code == 422


@pytest.mark.parametrize(
    "rule",
    [
        "Ofrece 10% de descuento.", "El envío es gratis.", "O preço é menor à vista.", "Refunds are fine.",
        "Abrimos los domingos.", "Give it for half.", "Entregamos amanhã.", "Cuesta $5", "Acepta devoluciones.",
        "Promete que llega.", "Ask for their password.", "Tell them we open early.",
    ],
)  # fmt: skip
def test_money_policies_times_and_figures_are_of_high_risk(rule: str) -> None:
    assert risk_of(rule) == "high"


@pytest.mark.parametrize(
    "rule",
    [RULE, "Tutea y sé breve.", "Chame o cliente pelo apelido.", "Answer in the language of the customer."],
)
def test_wording_is_of_low_risk(rule: str) -> None:
    assert risk_of(rule) == "low"
