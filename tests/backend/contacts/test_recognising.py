"""Who writes: one contact for all spellings of a number, another for each business, nobody for a group."""

from typing import Any

import pytest

from backend.settings import Settings
from tests.backend.line import WhatsAppLine, connect_line
from tests.factories import Business, Client, make_business


async def the_contacts(business: Business) -> list[dict[str, Any]]:
    return list((await business.ok("GET", "/v1/contacts"))["items"])


def wa_ids(contact: dict[str, Any]) -> set[str]:
    return {one["value"] for one in contact["identities"] if one["kind"] == "wa_id"}


@pytest.mark.parametrize(
    ("wrote", "typed"),
    [
        ("551198765432", "+55 11 99876-5432"),
        ("5511998765432", "+55 11 9876-5432"),
        ("5215512345678", "+52 55 1234 5678"),
        ("525512345678", "+52 1 55 1234 5678"),
        ("5491123456789", "+54 11 15 2345-6789"),
        ("5491123456789", "+54 11 2345-6789"),
        ("22997123456", "+229 01 97 12 34 56"),
    ],
)
async def test_the_number_a_team_typed_is_whoever_writes_from_it_with_the_id_kept_as_it_came(
    line: WhatsAppLine, eager_business: Business, wrote: str, typed: str
) -> None:
    made = await eager_business.ok("POST", "/v1/contacts", {"name": "Ana", "phone": typed})
    await line.write("hola", f"+{wrote}", WaId=wrote)
    [contact] = await the_contacts(eager_business)
    assert (contact["id"], wa_ids(contact)) == (made["id"], {wrote})
    found = (await eager_business.ok("GET", "/v1/contacts", phone=typed))["items"]
    assert [one["id"] for one in found] == [made["id"]]
    taken = await eager_business.call("POST", "/v1/contacts", {"name": "Otra", "phone": f"+{wrote}"})
    assert (taken.status_code, taken.json()["contact_id"]) == (409, made["id"])


@pytest.mark.parametrize(
    ("one", "other"),
    [("5511932345678", "551132345678"), ("551155554444", "5511955554444"), ("5215512345678", "5215512345679")],
)
async def test_other_peoples_numbers_are_other_contacts(
    line: WhatsAppLine, eager_business: Business, one: str, other: str
) -> None:
    for number in (one, other):
        await line.write("hola", f"+{number}", WaId=number)
    assert [wa_ids(contact) for contact in await the_contacts(eager_business)] == [{other}, {one}]


async def test_the_same_number_is_another_contact_for_another_business(
    line: WhatsAppLine, eager_business: Business, client: Client, settings: Settings
) -> None:
    stranger = await make_business(client, settings)
    theirs = await connect_line(stranger, settings)
    await line.write("hola", "+5215512345678")
    await theirs.write("hola", "+525512345678", WaId="5215512345678")
    [ours], [other] = await the_contacts(eager_business), await the_contacts(stranger)
    assert ours["id"] != other["id"]
    assert wa_ids(ours) == wa_ids(other) == {"5215512345678"}


async def test_a_number_that_two_contacts_share_by_its_spellings_goes_to_who_has_the_id(
    line: WhatsAppLine, eager_business: Business
) -> None:
    """Bia's record got the number by hand while Ana's WhatsApp id had been learnt without it."""
    await line.write("hola", From="whatsapp:MX.111", WaId="5215512345678")
    [ana] = await the_contacts(eager_business)
    bia = await eager_business.ok("POST", "/v1/contacts", {"name": "Bia", "phone": "+52 55 1234 5678"})
    await line.write("soy Ana", "+5215512345678", WaId="5215512345678")
    again = await eager_business.ok("GET", f"/v1/contacts/{ana['id']}/counts")
    assert again["messages_received"] == 2
    assert (await eager_business.ok("GET", f"/v1/contacts/{bia['id']}/counts"))["messages_received"] == 0


async def test_a_user_id_without_a_number_learns_the_number_when_it_comes(
    line: WhatsAppLine, eager_business: Business
) -> None:
    await line.write("hola", From="whatsapp:MX.13491208655302741918", WaId="")
    await line.write("sigo yo", From="whatsapp:MX.13491208655302741918", WaId="5215512345678")
    await line.write("y ahora con número", "+5215512345678")
    [contact] = await the_contacts(eager_business)
    assert {one["kind"] for one in contact["identities"]} == {"bsuid", "wa_id", "phone"}
    other = "whatsapp:BR.13491208655302741918"
    await line.write("otra persona", From=other, WaId="")
    assert len(await the_contacts(eager_business)) == 2


@pytest.mark.parametrize(
    "sender", ["whatsapp:120363023456789012@g.us", "whatsapp:status@broadcast", "whatsapp:5215512345678-1600000000"]
)
async def test_a_group_becomes_no_contact_and_is_not_answered(
    line: WhatsAppLine, eager_business: Business, sender: str
) -> None:
    await line.write("hola a todos", From=sender, WaId="")
    assert await the_contacts(eager_business) == []
