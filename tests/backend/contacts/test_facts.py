"""Facts of a contact: applied or proposed by who told them and how surely, decided on by people, told with history."""

from typing import Any

import pytest
from sqlalchemy import text

from backend.database import Database
from tests.backend.line import Agent
from tests.factories import Business

FIELDS = (
    {"key": "size", "label": "Talla"},
    {"key": "birthday", "label": "Cumpleaños", "kind": "date"},
    {"key": "plan", "label": "Plan", "kind": "choice", "choices": ["Básico", "Oro"]},
)
NOBODY = "01989f3e-7c1a-7d4e-9b1f-3a5c7e9d1b2f"


class Chat:
    """One customer, whose finished turns this test thinks over."""

    def __init__(self, business: Business, agent: Agent) -> None:
        self.business, self.agent = business, agent
        self.path = ""

    async def open(self) -> None:
        for field in FIELDS:
            await self.business.ok("POST", "/v1/contact-fields", field)
        await self.business.ok("POST", "/v1/sandbox/messages", {"from": "+5215512345678", "text": "hola"})
        [contact] = (await self.business.ok("GET", "/v1/contacts"))["items"]
        self.path = f"/v1/contacts/{contact['id']}"
        await self.business.ok("PUT", f"{self.path}/consent", {"memory": True, "source": "counter"})
        [bundle] = await self.agent.claim(self.business)
        await self.agent.answer(bundle)
        [self.first] = await self.agent.claim(self.business, "reflect")
        await self.agent.service(
            "/internal/reflections", {"items": [{"token": self.first["token"], "observations": []}]}
        )

    async def reflect(self, said: str = "hola") -> dict[str, Any]:
        """The reflect bundle of a further turn."""
        await self.business.ok("POST", "/v1/sandbox/messages", {"from": "+5215512345678", "text": said})
        [bundle] = await self.agent.claim(self.business)
        await self.agent.answer(bundle)
        [work] = await self.agent.claim(self.business, "reflect")
        return work

    async def learn(self, *facts: dict[str, Any]) -> dict[str, Any]:
        """The notes of a further turn."""
        work = await self.reflect()
        told = [{"confidence": 0.9, "extractor": "rules", **fact} for fact in facts]
        item = {"token": work["token"], "observations": [], "facts": told}
        return await self.agent.service("/internal/reflections", {"items": [item]})

    async def details(self) -> dict[str, Any]:
        """key -> (value, source)."""
        contact = await self.business.ok("GET", self.path)
        return {key: (kept["value"], kept["source"]) for key, kept in contact["details"].items()}

    async def facts(self, **wanted: str) -> list[dict[str, Any]]:
        return list((await self.business.ok("GET", f"{self.path}/facts", **wanted))["items"])

    async def refused(self, verb: str, fact_id: str) -> tuple[int, str]:
        answer = await self.business.call("POST", f"{self.path}/facts/{fact_id}/{verb}")
        return answer.status_code, answer.json()["type"].rpartition(":")[2]


@pytest.fixture
async def chat(eager_business: Business, agent: Agent) -> Chat:
    made = Chat(eager_business, agent)
    await made.open()
    return made


async def test_a_sure_fact_is_applied_with_its_source_and_a_doubtful_one_is_proposed(chat: Chat) -> None:
    work = await chat.reflect("mi talla es 38")
    assert [field["key"] for field in work["learning"]["fields"]] == ["birthday", "plan", "size"]
    assert work["learning"]["by"] == "rules"
    said = {
        "key": "Talla",
        "value": "38",
        "confidence": 0.9,
        "extractor": "rules",
        "message_id": work["messages"][0]["id"],
    }
    doubted = {"key": "plan", "value": "oro", "confidence": 0.5, "extractor": "model"}
    item = {"token": work["token"], "observations": [], "facts": [said, doubted, said]}
    for _ in range(2):
        await chat.agent.service("/internal/reflections", {"items": [item]})
    assert await chat.details() == {"size": ("38", "model")}
    [proposed, applied] = await chat.facts()
    assert (applied["key"], applied["status"], applied["extractor"]) == ("size", "applied", "rules")
    assert (applied["message_id"], applied["told_by"]) == (said["message_id"], f"agent:{work['id']}")
    assert (proposed["key"], proposed["value"], proposed["status"]) == ("plan", "Oro", "proposed")
    card = await chat.business.ok("GET", f"{chat.path}/card")
    fields = {field["key"]: field for field in card["fields"]}
    assert (fields["size"]["value"], fields["size"]["source"], fields["size"]["confidence"]) == ("38", "model", 0.9)
    assert (fields["plan"]["value"], [one["value"] for one in fields["plan"]["proposed"]]) == (None, ["Oro"])
    assert (card["may_remember"], list(fields)[:2]) == (True, ["name", "email"])


async def test_what_a_person_or_a_tool_set_is_never_overwritten_by_a_conclusion(chat: Chat) -> None:
    await chat.business.ok("PATCH", chat.path, {"details": {"size": "40"}, "name": "Ana Ruiz"})
    await chat.learn({"key": "size", "value": "38"}, {"key": "name", "value": "Lucía"}, {"key": "plan", "value": "Oro"})
    assert await chat.details() == {"size": ("40", "manual"), "plan": ("Oro", "model")}
    assert (await chat.business.ok("GET", chat.path))["name"] == "Ana Ruiz"
    assert {one["key"] for one in await chat.facts(status="proposed")} == {"size", "name"}
    await chat.business.ok("POST", "/v1/sandbox/messages", {"from": "+5215512345678", "text": "soy del plan básico"})
    [bundle] = await chat.agent.claim(chat.business)
    for key, value, saved in (("plan", "Básico", True), ("size", "41", False), ("name", "Eva", False)):
        told = await chat.agent.tool(bundle, "save_contact_detail", {"key": key, "value": value})
        assert told.json()["result"]["saved"] is saved, key
    await chat.agent.answer(bundle)
    [work] = await chat.agent.claim(chat.business, "reflect")
    fact = {"key": "plan", "value": "Oro", "confidence": 1, "extractor": "model"}
    await chat.agent.service(
        "/internal/reflections", {"items": [{"token": work["token"], "observations": [], "facts": [fact]}]}
    )
    assert await chat.details() == {"size": ("40", "manual"), "plan": ("Básico", "tool")}
    history = [(one["value"], one["source"], one["status"]) for one in await chat.facts(key="plan")]
    assert history == [("Oro", "model", "proposed"), ("Básico", "tool", "applied"), ("Oro", "model", "applied")]


async def test_a_surer_conclusion_replaces_an_earlier_one_and_a_less_sure_one_does_not(chat: Chat) -> None:
    await chat.learn({"key": "size", "value": "38", "confidence": 0.8})
    await chat.learn({"key": "size", "value": "39", "confidence": 0.76})
    assert await chat.details() == {"size": ("38", "model")}
    await chat.learn({"key": "size", "value": "40", "confidence": 0.9})
    assert await chat.details() == {"size": ("40", "model")}
    assert [one["value"] for one in await chat.facts(status="proposed")] == ["39"]


async def test_a_persons_clear_beats_all_and_no_conclusion_brings_it_back(chat: Chat) -> None:
    await chat.learn({"key": "size", "value": "38"})
    await chat.business.ok("PATCH", chat.path, {"details": {"size": None}})
    await chat.learn({"key": "size", "value": "38"}, {"key": "size", "value": "39"})
    assert await chat.details() == {}
    assert {one["value"] for one in await chat.facts(status="proposed")} == {"38", "39"}
    await chat.business.ok("PATCH", chat.path, {"details": {"size": "42"}})
    assert await chat.facts(status="proposed") == []


async def test_proposals_are_accepted_or_dismissed_once_and_a_dismissed_one_stays_away(chat: Chat) -> None:
    doubted = ({"key": "size", "value": "38", "confidence": 0.5}, {"key": "plan", "value": "Oro", "confidence": 0.5})
    await chat.learn(*doubted)
    plan, size = await chat.facts(status="proposed")
    accepted = await chat.business.ok("POST", f"{chat.path}/facts/{size['id']}/accept")
    assert (accepted["status"], accepted["source"]) == ("accepted", "model")
    assert accepted["decided_by"].startswith("key:")
    assert await chat.details() == {"size": ("38", "manual")}
    await chat.business.ok("POST", f"{chat.path}/facts/{plan['id']}/dismiss")
    for verb in ("accept", "dismiss"):
        assert await chat.refused(verb, plan["id"]) == (409, "fact-settled")
        assert (await chat.business.call("POST", f"{chat.path}/facts/{NOBODY}/{verb}")).status_code == 404
    await chat.learn({"key": "plan", "value": "oro", "confidence": 1})
    assert await chat.details() == {"size": ("38", "manual")}
    assert await chat.facts(status="proposed") == []


async def test_the_latest_change_of_a_field_is_undone_with_the_source_of_what_was_there(chat: Chat) -> None:
    await chat.learn({"key": "size", "value": "38"})
    await chat.business.ok("PATCH", chat.path, {"details": {"size": "40"}, "name": "Ana"})
    latest, first = await chat.facts(key="size")
    assert await chat.refused("undo", first["id"]) == (409, "fact-settled")
    undone = await chat.business.ok("POST", f"{chat.path}/facts/{latest['id']}/undo")
    assert (undone["status"], undone["before"]["value"]) == ("undone", "38")
    assert await chat.details() == {"size": ("38", "model")}
    assert await chat.refused("undo", latest["id"]) == (409, "fact-settled")
    await chat.business.ok("POST", f"{chat.path}/facts/{first['id']}/undo")
    assert await chat.details() == {}
    await chat.learn({"key": "size", "value": "38"})
    assert await chat.details() == {}
    [named] = await chat.facts(key="name")
    before = named["before"]
    await chat.business.ok("POST", f"{chat.path}/facts/{named['id']}/undo")
    assert (await chat.business.ok("GET", chat.path))["name"] == (before or {"value": None})["value"]


async def test_nothing_is_learnt_of_who_opted_out_or_did_not_agree_or_where_it_is_switched_off(chat: Chat) -> None:
    facts = ({"key": "size", "value": "38"}, {"key": "email", "value": "Ana@Example.com"})
    await chat.business.ok("PUT", f"{chat.path}/consent", {"memory": False, "source": "counter"})
    assert (await chat.reflect())["learning"] == {"by": "rules", "fields": []}
    await chat.learn(*facts)
    contact = await chat.business.ok("GET", chat.path)
    assert (contact["details"], contact["email"]) == ({}, "ana@example.com")
    await chat.business.ok("PATCH", chat.path, {"email": None})
    await chat.business.ok("PATCH", "/v1/tenant", {"settings": {"facts_from_chats": "off"}})
    assert (await chat.reflect())["learning"]["by"] == "off"
    await chat.learn(*facts)
    await chat.business.ok("PATCH", "/v1/tenant", {"settings": {"facts_from_chats": "rules"}})
    work = await chat.reflect()
    await chat.business.ok("PUT", f"{chat.path}/consent", {"messages": False, "memory": True, "source": "counter"})
    told = [{"confidence": 0.9, "extractor": "rules", **fact} for fact in facts]
    item = {"token": work["token"], "observations": [], "facts": told}
    await chat.agent.service("/internal/reflections", {"items": [item]})
    contact = await chat.business.ok("GET", chat.path)
    assert (contact["details"], contact["email"]) == ({}, None)


async def test_what_is_forgotten_leaves_the_history_and_what_is_erased_leaves_nothing(
    chat: Chat, database: Database
) -> None:
    await chat.learn({"key": "size", "value": "zapallo"}, {"key": "plan", "value": "Oro"})
    await chat.business.ok("PATCH", chat.path, {"details": {"size": "42"}})
    await chat.business.ok("PUT", f"{chat.path}/consent", {"memory": False, "source": "counter"})
    [kept] = await chat.facts()
    assert (kept["value"], kept["before"]) == ("42", None)
    await chat.business.ok("POST", f"{chat.path}/erasure")
    async with database.tenant(chat.business.tenant_id) as session:
        for table in ("contact_facts", "contact_stages"):
            assert await session.scalar(text(f"SELECT count(*) FROM {table}")) == 0


async def test_odd_facts_change_nothing_and_an_earlier_holder_is_not_heard(chat: Chat) -> None:
    await chat.learn(
        {"key": "nobody-asked", "value": "x"},
        {"key": "birthday", "value": "tomorrow"},
        {"key": "plan", "value": "Diamante"},
        {"key": "email", "value": "not an address"},
    )
    assert await chat.facts() == []
    work = await chat.reflect()
    good = {"key": "size", "value": "38", "confidence": 0.9, "extractor": "rules"}
    for bad in ({"confidence": 2}, {"value": "a\0b"}, {"value": ""}, {"extractor": "me"}, {"message_id": "x"}):
        answer = await chat.agent.client.post(
            "/internal/reflections",
            json={"items": [{"token": work["token"], "observations": [], "facts": [good | bad]}]},
            headers={"Authorization": f"Bearer {chat.agent.settings.service_token}"},
        )
        assert answer.status_code == 422, bad
    await chat.agent.release(work)
    [later] = await chat.agent.claim(chat.business, "reflect")
    for one, heard in ((work, []), (later, ["38"])):
        item = {"token": one["token"], "observations": [], "facts": [good]}
        await chat.agent.service("/internal/reflections", {"items": [item]})
        assert [fact["value"] for fact in await chat.facts()] == heard


async def test_a_key_has_five_open_proposals_at_most_and_pages_hold_each_fact_once(chat: Chat) -> None:
    await chat.learn(*({"key": "size", "value": str(number), "confidence": 0.5} for number in range(8)))
    proposed = await chat.facts(status="proposed")
    assert [one["value"] for one in proposed] == ["4", "3", "2", "1", "0"]
    page = await chat.business.ok("GET", f"{chat.path}/facts", limit=3)
    rest = await chat.business.ok("GET", f"{chat.path}/facts", limit=3, cursor=page["next_cursor"])
    assert [one["id"] for one in page["items"] + rest["items"]] == [one["id"] for one in proposed]
    assert (await chat.business.call("GET", f"{chat.path}/facts", status="odd")).status_code in (400, 422)
