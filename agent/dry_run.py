"""One run of a case in the backend, where nothing stays: each call brings along what the run did before."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from agent.backend_client import BackendClient
from agent.tools.toolbox import TOOLS

_WRITES = frozenset(tool.name for tool in TOOLS.values() if tool.effect != "read")


class DryRun:
    """The steps of a run, and the calls that build on them."""

    def __init__(self, backend: BackendClient, token: str) -> None:
        self._backend = backend
        self._token = token
        self._run = str(uuid4())
        self._steps: list[dict[str, Any]] = []

    def said(self, answer: str, messages: Sequence[dict[str, Any]]) -> None:
        """The answer reached the customer, who wrote on: a new turn begins."""
        for place, message in enumerate(messages):
            told = {"message_id": message["id"], "message": str(message.get("body") or "")}
            self._steps.append({"answer": "" if place else answer, **told})

    async def call(self, tool: str, envelope: dict[str, Any]) -> dict[str, Any]:
        """The tool's answer after what the run did so far. Raises the backend client's errors."""
        step = {"tool": tool, "call": envelope}
        answer = await self._backend.rehearse(self._token, "tool", {**self._so_far(), **step})
        if tool in _WRITES:
            self._steps.append(step)
        return answer

    async def standing(self) -> dict[str, Any]:
        """{"proposals", "open", "state"}: what is open, and what the run has left behind so far."""
        return await self._backend.rehearse(self._token, "standing", self._so_far())

    def _so_far(self) -> dict[str, Any]:
        return {"run": self._run, "earlier": list(self._steps)}
