"""An installation with an agent's door and one business of it, and where something is still found in its stores."""

import subprocess
from dataclasses import dataclass
from typing import Annotated, Any

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from redis.asyncio import Redis
from sqlalchemy import text
from typing_extensions import TypedDict

from agent.stores import Stores as AgentStores
from backend import clock
from backend.database import Database
from backend.embedded.binaries import postgres_bin
from backend.embedded.stores import Stores
from backend.privacy.sweep import finish_erasures
from backend.settings import Settings
from tests.backend.line import Agent, WhatsAppLine
from tests.factories import Business

SERVICE_TOKEN = "service-token-of-the-tests"


class Chat(TypedDict, total=False):
    messages: Annotated[list[AnyMessage], add_messages]


@dataclass
class House:
    """An installation with an agent's door, and one business of it."""

    settings: Settings
    stores: Stores
    database: Database
    agent_stores: AgentStores
    business: Business
    line: WhatsAppLine
    agent: Agent

    async def remember(self, thread: str, fence: int, words: str) -> None:
        """A checkpoint as a turn of the agent saves it."""

        async def answer(state: Chat) -> Chat:
            return {"messages": [AIMessage(f"entendido: {words}")]}

        graph = StateGraph(Chat)
        graph.add_node("answer", answer)
        graph.add_edge(START, "answer")
        graph.add_edge("answer", END)
        compiled = graph.compile(checkpointer=self.agent_stores.saver)
        config: Any = {"configurable": {"thread_id": thread, "fence": fence}}
        await compiled.ainvoke({"messages": [HumanMessage(words)]}, config, durability="exit")

    async def erased(self, receipt_id: str) -> dict[str, Any]:
        """The receipt once the agent's threads are gone."""
        while True:
            async with self.database.tenant(self.business.tenant_id) as session:
                await session.execute(
                    text("UPDATE erasures SET due_at = :now WHERE status = 'running'"), {"now": clock.machine_now()}
                )
            await finish_erasures(self.database, self.settings)
            receipt = await self.business.ok("GET", f"/v1/erasures/{receipt_id}")
            if receipt["status"] == "done":
                return dict(receipt)

    async def found(self, *canaries: str) -> list[str]:
        """Where a canary still is, in words or in bytes: lines of the dumps of both databases, keys and values of
        Redis."""
        dumps = [_dump(url) for url in (self.stores.database_url, self.stores.agent_database_url)]
        assert self.stores.redis_url is not None
        async with Redis.from_url(self.stores.redis_url) as redis:
            kept = [repr((key, await redis.dump(key))) async for key in redis.scan_iter()]
        lines = [line for dump in dumps for line in dump.splitlines()] + kept
        sought = [*canaries, *(canary.encode().hex() for canary in canaries)]
        return [line[:300] for line in lines if any(canary in line for canary in sought)]


def _dump(url: str) -> str:
    folder = postgres_bin()
    command = [f"{folder}/pg_dump" if folder else "pg_dump", f"--dbname={url}", "--data-only", "--no-owner"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout
