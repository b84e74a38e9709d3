"""Chat models by name, and a chain of them that one call goes down until somebody answers.

A name is `provider:model`: `openai:gpt-5-mini`, `google_genai:gemini-2.5-flash`, `anthropic:claude-haiku-4-5`,
`compatible:<model>@<base url>` for any OpenAI-compatible URL, or `offline`. A provider's package is imported when its
first model is asked, never before: together they cost seconds and 170 MB.
"""

import asyncio
import re
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage

from agent import metrics
from agent.settings import Settings
from agent.usage import Usage, usage_of
from graphs.ports import ModelSilent, ToolDescription

log = structlog.get_logger()

RESTING_SECONDS = 30.0
RESPONSES_API = re.compile(r"gpt-([5-9]|\d\d)(?!.*chat)")
"""GPT-5 and later reason, and do so best through the Responses API."""


class UnknownModel(ValueError):
    """The name is not one of ours, or its key is missing."""


@dataclass(frozen=True)
class ModelName:
    """A parsed name."""

    provider: str
    model: str
    base_url: str | None = None

    @classmethod
    def parse(cls, name: str) -> "ModelName":
        """Raises UnknownModel."""
        provider, _, model = name.partition(":")
        if provider == "offline":
            return cls("offline", "offline")
        if provider not in PROVIDERS or not model:
            raise UnknownModel(f"{name!r} is not provider:model; providers are {', '.join(PROVIDERS)}")
        if provider == "compatible":
            model, _, base_url = model.partition("@")
            if not base_url:
                raise UnknownModel(f"{name!r} names no address: compatible:<model>@<base url>")
            return cls(provider, model, base_url)
        return cls(provider, model)


class Models:
    """Builds models on first use and asks them in order."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._built: dict[str, BaseChatModel] = {}
        self._building = asyncio.Lock()
        self._resting: dict[str, float] = {}

    async def ask(
        self,
        chain: Sequence[str],
        messages: Sequence[BaseMessage],
        tools: Sequence[ToolDescription],
        *,
        feature: str,
        patience_seconds: float,
    ) -> tuple[AIMessage, Usage]:
        """The first usable answer. A model that failed rests a while, so that others need not wait for it too. When the
        chain has ended in vain, those that failed without hanging are asked once more: most hiccups last a moment.

        Raises ModelSilent when nobody of the chain answered, or after `patience_seconds`.
        """
        deadline = time.monotonic() + patience_seconds
        left, asked_again = deque(self._awake(chain)), set[str]()

        def once_more(name: str) -> None:
            if name not in asked_again:
                asked_again.add(name)
                left.append(name)

        while left:
            name = left.popleft()
            seconds = min(self._settings.model_seconds, deadline - time.monotonic())
            if seconds <= 0:
                break
            started = time.monotonic()
            try:
                model = await self._model(name)
                async with asyncio.timeout(seconds):
                    bound = model.bind_tools([_wire(tool) for tool in tools]) if tools else model
                    answer = plain(await bound.ainvoke(list(messages)), keep_extras=name.startswith("google_genai"))
            except Exception as error:
                log.warning("model.failed", model=name, error=type(error).__name__)
                metrics.MODEL_FAILURES.labels(name).inc()
                self._resting[name] = time.monotonic() + RESTING_SECONDS
                if not isinstance(error, TimeoutError | UnknownModel):
                    once_more(name)
                continue
            if not (answer.text.strip() or answer.tool_calls or answer.invalid_tool_calls):
                log.warning("model.said_nothing", model=name)
                metrics.MODEL_FAILURES.labels(name).inc()
                once_more(name)
                continue
            self._resting.pop(name, None)
            parsed = ModelName.parse(name)
            usage = usage_of(answer, parsed.provider, parsed.model, feature)
            metrics.MODEL_SECONDS.labels(name).observe(time.monotonic() - started)
            return answer, usage
        raise ModelSilent

    def _awake(self, chain: Sequence[str]) -> list[str]:
        now = time.monotonic()
        awake = [name for name in chain if self._resting.get(name, 0.0) <= now]
        return awake or list(chain)

    async def _model(self, name: str) -> BaseChatModel:
        if name not in self._built:
            async with self._building:
                if name not in self._built:
                    parsed = ModelName.parse(name)
                    build = PROVIDERS[parsed.provider]
                    self._built[name] = await asyncio.to_thread(build, parsed, self._settings)
        return self._built[name]


def plain(message: AIMessage, *, keep_extras: bool = False) -> AIMessage:
    """Text and tool calls only: small in a checkpoint, and readable for every other provider of the chain.

    Gemini wants its thought signatures back, which live in `additional_kwargs`.
    """
    return AIMessage(
        content=message.text,
        tool_calls=message.tool_calls,
        invalid_tool_calls=message.invalid_tool_calls,
        id=message.id,
        usage_metadata=message.usage_metadata,
        additional_kwargs=message.additional_kwargs if keep_extras else {},
    )


def _wire(tool: ToolDescription) -> dict[str, Any]:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", "function": function}


def _offline(name: ModelName, settings: Settings) -> BaseChatModel:
    from agent.offline_model import OfflineModel

    return OfflineModel()


def _openai(name: ModelName, settings: Settings) -> BaseChatModel:
    import httpx
    from langchain_openai import ChatOpenAI

    own: dict[str, Any] = {}
    if name.provider == "compatible":
        key, base_url = settings.compatible_api_key, name.base_url
    else:
        key, base_url = settings.openai_api_key, settings.openai_base_url
        if key is None:
            raise UnknownModel("OPENAI_API_KEY is not set")
        reasons = RESPONSES_API.match(name.model) is not None
        own = {"use_responses_api": reasons, "store": False}
        if reasons:
            own["reasoning"] = {"effort": settings.reasoning_effort}
    # The openai package speaks through httpx2 of its own; given these it speaks httpx, as everything else here.
    timeout = httpx.Timeout(settings.model_seconds, connect=5.0)
    return ChatOpenAI(
        model=name.model,
        api_key=key.get_secret_value() if key else "none",
        base_url=base_url,
        timeout=settings.model_seconds,
        max_retries=1,
        http_client=httpx.Client(timeout=timeout),
        http_async_client=httpx.AsyncClient(
            timeout=timeout, limits=httpx.Limits(max_connections=settings.turns_at_once)
        ),
        **own,
    )


def _google(name: ModelName, settings: Settings) -> BaseChatModel:
    from langchain_google_genai import ChatGoogleGenerativeAI

    if settings.google_api_key is None:
        raise UnknownModel("GOOGLE_API_KEY is not set")
    return ChatGoogleGenerativeAI(
        model=name.model,
        google_api_key=settings.google_api_key.get_secret_value(),
        timeout=settings.model_seconds,
        max_retries=2,
    )


def _anthropic(name: ModelName, settings: Settings) -> BaseChatModel:
    from langchain_anthropic import ChatAnthropic

    if settings.anthropic_api_key is None:
        raise UnknownModel("ANTHROPIC_API_KEY is not set")
    return ChatAnthropic(
        model=name.model,
        anthropic_api_key=settings.anthropic_api_key,
        timeout=settings.model_seconds,
        max_retries=1,
    )


PROVIDERS: dict[str, Callable[[ModelName, Settings], BaseChatModel]] = {
    "offline": _offline,
    "openai": _openai,
    "google_genai": _google,
    "anthropic": _anthropic,
    "compatible": _openai,
}
