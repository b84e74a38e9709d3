"""Settings of the backend's processes, read once from the environment (and `.env`)."""

import hashlib
import hmac
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

APP_ROLE = "tendero_app"
QUEUE_ROLE = "tendero_queue"


class Settings(BaseSettings):
    """Every variable the backend reads. Fields without a prefix in their alias carry `TENDERO_`."""

    model_config = SettingsConfigDict(env_prefix="TENDERO_", env_file=".env", extra="ignore", populate_by_name=True)

    environment: Literal["development", "test", "production"] = "development"
    database_url: str = Field(alias="DATABASE_URL", description="The owner's libpq URL of the backend's database.")
    redis_url: str | None = Field(default=None, alias="REDIS_URL", description="Absent: slower bell, no rq workers.")
    secret_key: SecretStr = Field(description="At least 32 characters; signs tokens, derives role passwords.")
    data_dir: Path = Path(".tendero")
    public_url: str = Field(
        default="http://127.0.0.1:8000", description="Where providers reach us; Twilio signs exactly this URL."
    )
    host: str = "127.0.0.1"
    port: int = 8000
    twilio_base_url: str | None = Field(default=None, description="Another address for Twilio's REST API.")
    stripe_base_url: str | None = Field(default=None, description="Another address for Stripe's API.")
    agent_url: str = Field(default="http://127.0.0.1:8001", description="The agent's small HTTP door.")
    max_body_bytes: int = 1_048_576
    lease_seconds: float = 30.0
    first_lease_seconds: float = 5.0
    pool_size: int = 10

    @cached_property
    def service_token(self) -> str:
        """Bearer token with which the agent claims and renews work."""
        return self.derive("service-token")

    def derive(self, purpose: str) -> str:
        """A secret for one purpose, derived from the secret key: 64 hex characters."""
        key = self.secret_key.get_secret_value().encode()
        return hmac.new(key, purpose.encode(), hashlib.sha256).hexdigest()

    def role_url(self, role: str) -> str:
        """SQLAlchemy URL (asyncpg) of the backend's database for a login role made by the migrate step."""
        parts = urlsplit(self.database_url)
        address = parts.netloc.rpartition("@")[2]
        password = self.derive(f"role:{role}")
        return urlunsplit(parts._replace(scheme="postgresql+asyncpg", netloc=f"{quote(role)}:{password}@{address}"))


@lru_cache
def settings() -> Settings:
    """The settings of this process; a missing or malformed variable is reported by pydantic with its name."""
    return Settings()  # type: ignore[call-arg]  # filled from the environment
