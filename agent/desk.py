"""The world of one turn, as the brains see it: a `graphs.ports.Desk` over the models and the backend."""

import json
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from time import monotonic
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from agent import metrics
from agent.backend_client import BackendClient, NewerMessages
from agent.bundle import Budget, TurnBundle
from agent.crash import crash_point
from agent.media.reader import MediaReader
from agent.models import BudgetSpent, Models
from agent.prompt_library import PromptLibrary
from agent.reviewing import page
from agent.tools.toolbox import TurnTools
from agent.usage import Usage
from graphs.ports import Accepted, Desk, InboundMessage, ModelSilent, Newer, Reply, ToolDescription, ToolOutcome
from graphs.review import Question

SUMMARY_CHARACTERS = 1500
TOOL_CHARACTERS = 400
REVIEW = "observer"
"""The brain that reviews drafts; a reply can do without it."""
LEAST_PATIENCE_SECONDS = 2.0
"""For one more answer when the turn's patience is used up."""

CURRENT: ContextVar[Desk] = ContextVar("desk")


def current_desk(*_: object) -> Desk:
    """The desk of the turn that this task runs; LangGraph's nodes inherit it from the task that invoked the graph."""
    return CURRENT.get()


class Thinking:
    """The models of one turn, with the patience and the money that are left and the calls that were paid."""

    def __init__(
        self,
        models: Models,
        chain: Sequence[str],
        prompts: PromptLibrary,
        patience_seconds: float,
        budget: Budget,
        chains: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """`chains` by feature; what has none there asks `chain`."""
        self._models = models
        self._budget = budget
        self._chain = list(chain)
        self._chains = dict(chains or {})
        self._prompts = prompts
        self._gives_up_at = monotonic() + patience_seconds
        self.usage: list[Usage] = []
        self.budget_spent = False
        """A call was not made for that, without which there is no reply."""

    async def answer(
        self,
        messages: Sequence[BaseMessage],
        tools: Sequence[ToolDescription],
        feature: str = "vendor",
        *,
        most_seconds: float | None = None,
    ) -> AIMessage:
        """Raises ModelSilent, and BudgetSpent before a call that could not be paid any more."""
        patience = self._patience()
        if most_seconds is not None:
            patience = min(patience, most_seconds)
        try:
            answer, _ = await self._models.ask(
                self._chains.get(feature, self._chain),
                messages,
                tools,
                feature=feature,
                patience_seconds=patience,
                left_micros=self._left(),
                paid=self.usage.append,
            )
        except BudgetSpent:
            self.budget_spent = self.budget_spent or feature != REVIEW
            metrics.BUDGET_REFUSALS.inc()
            raise
        return answer

    async def review(self, business: str, question: Question) -> str:
        """The reviewer's words; raises ModelSilent after the seconds that the business gives it."""
        messages = page(self._prompts, business, question)
        return (await self.answer(messages, [], REVIEW, most_seconds=question.seconds)).text

    async def look(
        self, chain: Sequence[str], messages: Sequence[BaseMessage], patience_seconds: float
    ) -> tuple[AIMessage, Usage]:
        """One file, read by the first of these models that can. Raises as `answer`; that there was no money for a file
        is not what becomes of the turn."""
        try:
            return await self._models.ask(
                chain,
                messages,
                [],
                feature="media",
                patience_seconds=min(patience_seconds, self._patience()),
                left_micros=self._left(),
                paid=self.usage.append,
            )
        except BudgetSpent:
            metrics.BUDGET_REFUSALS.inc()
            raise

    def _left(self) -> int | None:
        left = self._budget.remaining_micros
        return None if left is None else left - sum(call.cost_micros for call in self.usage)

    def _patience(self) -> float:
        return max(self._gives_up_at - monotonic(), LEAST_PATIENCE_SECONDS)

    async def summary(self, business: str, messages: Sequence[BaseMessage], previous: str) -> str:
        """The running summary; if every model is silent, the old one with the last words of what left."""
        prompt = self._prompts.render(
            "vendor/summary", business_name=business, limit=SUMMARY_CHARACTERS, previous=previous or "(none)"
        )
        transcript = "\n".join(_line(message) for message in messages)
        try:
            answer = await self.answer([SystemMessage(prompt), HumanMessage(transcript)], [], "summary")
        except ModelSilent:
            return f"{previous}\n{transcript}"[-SUMMARY_CHARACTERS:]
        return answer.text[:SUMMARY_CHARACTERS]


class TurnDesk:
    """The desk of a leased turn."""

    def __init__(
        self, bundle: TurnBundle, backend: BackendClient, thinking: Thinking, tools: TurnTools, files: MediaReader
    ) -> None:
        self._bundle = bundle
        self._files = files
        self._backend = backend
        self._thinking = thinking
        self._tools = tools
        self._version = bundle.version
        self._seen = {message.id for message in bundle.messages}
        self.accepted = False
        """The backend has taken a reply: this turn must not be put back."""
        self._told = 0

    async def think(self, messages: Sequence[BaseMessage], tools: Sequence[ToolDescription]) -> AIMessage:
        return await self._thinking.answer(messages, tools)

    async def use(self, name: str, arguments: dict[str, Any], call_id: str) -> ToolOutcome:
        outcome = await self._tools.use(name, arguments)
        crash_point("turn.tool")
        return outcome

    async def deliver(self, reply: Reply) -> Accepted | Newer:
        """Idempotent for one attempt; a reply that was accepted stays so."""
        told = len(self._thinking.usage)
        try:
            await self._backend.reply(self._bundle.token, self._bundle.id, self._wire(reply))
        except NewerMessages as newer:
            self._version = newer.version
            fresh = [message for message in newer.messages if message.id not in self._seen]
            self._seen |= {message.id for message in fresh}
            self._tools.message_id = newer.messages[-1].id
            return Newer(messages=await self.read(fresh))
        self.accepted = True
        self._told = told
        crash_point("turn.replied")
        return Accepted()

    async def read(self, messages: Sequence[InboundMessage]) -> list[InboundMessage]:
        """The messages with what is in their files. Raises LeaseLost."""
        return await self._files.read(messages) if any(one.attachments for one in messages) else list(messages)

    async def summarise(self, messages: Sequence[BaseMessage], previous: str) -> str:
        return await self._thinking.summary(self._bundle.tenant.name, messages, previous)

    async def review(self, question: Question) -> str:
        return await self._thinking.review(self._bundle.tenant.name, question)

    async def settle(self) -> None:
        """Tells the ledger of the calls that no reply told of: those after it, and those of a turn without one.
        Whatever becomes of the turn, the provider is owed for them. Raises BackendError."""
        if untold := self._thinking.usage[self._told :]:
            await self._backend.spend(self._bundle.token, [call.model_dump(mode="json") for call in untold])
            self._told += len(untold)

    def _wire(self, reply: Reply) -> dict[str, Any]:
        return {
            "version": self._version,
            "text": reply.text,
            "outcome": reply.outcome,
            "language": reply.language,
            "claims": [claim.model_dump(mode="json") for claim in reply.verdict.claims],
            "evidence": [item.model_dump(mode="json") for item in reply.evidence],
            "tool_calls": reply.tool_calls,
            "rejected": reply.rejected,
            "trial": self._bundle.playbook.trial,
            "verdicts": reply.verdicts,
            "playbook_version": self._bundle.playbook.version,
            "usage": [usage.model_dump(mode="json") for usage in self._thinking.usage],
            "budget_spent": self._thinking.budget_spent,
        }


def _line(message: BaseMessage) -> str:
    """One line of what leaves the window; a tool's answer is cut, since only what was settled matters."""
    words = " ".join(message.text.split())
    if isinstance(message, ToolMessage):
        return f"tool {message.name or ''}: {words[:TOOL_CHARACTERS]}"
    if isinstance(message, AIMessage):
        calls = [f"{call['name']} {json.dumps(call['args'], ensure_ascii=False)}" for call in message.tool_calls]
        return " ".join(["we:", words, *calls])
    return f"customer: {words}"
