"""What model calls cost, as the agent reports it with a reply."""

from pydantic import BaseModel, Field


class UsageIn(BaseModel):
    """One model call. `cost_micros` is millionths of a US dollar."""

    provider: str = Field(max_length=100)
    model: str = Field(max_length=200)
    feature: str = Field(max_length=50)
    input_tokens: int = Field(default=0, ge=0)
    output_tokens: int = Field(default=0, ge=0)
    cost_micros: int = Field(default=0, ge=0)
