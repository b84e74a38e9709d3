"""After the reply: one finished turn to the observer's notes. Nobody waits for it, and it may run twice."""

from typing import Any, Protocol

import structlog
from pydantic import BaseModel, ConfigDict, Field

from agent.backend_client import BackendClient, BackendError, Lease
from agent.bundle import ConversationCard
from agent.worker import Job
from graphs.ports import LeaseLost

log = structlog.get_logger()


class Graph(Protocol):
    """What is needed of the compiled reflection graph."""

    async def ainvoke(self, input: Any) -> Any: ...


class TenantId(BaseModel):
    id: str


class ReflectBundle(BaseModel):
    """One finished turn, leased to be thought over."""

    model_config = ConfigDict(frozen=True)

    id: str
    attempt: int
    token: str = Field(repr=False)
    tenant: TenantId
    conversation: ConversationCard
    outcome: str | None = None
    messages: list[dict[str, Any]] = Field(default_factory=list)
    tool_calls: list[dict[str, Any]] = Field(default_factory=list)
    rejected: list[dict[str, Any]] = Field(default_factory=list)


class Reflector:
    """Runs reflections; one for the whole process."""

    def __init__(self, graph: Graph, backend: BackendClient) -> None:
        self._graph = graph
        self._backend = backend

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
        try:
            noted = await self._graph.ainvoke(state | {"outcome": bundle.outcome or ""})
            await self._backend.observe(bundle.token, bundle.id, noted["observations"])
        except (BackendError, LeaseLost) as error:
            log.warning("reflection.left", error=type(error).__name__)
        else:
            log.info("reflection.noted", observations=len(noted["observations"]))
