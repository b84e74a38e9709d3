"""What model calls cost: for the ledger afterwards, and estimated before."""

import json
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import structlog
import uuid_utils.compat
from langchain_core.messages import AIMessage, BaseMessage
from pydantic import BaseModel, ConfigDict, Field

from agent.model_names import ModelName
from graphs.ports import ToolDescription

log = structlog.get_logger()

Price = tuple[float, float]

PRICES_PER_MILLION: dict[str, Price] = {
    "gpt-5-nano": (0.05, 0.40),
    "gpt-5-mini": (0.25, 2.00),
    "gpt-5-pro": (15.00, 120.00),
    "gpt-5": (1.25, 10.00),
    "gpt-4.1-nano": (0.10, 0.40),
    "gpt-4.1-mini": (0.40, 1.60),
    "gpt-4.1": (2.00, 8.00),
    "gpt-4o-mini-transcribe": (3.00, 5.00),
    "gpt-4o-transcribe": (6.00, 10.00),
    "whisper-1": (3.00, 0.00),
    "gpt-4o-mini": (0.15, 0.60),
    "gpt-4o": (2.50, 10.00),
    "gemini-2.5-flash-lite": (0.10, 0.40),
    "gemini-2.5-flash": (0.30, 2.50),
    "gemini-2.5-pro": (1.25, 10.00),
    "claude-haiku-4-5": (1.00, 5.00),
    "claude-sonnet-4-5": (3.00, 15.00),
    "claude-opus-4-5": (5.00, 25.00),
}
"""USD for a million input and output tokens, by the beginning of the model's name, from the providers' price pages."""
ASSUMED: Price = (5.00, 25.00)
"""Of a paid provider's model that nobody gave a price: rather too dear in the ledger than spent without bound."""
PAID = frozenset({"openai", "google_genai", "anthropic"})
MOST_TOKENS = 100_000_000
"""What a server reports may be anything."""
CHARACTERS_PER_TOKEN = 3
"""Less than in English prose, about what es and pt and JSON come to: an estimate that is rather too dear."""
EXPECTED_OUTPUT_TOKENS = 500


class Usage(BaseModel):
    """One call in the ledger, once whatever tells it again; `cost_micros` are millionths of a US dollar."""

    model_config = ConfigDict(frozen=True)

    id: UUID = Field(default_factory=uuid_utils.compat.uuid7)
    provider: str
    model: str
    feature: str
    input_tokens: int
    output_tokens: int
    cost_micros: int


class Prices:
    """`given` prices of the installation, by the beginning of `provider:model` or of the model, then our own list. A
    model of a paid provider in neither costs `ASSUMED`, any other nothing."""

    def __init__(self, given: Mapping[str, Price]) -> None:
        self._given = dict(given)
        self._told: set[str] = set()

    def of(self, name: ModelName) -> Price:
        """USD for a million input and output tokens."""
        if name.provider == "offline":
            return (0.0, 0.0)
        known = _longest(self._given, name) or _longest(PRICES_PER_MILLION, name)
        if known is not None:
            return known
        self._tell(name)
        return ASSUMED if name.provider in PAID else (0.0, 0.0)

    def usage(self, message: AIMessage, name: ModelName, feature: str) -> Usage:
        """The ledger's line for one answer; tokens are what the provider reported."""
        reported = message.usage_metadata
        told = (reported["input_tokens"], reported["output_tokens"]) if reported else (0, 0)
        read, written = (min(max(tokens, 0), MOST_TOKENS) for tokens in told)
        return Usage(
            provider=name.provider,
            model=name.model,
            feature=feature,
            input_tokens=read,
            output_tokens=written,
            cost_micros=self.cost_micros(name, read, written),
        )

    def cost_micros(self, name: ModelName, input_tokens: int, output_tokens: int) -> int:
        """Dollars a million tokens are millionths of a dollar a token."""
        price_in, price_out = self.of(name)
        return round(input_tokens * price_in + output_tokens * price_out)

    def _tell(self, name: ModelName) -> None:
        if name.model not in self._told and len(self._told) < 100:
            self._told.add(name.model)
            log.warning("model.price_unknown", provider=name.provider, model=name.model)


def tokens_of(messages: Sequence[BaseMessage], tools: Iterable[ToolDescription]) -> int:
    """About how many tokens a provider will count for them."""
    spoken = sum(len(message.text) + len(json.dumps(getattr(message, "tool_calls", []))) for message in messages)
    offered = sum(len(tool.description) + len(json.dumps(tool.parameters)) for tool in tools)
    return (spoken + offered) // CHARACTERS_PER_TOKEN + sum(map(_tokens_of_files, messages))


def _tokens_of_files(message: BaseMessage) -> int:
    """By their bytes: a second of a voice note has 2 kB and 32 tokens, one of a video 100 kB and 300, an image or a
    page of paper about 1,500 whatever its size (ai.google.dev/gemini-api/docs/tokens)."""
    counted = 0
    for block in message.content if isinstance(message.content, list) else ():
        if isinstance(block, dict) and "base64" in block:
            size = len(str(block["base64"])) * 3 // 4
            counted += {"audio": size * 32 // 2_000, "video": size * 300 // 100_000}.get(str(block.get("type")), 1_500)
    return counted


def _longest(prices: Mapping[str, Price], name: ModelName) -> Price | None:
    fitting = {
        len(start.removeprefix(f"{name.provider}:")): price
        for start, price in prices.items()
        if name.model.startswith(start.removeprefix(f"{name.provider}:"))
    }
    return fitting[max(fitting)] if fitting else None
