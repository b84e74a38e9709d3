"""What model calls cost, for the ledger."""

from langchain_core.messages import AIMessage
from pydantic import BaseModel, ConfigDict

PRICES_PER_MILLION = {
    "gpt-5-nano": (0.05, 0.40),
    "gpt-5-mini": (0.25, 2.00),
    "gpt-5": (1.25, 10.00),
    "gpt-4.1-mini": (0.40, 1.60),
    "gpt-4.1": (2.00, 8.00),
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


class Usage(BaseModel):
    """One call in the ledger; `cost_micros` are millionths of a US dollar, 0 if the price is not known."""

    model_config = ConfigDict(frozen=True)

    provider: str
    model: str
    feature: str
    input_tokens: int
    output_tokens: int
    cost_micros: int


def usage_of(message: AIMessage, provider: str, model: str, feature: str) -> Usage:
    """The ledger's line for one answer; tokens are what the provider reported."""
    reported = message.usage_metadata
    read, written = (reported["input_tokens"], reported["output_tokens"]) if reported else (0, 0)
    return Usage(
        provider=provider,
        model=model,
        feature=feature,
        input_tokens=read,
        output_tokens=written,
        cost_micros=cost_micros(model, read, written),
    )


def cost_micros(model: str, input_tokens: int, output_tokens: int) -> int:
    """Dollars a million tokens are millionths of a dollar a token."""
    known = [name for name in PRICES_PER_MILLION if model.startswith(name)]
    if not known:
        return 0
    price_in, price_out = PRICES_PER_MILLION[max(known, key=len)]
    return round(input_tokens * price_in + output_tokens * price_out)
