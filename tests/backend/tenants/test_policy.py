"""A business writes rules for replies: what it may write, and what becomes of rules that another version wrote."""

from typing import Any

import pytest
from sqlalchemy import text

from backend.database import Database
from backend.settings import Settings
from backend.tenants.policy import Policy
from graphs.policy import Policy as Read
from tests.backend.line import Agent
from tests.factories import Business, Client, make_business

WHOLE: dict[str, Any] = {
    "price_floors": [{"amount": 25000, "of": "Balón Pro"}, {"amount": 100}],
    "discount_ceiling_percent": 12.5,
    "forbidden_topics": [{"topic": "política", "words": ["elecciones", " voto "], "say": "De eso no hablamos."}],
    "internal_words": ["precio de costo"],
    "opening_hours": False,
    "other_people": False,
    "review": "on_risk",
    "review_seconds": 5,
    "review_unanswered": "person",
}


async def test_rules_come_with_the_next_bundle_and_are_written_as_a_whole(
    client: Client, agent: Agent, settings: Settings
) -> None:
    quick = {"quiet_window_seconds": 0, "longest_wait_seconds": 0}
    business = await make_business(client, settings, settings=quick)
    changed = await business.ok("PATCH", "/v1/tenant", {"settings": {"policy": WHOLE}})
    assert changed["settings"]["policy"]["forbidden_topics"][0]["words"] == ["elecciones", "voto"]
    await business.ok("POST", "/v1/sandbox/messages", {"from": "ana", "text": "hola"})
    [bundle] = await agent.claim(business)
    read = Read.model_validate(bundle["tenant"]["policy"])
    assert read.model_dump(mode="json") == changed["settings"]["policy"]
    changed = await business.ok("PATCH", "/v1/tenant", {"settings": {"policy": {"review": "always"}}})
    assert changed["settings"]["policy"] == {**Policy().model_dump(), "review": "always"}
    changed = await business.ok("PATCH", "/v1/tenant", {"settings": {"policy": None}})
    assert changed["settings"]["policy"] == Policy().model_dump()


def test_who_writes_rules_and_who_reads_them_mean_the_same() -> None:
    assert Policy().model_dump(mode="json") == Read().model_dump(mode="json")
    assert Read.model_validate(WHOLE).model_dump(mode="json").keys() == WHOLE.keys()


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        ("strict", "an object"),
        ({"price_floor": 1}, "Extra inputs"),
        ({"price_floors": [{"amount": -1}]}, "greater than or equal to 0"),
        ({"price_floors": [{"amount": 1.5}]}, "valid integer"),
        ({"price_floors": [{"amount": 1}] * 101}, "at most 100"),
        ({"discount_ceiling_percent": 101}, "less than or equal to 100"),
        ({"discount_ceiling_percent": "NaN"}, "finite"),
        ({"forbidden_topics": [{"topic": "política", "words": []}]}, "at least 1"),
        ({"forbidden_topics": [{"topic": "política", "words": ["¿?"]}]}, "a letter or a digit"),
        ({"forbidden_topics": [{"topic": "política", "words": ["x" * 81]}]}, "at most 80"),
        ({"forbidden_topics": [{"topic": "política", "words": ["vo\0to"]}]}, "null bytes"),
        ({"forbidden_topics": [{"topic": f"n{one}", "words": ["xy"] * 50} for one in range(9)]}, "400 words at most"),
        ({"forbidden_topics": [{"topic": "a1", "words": ["xy"], "say": "x" * 301}]}, "at most 300"),
        ({"internal_words": ["xy"] * 201}, "at most 200"),
        ({"internal_words": [7]}, "valid string"),
        ({"review": "sometimes"}, "'off', 'on_risk' or 'always'"),
        ({"review_seconds": 3600}, "less than or equal to 20"),
        ({"review_unanswered": "burn"}, "'send' or 'person'"),
    ],
)
async def test_rubbish_is_refused_with_what_is_allowed(business: Business, policy: Any, told: str) -> None:
    answer = await business.call("PATCH", "/v1/tenant", {"settings": {"policy": policy}})
    assert answer.status_code == 422, answer.text
    assert told in str(answer.json()["errors"])
    assert (await business.ok("GET", "/v1/tenant"))["settings"]["policy"] == Policy().model_dump()


async def test_rules_that_another_version_wrote_are_left_aside(business: Business, database: Database) -> None:
    stored = '{"policy": {"review": "always", "moon_phase": 3, "internal_words": 7, "opening_hours": false}}'
    async with database.tenant(business.tenant_id) as session:
        await session.execute(text("UPDATE tenants SET settings = CAST(:stored AS jsonb)"), {"stored": stored})
    known = {**Policy().model_dump(), "review": "always", "opening_hours": False}
    assert (await business.ok("GET", "/v1/tenant"))["settings"]["policy"] == known
    changed = await business.ok("PATCH", "/v1/tenant", {"settings": {"hold_minutes": 5}})
    assert changed["settings"]["policy"] == known
