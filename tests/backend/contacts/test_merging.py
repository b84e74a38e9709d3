"""Two contacts who are one person: everything follows, nothing is lost, and it may be undone."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import update

from backend import clock
from backend.contacts.models import ContactMerge
from backend.database import Database
from backend.settings import Settings
from tests.backend.line import Agent, WhatsAppLine, connect_line
from tests.factories import Business, Client, make_business

ANA, BIA = "+5215511111111", "+5215522222222"


async def contact_of(business: Business, phone: str) -> dict[str, Any]:
    [contact] = (await business.ok("GET", "/v1/contacts", phone=phone))["items"]
    return dict(contact)


async def merged(business: Business, kept: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return dict(await business.ok("POST", f"/v1/contacts/{kept['id']}/merge", {"contact_id": other["id"]}))


async def conversations(business: Business, contact_id: str) -> set[str]:
    return {item["id"] for item in (await business.ok("GET", "/v1/conversations", contact_id=contact_id))["items"]}


async def test_what_one_has_follows_to_the_other_and_goes_back(line: WhatsAppLine, eager_business: Business) -> None:
    business = eager_business
    await line.write("hola", ANA, ProfileName="Ana")
    await line.write("hola", BIA, ProfileName="Bia")
    ana, bia = await contact_of(business, ANA), await contact_of(business, BIA)
    both = ana["id"], bia["id"]
    await business.ok("PATCH", f"/v1/contacts/{ana['id']}", {"tags": ["a"], "details": {"size": "38"}})
    await business.ok("PATCH", f"/v1/contacts/{bia['id']}", {"tags": ["b"], "details": {"size": "40", "city": "León"}})
    await business.ok("PUT", f"/v1/contacts/{bia['id']}/consent", {"messages": False, "source": "by phone"})
    await business.ok("POST", f"/v1/contacts/{bia['id']}/notes", {"body": "paga puntual"})
    [hers] = await conversations(business, bia["id"])

    done = await merged(business, ana, bia)
    assert done["moved"] == {
        "folded": 1,
        "turns": 1,
        "conversations": 1,
        "identities": len(bia["identities"]),
        "contact_notes": 1,
    }
    kept = await contact_of(business, BIA)
    assert (kept["id"], kept["name"], kept["tags"]) == (ana["id"], "Ana", ["a", "b"])
    assert {key: value["value"] for key, value in kept["details"].items()} == {"size": "38", "city": "León"}
    assert kept["opted_out_source"] == "by phone"
    gone = await business.call("GET", f"/v1/contacts/{bia['id']}")
    assert (gone.status_code, gone.json()["merged_into"]) == (404, ana["id"])
    assert len((await business.ok("GET", f"/v1/contacts/{ana['id']}/notes"))["items"]) == 1
    assert len(await conversations(business, ana["id"])) == 2
    await line.write("sigo", BIA)
    assert len((await business.ok("GET", f"/v1/conversations/{hers}/messages"))["items"]) == 1
    await business.ok("PATCH", f"/v1/contacts/{ana['id']}", {"tags": ["a", "b", "c"]})

    back = await business.ok("POST", f"/v1/contact-merges/{done['id']}/undo")
    assert (back["id"], back["identities"]) == (bia["id"], bia["identities"])
    parted = await contact_of(business, ANA)
    assert ({*both}, parted["tags"], set(parted["details"])) == ({ana["id"], bia["id"]}, ["a", "c"], {"size"})
    assert parted["opted_out_at"] is None
    assert await conversations(business, bia["id"]) == {hers}
    await line.write("de nuevo sola", BIA)
    assert len((await business.ok("GET", f"/v1/conversations/{hers}/messages"))["items"]) == 2
    assert [item["id"] for item in (await business.ok("GET", "/v1/contact-merges", contact_id=bia["id"]))["items"]] == [
        done["id"]
    ]
    assert (await business.ok("GET", f"/v1/contact-merges/{done['id']}"))["undone_at"] is not None


async def test_no_open_turn_is_lost_and_its_next_holder_knows_whom_it_is_about(
    line: WhatsAppLine, agent: Agent, eager_business: Business
) -> None:
    await line.write("hola", ANA)
    await line.write("¿tienen talla 40?", BIA)
    bundles = {bundle["messages"][0]["body"]: bundle for bundle in await agent.claim(eager_business)}
    ana, bia = await contact_of(eager_business, ANA), await contact_of(eager_business, BIA)
    before = bundles["¿tienen talla 40?"]
    await merged(eager_business, ana, bia)
    refused = await agent.tool(before, "save_contact_detail", {"key": "name", "value": "Nadie"})
    assert refused.json()["type"] == "urn:tendero:problem:lease-lost"
    assert (await agent.renew(before))["lost"] == [before["id"]]
    again = {bundle["id"]: bundle for bundle in await agent.claim(eager_business, wait_seconds=30)}
    assert set(again) == {bundle["id"] for bundle in bundles.values()}
    assert {bundle["contact"]["id"] for bundle in again.values()} == {ana["id"]}
    for bundle in again.values():
        await agent.answer(bundle, f"sí a {bundle['id']}")
    [hers] = {bundle["conversation"]["id"] for bundle in again.values() if bundle["id"] == before["id"]}
    messages = (await eager_business.ok("GET", f"/v1/conversations/{hers}/messages"))["items"]
    assert [message["author"] for message in messages] == ["contact", "agent"]


async def test_messages_that_arrive_during_a_merge_are_all_kept_and_answered(
    line: WhatsAppLine, agent: Agent, eager_business: Business
) -> None:
    await line.write("hola 0", ANA)
    await line.write("hola 1", BIA)
    ana, bia = await contact_of(eager_business, ANA), await contact_of(eager_business, BIA)
    written = [f"mensaje {number}" for number in range(12)]
    await asyncio.gather(
        *(line.write(body, ANA if number % 2 else BIA) for number, body in enumerate(written[:6])),
        merged(eager_business, ana, bia),
        *(line.write(body, ANA if number % 2 else BIA) for number, body in enumerate(written[6:])),
    )
    read: list[str] = []
    while bundles := await agent.claim(eager_business, wait_seconds=0.5):
        for bundle in bundles:
            assert bundle["contact"]["id"] == ana["id"]
            read += [message["body"] for message in bundle["messages"]]
            await agent.answer(bundle)
    assert sorted(read) == sorted(["hola 0", "hola 1", *written])


async def test_orders_and_bookings_of_both_are_the_kept_ones(
    client: Client, settings: Settings, line: WhatsAppLine, eager_business: Business
) -> None:
    await line.write("hola", ANA)
    await line.write("hola", BIA)
    other = await connect_line(eager_business, settings)
    await other.write("por aquí también", BIA)
    ana, bia = await contact_of(eager_business, ANA), await contact_of(eager_business, BIA)
    done = await merged(eager_business, ana, bia)
    assert (done["moved"]["folded"], done["moved"]["conversations"]) == (1, 2)
    assert (await eager_business.ok("GET", f"/v1/contacts/{ana['id']}/counts"))["conversations"] == 3
    await other.write("y aquí", ANA)
    assert (await eager_business.ok("GET", f"/v1/contacts/{ana['id']}/counts"))["conversations"] == 3
    back = await eager_business.ok("POST", f"/v1/contact-merges/{done['id']}/undo")
    assert (await eager_business.ok("GET", f"/v1/contacts/{back['id']}/counts"))["conversations"] == 2


async def test_merges_that_make_no_sense_are_refused(
    client: Client, settings: Settings, business: Business, database: Database
) -> None:
    ana, bia, caro = [await business.ok("POST", "/v1/contacts", {"name": name}) for name in ("Ana", "Bia", "Caro")]
    path = f"/v1/contacts/{ana['id']}/merge"
    stranger = await make_business(client, settings)
    foreign = await stranger.ok("POST", "/v1/contacts", {"name": "Otra"})
    assert (await business.call("POST", path, {"contact_id": ana["id"]})).status_code == 422
    assert (await business.call("POST", path, {"contact_id": foreign["id"]})).status_code == 404
    assert (await business.call("POST", path, {"contact_id": "x"})).status_code == 422
    first = await merged(business, ana, bia)
    assert (await business.call("POST", path, {"contact_id": bia["id"]})).status_code == 404
    second = await merged(business, caro, ana)
    undo = "/v1/contact-merges/{}/undo"
    blocked = await business.call("POST", undo.format(first["id"]))
    assert blocked.json()["type"] == "urn:tendero:problem:merged-on"
    assert (await stranger.call("POST", undo.format(second["id"]))).status_code == 404
    await business.ok("POST", undo.format(second["id"]))
    twice = await business.call("POST", undo.format(second["id"]))
    assert twice.json()["type"] == "urn:tendero:problem:merge-undone"
    async with database.tenant(business.tenant_id) as session:
        past = clock.now() - timedelta(seconds=1)
        await session.execute(update(ContactMerge).where(ContactMerge.id == UUID(first["id"])).values(undo_until=past))
    late = await business.call("POST", undo.format(first["id"]))
    assert late.json()["type"] == "urn:tendero:problem:undo-too-late"
