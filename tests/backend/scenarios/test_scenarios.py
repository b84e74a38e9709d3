"""Scenarios of a tenant: by hand, and from a takeover, with the people taken out."""

from typing import Any

import pytest

from backend.scenarios.takeover import exchanges_of
from tests.backend.line import Agent
from tests.factories import Business

CHAT = [{"says": "¿Abren el domingo?", "hears": ["10:00"], "never_hears": [], "like": None}]


@pytest.fixture
async def shop(eager_business: Business) -> Business:
    """With a sandbox channel."""
    await eager_business.ok("POST", "/v1/channels", {"provider": "sandbox", "address": "sandbox"})
    return eager_business


async def writes(shop: Business, words: str) -> str:
    """The conversation's path."""
    told = {"from": "+5215512345678", "name": "Lucía Ruiz", "text": words}
    received = await shop.ok("POST", "/v1/sandbox/messages", told)
    return f"/v1/conversations/{received['conversation_id']}"


async def test_scenarios_are_written_read_changed_and_deleted(shop: Business) -> None:
    made = await shop.ok("POST", "/v1/scenarios", {"title": "Domingos", "chat": CHAT})
    assert (made["source"], made["held_out"], made["conversation_id"], made["chat"]) == ("manual", True, None, CHAT)
    changed = await shop.ok(
        "PATCH", f"/v1/scenarios/{made['id']}", {"held_out": False, "expect": {"does": ["hand_off"]}}
    )
    assert (changed["held_out"], changed["expect"]["does"], changed["title"]) == (False, ["hand_off"], "Domingos")
    assert (await shop.ok("GET", f"/v1/scenarios/{made['id']}")) == changed
    assert (await shop.ok("GET", "/v1/scenarios", source="manual"))["items"] == [changed]
    assert (await shop.ok("GET", "/v1/scenarios", source="takeover"))["items"] == []
    await shop.ok("DELETE", f"/v1/scenarios/{made['id']}")
    assert (await shop.call("GET", f"/v1/scenarios/{made['id']}")).status_code == 404


async def test_if_match_keeps_a_scenario_from_being_overwritten(shop: Business) -> None:
    made = await shop.ok("POST", "/v1/scenarios", {"title": "Domingos", "chat": CHAT})
    path = f"/v1/scenarios/{made['id']}"
    tag = (await shop.call("GET", path)).headers["etag"]
    await shop.ok("PATCH", path, {"title": "Sábados"})
    headers = {"Authorization": f"Bearer {shop.api_key}", "If-Match": tag}
    late = await shop.client.patch(path, json={"title": "Lunes"}, headers=headers)
    assert late.status_code == 412


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"title": "x", "chat": []},
        {"title": "", "chat": CHAT},
        {"title": "x", "chat": CHAT * 13},
        {"title": "x", "chat": [{"says": ""}]},
        {"title": "x", "chat": [{"says": "a\0b"}]},
        {"title": "x", "chat": [{"says": "x" * 2001}]},
        {"title": "x", "chat": [{"says": "x", "hears": ["y"] * 21}]},
        {"title": "x", "chat": CHAT, "expect": {"outcome": "rich"}},
        {"title": "x", "chat": CHAT, "expect": {"does": ["DROP TABLE"]}},
        {"title": "x", "chat": CHAT, "source": "takeover"},
        "x",
    ],
)
async def test_what_is_no_scenario_is_refused(shop: Business, wrong: Any) -> None:
    assert (await shop.call("POST", "/v1/scenarios", wrong)).status_code in (400, 422)


async def test_a_takeover_becomes_a_scenario_without_the_people(shop: Business, agent: Agent) -> None:
    path = await writes(shop, "Soy Lucía, ¿abren el domingo?")
    refused = await shop.call("POST", f"{path}/scenario", {})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:tendero:problem:no-takeover")
    await agent.answer(await agent.one(shop), "No abrimos, Lucía.")
    await shop.ok("POST", f"{path}/take-over")
    await shop.ok("POST", f"{path}/messages", {"text": "Sí, Lucía: de 10:00 a 14:00. Soy Marta, 55 1234 5678"})
    made = await shop.ok("POST", f"{path}/scenario", {})
    [said] = made["chat"]
    assert (said["says"], made["title"]) == ("Soy «name», ¿abren el domingo?", "Soy «name», ¿abren el domingo?")
    assert said["like"] == "Sí, «name»: de 10:00 a 14:00. Soy «name», «phone»"
    assert said["hears"] == ["10:00", "14:00"]
    assert (made["source"], made["expect"]["outcome"], made["held_out"]) == ("takeover", "answered", True)
    assert made["conversation_id"] == path.rpartition("/")[2]
    assert "Lucía" not in str(made)
    named = await shop.ok("POST", f"{path}/scenario", {"title": "Domingos", "held_out": False})
    assert (named["title"], named["held_out"]) == ("Domingos", False)


def test_a_takeover_is_read_from_its_first_question() -> None:
    said = [
        ("contact", "hola"),
        ("agent", "¡Hola!"),
        ("contact", "¿abren"),
        ("contact", "el domingo?"),
        ("agent", "No."),
        ("person", "Sí abrimos."),
        ("contact", "¿y el lunes?"),
        ("person", "También,"),
        ("person", "de 9 a 18."),
        ("contact", "gracias"),
        ("agent", "De nada."),
    ]
    found = [(one.asked, one.answered) for one in exchanges_of(said)]
    assert found == [(["¿abren", "el domingo?"], ["Sí abrimos."]), (["¿y el lunes?"], ["También,", "de 9 a 18."])]
    assert exchanges_of(said[:5]) == []
    assert exchanges_of([("person", "¡Oferta!")]) == []
    assert exchanges_of([]) == []
    assert [one.asked for one in exchanges_of([("contact", "a"), ("person", "b")])] == [["a"]]
