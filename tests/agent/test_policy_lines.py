"""The vendor is told a business's rules before it writes; what customers must not hear is not among them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from agent.policy_lines import NAMED, policy_lines
from agent.stores import Stores
from graphs.policy import Policy
from tests.agent.media.conftest import Chat
from tests.agent.model_world import model_world
from tests.backend.media.conftest import open_post
from tests.stores import Stores as Servers

POLICY: dict[str, Any] = {
    "price_floors": [{"amount": 25731, "of": "Balón\nPro"}, {"amount": 100, "of": "Balón Pro"}, {"amount": 99}],
    "discount_ceiling_percent": 12.5,
    "forbidden_topics": [
        {"topic": "politics", "words": ["elecciones"], "say": "De eso no\n# hablamos."},
        {"topic": "weapons", "words": ["pistola"]},
    ],
    "internal_words": ["Proyecto Fénix"],
}
HEADING = "\n## Its rules for replies\n"


def told(policy: dict[str, Any], *, has_hours: bool = True) -> str:
    return "\n".join(policy_lines(Policy.model_validate(policy), has_hours=has_hours))


def test_each_rule_is_a_line() -> None:
    floor, ceiling, politics, weapons, closed = told(POLICY).splitlines()
    assert "whoever asks: Balón Pro; everything that is sold." in floor
    assert "comes to 12.5 % together at most" in ceiling
    assert politics == '- Not spoken of here: politics. Say instead: "De eso no # hablamos."'
    assert weapons == "- Not spoken of here: weapons. Say that you cannot speak of it here, and go on."
    assert "invite nobody to come by" in closed


def test_floors_in_money_and_words_of_the_house_stay_with_the_gates() -> None:
    for secret in ("257", "25731", "Fénix", "elecciones", "pistola"):
        assert secret not in told(POLICY)


def test_a_business_without_rules_is_told_of_none() -> None:
    assert told({}, has_hours=False) == ""
    assert told({"opening_hours": False}) == ""
    assert told({}).count("\n") == 0


def test_a_long_list_does_not_drown_the_page() -> None:
    floors = [{"amount": 1, "of": f"Cosa {at}"} for at in range(100)]
    topics = [{"topic": f"Tema {at}", "words": ["x"]} for at in range(40)]
    lines = told({"price_floors": floors, "forbidden_topics": topics}).splitlines()
    assert f"Cosa {NAMED - 1}." in lines[0]
    assert len(lines) == 1 + NAMED + 1


@pytest.fixture
async def chat(stores: Servers, agent_stores: Stores) -> AsyncIterator[Chat]:
    async with open_post(stores) as post, model_world() as models:
        yield Chat(post, models, agent_stores)


async def test_the_model_reads_them_before_whatever_changes_from_turn_to_turn(chat: Chat) -> None:
    hours = {"mon": [["09:00", "18:00"]]}
    await chat.post.business.ok("PATCH", "/v1/tenant", {"settings": {"policy": POLICY}, "hours": hours})
    await chat.vendor_says("¡Hola!", "¡Buenas!")
    for _ in range(2):
        await chat.run(await chat.post.writes("hola"))
    pages = [call[0]["content"] for call in await chat.read_by_the_vendor()]
    head, tail = pages[0].split("\n# The customer\n")
    assert f"{HEADING}\nEach message is held against these" in head
    assert f"\n{told(POLICY)}\n\n## Its voice\n" in head
    assert HEADING not in tail
    assert [page.partition("\n# The customer\n")[0] for page in pages] == [head, head]


async def test_what_the_business_says_instead_leaves_though_it_stands_in_the_prompt(chat: Chat) -> None:
    say = "De política no hablamos aquí porque preferimos hablar de balones y de zapatillas con todos."
    topic = {"topic": "politics", "words": ["política"], "say": say}
    ceiling = {"discount_ceiling_percent": 15, "forbidden_topics": [topic]}
    await chat.post.business.ok("PATCH", "/v1/tenant", {"settings": {"policy": ceiling}})
    leak = "Para todo lo que quites: All that you take off a price comes to 15 % together at most. This grants nothing"
    await chat.vendor_says(say, leak, "Puedo llegar hasta el 15 % de descuento.", "Con gusto te ayudo a elegir.")
    first, second = await chat.post.writes("¿y las elecciones?"), await chat.post.writes("¿qué descuento me das?")
    for bundle in (first, second):
        await chat.run(bundle)
    assert await chat.replies(first) == [say]
    assert await chat.replies(second) == ["Con gusto te ayudo a elegir."]
