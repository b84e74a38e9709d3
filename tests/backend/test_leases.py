import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from backend.leases import BUSY_SECONDS, LONGEST_PATIENCE_SECONDS
from tests.backend.line import Agent
from tests.factories import Business

ROUND_SECONDS = BUSY_SECONDS * 3


@asynccontextmanager
async def busy_loop(rounds: int) -> AsyncIterator[list[int]]:
    """An event loop that webhooks keep busy for so many rounds; yields the numbers of those that are over."""
    over: list[int] = []

    async def work() -> None:
        for number in range(rounds):
            time.sleep(ROUND_SECONDS)  # noqa: ASYNC251 - what a process does that has more to do than it can
            over.append(number)
            await asyncio.sleep(0)

    working = asyncio.create_task(work())
    try:
        yield over
    finally:
        working.cancel()
        await asyncio.wait({working})


async def test_nothing_is_handed_out_while_other_requests_keep_the_process_busy(
    agent: Agent, eager_business: Business
) -> None:
    await eager_business.ok("POST", "/v1/sandbox/messages", {"from": "ana", "text": "hola"})
    async with busy_loop(rounds=6) as over:
        [bundle] = await agent.claim(eager_business)
        assert len(over) == 6
    assert [message["body"] for message in bundle["messages"]] == ["hola"]


async def test_a_process_that_stays_busy_hands_out_all_the_same(agent: Agent, eager_business: Business) -> None:
    await eager_business.ok("POST", "/v1/sandbox/messages", {"from": "ana", "text": "hola"})
    longest = int(LONGEST_PATIENCE_SECONDS / ROUND_SECONDS)
    async with busy_loop(rounds=100 * longest) as over:
        await agent.claim(eager_business)
        assert longest / 2 < len(over) < 100 * longest
