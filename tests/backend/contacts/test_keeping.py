"""What is kept about a contact: details and their sources, custom fields, notes, identities, consent."""

from typing import Any

import pytest

from backend.contacts import details
from backend.contacts.models import Contact
from backend.contacts.phones import read_number
from backend.errors import Unprocessable
from tests.backend.line import Agent, WhatsAppLine
from tests.factories import Business


async def the_contact(business: Business) -> dict[str, Any]:
    [contact] = (await business.ok("GET", "/v1/contacts"))["items"]
    return dict(contact)


async def test_a_persons_word_stands_above_a_tools_and_a_tools_above_a_models() -> None:
    contact = Contact(details={})
    details.put(contact, {"size": "36"}, details.MODEL, {}, confidence=0.4)
    assert contact.details["size"]["confidence"] == 0.4
    details.put(contact, {"size": "37"}, details.TOOL, {})
    assert details.put(contact, {"size": "1"}, details.MODEL, {}) == ["size"]
    assert contact.details["size"]["value"] == "37"
    details.put(contact, {"size": "38"}, details.MANUAL, {})
    assert details.put(contact, {"size": "39", "city": "Puebla"}, details.TOOL, {}) == ["size"]
    assert contact.details["size"]["value"] == "38"
    assert contact.details["city"]["value"] == "Puebla"
    details.put(contact, {"size": None}, details.MANUAL, {})
    assert set(contact.details) == {"city"}
    with pytest.raises(Unprocessable):
        details.put(contact, {f"key{number}": "x" for number in range(200)}, details.MANUAL, {})


async def test_a_custom_field_takes_values_of_its_kind_only(
    line: WhatsAppLine, agent: Agent, eager_business: Business
) -> None:
    business = eager_business
    for field in (
        {"key": "shoe-size", "label": "Talla", "kind": "number"},
        {"key": "birthday", "label": "Cumpleaños", "kind": "date"},
        {"key": "plan", "label": "Plan", "kind": "choice", "choices": ["Básico", "Oro"]},
    ):
        await business.ok("POST", "/v1/contact-fields", field)
    await line.write("hola")
    path = f"/v1/contacts/{(await the_contact(business))['id']}"
    good = {"shoe-size": "38.5", "birthday": "1990-08-07", "plan": "oro", "note": "free"}
    kept = (await business.ok("PATCH", path, {"details": good}))["details"]
    assert {key: kept[key]["value"] for key in kept} == {**good, "shoe-size": 38.5, "plan": "Oro"}
    assert {kept[key]["source"] for key in kept} == {"manual"}
    for bad in ({"shoe-size": "big"}, {"shoe-size": "NaN"}, {"birthday": "7/8/90"}, {"plan": "Plata"}):
        answer = await business.call("PATCH", path, {"details": bad})
        assert answer.json()["type"] == "urn:tendero:problem:detail-unfit", bad
    await business.ok("PUT", f"{path}/consent", {"memory": True, "source": "counter"})
    [bundle] = await agent.claim(business)
    theirs = await agent.tool(bundle, "save_contact_detail", {"key": "plan", "value": "Básico"})
    assert theirs.json()["result"]["saved"] is False
    await business.ok("PATCH", path, {"details": {"plan": None}})
    told = await agent.tool(bundle, "save_contact_detail", {"key": "plan", "value": "Diamante"})
    assert "Básico, Oro" in told.json()["detail"]


async def test_fields_are_made_changed_and_removed(business: Business) -> None:
    made = await business.ok("POST", "/v1/contact-fields", {"key": "plan", "label": "Plan"})
    assert (await business.call("POST", "/v1/contact-fields", {"key": "plan", "label": "x"})).status_code == 409
    path = f"/v1/contact-fields/{made['id']}"
    assert (await business.ok("PATCH", path, {"label": "Tarifa"}))["label"] == "Tarifa"
    assert (await business.ok("GET", path))["kind"] == "text"
    for bad in (
        {"key": "name", "label": "x"},
        {"key": "Plan!", "label": "x"},
        {"key": "a", "label": "x", "kind": "choice"},
        {"key": "a", "label": "x", "choices": ["y"]},
        {"key": "a", "label": "x", "kind": "colour"},
    ):
        assert (await business.call("POST", "/v1/contact-fields", bad)).status_code == 422, bad
    assert (await business.call("PATCH", path, {"choices": ["y"]})).status_code == 422
    await business.ok("DELETE", path)
    assert (await business.ok("GET", "/v1/contact-fields"))["items"] == []
    assert (await business.call("GET", path)).status_code == 404


async def test_notes_name_who_wrote_them(business: Business) -> None:
    contact = await business.ok("POST", "/v1/contacts", {"name": "Ana"})
    path = f"/v1/contacts/{contact['id']}/notes"
    first = await business.ok("POST", path, {"body": " Prefiere las mañanas. "})
    assert first["body"] == "Prefiere las mañanas."
    assert first["author"].startswith("key:")
    second = await business.ok("POST", path, {"body": "Paga puntual."})
    page = await business.ok("GET", path, limit=1)
    assert [note["id"] for note in page["items"]] == [second["id"]]
    rest = await business.ok("GET", path, limit=1, cursor=page["next_cursor"])
    assert ([note["id"] for note in rest["items"]], rest["next_cursor"]) == ([first["id"]], None)
    await business.ok("PATCH", f"{path}/{first['id']}", {"body": "Prefiere las tardes."})
    assert (await business.ok("GET", f"{path}/{first['id']}"))["body"] == "Prefiere las tardes."
    other = await business.ok("POST", "/v1/contacts", {"name": "Bia"})
    assert (await business.call("GET", f"/v1/contacts/{other['id']}/notes/{first['id']}")).status_code == 404
    await business.ok("DELETE", f"{path}/{first['id']}")
    assert len((await business.ok("GET", path))["items"]) == 1
    for bad in ({"body": " "}, {"body": "a\0b"}, {"body": "x" * 10_001}, {}):
        assert (await business.call("POST", path, bad)).status_code == 422


async def test_without_consent_nothing_is_learnt_and_with_it_what_was_learnt_is_told_until_it_ends(
    line: WhatsAppLine, agent: Agent, eager_business: Business
) -> None:
    await line.write("hola")
    path = f"/v1/contacts/{(await the_contact(eager_business))['id']}"
    [bundle] = await agent.claim(eager_business)
    refused = await agent.tool(bundle, "save_contact_detail", {"key": "alergia", "value": "nueces"})
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:tendero:problem:no-consent")
    assert "nueces" not in refused.text
    named = await agent.tool(bundle, "save_contact_detail", {"key": "name", "value": "Ana María"})
    assert named.status_code == 200
    agreed = await eager_business.ok("PUT", f"{path}/consent", {"memory": True, "source": "web form"})
    assert agreed["memory_consent_source"] == "web form"
    assert (await agent.tool(bundle, "save_contact_detail", {"key": "alergia", "value": "nueces"})).status_code == 200
    await eager_business.ok("PATCH", path, {"details": {"plan": "oro"}})
    await agent.answer(bundle)

    await line.write("otra vez")
    [bundle] = await agent.claim(eager_business)
    assert bundle["contact"]["details"] == {"alergia": "nueces", "plan": "oro"}
    await agent.answer(bundle)
    ended = await eager_business.ok("PUT", f"{path}/consent", {"memory": False, "source": "by mail"})
    assert (set(ended["details"]), ended["memory_consent_at"]) == ({"plan"}, None)
    await line.write("y otra")
    [bundle] = await agent.claim(eager_business)
    assert bundle["contact"]["details"] == {}


async def test_opting_in_and_out_keeps_time_and_source(line: WhatsAppLine, eager_business: Business) -> None:
    await line.write("hola")
    path = f"/v1/contacts/{(await the_contact(eager_business))['id']}"
    out = await eager_business.ok("PUT", f"{path}/consent", {"messages": False, "source": "by phone"})
    assert (out["opted_out_source"], out["opted_in_at"]) == ("by phone", None)
    assert len((await eager_business.ok("GET", "/v1/contacts", opted_out="true"))["items"]) == 1
    again = await eager_business.ok("PUT", f"{path}/consent", {"messages": False, "source": "by mail"})
    assert again["opted_out_source"] == "by phone"
    back = await eager_business.ok("PUT", f"{path}/consent", {"messages": True, "source": "web form"})
    assert (back["opted_out_at"], back["opted_in_source"]) == (None, "web form")
    await line.write("STOP", OptOutType="STOP")
    stopped = await eager_business.ok("GET", path)
    assert (stopped["opted_out_source"], stopped["opted_in_source"]) == ("keyword", "web form")
    await line.write("hola otra vez")
    wrote = await eager_business.ok("GET", path)
    assert (wrote["opted_out_at"], wrote["opted_out_source"], wrote["opted_in_source"]) == (None, None, "message")
    assert await eager_business.ok("PUT", f"{path}/consent", {"source": "x"}) == wrote
    for bad in ({"messages": True}, {"messages": True, "source": ""}, {"memory": 3, "source": "x"}):
        assert (await eager_business.call("PUT", f"{path}/consent", bad)).status_code == 422


async def test_a_contact_made_by_hand_is_the_one_who_writes_later(line: WhatsAppLine, eager_business: Business) -> None:
    made = await eager_business.ok("POST", "/v1/contacts", {"name": "Ana Ruiz", "phone": "55 1234 5678"})
    assert {identity["value"] for identity in made["identities"]} == {"+52 55 1234 5678", "+52 15512345678"}
    await line.write("hola")
    contact = await the_contact(eager_business)
    assert (contact["id"], contact["name"]) == (made["id"], "Ana Ruiz")
    assert "wa_id" in {identity["kind"] for identity in contact["identities"]}
    taken = await eager_business.call("POST", "/v1/contacts", {"phone": "+5215512345678"})
    assert (taken.status_code, taken.json()["contact_id"]) == (409, made["id"])
    counts = await eager_business.ok("GET", f"/v1/contacts/{made['id']}/counts")
    assert (counts["conversations"], counts["messages_received"], counts["orders"]) == (1, 1, 0)
    assert counts["first_message_at"] == counts["last_message_at"] is not None


async def test_identities_come_and_go(business: Business) -> None:
    ana = await business.ok("POST", "/v1/contacts", {"name": "Ana"})
    path = f"/v1/contacts/{ana['id']}/identities"
    [only] = (await business.ok("POST", path, {"phone": "+14155238886"}))["identities"]
    bia = await business.ok("POST", "/v1/contacts", {"name": "Bia"})
    taken = await business.call("POST", f"/v1/contacts/{bia['id']}/identities", {"phone": "+1 415 523 8886"})
    assert taken.json()["type"] == "urn:tendero:problem:identity-taken"
    assert (await business.call("DELETE", f"/v1/contacts/{bia['id']}/identities/{only['id']}")).status_code == 404
    await business.ok("DELETE", f"{path}/{only['id']}")
    await business.ok("POST", f"/v1/contacts/{bia['id']}/identities", {"phone": "+1 415 523 8886"})
    for bad in ({"phone": "ana"}, {"phone": ""}, {"phone": "+" + "9" * 39}, {"kind": "wa_id", "value": "1"}):
        assert (await business.call("POST", path, bad)).status_code == 422, bad


@pytest.mark.parametrize(
    ("typed", "region", "number"),
    [
        ("55 1234 5678", "MX", "+525512345678"),
        ("011 15-2345-6789", "AR", "+5491123456789"),
        ("(11) 98765-4321", "BR", "+5511987654321"),
        ("+5215512345678", "BR", "+5215512345678"),
        ("5215512345678", "MX", "+5215512345678"),
        ("ana", "MX", None),
        ("12", "MX", None),
        ("1" * 40, "MX", None),
    ],
)
def test_a_number_is_read_as_its_country_types_it(typed: str, region: str, number: str | None) -> None:
    assert read_number(typed, region) == number


async def test_a_rectified_value_leaves_the_old_one_in_the_trail(business: Business) -> None:
    contact = await business.ok("POST", "/v1/contacts", {"name": "Anna"})
    await business.ok("PATCH", f"/v1/contacts/{contact['id']}", {"name": "Ana"})
    trail = (await business.ok("GET", "/v1/audit", table="contacts", row_id=contact["id"]))["items"]
    assert {"old": "Anna", "new": "Ana"} in [change.get("changes", {}).get("name") for change in trail]
