"""After the reply: one finished turn to the observer's notes, and what repeats to the refiner's proposals. Nobody waits
for it, and it may run twice."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import structlog
from pydantic import BaseModel, ConfigDict, Field

from agent.backend_client import BackendClient, BackendError, Lease
from agent.bundle import Budget, ConversationCard
from agent.fact_reader import FactReader
from agent.worker import Job

log = structlog.get_logger()

GATHER_SECONDS = 0.1
MOST_A_CLAIM = 64


class Graph(Protocol):
    """What is needed of the compiled reflection graph."""

    async def ainvoke(self, input: Any) -> Any: ...


class ReflectTenant(BaseModel):
    """The business, as far as notes need it."""

    id: str
    name: str = ""
    locale: str = "es"
    timezone: str = "UTC"
    models: dict[str, Any] = Field(default_factory=dict)


class ReflectBundle(BaseModel):
    """One finished turn, leased to be thought over."""

    model_config = ConfigDict(frozen=True)

    id: str
    attempt: int
    token: str = Field(repr=False)
    tenant: ReflectTenant
    now: datetime = Field(default_factory=lambda: datetime.now(UTC))
    conversation: ConversationCard
    outcome: str | None = None
    messages: list[dict[str, Any]] = Field(default_factory=list)
    tool_calls: list[dict[str, Any]] = Field(default_factory=list)
    rejected: list[dict[str, Any]] = Field(default_factory=list)
    learning: dict[str, Any] = Field(default_factory=dict)
    """{"by": "off" | "rules" | "model", "fields": [{"key", "label", "kind", "choices"}]}."""
    budget: Budget = Budget()

    @property
    def allowed(self) -> dict[str, Any]:
        """`learning` as the reflection graph takes it."""
        today = self.now.astimezone(ZoneInfo(self.tenant.timezone)).date()
        return {**self.learning, "today": today.isoformat(), "locale": self.tenant.locale}


class Reflector:
    """Runs reflections; one for the whole process."""

    def __init__(self, graph: Graph, backend: BackendClient, reader: FactReader | None = None) -> None:
        self._graph = graph
        self._backend = backend
        self._reader = reader
        self._noted: dict[str, Mapping[str, Any]] = {}
        self._handing_over: asyncio.Task[set[str]] | None = None

    def job(self, item: dict[str, Any]) -> Job:
        """A claimed bundle as work. Raises pydantic's ValidationError if it does not fit."""
        bundle = ReflectBundle.model_validate(item)
        return Job(
            lease=Lease("reflect", bundle.id, bundle.attempt),
            run=lambda: self.run(bundle),
            tenant_id=bundle.tenant.id,
            conversation_id=bundle.conversation.id,
        )

    async def run(self, bundle: ReflectBundle) -> None:
        """Hands the notes over; on a failure the lease runs out and somebody tries again."""
        state = bundle.model_dump(include={"outcome", "messages", "tool_calls", "rejected"})
        found = await self._graph.ainvoke(state | {"outcome": bundle.outcome or "", "learning": bundle.allowed})
        facts = found.get("facts", [])
        try:
            if self._reader is not None and bundle.learning.get("by") == "model":
                facts = await self._read(self._reader, bundle, facts)
            noted = {"observations": found["observations"], "facts": facts}
            lost = bundle.id in await self._hand_over(bundle.token, noted)
        except BackendError as error:
            log.warning("reflection.left", error=type(error).__name__)
        else:
            log.info("reflection.noted", observations=len(found["observations"]), facts=len(facts), lost=lost)

    async def _read(
        self, reader: FactReader, bundle: ReflectBundle, by_rules: list[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        """By the observer's model too; what it cost is told whatever it answered."""
        facts, usage = await reader.read(bundle.tenant, bundle.messages, bundle.allowed, bundle.budget, by_rules)
        if usage:
            await self._backend.spend(bundle.token, [call.model_dump(mode="json") for call in usage])
        return facts

    async def _hand_over(self, token: str, noted: Mapping[str, Any]) -> set[str]:
        """In one call with those of the turns that were claimed together; answers the ids of those that are lost."""
        self._noted[token] = noted
        if self._handing_over is None:
            self._handing_over = asyncio.create_task(self._gather())
        return await asyncio.shield(self._handing_over)

    async def _gather(self) -> set[str]:
        await asyncio.sleep(GATHER_SECONDS)
        noted, self._noted, self._handing_over = self._noted, {}, None
        lost, repeatable = await self._backend.observe(list(noted.items()))
        for of_tenant in repeatable:
            await self._refine(of_tenant["token"], of_tenant["observations"])
        return lost

    async def _refine(self, token: str, noted: list[dict[str, Any]]) -> None:
        """Proposes what repeats; what cannot be handed over now is met again with the next note."""
        lessons = (await self._graph.ainvoke({"noted": noted}))["lessons"]
        if not lessons:
            return
        try:
            proposed = await self._backend.propose(token, lessons)
        except BackendError as error:
            log.warning("lessons.left", error=type(error).__name__)
        else:
            log.info("lessons.proposed", repeated=len(lessons), new=len(proposed))
