"""The offline model: a chat model without a language model behind it, for running with no key and no network.

It follows phrase tables and rules (`agent/offline`), calls tools through the same interface as any model, and says what
it is in its first greeting. It reads nothing but its messages; the same messages give the same answer.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage, SystemMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from agent.offline import assist, facts
from agent.offline.policy import decide
from agent.offline.review import PASSES, is_review_prompt
from agent.offline.summary import is_summary_prompt, summarise

NAME = "offline-rules"


class OfflineModel(BaseChatModel):
    """`bind_tools` tells it which tools it may call; without tools it only speaks."""

    model_name: str = NAME

    @property
    def _llm_type(self) -> str:
        return NAME

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Keeps the tools' names; the rules know their arguments."""
        return self.bind(tools=[_name(tool) for tool in tools], **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        *,
        tools: Sequence[str] = (),
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=answer(messages, tools))])

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        *,
        tools: Sequence[str] = (),
        **kwargs: Any,
    ) -> ChatResult:
        return self._generate(messages, tools=tools)


def answer(messages: Sequence[BaseMessage], tools: Sequence[str]) -> AIMessage:
    """One answer, with words or with one tool call."""
    page = str(messages[0].text) if messages and isinstance(messages[0], SystemMessage) else ""
    usage = UsageMetadata(input_tokens=0, output_tokens=0, total_tokens=0)
    if is_summary_prompt(page):
        transcript = "\n".join(str(message.text) for message in messages[1:])
        return AIMessage(summarise(page, transcript), usage_metadata=usage)
    if facts.is_facts_prompt(page):
        return AIMessage(facts.NOTHING, usage_metadata=usage)
    if assist.is_message_prompt(page):
        return AIMessage(assist.of_message(str(messages[-1].text)), usage_metadata=usage)
    if is_review_prompt(page):
        return AIMessage(PASSES, usage_metadata=usage)
    if assist.is_intent_prompt(page) or assist.is_takeover_prompt(page):
        transcript = "\n".join(str(message.text) for message in messages[1:])
        made = assist.intent(transcript) if assist.is_intent_prompt(page) else assist.takeover(page, transcript)
        return AIMessage(made, usage_metadata=usage)
    move = decide(messages, tools)
    if not move.tool:
        return AIMessage(move.text, usage_metadata=usage)
    call = {"name": move.tool, "args": move.arguments or {}, "id": _call_id(messages, move.tool, move.arguments or {})}
    return AIMessage("", tool_calls=[call], usage_metadata=usage)


def _call_id(messages: Sequence[BaseMessage], tool: str, arguments: dict[str, Any]) -> str:
    """Unique in its thread and the same whenever the same thread is answered again."""
    told = json.dumps([len(messages), tool, arguments, *(str(message.text) for message in messages[-3:])], default=str)
    return f"call_{hashlib.sha256(told.encode()).hexdigest()[:24]}"


def _name(tool: dict[str, Any] | type | Callable[..., Any] | BaseTool) -> str:
    if isinstance(tool, dict) and "name" in tool:
        return str(tool["name"])
    return str(convert_to_openai_tool(tool)["function"]["name"])
