"""A business whose customers send files, an agent in the test's own loop, and every model provider at the wire."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from agent.assisting import Assistant, AssistBundle
from agent.backend_client import BackendClient
from agent.bundle import TurnBundle
from agent.desk import current_desk
from agent.models import Models
from agent.preview import Previews
from agent.prompt_library import PromptLibrary
from agent.settings import Settings
from agent.stores import Stores
from agent.turn import TurnRunner
from graphs.conversation import conversation_graph
from tests.agent.model_world import ModelWorld, model_world
from tests.backend.media.conftest import Post, open_post
from tests.stores import Stores as Servers

VENDOR = "gpt-4.1-mini"
GEMINI = "google_genai:gemini-2.5-flash"


@dataclass
class Chat:
    """One business, its customers and its agent."""

    post: Post
    models: ModelWorld
    stores: Stores

    async def vendor_says(self, *words: str) -> None:
        await self.models.script(*({"content": one, "model": VENDOR} for one in words))

    async def forget(self) -> None:
        """Replies to come, and what was asked."""
        async with httpx.AsyncClient(timeout=60) as client:
            (await client.put(f"{self.models.url}/_world/replies")).raise_for_status()

    async def run(self, wire: dict[str, Any], **changes: Any) -> None:
        """The agent answers a claimed turn."""
        async with self._agent(**changes) as (backend, models, settings):
            graph = conversation_graph(current_desk, checkpointer=self.stores.saver)
            runner = TurnRunner(graph, backend, models, PromptLibrary(), self.stores.index, settings)
            await runner.run(TurnBundle.read(wire))

    async def help(self, wire: dict[str, Any], **changes: Any) -> None:
        """The agent makes claimed help for a person."""
        async with self._agent(**changes) as (backend, models, settings):
            prompts = PromptLibrary()
            previews = Previews(backend, models, prompts, self.stores.index, settings)
            graph = conversation_graph(current_desk)
            await Assistant(graph, backend, models, prompts, previews, settings).run(AssistBundle.model_validate(wire))

    @asynccontextmanager
    async def _agent(self, **changes: Any) -> AsyncIterator[tuple[BackendClient, Models, Settings]]:
        told = {
            "service_token": self.post.settings.service_token,
            "backend_url": self.post.settings.public_url,
            "model": f"openai:{VENDOR}",
            "media_model": GEMINI,
        }
        settings = self.models.settings(**{**told, **changes})
        token = settings.service_token.get_secret_value()
        async with BackendClient(settings.backend_url, token) as backend, aclosing(Models(settings)) as models:
            yield backend, models, settings

    async def read_by_the_vendor(self) -> list[list[dict[str, Any]]]:
        """The messages of each call of its model."""
        return [request["messages"] for request in await self.models.requests() if request["_model"] == VENDOR]

    async def last_line(self) -> str:
        """What its model read last of the customer."""
        calls = await self.read_by_the_vendor()
        return str([message["content"] for message in calls[-1] if message["role"] == "user"][-1])

    async def asked_for_media(self) -> list[str]:
        return [model for model in await self.models.asked() if model != VENDOR]

    async def replies(self, wire: dict[str, Any]) -> list[str]:
        page = await self.post.business.ok("GET", f"/v1/conversations/{wire['conversation']['id']}/messages")
        return [item["body"] for item in page["items"] if item["author"] == "agent"]

    async def spent_on_media(self) -> list[tuple[str, int]]:
        calls = (await self.post.business.ok("GET", "/v1/usage"))["calls"]
        return [(call["model"], call["calls"]) for call in calls if call["feature"] == "media"]


@pytest.fixture
async def chat(stores: Servers, agent_stores: Stores) -> AsyncIterator[Chat]:
    async with open_post(stores) as post, model_world() as models:
        yield Chat(post, models, agent_stores)
