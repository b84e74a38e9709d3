"""A model that writes down what is said: OpenAI's audio/transcriptions (platform.openai.com/docs/api-reference/audio),
asked as any other model of a chain, so that tries, breakers, budget and ledger hold for it too."""

import base64
from collections.abc import Sequence
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatResult

_SUFFIXES = {"audio/ogg": "ogg", "audio/mpeg": "mp3", "audio/mp4": "m4a", "audio/wav": "wav", "audio/webm": "webm"}
NOTHING = "(nothing)"
"""What is written down of silence."""
_TOKENS_A_SECOND = 33
"""A model that counts seconds (whisper-1) costs 100 micros each: at its price of three dollars for a million, so many
tokens."""


class Transcriber(BaseChatModel):
    """Takes the last message's audio block; the answer is its words."""

    client: Any
    """A `ChatOpenAI`, whose connections and key it uses."""
    model_name: str

    @property
    def _llm_type(self) -> str:
        return "openai-transcriptions"

    @property
    def http_async_client(self) -> Any:
        """For whoever closes it."""
        return self.client.http_async_client

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        content, kind = _sound(messages)
        name = f"voice.{_SUFFIXES.get(kind, kind.rpartition('/')[2])}"
        heard = await self.client.root_async_client.audio.transcriptions.create(
            file=(name, content, kind), model=self.model_name, response_format="json"
        )
        words = str(getattr(heard, "text", "") or "").strip()
        message = AIMessage(words or NOTHING, usage_metadata=_counted(getattr(heard, "usage", None)))
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        raise NotImplementedError("A transcriber has no synchronous call: use `await model.ainvoke(...)`.")


def _sound(messages: Sequence[BaseMessage]) -> tuple[bytes, str]:
    blocks = messages[-1].content if messages else []
    for block in blocks if isinstance(blocks, list) else []:
        if isinstance(block, dict) and block.get("type") == "audio":
            return base64.b64decode(block["base64"]), str(block["mime_type"])
    raise ValueError("there is nothing to hear")


def _counted(usage: Any) -> UsageMetadata:
    read = int(getattr(usage, "input_tokens", 0) or 0)
    if not read:
        read = round(float(getattr(usage, "seconds", 0) or 0) * _TOKENS_A_SECOND)
    written = int(getattr(usage, "output_tokens", 0) or 0)
    return UsageMetadata(input_tokens=read, output_tokens=written, total_tokens=read + written)
