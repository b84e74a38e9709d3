"""Agents that die, leave or find no model: the customer gets one answer all the same."""

import asyncio
from collections.abc import Iterator

import psycopg
import pytest

from agent import crash
from agent.crash import EXIT_STATUS
from tests.agent.customers import Customer, open_shop
from tests.agent.processes import Installation, Process

POINTS = [point for point in crash.POINTS if point.startswith("turn.")]
RENEWING = {"TENDERO_RENEW_SECONDS": "1"}


@pytest.fixture(scope="module")
def backend_process(installation: Installation) -> Iterator[Process]:
    """A backend that takes a turn from a dead holder after five seconds."""
    with installation.backend(TENDERO_LEASE_SECONDS="5", TENDERO_FIRST_LEASE_SECONDS="5") as process:
        yield process


@pytest.fixture(scope="module")
def talking(installation: Installation, backend_process: Process, dispatching: None) -> dict[str, Customer]:
    """For each point a customer in the middle of a chat; the agent they spoke to has left."""

    async def greet(agent: Process, point: str) -> Customer:
        shop = await open_shop(installation, backend_process, agent)
        customer = Customer(shop, f"+52155000001{POINTS.index(point)}")
        await customer.says("hola, busco zapatilla andes azul 38")
        return customer

    async def greet_all(agent: Process) -> list[Customer]:
        return [await greet(agent, point) for point in POINTS]

    with installation.agent(backend_process.url, "healthy", **RENEWING) as agent:
        customers = asyncio.run(greet_all(agent))
        assert agent.stop() == 0
    return dict(zip(POINTS, customers, strict=True))


@pytest.mark.parametrize("point", POINTS)
async def test_killed_at_any_point_the_turn_is_answered_once(
    installation: Installation, backend_process: Process, talking: dict[str, Customer], point: str
) -> None:
    """The next agent finds what the dead one did: the customer reads one answer, the books hold one quote."""
    customer = talking[point]
    with installation.agent(backend_process.url, f"doomed-{point}", **RENEWING, TENDERO_CRASH_AT=point) as doomed:
        await customer.shop.write(customer.number, "quiero 2 de la 38")
        assert await asyncio.to_thread(doomed.born.wait, 90.0) == EXIT_STATUS
    with installation.agent(backend_process.url, f"heir-{point}", **RENEWING):
        said = await customer.hears()
        followed = await customer.says("gracias")
    assert "$2,598.00" in said
    assert "$2,598.00" not in followed
    with psycopg.connect(installation.stores.database_url) as connection:
        tenant = (customer.shop.tenant_id,)
        quotes = connection.execute("SELECT count(*) FROM quotes WHERE tenant_id = %s", tenant).fetchone()
        answers = connection.execute(
            "SELECT count(*) FROM messages WHERE tenant_id = %s AND author = 'agent'", tenant
        ).fetchone()
    assert (quotes, answers) == ((1,), (3,))


@pytest.mark.usefixtures("dispatching")
async def test_a_silent_model_ends_in_one_honest_message_and_a_case(
    installation: Installation, backend_process: Process
) -> None:
    nobody = "compatible:nobody@http://127.0.0.1:9/v1"
    with installation.agent(backend_process.url, "silent", TENDERO_MODEL=nobody):
        shop = await installation.shop(backend_process.url)
        customer = Customer(shop, "+5215500000200")
        said = await customer.says("hola", seconds=45.0)
        cases = (await shop.ok("GET", "/v1/handoffs", status="open"))["items"]
    assert said
    assert [case["reason"] for case in cases] == ["safe_reply"]


async def test_sigterm_ends_the_process_cleanly_within_ten_seconds(
    installation: Installation, backend_process: Process
) -> None:
    with installation.agent(backend_process.url, "leaving") as process:
        assert await asyncio.to_thread(process.stop, 10.0) == 0
