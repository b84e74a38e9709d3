"""The agent's side of a person: its threads, over its small HTTP door."""

from types import TracebackType
from typing import Any, Self
from uuid import UUID

import httpx

from backend.errors import Unavailable
from backend.settings import Settings

_SECONDS = 15.0


class AgentThreads:
    """A conversation's thread in the agent's database, its checkpoints and all. Raises `Unavailable` while the agent
    does not answer."""

    def __init__(self, settings: Settings) -> None:
        self._client = httpx.AsyncClient(
            base_url=settings.agent_url,
            timeout=_SECONDS,
            trust_env=False,
            headers={"Authorization": f"Bearer {settings.service_token}"},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def erase(self, conversation_id: UUID, fence: int | None) -> None:
        """Removes the thread. From then on only holders above `fence` may write to it; nobody, if it is None."""
        await self._call("POST", f"/threads/{conversation_id}/erase", {"fence": fence})

    async def read(self, conversation_id: UUID) -> dict[str, Any]:
        """What the thread holds, as JSON; empty if there is none."""
        told: dict[str, Any] = (await self._call("GET", f"/threads/{conversation_id}")).json()
        return told

    async def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        try:
            answer = await self._client.request(method, path, json=body)
            answer.raise_for_status()
        except httpx.HTTPError:
            raise Unavailable("The agent does not answer, and part of it lies there; try again in a moment.") from None
        return answer
