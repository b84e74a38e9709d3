"""The simulated providers, and our own models pointed at them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from agent.models import Models
from agent.settings import Settings
from agent.tools.toolbox import describe
from agent.usage import Usage
from evals.world import models
from evals.world.serving import running

WIRES = {
    "chat": "openai:gpt-4.1-mini",
    "responses": "openai:gpt-5-mini",
    "gemini": "google_genai:gemini-2.5-flash",
    "anthropic": "anthropic:claude-haiku-4-5",
}
"""A model of ours for each wire."""
ASKED: list[BaseMessage] = [SystemMessage("Vendes zapatillas."), HumanMessage("hola, busco zapatillas")]
TOOLS = describe(["search_products", "place_order"])


@dataclass
class ModelWorld:
    """One address at which every provider answers."""

    url: str
    opened: list[Models] = field(default_factory=list)

    @property
    def other(self) -> str:
        """A further model for the end of a chain."""
        return f"compatible:other@{self.url}/v1"

    def settings(self, **changes: Any) -> Settings:
        """With a key for each provider."""
        keys = {f"{provider}_API_KEY": f"key-of-{provider}" for provider in ("OPENAI", "GOOGLE", "ANTHROPIC")}
        return Settings.model_validate(
            {
                "service_token": "token",
                "AGENT_DATABASE_URL": "postgresql://nowhere/none",
                "OPENAI_BASE_URL": f"{self.url}/v1",
                "google_base_url": self.url,
                "ANTHROPIC_BASE_URL": self.url,
                "model_seconds": 60.0,
                "model_pause_seconds": 0.01,
                **keys,
                **changes,
            }
        )

    def models(self, **changes: Any) -> Models:
        """Our own, closed with the world."""
        self.opened.append(Models(self.settings(**changes)))
        return self.opened[-1]

    async def script(self, *replies: dict[str, Any]) -> None:
        """Replies to come, in order."""
        async with httpx.AsyncClient(timeout=60) as client:
            (await client.post(f"{self.url}/_world/replies", json=list(replies))).raise_for_status()

    async def rules(self, *rules: dict[str, Any]) -> None:
        """Rules from now on: [{"when", "unless", "reply"}]."""
        async with httpx.AsyncClient(timeout=60) as client:
            (await client.put(f"{self.url}/_world/rules", json=list(rules))).raise_for_status()

    async def requests(self) -> list[dict[str, Any]]:
        """Bodies that models were asked with."""
        async with httpx.AsyncClient(timeout=60) as client:
            found: list[dict[str, Any]] = (await client.get(f"{self.url}/_world/requests")).json()
            return found

    async def asked(self) -> list[str]:
        """The models that were asked, in order."""
        return [request["_model"] for request in await self.requests()]


@asynccontextmanager
async def model_world() -> AsyncIterator[ModelWorld]:
    async with running(models.create_app()) as url:
        world = ModelWorld(url)
        try:
            yield world
        finally:
            for opened in world.opened:
                await opened.aclose()


async def ask(models: Models, *chain: str, messages: list[BaseMessage] | None = None, **more: Any) -> AIMessage:
    """The chain's answer to one question, in all the time it takes."""
    answer, _ = await models.ask(
        chain, messages or ASKED, TOOLS, feature="vendor", **{"patience_seconds": 120.0, **more}
    )
    return answer


def named(wire: str) -> str:
    """The model's name as the provider reads it."""
    return WIRES[wire].partition(":")[2]


def totals(paid: list[Usage]) -> list[tuple[str, int, int]]:
    return [(usage.model, usage.input_tokens, usage.output_tokens) for usage in paid]
