"""One bundle to one reply, top to bottom."""

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol

import psycopg
import structlog
from langchain_core.runnables import RunnableConfig
from psycopg_pool import PoolTimeout

from agent import metrics
from agent.backend_client import BackendClient, BackendDown, BackendError, Lease
from agent.bundle import TurnBundle
from agent.checkpoints import StaleHolder
from agent.crash import crash_point
from agent.desk import CURRENT, Thinking, TurnDesk
from agent.logs import where
from agent.media.reader import MediaReader
from agent.model_choice import chains_of
from agent.models import Models
from agent.prompt_library import PromptLibrary
from agent.search.asking import SearchDoor
from agent.settings import Settings
from agent.tenant_words import filled
from agent.tools.outside import accepted
from agent.tools.toolbox import TurnTools, describe
from agent.worker import Job
from graphs.language import language_spoken
from graphs.ports import InboundMessage, LeaseLost, TurnContext

log = structlog.get_logger()

OUTAGES = (BackendDown, psycopg.OperationalError, PoolTimeout)
LAST_WORD_SECONDS = 0.8
"""A turn that is cancelled may still say what it spent; a worker that drains waits for a second."""


class Graph(Protocol):
    """What a turn needs of the compiled conversation graph."""

    async def ainvoke(self, input: Any, config: RunnableConfig, *, context: TurnContext, durability: Any) -> Any: ...

    async def aget_state(self, config: RunnableConfig) -> Any: ...


class ToolsOfTurn:
    """The backend's tools behind one turn's token."""

    def __init__(self, backend: BackendClient, token: str) -> None:
        self._backend = backend
        self._token = token

    async def call(self, tool: str, envelope: dict[str, Any]) -> dict[str, Any]:
        return await self._backend.tool(self._token, tool, envelope)


class TurnRunner:
    """Runs turns; one for the whole process."""

    def __init__(
        self,
        graph: Graph,
        backend: BackendClient,
        models: Models,
        prompts: PromptLibrary,
        shelves: SearchDoor,
        settings: Settings,
    ) -> None:
        self._graph = graph
        self._backend = backend
        self._models = models
        self._prompts = prompts
        self._shelves = shelves
        self._settings = settings

    def job(self, item: dict[str, Any]) -> Job:
        """A claimed bundle as work. Raises pydantic's ValidationError if it does not fit."""
        bundle = TurnBundle.read(item)
        return Job(
            lease=Lease(bundle.kind, bundle.id, bundle.attempt),
            run=lambda: self.run(bundle),
            tenant_id=bundle.tenant.id,
            conversation_id=bundle.conversation.id,
            thread=bundle.conversation.id,
        )

    async def run(self, bundle: TurnBundle) -> None:
        """Answers the turn and closes it, or puts it back with the reason; a lost lease ends it silently.

        Only cancellation gets out: the worker decides whether the lease is released.
        """
        log.info("turn.started", messages=len(bundle.messages), version=bundle.version)
        desk = self._desk(bundle)
        try:
            with metrics.TURN_SECONDS.time():
                await self._answer(bundle, desk)
            crash_point("turn.saved")
            await self._settle(desk)
            await self._backend.finish(bundle.token, bundle.id)
        except (LeaseLost, StaleHolder) as lost:
            metrics.TURNS.labels("lost").inc()
            log.info("turn.lost", reason=type(lost).__name__)
            await self._settle(desk)
        except asyncio.CancelledError:
            await self._settle(desk, LAST_WORD_SECONDS)
            raise
        except Exception as error:
            metrics.TURNS.labels("failed").inc()
            log.warning("turn.failed", error=type(error).__name__, where=where(error), accepted=desk.accepted)
            await self._settle(desk)
            await self._put_back(bundle, error)
        else:
            metrics.TURNS.labels("finished").inc()
            log.info("turn.finished")

    async def _answer(self, bundle: TurnBundle, desk: TurnDesk) -> None:
        config = thread_config(bundle)
        context = turn_context(bundle, self._prompts)
        if bundle.attempt > 1 and await self._may_resume(bundle, config):
            start = None
        else:
            start = turn_input(bundle, await desk.read(bundle.messages))
        CURRENT.set(desk)
        durability = "sync" if bundle.conversation.debug else "exit"
        await self._graph.ainvoke(start, config, context=context, durability=durability)

    async def _may_resume(self, bundle: TurnBundle, config: RunnableConfig) -> bool:
        """Whether the thread stopped inside this very turn with these very messages. After a crash with `exit` it did
        not: resuming would hand back the answer to the previous turn."""
        state = await self._graph.aget_state(config)
        if not state.next or (state.metadata or {}).get("turn_id") != bundle.id:
            return False
        known = [message["id"] for message in state.values.get("inbound", [])]
        return known == [message.id for message in bundle.messages]

    async def _settle(self, desk: TurnDesk, seconds: float | None = None) -> None:
        """What calls cost must not decide what becomes of a turn."""
        try:
            async with asyncio.timeout(seconds):
                await desk.settle()
        except (BackendError, TimeoutError) as error:
            log.warning("usage.untold", error=type(error).__name__)

    async def _put_back(self, bundle: TurnBundle, error: Exception) -> None:
        """An outage of ours is not the turn's fault and does not count towards its five tries.

        A turn whose reply is out already is closed by this instead, and the next one is told what this thread could
        not save.
        """
        reason = f"{type(error).__name__} at {where(error)[-1]}"
        try:
            await self._backend.fail(bundle.token, bundle.id, reason, counted=not isinstance(error, OUTAGES))
        except Exception as unheard:  # the lease runs out by itself
            log.warning("turn.left", error=type(unheard).__name__)

    def _desk(self, bundle: TurnBundle) -> TurnDesk:
        chains = chains_of(bundle.tenant.models, self._settings)
        thinking = Thinking(
            self._models,
            chains["vendor"],
            self._prompts,
            self._settings.model_patience_seconds,
            bundle.budget,
            chains,
        )
        tools = TurnTools(
            ToolsOfTurn(self._backend, bundle.token),
            self._shelves,
            tenant_id=bundle.tenant.id,
            currency=bundle.tenant.currency,
            offered=bundle.tools,
            seconds=self._settings.tool_seconds,
            outside=bundle.tenant_tools,
        )
        tools.turn_id = bundle.id
        tools.message_id = bundle.messages[-1].id if bundle.messages else None
        files = MediaReader(
            self._backend,
            self._prompts,
            thinking,
            chains["media"],
            token=bundle.token,
            locale=spoken_in(bundle),
            seconds=self._settings.media_seconds,
        )
        return TurnDesk(bundle, self._backend, thinking, tools, files)


def thread_config(bundle: TurnBundle) -> RunnableConfig:
    """The thread is the conversation; the rest is what the saver and a later resume want to know."""
    return {
        "configurable": {
            "thread_id": bundle.conversation.id,
            "turn_id": bundle.id,
            "fence": bundle.fencing_token,
            "keep_steps": bundle.conversation.debug,
        },
    }


def turn_input(bundle: TurnBundle, messages: Sequence[InboundMessage] | None = None) -> dict[str, Any]:
    """The graph's input: what the customer wrote (`messages` once their files were read), and what the thread has
    missed."""
    wrote = bundle.messages if messages is None else messages
    return {"inbound": [message.model_dump(mode="json") for message in wrote], "missed": bundle.missed}


def spoken_in(bundle: TurnBundle) -> str:
    """The language in which the customer writes, as far as this turn or their card tells."""
    texts = [message.body for message in bundle.messages]
    return language_spoken(texts) or bundle.contact.locale or bundle.tenant.locale


def vendor_page(bundle: TurnBundle, prompts: PromptLibrary) -> str:
    """The vendor's system prompt; what is to be known of files stands there only if some were sent."""
    page = prompts.vendor_prompt(bundle.wire)
    if any(message.attachments for message in bundle.messages):
        return f"{page}\n\n{prompts.render('vendor/files')}"
    return page


def turn_context(bundle: TurnBundle, prompts: PromptLibrary) -> TurnContext:
    """The graph's runtime context: plain data."""
    return TurnContext(
        turn_id=bundle.id,
        attempt=bundle.attempt,
        now=bundle.now,
        business=bundle.tenant,
        customer=bundle.contact,
        prompt=vendor_page(bundle, prompts),
        tools=[*describe(bundle.tools), *accepted(bundle.tenant_tools)],
        evidence=bundle.evidence,
        proposals=bundle.proposals,
        journal=bundle.journal,
        open_cards=bundle.open,
        playbook=[filled(text, bundle.wire, named=False) for text in bundle.playbook.texts],
        policy=bundle.tenant.policy,
    )
