"""What `langgraph.json` points at: the conversation graph for LangGraph Studio, beside a running installation.

A run here is a preview: the bundle of a real conversation, real models, real reads; writes are rolled back by the
backend and nothing is sent. Open the thread whose id is the conversation's id to continue from its live memory.
This is the only module that LangGraph's development server loads; the service never imports that server.
"""

import asyncio
import os
import sys
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, NoReturn

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.config import get_config
from langgraph.runtime import Runtime
from pydantic import ValidationError

from agent.backend_client import BackendClient, BackendDown, Refused
from agent.installation import published
from agent.models import Models
from agent.preview import PreviewContext, PreviewDesk, Previews
from agent.prompt_library import PromptLibrary
from agent.settings import ROOT, settings
from agent.stores import Stores, open_stores
from agent.studio_saver import StudioSaver
from graphs.conversation import conversation_graph
from graphs.ports import Desk, TurnContext

KEPT = 64

Seat = tuple[TurnContext, PreviewDesk]


class Workshop:
    """Connections of the development server's loop, and the previews that run on it."""

    def __init__(self) -> None:
        self._stack = AsyncExitStack()
        self._opening = asyncio.Lock()
        self._stores: Stores | None = None
        self._previews: Previews | None = None
        self._seats: OrderedDict[str, asyncio.Task[Seat]] = OrderedDict()

    async def stores(self) -> Stores:
        async with self._opening:
            if self._stores is None:
                self._stores = await self._stack.enter_async_context(open_stores(settings()))
        return self._stores

    async def seat(self, runtime: Runtime[Any]) -> Seat:
        """Context and desk of the run that asks; made once a run."""
        config = get_config()
        configurable = config.get("configurable", {})
        run = str(config.get("run_id") or configurable.get("run_id") or configurable.get("thread_id"))
        if run not in self._seats:
            given: PreviewContext | None = runtime.context
            asked = given or PreviewContext()
            if not asked.conversation_id:
                asked = asked.model_copy(update={"conversation_id": str(configurable.get("thread_id", ""))})
            self._seats[run] = asyncio.create_task(self._begin(asked))
            while len(self._seats) > KEPT:
                self._seats.popitem(last=False)
        return await self._seats[run]

    async def _begin(self, asked: PreviewContext) -> Seat:
        if self._previews is None:
            chosen = settings()
            backend = await self._stack.enter_async_context(
                BackendClient(chosen.backend_url, chosen.service_token.get_secret_value())
            )
            index = (await self.stores()).index
            prompts = await asyncio.to_thread(PromptLibrary, chosen.prompts_dir)
            self._previews = Previews(backend, Models(chosen), prompts, index, chosen)
        try:
            return await self._previews.begin(asked)
        except Refused as refusal:
            # The development server shows the words of built-in errors only.
            raise ValueError(refusal.detail) from refusal
        except BackendDown as away:
            raise ValueError("The backend does not answer. Start it with: make up") from away


_workshops: dict[asyncio.AbstractEventLoop, Workshop] = {}


def _workshop() -> Workshop:
    return _workshops.setdefault(asyncio.get_running_loop(), Workshop())


async def _turn(runtime: Runtime[Any]) -> TurnContext:
    return (await _workshop().seat(runtime))[0]


async def _desk(runtime: Runtime[Any]) -> Desk:
    return (await _workshop().seat(runtime))[1]


conversation = conversation_graph(_desk, turn=_turn, context_schema=PreviewContext)


@asynccontextmanager
async def checkpointer() -> AsyncIterator[StudioSaver]:
    """The saver of the development server; without an installation there are no live threads to read."""
    try:
        settings()
    except ValidationError:
        yield StudioSaver(InMemorySaver())
    else:
        yield StudioSaver((await _workshop().stores()).saver)


def become_development_server(host: str, port: int, data_dir: Path) -> NoReturn:
    """Becomes `langgraph dev`, offline and without a browser; what ties this process to its starter stays in force."""
    quiet = {"LANGSMITH_TRACING": "false", "LANGGRAPH_CLI_NO_ANALYTICS": "1"}
    command = [sys.executable, "-m", "langgraph_cli", "dev", "--no-browser", "--no-reload", "--allow-blocking"]
    environment = published(data_dir.absolute()) | os.environ | quiet
    os.chdir(ROOT)
    os.execve(sys.executable, [*command, "--host", host, "--port", str(port)], environment)
