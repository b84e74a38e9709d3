"""The whole service as a process beside a backend and a dispatcher, with the offline model."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest

from tests.agent.customers import Customer, open_shop
from tests.agent.processes import Installation, Process, Shop, until


@pytest.fixture(scope="module")
def agent_process(installation: Installation, backend_process: Process) -> Iterator[Process]:
    with installation.agent(backend_process.url) as process:
        yield process


@pytest.fixture
async def shop(installation: Installation, backend_process: Process, agent_process: Process) -> Shop:
    return await open_shop(installation, backend_process, agent_process)


@pytest.mark.usefixtures("dispatching")
async def test_a_customer_buys_what_they_misspelt(shop: Shop) -> None:
    customer = Customer(shop, "+5215500000001")
    assert "Zapatilla Andes" in await customer.says("hola, tienen zapatiyas asules talla 38?")
    assert "$2,598.00" in await customer.says("quiero 2 de la 38")
    confirmed = await customer.says("sí")
    assert "http" in confirmed
    orders = await shop.ok("GET", "/v1/orders")
    assert [order["code"] in confirmed for order in orders["items"]] == [True]


async def test_the_search_door_opens_to_services_only(agent_process: Process, shop: Shop) -> None:
    async with httpx.AsyncClient(base_url=agent_process.url, timeout=60) as client:
        assert (await client.post("/search", json={"tenant_id": shop.tenant_id, "query": "x"})).status_code == 401
        assert (await client.get("/health/live")).status_code == 200
        assert (await client.get("/health/ready")).json() == {"database": True, "backend": True}
        assert "tendero_agent_turns_total" in (await client.get("/metrics")).text


async def test_the_backends_public_search_goes_through_the_same_door(
    installation: Installation, agent_process: Process, shop: Shop
) -> None:
    with installation.backend(TENDERO_AGENT_URL=agent_process.url) as backend:
        asked = Shop(backend.url, shop.tenant_id, shop.api_key)

        async def search(**given: Any) -> Any:
            return await asked.ok("GET", "/v1/products/search", **given)

        def names(page: Any) -> list[str]:
            return [item["name"] for item in page["items"]]

        found = await search(q="mochila nandu", explain=True, facets="category")
        assert names(found) == ["Mochila Ñandú"]
        [why] = [item["why"] for item in found["items"]]
        assert found["items"][0]["score"] == pytest.approx(sum(why["parts"].values()))
        assert why["words"] == {"mochila": ["Mochila"], "nandu": ["Ñandú"]}
        assert found["facets"]["category"] == [{"value": "Mochilas", "count": 1}]
        assert names(await search(q="zapatiya", attribute="talla:38")) == ["Zapatilla Andes"]
        assert names(await search(q="x" * 2000)) == names(await search(q="🙂")) == names(await search(q="'; --")) == []
        first = await search(limit=1, facets="category")
        second = await search(limit=1, facets="category", cursor=first["next_cursor"])
        assert first["facets"]["category"] == second["facets"]["category"] != []
        assert [item["score"] for item in first["items"]] == [None], "nobody asked for it"
        assert {*names(first), *names(second)} == {"Mochila Ñandú", "Zapatilla Andes"}
        dear = first["items"][0]["price_from"]["amount"] + 1
        assert names(first) not in [names(await search(price_min=dear))]
        # Not in the index yet: what is hidden or sold out this moment is gone this moment, and the page is filled up.
        await asked.ok("PATCH", f"/v1/products/{first['items'][0]['id']}", {"visible": False})
        assert names(await search(limit=1)) == names(second)
        for variant in second["items"][0]["variants"]:
            await asked.ok("PATCH", f"/v1/variants/{variant['id']}", {"stock": 0})
        assert names(await search(in_stock=True)) == []


async def test_a_thread_is_one_checkpoint(installation: Installation, shop: Shop) -> None:
    customer = Customer(shop, "+5215500000002")
    await shop.write(customer.number, "hola")
    conversation = await until(lambda: finished(shop, customer.number, 1))
    await shop.write(customer.number, "gracias")
    await until(lambda: finished(shop, customer.number, 2))
    with psycopg.connect(installation.stores.agent_database_url) as connection:
        rows = connection.execute("SELECT count(*) FROM checkpoints WHERE thread_id = %s", (conversation,)).fetchone()
    assert rows == (1,)


async def finished(shop: Shop, number: str, turns: int) -> str | None:
    """The conversation's id once so many of its turns are done."""
    conversation = await shop.conversation_of(number)
    listed = await shop.ok("GET", "/v1/turns", conversation_id=conversation["id"], status="done")
    own = [turn for turn in listed["items"] if turn["conversation_id"] == conversation["id"]]
    return conversation["id"] if len(own) >= turns else None


async def test_the_log_tells_ids_and_no_words(installation: Installation, agent_process: Process, shop: Shop) -> None:
    await shop.write("+5215500000003", "mi secreto es violeta")
    turn = await until(lambda: finished(shop, "+5215500000003", 1))

    async def told() -> bool:
        lines = [json.loads(line) for line in agent_process.log.read_text().splitlines(keepends=True) if "\n" in line]
        return any(line["event"] == "turn.finished" and line["conversation"] == turn for line in lines)

    await until(told)
    log = agent_process.log.read_text()
    for word in ("violeta", "5215500000003", installation.settings.service_token, shop.api_key):
        assert word not in log
    assert all(json.loads(line)["event"] for line in log.splitlines())
