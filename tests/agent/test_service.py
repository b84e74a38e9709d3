"""The whole service as a process beside a backend and a dispatcher, with the offline model."""

import json
from collections.abc import Iterator

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
    async with httpx.AsyncClient(base_url=agent_process.url) as client:
        assert (await client.post("/search", json={"tenant_id": shop.tenant_id, "query": "x"})).status_code == 401
        assert (await client.get("/health/live")).status_code == 200
        assert (await client.get("/health/ready")).json() == {"database": True, "backend": True}
        assert "tendero_agent_turns_total" in (await client.get("/metrics")).text


async def test_the_backends_public_search_goes_through_the_same_door(
    installation: Installation, agent_process: Process, shop: Shop
) -> None:
    with installation.backend(TENDERO_AGENT_URL=agent_process.url) as backend:
        asked = Shop(backend.url, shop.tenant_id, shop.api_key)
        names = [item["name"] for item in (await asked.ok("GET", "/v1/products/search", q="mochila nandu"))["items"]]
    assert names == ["Mochila Ñandú"]


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
