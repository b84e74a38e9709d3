"""Settings of the agent's processes, read once from the environment (and `.env`)."""

import os
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, NonNegativeFloat, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from agent.model_names import names_in

ROOT = Path(__file__).resolve().parent.parent
ENV_FILE = os.environ.get("TENDERO_ENV_FILE", ".env")


class Settings(BaseSettings):
    """Every variable the agent reads. Fields without a prefix in their alias carry `TENDERO_`."""

    model_config = SettingsConfigDict(env_prefix="TENDERO_", env_file=ENV_FILE, extra="ignore", populate_by_name=True)

    backend_url: str = Field(default="http://127.0.0.1:8000", description="Where the backend's internal API listens.")
    service_token: SecretStr = Field(description="Opens the service routes of the backend, and our own search door.")
    database_url: SecretStr = Field(alias="AGENT_DATABASE_URL", description="libpq URL of the agent's own database.")
    host: str = "127.0.0.1"
    port: int = Field(default=8001, description="0 takes a free one.")

    model: str | None = Field(
        default=None,
        description="Chain of models, the first is asked first: `openai:gpt-5-mini,anthropic:claude-haiku-4-5`. "
        "Without it: those whose key is set, else `offline`.",
    )
    summary_model: str | None = Field(default=None, description="Chain for summaries; without it the first one.")
    assist_model: str | None = Field(default=None, description="Chain for help that a person asks for.")
    observer_model: str | None = Field(default=None, description="Chain for a model's review of drafts.")
    refiner_model: str | None = Field(default=None, description="Chain for lessons.")
    media_model: str | None = Field(
        default=None,
        description="Chain for voice notes, images, videos and PDF; without it what can read them of the first one.",
    )
    media_seconds: float = Field(default=15.0, description="How long a turn waits for its files to be read.")
    reasoning_effort: Literal["minimal", "low", "medium", "high"] = Field(
        default="low", description="Of GPT-5 and later where the chain names none: `openai:gpt-5?effort=high`."
    )
    model_prices: dict[str, tuple[NonNegativeFloat, NonNegativeFloat]] = Field(
        default={},
        description="USD for a million input and output tokens by the beginning of the name, as JSON: "
        '{"compatible:qwen3": [0.2, 0.6]}. A compatible model without a price counts as free, any other as dear.',
    )
    compatible_urls: list[str] = Field(
        default=[],
        description="Base addresses of `compatible:` models that businesses may name, besides those of the chains "
        'above, as JSON: ["https://llm.example/v1"].',
    )
    model_seconds: float = Field(default=18.0, description="How long one model may take for one answer.")
    model_pause_seconds: float = Field(
        default=0.25, description="Before a model that failed is asked again; twice as long before the third time."
    )
    model_patience_seconds: float = Field(
        default=36.0, description="How long a turn waits for models in vain before it answers honestly without one."
    )
    embedder: str = Field(
        default="offline",
        description="`offline`, `openai:text-embedding-3-small`, `google_genai:gemini-embedding-001` or "
        "`compatible:<model>@<base url>`, each with `?dimensions=512`. Another one builds its vectors beside the old.",
    )
    embedder_seconds: float = Field(default=1.5, description="How long a search waits for the vector of its query.")
    search_lag_seconds: float = Field(
        default=0.1, description="How long searches take a shelf for unchanged once they have looked; 0 looks anew."
    )
    vector_build_memory: str = Field(
        default="256MB",
        description="Of Postgres while it indexes a large shelf's vectors (maintenance_work_mem).",
    )
    redis_url: SecretStr | None = Field(
        default=None, alias="REDIS_URL", description="Keeps vectors of queries for a week; absent: each is asked for."
    )
    openai_api_key: SecretStr | None = Field(default=None, alias="OPENAI_API_KEY")
    google_api_key: SecretStr | None = Field(default=None, alias="GOOGLE_API_KEY")
    anthropic_api_key: SecretStr | None = Field(default=None, alias="ANTHROPIC_API_KEY")
    compatible_api_key: SecretStr | None = Field(default=None, description="Of a `compatible:` address, if it has one.")
    openai_base_url: str | None = Field(default=None, alias="OPENAI_BASE_URL")
    google_base_url: str | None = Field(default=None, description="Another address for Gemini's API.")
    anthropic_base_url: str | None = Field(default=None, alias="ANTHROPIC_BASE_URL")

    turns_at_once: int = Field(default=512, description="Turns in flight in one process; nearly all wait for models.")
    replays_at_once: int = Field(default=2, description="Replays of playbooks played at once in one process.")
    assists_at_once: int = Field(default=16, description="Help for persons in the making in one process.")
    claim_seconds: float = Field(default=20.0, description="How long one claim waits for work.")
    renew_seconds: float = Field(default=10.0, description="Machine time between renewals; a lease lasts 30 s.")
    reflect_seconds: float = Field(default=2.0, description="Rest between claims of finished turns to think over.")
    tool_seconds: float = 10.0
    drain_seconds: float = Field(default=7.0, description="SIGTERM: how long turns may take to end by themselves.")
    pool_size: int = Field(default=10, description="Connections to the agent's database.")
    feed_seconds: float = Field(default=1.0, description="How often the catalog's changes are asked for when idle.")
    prompts_dir: Path = ROOT / "prompts"

    @field_validator(
        "model",
        "openai_api_key",
        "google_api_key",
        "anthropic_api_key",
        "compatible_api_key",
        "openai_base_url",
        "google_base_url",
        "anthropic_base_url",
        "summary_model",
        "assist_model",
        "observer_model",
        "refiner_model",
        "media_model",
        "redis_url",
        mode="before",
    )
    @classmethod
    def _empty_is_unset(cls, given: object) -> object:
        """A line `OPENAI_API_KEY=` of a `.env`, or of a container's environment, is no key."""
        return given or None

    @property
    def model_chain(self) -> list[str]:
        """Models in the order they are asked, as `provider:model`."""
        if self.model:
            return names_in(self.model)
        keys = {
            "openai:gpt-5-mini": self.openai_api_key,
            "google_genai:gemini-2.5-flash": self.google_api_key,
            "anthropic:claude-haiku-4-5": self.anthropic_api_key,
        }
        return [name for name, key in keys.items() if key is not None] or ["offline"]

    @property
    def brain_chains(self) -> dict[str, list[str]]:
        """The chains of the brains that have one of their own."""
        given = {
            "summary": self.summary_model,
            "assist": self.assist_model,
            "observer": self.observer_model,
            "refiner": self.refiner_model,
            "media": self.media_model,
        }
        return {brain: names_in(chain) for brain, chain in given.items() if chain}


@lru_cache
def settings() -> Settings:
    """The settings of this process; a missing or malformed variable is reported by pydantic with its name."""
    return Settings()
