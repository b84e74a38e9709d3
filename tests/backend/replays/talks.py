"""Talks of a shop with somebody."""

from typing import Any

from tests.backend.line import Agent
from tests.factories import Business


async def talk(business: Business, agent: Agent, asked: str, answered: str, **reply: Any) -> dict[str, Any]:
    """The bundle of a finished turn of a new customer."""
    await business.ok("POST", "/v1/sandbox/messages", {"from": "+5215512345678", "name": "Lucía Ruiz", "text": asked})
    [bundle] = await agent.claim(business, wait_seconds=30)
    await agent.answer(bundle, answered, **reply)
    return bundle
