"""The draft of a playbook: saved, compared, published, and never in force before."""

import asyncio
from typing import Any

import httpx

from backend.database import Database
from backend.playbooks.diff import differing
from backend.playbooks.sections import Sections
from backend.playbooks.service import current
from backend.settings import Settings
from tests.factories import Business, Client, make_business

DRAFT = "/v1/playbook/draft"
WHOLE: dict[str, Any] = {
    "voice": "Tutea y sé breve.",
    "policies": "Cambios en 30 días.",
    "instructions": "Saluda a {{customer_name}}.",
    "guidelines": [{"when": "piden factura", "then": "Pide el RFC y el correo."}],
    "lessons": ["Ofrece la garantía."],
}
GUIDED = {"guidelines": [{"when": "piden factura", "then": "Pide el RFC."}]}


async def with_tag(business: Business, method: str, tag: str, json: Any = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {business.api_key}", "If-Match": tag}
    return await business.client.request(method, DRAFT, json=json, headers=headers)


def parts(told: dict[str, Any]) -> dict[str, Any]:
    return {name: told[name] for name in WHOLE}


async def test_without_a_draft_it_shows_what_one_would_begin_with(business: Business) -> None:
    await business.ok("PUT", "/v1/playbook", {"instructions": "Tutea."})
    shown = await business.ok("GET", DRAFT)
    assert (shown["instructions"], shown["base_version"], shown["saved_at"]) == ("Tutea.", 1, None)


async def test_a_draft_is_in_force_once_it_is_published(business: Business, database: Database) -> None:
    saved = await business.ok("PUT", DRAFT, WHOLE)
    assert parts(saved) == WHOLE
    assert (await business.ok("GET", "/v1/playbook"))["version"] == 0
    [key] = (await business.ok("GET", "/v1/api-keys"))["items"]
    assert saved["saved_by"] == f"key:{key['id']}"
    made = await business.ok("POST", f"{DRAFT}/publish", {"note": "Primera.", "revision": saved["revision"]})
    assert parts(made) == WHOLE
    assert (made["version"], made["note"], made["published_by"]) == (1, "Primera.", f"key:{key['id']}")
    async with database.tenant(business.tenant_id) as session:
        assert await current(session) == {"version": 1, **WHOLE}
    assert (await business.ok("GET", DRAFT))["saved_at"] is None


async def test_a_put_is_the_whole_and_a_patch_is_a_part(business: Business) -> None:
    await business.ok("PUT", DRAFT, WHOLE)
    changed = await business.ok("PATCH", DRAFT, {"voice": "Habla de usted."})
    assert parts(changed) == WHOLE | {"voice": "Habla de usted."}
    emptied = await business.ok("PUT", DRAFT, {"voice": "Tutea."})
    assert (emptied["voice"], emptied["instructions"], emptied["guidelines"]) == ("Tutea.", "", [])


async def test_a_new_draft_by_patch_takes_the_rest_from_what_is_in_force(business: Business) -> None:
    await business.ok("PUT", "/v1/playbook", {"instructions": "Tutea."})
    drafted = await business.ok("PATCH", DRAFT, {"policies": "Cambios en 30 días."})
    assert (drafted["instructions"], drafted["policies"]) == ("Tutea.", "Cambios en 30 días.")


async def test_instructions_published_alone_leave_the_other_parts(business: Business) -> None:
    await business.ok("PUT", DRAFT, WHOLE)
    await business.ok("POST", f"{DRAFT}/publish", {})
    made = await business.ok("PUT", "/v1/playbook", {"instructions": "Sé breve."})
    assert parts(made) == WHOLE | {"instructions": "Sé breve."}


async def test_nobody_overwrites_a_draft_that_they_have_not_seen(business: Business) -> None:
    tag = (await business.call("GET", DRAFT)).headers["ETag"]
    answers = await asyncio.gather(
        *(with_tag(business, "PUT", tag, {"voice": f"Voz {number}."}) for number in range(4))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    [saved] = [answer for answer in answers if answer.status_code == 200]
    assert (await business.call("GET", DRAFT)).headers["ETag"] == saved.headers["ETag"]
    assert (await with_tag(business, "DELETE", tag)).status_code == 412
    assert (await with_tag(business, "PATCH", saved.headers["ETag"], {"voice": "Otra."})).status_code == 200


async def test_a_draft_that_another_version_overtook_is_not_published(business: Business) -> None:
    await business.ok("PUT", DRAFT, {"voice": "Tutea."})
    await business.ok("PUT", "/v1/playbook", {"instructions": "Sé breve."})
    refused = await business.call("POST", f"{DRAFT}/publish", {})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:tendero:problem:draft-behind")
    assert (refused.json()["base_version"], refused.json()["published_version"]) == (0, 1)
    await business.ok("PATCH", DRAFT, {"instructions": "Sé breve.", "base_version": 1})
    made = await business.ok("POST", f"{DRAFT}/publish", {})
    assert (made["version"], made["voice"], made["instructions"]) == (2, "Tutea.", "Sé breve.")


async def test_what_was_not_reviewed_is_not_published(business: Business) -> None:
    reviewed = (await business.ok("PUT", DRAFT, {"voice": "Tutea."}))["revision"]
    await business.ok("PATCH", DRAFT, {"voice": "Insulta."})
    refused = await business.call("POST", f"{DRAFT}/publish", {"revision": reviewed})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:tendero:problem:draft-changed")


async def test_a_draft_is_thrown_away_and_cannot_be_published_then(business: Business) -> None:
    await business.ok("PUT", DRAFT, {"voice": "Tutea."})
    for _ in range(2):
        assert (await business.call("DELETE", DRAFT)).status_code == 204
    refused = await business.call("POST", f"{DRAFT}/publish", {})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:tendero:problem:no-draft")


async def test_a_draft_is_published_once_by_those_who_publish_at_once(business: Business) -> None:
    await business.ok("PUT", DRAFT, {"voice": "Tutea."})
    answers = await asyncio.gather(*(business.call("POST", f"{DRAFT}/publish", {}) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert len((await business.ok("GET", "/v1/playbook/versions"))["items"]) == 1


async def test_a_draft_is_its_tenants_alone(client: Client, settings: Settings, business: Business) -> None:
    await business.ok("PUT", DRAFT, {"voice": "Secreto."})
    other = await make_business(client, settings)
    assert (await other.ok("GET", DRAFT))["voice"] == ""
    await other.ok("PUT", DRAFT, {"voice": "Otro."})
    await other.ok("DELETE", DRAFT)
    assert (await business.ok("GET", DRAFT))["voice"] == "Secreto."


MISFITS: list[dict[str, Any]] = [
    {"voice": "x" * 4_001},
    {"instructions": "x" * 20_001},
    {"policies": "nul\0l"},
    {"guidelines": [{"when": "x", "then": "y"}] * 61},
    {"guidelines": [{"when": " \n", "then": "y"}]},
    {"guidelines": [{"when": "x", "then": "y" * 601}]},
    {"guidelines": [{"when": "x"}]},
    {"guidelines": {"when": "x", "then": "y"}},
    {"lessons": ["x"] * 101},
    {"lessons": [None]},
    {"voice": None},
    {"tone": "x"},
    {"base_version": 1},
    {"base_version": 2**40},
]


async def test_what_does_not_fit_is_refused_and_nothing_is_saved(business: Business) -> None:
    for body in MISFITS:
        for method in ("PUT", "PATCH"):
            assert (await business.call(method, DRAFT, body)).status_code == 422, body
    assert (await business.ok("GET", DRAFT))["saved_at"] is None


async def test_a_variable_that_there_is_not_can_be_drafted_and_not_published(business: Business) -> None:
    saved = await business.ok("PUT", DRAFT, {"guidelines": [{"when": "piden algo", "then": "Di {{precio}}."}]})
    assert [(one["kind"], one["where"]) for one in saved["warnings"]] == [("unknown-variable", ["guidelines.0.then"])]
    refused = await business.call("POST", f"{DRAFT}/publish", {})
    assert refused.json()["type"] == "urn:tendero:problem:unknown-variable"
    assert (await business.ok("GET", "/v1/playbook"))["version"] == 0


async def test_what_is_doubtful_is_told_and_can_be_published(business: Business) -> None:
    rules = [{"when": "Piden factura", "then": "Pide el RFC."}, {"when": "piden factura.", "then": "Di que no."}]
    saved = await business.ok("PUT", DRAFT, {"guidelines": rules, "policies": "Abrimos los domingos."})
    assert [(one["kind"], one["where"]) for one in saved["warnings"]] == [
        ("conflicting-guidelines", ["guidelines.0", "guidelines.1"]),
        ("hours", ["policies"]),
    ]
    assert (await business.ok("POST", f"{DRAFT}/publish", {}))["guidelines"] == rules


async def test_the_diff_tells_part_by_part_what_a_draft_changes(business: Business) -> None:
    await business.ok("PUT", "/v1/playbook", {"instructions": "Saluda.\nTutea.\nSé breve."})
    await business.ok("PATCH", DRAFT, {"instructions": "Saluda.\nHabla de usted.\nSé breve.", **GUIDED})
    told = await business.ok("GET", "/v1/playbook/diff")
    assert [one["section"] for one in told["sections"]] == ["instructions", "guidelines"]
    assert told["sections"][0]["unified"].splitlines() == [
        "--- published/instructions",
        "+++ draft/instructions",
        "@@ -1,3 +1,3 @@",
        " Saluda.",
        "-Tutea.",
        "+Habla de usted.",
        " Sé breve.",
    ]
    assert "+When piden factura: Pide el RFC." in told["sections"][1]["unified"]


async def test_two_versions_are_compared_either_way(business: Business) -> None:
    for instructions in ("Tutea.", "Habla de usted."):
        await business.ok("PUT", "/v1/playbook", {"instructions": instructions})
    forth = await business.ok("GET", "/v1/playbook/diff", before="1", after="2")
    back = await business.ok("GET", "/v1/playbook/diff", before="2", after="1")
    assert "-Tutea." in forth["sections"][0]["unified"]
    assert "+Tutea." in back["sections"][0]["unified"]
    assert (await business.ok("GET", "/v1/playbook/diff", before="2", after="published"))["sections"] == []
    assert (await business.call("GET", "/v1/playbook/diff", before="3")).status_code == 404
    for wrong in ("0", "-1", "x", "1" * 11, ""):
        assert (await business.call("GET", "/v1/playbook/diff", before=wrong)).status_code == 422, wrong


def test_a_diff_of_texts_made_to_be_slow_is_told_as_a_replacement() -> None:
    """Lines in the opposite order are the worst that there is for whoever looks for what stayed."""
    lines = [str(number) for number in range(3_000)]
    before, after = (Sections(instructions="\n".join(["same", *told])) for told in (lines, reversed(lines)))
    [diff] = differing(before, after, ("a", "b"))
    told = diff.unified.splitlines()
    assert told[2] == "@@ -2,3000 +2,3000 @@"
    assert (told[3], told[-1], len(told)) == ("-0", "+0", 6_003)
