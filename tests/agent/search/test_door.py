"""`POST /search` says what is wrong with a question, and answers any that is well formed."""

from typing import Any
from uuid import uuid4

import pytest
from litestar.testing import AsyncTestClient

from agent.api import create_api
from agent.backend_client import BackendClient
from agent.prompt_library import PromptLibrary
from agent.search.door import SearchBody, search_of
from agent.stores import Stores

TENANT = str(uuid4())


async def ask(stores: Stores, body: bytes | dict[str, Any]) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": "Bearer secret"}
    async with BackendClient("http://backend.test", "x") as backend:
        api = create_api(stores.pool, backend, stores.index, "secret", PromptLibrary())
        async with AsyncTestClient(api) as client:
            given: dict[str, Any] = {"content": body} if isinstance(body, bytes) else {"json": body}
            answer = await client.post("/search", headers=headers, **given)
    return answer.status_code, answer.json()


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"not json", "body"),
        ({"query": "bota"}, "tenant_id"),
        ({"tenant_id": "everybody"}, "tenant_id"),
        ({"tenant_id": TENANT, "query": "x" * 2_001}, "query"),
        ({"tenant_id": TENANT, "limit": 101}, "limit"),
        ({"tenant_id": TENANT, "offset": -1}, "offset"),
        ({"tenant_id": TENANT, "filters": {"price_min": 2**64}}, "price_min"),
        ({"tenant_id": TENANT, "filters": {"colour": "azul"}}, "colour"),
        ({"tenant_id": TENANT, "shelf": "secrets"}, "shelf"),
    ],
)
async def test_a_question_that_cannot_be_read_is_told_what_is_wrong(
    agent_stores: Stores, body: bytes | dict[str, Any], named: str
) -> None:
    status, problem = await ask(agent_stores, body)
    assert (status, problem["type"]) == (400, "malformed")
    assert named in problem["detail"]


async def test_strange_questions_of_an_unknown_tenant_find_nothing(agent_stores: Stores) -> None:
    for query in ("", "👟" * 1000, "'; DROP TABLE search_shelves; --", "\x00", "שלום 你好", "%"):
        status, found = await ask(agent_stores, {"tenant_id": TENANT, "query": query, "facets": ["brand", "%s", ""]})
        assert (status, found["hits"], found["total"]) == (200, [], 0)


def test_values_are_taken_as_long_as_the_records_have_them() -> None:
    path = "x" * 300
    asked = search_of(SearchBody.model_validate({"tenant_id": TENANT, "filters": {"categories": [path]}}))
    assert asked.filters.categories == (path,)
