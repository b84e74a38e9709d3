"""One client per model name. A provider's package is imported when its first model is asked, never before: together
they cost seconds and 170 MB. No client tries again by itself: `agent.models` does, and counts it."""

from collections.abc import Callable
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage

from agent.media.readable import transcribes
from agent.model_names import ModelName, UnknownModel
from agent.settings import Settings
from graphs.ports import ToolDescription

CONNECT_SECONDS = 5.0
THINKING_TOKENS = {"minimal": 512, "low": 1_024, "medium": 8_192, "high": 24_576}
"""Of Gemini 2.5, which counts tokens where others name an effort (ai.google.dev/gemini-api/docs/openai)."""


def build(name: ModelName, settings: Settings) -> BaseChatModel:
    """Raises UnknownModel if its key is missing."""
    return BUILDERS[name.provider](name, settings)


async def close(name: ModelName, client: Any) -> None:
    """Closes the connections of what `build` made."""
    match name.provider:
        case "openai" | "compatible":
            await client.http_async_client.aclose()
        case "google_genai":
            await client.client.aio.aclose()
        case "anthropic":
            await client._async_client.close()


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


def wire(tool: ToolDescription) -> dict[str, Any]:
    """A tool as every package takes it."""
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
        own = {"use_responses_api": name.reasons, "store": False, "stream_usage": True}
    if name.reasons:
        own["reasoning"] = {"effort": name.effort or settings.reasoning_effort}
    elif name.effort:
        own["reasoning_effort"] = name.effort
    # The openai package speaks through httpx2 of its own; given these it speaks httpx, as everything else here.
    timeout = httpx.Timeout(settings.model_seconds, connect=CONNECT_SECONDS)
    client = ChatOpenAI(
        model=name.model,
        api_key=key.get_secret_value() if key else "none",
        base_url=base_url,
        timeout=settings.model_seconds,
        max_retries=0,
        http_client=httpx.Client(timeout=timeout),
        http_async_client=httpx.AsyncClient(
            timeout=timeout, limits=httpx.Limits(max_connections=settings.turns_at_once)
        ),
        **own,
    )
    if not transcribes(name):
        return client
    from agent.media.transcriber import Transcriber

    return Transcriber(client=client, model_name=name.model)


def _google(name: ModelName, settings: Settings) -> BaseChatModel:
    from langchain_google_genai import ChatGoogleGenerativeAI

    if settings.google_api_key is None:
        raise UnknownModel("GOOGLE_API_KEY is not set")
    own: dict[str, Any] = {}
    if name.effort and name.model.startswith("gemini-2"):
        own["thinking_budget"] = THINKING_TOKENS[name.effort]
    elif name.effort:
        own["thinking_level"] = name.effort
    return ChatGoogleGenerativeAI(
        model=name.model,
        google_api_key=settings.google_api_key.get_secret_value(),
        base_url=settings.google_base_url,
        timeout=settings.model_seconds,
        max_retries=1,  # so many tries, of which 0 would mean five
        **own,
    )


def _anthropic(name: ModelName, settings: Settings) -> BaseChatModel:
    from langchain_anthropic import ChatAnthropic

    if settings.anthropic_api_key is None:
        raise UnknownModel("ANTHROPIC_API_KEY is not set")
    own: dict[str, Any] = {}
    if settings.anthropic_base_url:
        own["base_url"] = settings.anthropic_base_url
    if name.effort:
        own["effort"] = "low" if name.effort == "minimal" else name.effort
    return ChatAnthropic(
        model=name.model,
        anthropic_api_key=settings.anthropic_api_key,
        timeout=settings.model_seconds,
        max_retries=0,
        **own,
    )


BUILDERS: dict[str, Callable[[ModelName, Settings], BaseChatModel]] = {
    "offline": _offline,
    "openai": _openai,
    "google_genai": _google,
    "anthropic": _anthropic,
    "compatible": _openai,
}
