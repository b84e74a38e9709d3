"""A desk whose model says what the test wrote, and whose tools answer what the test gave."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

from langchain_core.messages import AIMessage, BaseMessage

from graphs.evidence import Evidence
from graphs.ports import Accepted, InboundMessage, LeaseLost, ModelSilent, Newer, Reply, ToolDescription, ToolOutcome

Answer = AIMessage | str | Exception


def call(name: str, call_id: str | None = None, **arguments: Any) -> AIMessage:
    """An answer that calls one tool."""
    return AIMessage(
        "", tool_calls=[{"name": name, "args": arguments, "id": call_id or f"call-{uuid4()}", "type": "tool_call"}]
    )


def calls(*answers: AIMessage) -> AIMessage:
    """One answer with the calls of several."""
    return AIMessage("", tool_calls=[one for answer in answers for one in answer.tool_calls])


class ScriptedDesk:
    """`answers` are used up in order; an exception among them is raised. `tools` gives each tool's outcome."""

    def __init__(
        self,
        *answers: Answer,
        tools: dict[str, ToolOutcome | Callable[[dict[str, Any]], ToolOutcome]] | None = None,
        newer: Sequence[list[InboundMessage]] = (),
        lost: bool = False,
    ) -> None:
        self.answers = list(answers)
        self.tools = tools or {}
        self.newer = list(newer)
        self.lost = lost
        self.read: list[list[BaseMessage]] = []
        self.offered: list[list[str]] = []
        self.used: list[tuple[str, dict[str, Any]]] = []
        self.replies: list[Reply] = []
        self.summaries: list[int] = []

    async def think(self, messages: Sequence[BaseMessage], tools: Sequence[ToolDescription]) -> AIMessage:
        self.read.append(list(messages))
        self.offered.append([tool.name for tool in tools])
        answer = self.answers.pop(0) if self.answers else ModelSilent("the script is over")
        if isinstance(answer, Exception):
            raise answer
        return AIMessage(answer) if isinstance(answer, str) else answer

    async def use(self, name: str, arguments: dict[str, Any], call_id: str) -> ToolOutcome:
        self.used.append((name, arguments))
        outcome = self.tools.get(name, ToolOutcome(content="{}"))
        return outcome(arguments) if callable(outcome) else outcome

    async def deliver(self, reply: Reply) -> Accepted | Newer:
        if self.lost:
            raise LeaseLost("another holder has the turn")
        self.replies.append(reply)
        return Newer(messages=self.newer.pop(0)) if self.newer else Accepted()

    async def summarise(self, messages: Sequence[BaseMessage], previous: str) -> str:
        self.summaries.append(len(messages))
        return f"{previous}+{len(messages)}"

    @property
    def sent(self) -> Reply:
        """The reply that was accepted."""
        return self.replies[-1]


def brings(*evidence: Evidence, content: str = "{}", wrote: bool = False) -> ToolOutcome:
    """A tool that succeeds with this evidence."""
    return ToolOutcome(content=content, evidence=list(evidence), wrote=wrote)
