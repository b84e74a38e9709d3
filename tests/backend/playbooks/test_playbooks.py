"""Playbooks over HTTP."""

import asyncio

from backend.database import Database
from backend.playbooks.service import current
from backend.settings import Settings
from tests.factories import Business, Client, make_business


async def test_each_write_is_a_new_version_in_force_at_once(business: Business, database: Database) -> None:
    assert (await business.ok("GET", "/v1/playbook"))["version"] == 0
    await business.ok("PUT", "/v1/playbook", {"instructions": "Tutea."})
    second = await business.ok("PUT", "/v1/playbook", {"instructions": "Habla de usted."})
    assert second["version"] == 2
    assert await business.ok("GET", "/v1/playbook") == second
    versions = (await business.ok("GET", "/v1/playbook/versions"))["items"]
    assert [item["instructions"] for item in versions] == ["Habla de usted.", "Tutea."]
    async with database.tenant(business.tenant_id) as session:
        assert await current(session) == {
            "version": 2,
            "voice": "",
            "policies": "",
            "instructions": "Habla de usted.",
            "guidelines": [],
            "lessons": [],
        }


async def test_writers_at_once_make_versions_one_after_the_other(business: Business) -> None:
    made = await asyncio.gather(
        *(business.ok("PUT", "/v1/playbook", {"instructions": str(number)}) for number in range(5))
    )
    assert sorted(item["version"] for item in made) == [1, 2, 3, 4, 5]


async def test_a_playbook_is_its_tenants_alone(client: Client, settings: Settings, business: Business) -> None:
    await business.ok("PUT", "/v1/playbook", {"instructions": "Secreto."})
    other = await make_business(client, settings)
    assert (await other.ok("GET", "/v1/playbook"))["version"] == 0
    assert (await other.ok("GET", "/v1/playbook/versions"))["items"] == []


async def test_null_bytes_and_endless_text_are_refused(business: Business) -> None:
    for instructions in ("nul\0l", "x" * 20_001, None):
        assert (await business.call("PUT", "/v1/playbook", {"instructions": instructions})).status_code == 422


async def test_known_variables_are_published_as_they_are_written(business: Business) -> None:
    instructions = "Hoy es {{today}} ({{ now }}). Saluda a {{customer_name}} de {{business_name}}; precios en {llaves}."
    assert (await business.ok("PUT", "/v1/playbook", {"instructions": instructions}))["instructions"] == instructions


async def test_an_unknown_variable_is_refused_and_nothing_is_published(business: Business) -> None:
    answer = await business.call("PUT", "/v1/playbook", {"instructions": "Son las {{hora}}, {{now}}, {{Cliente}}."})
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["type"] == "urn:tendero:problem:unknown-variable"
    assert problem["variables"] == ["Cliente", "hora"]
    assert problem["known"] == ["business_name", "customer_name", "now", "today"]
    assert "{{Cliente}}, {{hora}}: not a variable. Instructions know {{business_name}}" in problem["detail"]
    for braces in ("{{", "{{}}", "a {{now b", "{{{now}}}x{{"):
        assert (await business.call("PUT", "/v1/playbook", {"instructions": braces})).status_code == 422, braces
    assert (await business.ok("GET", "/v1/playbook"))["version"] == 0


async def test_a_version_says_who_published_it_and_can_be_read_alone(business: Business) -> None:
    [key] = (await business.ok("GET", "/v1/api-keys"))["items"]
    made = await business.ok("PUT", "/v1/playbook", {"instructions": "Tutea."})
    assert made["published_by"] == f"key:{key['id']}"
    assert await business.ok("GET", "/v1/playbook/versions/1") == made
    for version in (0, 2, 2**31, 10**30):
        assert (await business.call("GET", f"/v1/playbook/versions/{version}")).status_code == 404, version


async def test_an_earlier_version_is_published_anew_in_one_call(business: Business, database: Database) -> None:
    for instructions in ("Tutea.", "Habla de usted."):
        await business.ok("PUT", "/v1/playbook", {"instructions": instructions})
    again = await business.ok("POST", "/v1/playbook/versions/1/rollback")
    assert (again["version"], again["instructions"], again["restores"]) == (3, "Tutea.", 1)
    assert await business.ok("GET", "/v1/playbook") == again
    async with database.tenant(business.tenant_id) as session:
        assert (await current(session))["instructions"] == "Tutea."
    refused = await business.call("POST", "/v1/playbook/versions/3/rollback")
    assert refused.json()["type"] == "urn:tendero:problem:in-force-already"
    assert (await business.call("POST", "/v1/playbook/versions/9/rollback")).status_code == 404


async def test_one_of_two_who_publish_what_they_both_read_is_told(business: Business) -> None:
    """Under If-Match both write from one snapshot; the version number of the second is taken."""
    tag = (await business.call("GET", "/v1/playbook")).headers["ETag"]
    headers = {"Authorization": f"Bearer {business.api_key}", "If-Match": tag}

    async def write(words: str) -> int:
        body = {"instructions": words}
        return (await business.client.put("/v1/playbook", json=body, headers=headers)).status_code

    assert sorted(await asyncio.gather(*(write(str(number)) for number in range(4)))) == [200, 412, 412, 412]
    assert (await business.ok("GET", "/v1/playbook"))["version"] == 1
