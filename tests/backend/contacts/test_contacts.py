"""Contacts over HTTP: who is answered by the agent, and what they are called."""

from typing import Any

from tests.backend.line import Agent, WhatsAppLine
from tests.factories import Business, Client


async def the_contact(business: Business) -> dict[str, Any]:
    [contact] = (await business.ok("GET", "/v1/contacts"))["items"]
    return dict(contact)


async def test_a_customer_for_whom_the_agent_is_off_is_stored_and_not_answered(
    line: WhatsAppLine, agent: Agent, eager_business: Business
) -> None:
    await line.write("antes")
    contact = await the_contact(eager_business)
    changed = await eager_business.ok("PATCH", f"/v1/contacts/{contact['id']}", {"bot_enabled": False})
    assert changed == {**contact, "bot_enabled": False}
    await line.write("después")
    assert await agent.claim(eager_business) == []
    assert [message["turn_id"] is None for message in await line.transcript()] == [False, True]

    await eager_business.ok("PATCH", f"/v1/contacts/{contact['id']}", {"bot_enabled": True})
    await line.write("otra vez")
    [bundle] = await agent.claim(eager_business)
    assert [message["body"] for message in bundle["messages"]] == ["otra vez"]


async def test_others_are_answered_all_the_same(line: WhatsAppLine, agent: Agent, eager_business: Business) -> None:
    await line.write("hola")
    contact = await the_contact(eager_business)
    await eager_business.ok("PATCH", f"/v1/contacts/{contact['id']}", {"bot_enabled": False})
    await line.write("soy otra persona", "+5215587654321")
    [bundle] = await agent.claim(eager_business)
    assert bundle["messages"][0]["body"] == "soy otra persona"


async def test_a_name_that_the_business_gives_stays_when_the_customer_writes_again(
    line: WhatsAppLine, agent: Agent, eager_business: Business
) -> None:
    await line.write("hola")
    contact = await the_contact(eager_business)
    path = f"/v1/contacts/{contact['id']}"
    assert (await eager_business.ok("PATCH", path, {"name": " Ana Ruiz "}))["name"] == "Ana Ruiz"
    await line.write("hola de nuevo")
    [bundle] = await agent.claim(eager_business)
    assert bundle["contact"]["name"] == "Ana Ruiz"
    assert (await eager_business.ok("PATCH", path, {"name": None}))["name"] is None
    assert (await eager_business.ok("PATCH", path, {}))["bot_enabled"] is True


async def test_what_cannot_be_changed_is_refused(line: WhatsAppLine, eager_business: Business) -> None:
    await line.write("hola")
    path = f"/v1/contacts/{(await the_contact(eager_business))['id']}"
    refused: list[dict[str, Any]] = [
        {"bot_enabled": None},
        {"bot_enabled": "perhaps"},
        {"name": ""},
        {"name": "a\0b"},
        {"tags": ["a\0b"]},
        {"tags": [""]},
        {"details": {"Not a key": "x"}},
        {"details": {"size": {"a": "b"}}},
        {"email": "no address"},
        {"opted_out_at": None},
    ]
    for change in refused:
        assert (await eager_business.call("PATCH", path, change)).status_code == 422, change


async def test_the_change_is_in_the_apis_documentation(client: Client) -> None:
    paths = (await client.get("/schema/openapi.json")).json()["paths"]
    assert "patch" in paths["/v1/contacts/{contact_id}"]
