"""Preview turns: a real conversation's bundle, thought through for real, with nothing sent and nothing written.

The backend runs a preview's tools in transactions that it rolls back. What cannot be rolled back, because it reaches
a provider, is answered here.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

import structlog
from langchain_core.messages import AIMessage, BaseMessage
from pydantic import BaseModel, Field

from agent.backend_client import BackendClient, BackendError
from agent.bundle import TurnBundle
from agent.desk import Thinking
from agent.media.reader import MediaReader
from agent.model_choice import chains_of
from agent.models import Models
from agent.prompt_library import PromptLibrary
from agent.search.asking import SearchDoor
from agent.settings import Settings
from agent.tools.toolbox import TurnTools
from agent.turn import ToolsOfTurn, turn_context
from agent.usage import Usage
from graphs.ports import Accepted, Reply, ToolDescription, ToolOutcome, TurnContext
from graphs.review import Question

log = structlog.get_logger()

REACHES_A_PROVIDER = {"send_payment_link"}


class PreviewContext(BaseModel):
    """What a person may set for a preview turn; everything else comes from the conversation's bundle."""

    conversation_id: str = Field(
        default="",
        description="Id of a real conversation (GET /v1/conversations). Empty: the id of the thread that is open.",
    )
    prompt: str = Field(default="", description="The vendor's whole system prompt instead of the assembled one.")
    models: str = Field(
        default="", description="Chain of models instead of the tenant's: `openai:gpt-5-mini,offline`, or `offline`."
    )
    now: datetime | None = Field(default=None, description="Another moment (ISO 8601 with offset) instead of now.")
    max_tool_rounds: int = Field(default=8, ge=1, le=20, description="Rounds of tool calls before it must answer.")


class SandboxedTools(ToolsOfTurn):
    """The backend's tools behind a preview token: it rolls back whatever they write."""

    async def call(self, tool: str, envelope: dict[str, Any]) -> dict[str, Any]:
        if tool in REACHES_A_PROVIDER:
            codes = {key: value for key, value in envelope["arguments"].items() if key.endswith("_code")}
            return {"result": {"status": "preview", **codes, "note": "A link is made when live."}}
        return await super().call(tool, envelope)


class PreviewDesk:
    """Thinks and reads like a live desk; what it delivers goes nowhere."""

    feature = "preview"
    """Under which its calls are in the ledger."""

    def __init__(
        self, bundle: TurnBundle, thinking: Thinking, tools: TurnTools, ledger: BackendClient | None = None
    ) -> None:
        """Tells `ledger` of each call at once, as nobody says when a preview ends; without one, its maker tells."""
        self._ledger = ledger
        self._told = 0
        self.bundle = bundle
        self._thinking = thinking
        self._tools = tools
        self.delivered: list[Reply] = []

    @property
    def usage(self) -> list[Usage]:
        """The calls that were paid."""
        return self._thinking.usage

    @property
    def budget_spent(self) -> bool:
        """What was delivered is no model's."""
        return self._thinking.budget_spent

    async def think(self, messages: Sequence[BaseMessage], tools: Sequence[ToolDescription]) -> AIMessage:
        try:
            return await self._thinking.answer(messages, tools)
        finally:
            await self._settle()

    async def use(self, name: str, arguments: dict[str, Any], call_id: str) -> ToolOutcome:
        return await self._tools.use(name, arguments)

    async def deliver(self, reply: Reply) -> Accepted:
        """Sends nothing."""
        self.delivered.append(reply)
        return Accepted()

    async def summarise(self, messages: Sequence[BaseMessage], previous: str) -> str:
        try:
            return await self._thinking.summary(self.bundle.tenant.name, messages, previous)
        finally:
            await self._settle()

    async def review(self, question: Question) -> str:
        try:
            return await self._thinking.review(self.bundle.tenant.name, question)
        finally:
            await self._settle()

    async def _settle(self) -> None:
        untold = [call.model_copy(update={"feature": self.feature}) for call in self.usage[self._told :]]
        if self._ledger is None or not untold:
            return
        try:
            await self._ledger.spend(self.bundle.token, [call.model_dump(mode="json") for call in untold])
            self._told += len(untold)
        except BackendError as error:
            log.warning("usage.untold", error=type(error).__name__)


class Previews:
    """Makes preview turns."""

    def __init__(
        self,
        backend: BackendClient,
        models: Models,
        prompts: PromptLibrary,
        shelves: SearchDoor,
        settings: Settings,
    ) -> None:
        self._backend = backend
        self._models = models
        self._prompts = prompts
        self._shelves = shelves
        self._settings = settings

    async def begin(
        self,
        asked: PreviewContext,
        *,
        unanswered: Sequence[dict[str, Any]] | None = None,
        before: Sequence[dict[str, Any]] | None = None,
        tells_ledger: bool = True,
    ) -> tuple[TurnContext, PreviewDesk]:
        """The context and the desk of one preview; `unanswered` and `before` stand in for the bundle's `messages` and
        `missed`. With `tells_ledger` false the caller tells what it cost. Raises Refused if there is no such
        conversation."""
        wire = await self._backend.preview(asked.conversation_id)
        if unanswered is not None:
            wire = {**wire, "messages": list(unanswered), "missed": list(before or ())}
        bundle = TurnBundle.read(wire)
        tools = TurnTools(
            SandboxedTools(self._backend, bundle.token),
            self._shelves,
            tenant_id=bundle.tenant.id,
            currency=bundle.tenant.currency,
            offered=bundle.tools,
            seconds=self._settings.tool_seconds,
            outside=bundle.tenant_tools,
        )
        tools.message_id = bundle.messages[-1].id if bundle.messages else None
        named = [name.strip() for name in asked.models.split(",") if name.strip()]
        chains = {} if named else chains_of(bundle.tenant.models, self._settings)
        thinking = Thinking(
            self._models,
            named or chains["vendor"],
            self._prompts,
            self._settings.model_patience_seconds,
            bundle.budget,
            chains,
        )
        if any(message.attachments for message in bundle.messages):
            files = MediaReader(
                self._backend,
                self._prompts,
                thinking,
                chains_of(bundle.tenant.models, self._settings)["media"],
                token=bundle.token,
                locale=bundle.tenant.locale,
                seconds=self._settings.media_seconds,
            )
            bundle = bundle.model_copy(update={"messages": await files.read(bundle.messages)})
        context = turn_context(bundle, self._prompts)
        changes: dict[str, Any] = {"turn_id": f"preview-{uuid4()}", "max_tool_rounds": asked.max_tool_rounds}
        if asked.prompt:
            changes["prompt"] = asked.prompt
        if asked.now is not None:
            changes["now"] = asked.now
        ledger = self._backend if tells_ledger else None
        return context.model_copy(update=changes), PreviewDesk(bundle, thinking, tools, ledger)
