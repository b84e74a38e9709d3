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
        "contact_facts": 2,
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


async def test_times_go_back_and_an_archived_one_comes_back_by_who_is_not(
    line: WhatsAppLine, eager_business: Business
) -> None:
    await line.write("hola", ANA)
    ana = await contact_of(eager_business, ANA)
    await line.write("hola", BIA)
    bia = await contact_of(eager_business, BIA)
    await eager_business.ok("PATCH", f"/v1/contacts/{ana['id']}", {"archived": True})
    done = await merged(eager_business, ana, bia)
    kept = await contact_of(eager_business, BIA)
    assert (kept["archived_at"], kept["first_seen_at"]) == (None, ana["first_seen_at"])
    assert kept["last_seen_at"] == bia["last_seen_at"] > ana["last_seen_at"]
    counts = await eager_business.ok("GET", f"/v1/contacts/{ana['id']}/counts")
    assert (counts["conversations"], counts["messages_received"]) == (2, 2)
    await eager_business.ok("POST", f"/v1/contact-merges/{done['id']}/undo")
    [back] = (await eager_business.ok("GET", "/v1/contacts", archived="true"))["items"]
    assert (back["id"], back["last_seen_at"]) == (ana["id"], ana["last_seen_at"])
    assert (await eager_business.ok("GET", f"/v1/contacts/{bia['id']}/counts"))["messages_received"] == 1


async def test_a_written_value_stands_above_a_learnt_one_and_what_may_not_be_kept_is_not(
    line: WhatsAppLine, agent: Agent, eager_business: Business
) -> None:
    business = eager_business
    for phone, learnt in ((ANA, "36"), (BIA, "40")):
        await line.write("hola", phone)
        contact = await contact_of(business, phone)
        await business.ok("PUT", f"/v1/contacts/{contact['id']}/consent", {"memory": True, "source": "form"})
        [bundle] = await agent.claim(business)
        await agent.tool(bundle, "save_contact_detail", {"key": "size", "value": learnt})
        await agent.tool(bundle, "save_contact_detail", {"key": f"likes-{learnt}", "value": "x"})
        await agent.answer(bundle)
    ana, bia = await contact_of(business, ANA), await contact_of(business, BIA)
    await business.ok("PATCH", f"/v1/contacts/{bia['id']}", {"details": {"size": "41"}})
    done = await merged(business, ana, bia)
    kept = await contact_of(business, ANA)
    assert {key: one["value"] for key, one in kept["details"].items()} == {
        "size": "41",
        "likes-36": "x",
        "likes-40": "x",
    }
    await business.ok("POST", f"/v1/contact-merges/{done['id']}/undo")
    parted = await contact_of(business, ANA)
    assert {key: one["value"] for key, one in parted["details"].items()} == {"size": "36", "likes-36": "x"}

    await business.ok("PUT", f"/v1/contacts/{bia['id']}/consent", {"memory": False, "source": "by mail"})
    done = await merged(business, ana, bia)
    kept = await contact_of(business, ANA)
    assert (kept["memory_consent_at"], kept["memory_withdrawn_source"], set(kept["details"])) == (
        None,
        "by mail",
        {"size"},
    )
    await business.ok("POST", f"/v1/contact-merges/{done['id']}/undo")
    parted = await contact_of(business, ANA)
    assert (parted["memory_consent_source"], set(parted["details"])) == ("form", {"size", "likes-36"})


async def test_what_is_withdrawn_while_merged_is_withdrawn_for_both(
    line: WhatsAppLine, agent: Agent, eager_business: Business
) -> None:
    business = eager_business
    for phone in (ANA, BIA):
        await line.write("hola", phone)
        contact = await contact_of(business, phone)
        await business.ok("PUT", f"/v1/contacts/{contact['id']}/consent", {"memory": True, "source": "form"})
        [bundle] = await agent.claim(business)
        await agent.tool(bundle, "save_contact_detail", {"key": "alergia", "value": "nueces"})
        await agent.answer(bundle)
    ana, bia = await contact_of(business, ANA), await contact_of(business, BIA)
    done = await merged(business, ana, bia)
    await line.write("STOP", BIA)
    await business.ok("PUT", f"/v1/contacts/{ana['id']}/consent", {"memory": False, "source": "by mail"})
    await business.ok("POST", f"/v1/contact-merges/{done['id']}/undo")
    for phone in (ANA, BIA):
        contact = await contact_of(business, phone)
        assert (contact["opted_out_source"], contact["memory_withdrawn_source"]) == ("keyword", "by mail"), phone
        assert (contact["memory_consent_at"], contact["details"]) == (None, {})
    trail = [
        (await business.call("GET", "/v1/audit", table=table, limit=200)).text
        for table in ("contacts", "contact_merges")
    ]
    assert "nueces" not in "".join(trail)


async def test_whoever_wrote_under_a_number_only_after_the_merge_keeps_it_after_the_undo(
    line: WhatsAppLine, eager_business: Business
) -> None:
    await line.write("hola", ANA)
    ana = await contact_of(eager_business, ANA)
    bia = await eager_business.ok("POST", "/v1/contacts", {"name": "Bia", "phone": BIA})
    done = await merged(eager_business, ana, bia)
    await line.write("soy yo", BIA)
    assert (await contact_of(eager_business, BIA))["id"] == ana["id"]
    back = await eager_business.ok("POST", f"/v1/contact-merges/{done['id']}/undo")
    assert {identity["kind"] for identity in back["identities"]} == {"phone", "wa_id"}
    await line.write("sigo siendo yo", BIA)
    assert len(await conversations(eager_business, bia["id"])) == 1
    assert "sigo siendo yo" not in (await eager_business.call("GET", f"/v1/contacts/{ana['id']}/archive")).text


async def test_a_person_in_charge_follows_and_hands_back_where_the_customer_writes(
    line: WhatsAppLine, agent: Agent, eager_business: Business
) -> None:
    business = eager_business
    await line.write("hola", ANA)
    await line.write("quiero una persona", BIA)
    ana, bia = await contact_of(business, ANA), await contact_of(business, BIA)
    [hers], [live] = await conversations(business, bia["id"]), await conversations(business, ana["id"])
    bundles = {bundle["contact"]["id"]: bundle for bundle in await agent.claim(business)}
    await agent.tool(bundles[bia["id"]], "hand_off", {"reason": "requested"})
    for bundle in bundles.values():
        await agent.answer(bundle)
    done = await merged(business, ana, bia)
    assert (done["moved"]["handoffs"], done["moved"]["took_over"]) == (1, 1)
    [case] = (await business.ok("GET", "/v1/handoffs", status="open"))["items"]
    assert case["conversation_id"] == live
    await line.write("¿siguen ahí?", BIA)
    assert await agent.claim(business) == []
    await business.ok("POST", f"/v1/conversations/{hers}/messages", {"text": "Aquí Lucía."})
    messages = (await business.ok("GET", f"/v1/conversations/{live}/messages"))["items"]
    assert messages[-1]["body"] == "Aquí Lucía."
    await business.ok("POST", f"/v1/conversations/{hers}/hand-back")
    assert (await business.ok("GET", f"/v1/conversations/{live}"))["in_charge"] == "agent"
    await line.write("gracias", BIA)
    assert [bundle["messages"][0]["body"] for bundle in await agent.claim(business)] == ["gracias"]


async def test_an_undone_merge_takes_its_case_and_its_person_along(
    line: WhatsAppLine, agent: Agent, eager_business: Business
) -> None:
    business = eager_business
    await line.write("hola", ANA)
    await line.write("quiero una persona", BIA)
    ana, bia = await contact_of(business, ANA), await contact_of(business, BIA)
    [hers], [live] = await conversations(business, bia["id"]), await conversations(business, ana["id"])
    bundles = {bundle["contact"]["id"]: bundle for bundle in await agent.claim(business)}
    await agent.tool(bundles[bia["id"]], "hand_off", {"reason": "requested"})
    for bundle in bundles.values():
        await agent.answer(bundle)
    done = await merged(business, ana, bia)
    await business.ok("POST", f"/v1/contact-merges/{done['id']}/undo")
    [case] = (await business.ok("GET", "/v1/handoffs", status="open"))["items"]
    assert case["conversation_id"] == hers
    states = [(await business.ok("GET", f"/v1/conversations/{one}"))["in_charge"] for one in (hers, live)]
    assert states == ["person", "agent"]


async def test_tags_are_counted_and_found_for_whoever_is_shown(business: Business) -> None:
    ana = await business.ok("POST", "/v1/contacts", {"name": "Ana", "tags": ["vip"]})
    bia = await business.ok("POST", "/v1/contacts", {"name": "Bia", "tags": ["vip", "norte"]})

    async def told() -> tuple[dict[str, int], list[str]]:
        counts = (await business.ok("GET", "/v1/contacts/tags"))["items"]
        found = (await business.ok("GET", "/v1/contacts", tag="norte"))["items"]
        return {one["tag"]: one["contacts"] for one in counts}, [one["name"] for one in found]

    assert await told() == ({"vip": 2, "norte": 1}, ["Bia"])
    done = await merged(business, ana, bia)
    assert await told() == ({"vip": 1, "norte": 1}, ["Ana"])
    await business.ok("POST", f"/v1/contact-merges/{done['id']}/undo")
    assert await told() == ({"vip": 2, "norte": 1}, ["Bia"])
    await business.ok("POST", "/v1/contacts/bulk", {"contact_ids": [ana["id"], bia["id"]], "remove_tags": ["vip"]})
    assert await told() == ({"norte": 1}, ["Bia"])


async def test_files_of_all_contacts_leave_out_the_merged_one_and_name_all_numbers(business: Business) -> None:
    ana = await business.ok("POST", "/v1/contacts", {"name": "Ana", "phone": ANA})
    bia = await business.ok("POST", "/v1/contacts", {"name": "Bia", "phone": BIA})
    await merged(business, ana, bia)
    table = (await business.call("GET", "/v1/contacts/export.csv")).text
    assert (len(table.strip().splitlines()), ANA in table, BIA in table) == (2, True, True)
    erased = await business.call("POST", f"/v1/contacts/{bia['id']}/erasure")
    assert (erased.status_code, erased.json()["merged_into"]) == (404, ana["id"])
    receipt = await business.ok("POST", f"/v1/contacts/{ana['id']}/erasure")
    assert (receipt["counts"]["contacts"], receipt["counts"]["contact_merges"]) == ({"deleted": 2}, {"deleted": 1})
