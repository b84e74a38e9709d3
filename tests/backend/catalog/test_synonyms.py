"""Words that mean the same to a shop's customers."""

from backend.catalog.feed import read_synonyms
from backend.database import Database
from tests.factories import Business


async def test_synonyms_are_made_changed_replaced_and_followed(business: Business, database: Database) -> None:
    async def fed() -> dict[str, tuple[list[str], bool]]:
        page = await read_synonyms(database, None, 1000)
        mine = [item for item in page.items if item.tenant_id == business.tenant_id]
        return {str(item.id): (item.words, item.deleted) for item in mine}

    shoes = await business.ok("POST", "/v1/search-synonyms", {"words": ["tenis", "Zapatillas", "zapatillas"]})
    assert (shoes["words"], shoes["one_way"]) == (["tenis", "Zapatillas"], False)
    path = f"/v1/search-synonyms/{shoes['id']}"
    await business.ok("PATCH", path, {"words": ["tenis", "championes"]})
    assert (await fed())[shoes["id"]] == (["tenis", "championes"], False)
    drinks = {"words": ["bebida", "jugo"], "one_way": True}
    wanted = {"synonyms": [drinks, {"words": ["tenis", "championes"]}]}
    assert await business.ok("PUT", "/v1/search-synonyms", wanted) == {"added": 1, "removed": 0}
    assert await business.ok("PUT", "/v1/search-synonyms", {"synonyms": [drinks]}) == {"added": 0, "removed": 1}
    assert (await business.call("GET", path)).status_code == 404
    assert (await fed())[shoes["id"]] == ([], True)
    assert [item["words"] for item in (await business.ok("GET", "/v1/search-synonyms"))["items"]] == [drinks["words"]]
    assert (await business.call("POST", "/v1/search-synonyms", {"words": ["solo", "SOLO"]})).status_code == 422


async def test_a_list_that_stands_twice_is_left_once_or_not_at_all(business: Business) -> None:
    """Two lists may say the same, made so or changed into it."""
    shoes = {"words": ["tenis", "championes"], "one_way": False}
    first, *_ = [(await business.ok("POST", "/v1/search-synonyms", shoes))["id"] for _ in range(3)]
    assert await business.ok("PUT", "/v1/search-synonyms", {"synonyms": [shoes]}) == {"added": 0, "removed": 2}
    assert (await business.ok("GET", "/v1/search-synonyms"))["items"] == [{"id": first, **shoes}]
    await business.ok("POST", "/v1/search-synonyms", shoes)
    assert await business.ok("PUT", "/v1/search-synonyms", {"synonyms": []}) == {"added": 0, "removed": 2}
    assert (await business.ok("GET", "/v1/search-synonyms"))["items"] == []
