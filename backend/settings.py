"""Settings of the backend's processes, read once from the environment (and `.env`)."""

import contextlib
import hashlib
import hmac
import os
import secrets
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal, Self
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

APP_ROLE = "tendero_app"
QUEUE_ROLE = "tendero_queue"
PEOPLE_ROLE = "tendero_people"
ROLES = (APP_ROLE, QUEUE_ROLE, PEOPLE_ROLE)
ENV_FILE = os.environ.get("TENDERO_ENV_FILE", ".env")


class Settings(BaseSettings):
    """Every variable the backend reads. Fields without a prefix in their alias carry `TENDERO_`."""

    model_config = SettingsConfigDict(env_prefix="TENDERO_", env_file=ENV_FILE, extra="ignore", populate_by_name=True)

    environment: Literal["development", "test", "production"] = "development"
    database_url: str = Field(alias="DATABASE_URL", description="The owner's libpq URL of the backend's database.")
    agent_database_url: str = Field(
        default="", alias="AGENT_DATABASE_URL", description="Default: the same server, the database's name + _agent."
    )
    redis_url: str | None = Field(default=None, alias="REDIS_URL", description="Absent: slower bell, no rq workers.")
    secret_key: SecretStr = Field(
        default=SecretStr(""),
        description="At least 32 characters; signs tokens, seals columns, derives role passwords. "
        "In development one is made once in the data folder.",
    )
    old_secret_keys: tuple[SecretStr, ...] = Field(
        default=(), description='Former secret keys as JSON, until `python -m backend rotate-keys` is done: ["..."].'
    )
    data_dir: Path = Path(".tendero")
    public_url: str = Field(
        default="http://127.0.0.1:8000", description="Where providers reach us; Twilio signs exactly this URL."
    )
    host: str = "127.0.0.1"
    port: int = 8000
    twilio_base_url: str | None = Field(default=None, description="Another address for Twilio's REST API.")
    stripe_base_url: str | None = Field(default=None, description="Another address for Stripe's API.")
    mercadopago_base_url: str | None = Field(default=None, description="Another address for Mercado Pago's API.")
    given_service_token: SecretStr | None = Field(
        default=None, alias="TENDERO_SERVICE_TOKEN", description="Shared with the agent; default: from the secret key."
    )
    metrics_token: SecretStr | None = Field(
        default=None, description="Scrapers of /metrics name it as bearer token; absent: keep that address to yourself."
    )
    agent_url: str = Field(default="http://127.0.0.1:8001", description="The agent's small HTTP door.")
    max_body_bytes: int = 1_048_576
    files_url: str = Field(
        default="",
        description="Where files lie: s3://bucket/prefix?endpoint=https://...&region=...; absent: in the data folder.",
    )
    files_key_id: SecretStr | None = Field(default=None, description="Access key id of that bucket.")
    files_secret: SecretStr | None = Field(default=None, description="Its secret access key.")
    files_most_bytes: int = Field(default=200 * 1024 * 1024, ge=1, description="Of one file.")
    files_tenant_bytes: int = Field(default=5 * 1024**3, ge=1, description="Of all files of one business.")
    cors_origins: tuple[str, ...] = Field(
        default=(), description='Origins whose pages may call the API, as JSON: ["https://panel.example"].'
    )
    event_days: int = Field(
        default=30, ge=1, le=3650, description="Events and deliveries of webhooks are kept so long."
    )
    audit_days: int = Field(default=400, ge=30, le=36_500, description="The audit trail is kept so long.")
    incident_days: int = Field(default=180, ge=1, le=36_500, description="Incidents are kept so long.")
    outbound_hosts: list[str] = Field(
        default=[],
        description="host:port of addresses inside that tenants' webhooks may reach; in development and tests alone.",
    )
    calls_per_window: int = Field(default=100, ge=0, description="API calls of one person or key; 0: no limit.")
    tenant_calls_per_window: int = Field(default=1000, ge=0, description="API calls for one business; 0: no limit.")
    address_calls_per_window: int = Field(default=20, ge=0, description="Sign-ins and the like of one address.")
    limit_window_seconds: int = Field(default=60, ge=1, le=86_400)
    trusted_proxies: int = Field(
        default=0, ge=0, le=10, description="Proxies of yours in front, whose entries of X-Forwarded-For are believed."
    )
    sign_up: Literal["open", "closed"] = Field(default="open", description="closed: only the platform makes any.")
    smtp_url: SecretStr | None = Field(
        default=None,
        description="smtp://user:password@host:587 (STARTTLS where offered), smtps://host:465. Absent: letters are "
        "kept, and `python -m backend mails` shows them.",
    )
    mail_from: str = Field(default="Tendero <no-reply@localhost>", description="Sender of letters to members.")
    import_most_rows: int = Field(default=100_000, ge=1, description="Of one file of products.")
    lease_seconds: float = 30.0
    first_lease_seconds: float = 5.0
    pool_size: int = 10

    @model_validator(mode="after")
    def _fill_in_what_follows(self) -> Self:
        if not self.secret_key.get_secret_value():
            if self.environment != "development":
                raise ValueError("TENDERO_SECRET_KEY is not set; make one with: openssl rand -hex 32")
            self.secret_key = SecretStr(development_key(self.data_dir))
        if len(self.secret_key.get_secret_value()) < 32:
            raise ValueError("TENDERO_SECRET_KEY is shorter than 32 characters; make one with: openssl rand -hex 32")
        if self.outbound_hosts and self.environment == "production":
            raise ValueError("TENDERO_OUTBOUND_HOSTS opens the inside to tenants; leave it out in production")
        if self.smtp_url is not None and not self.smtp_url.get_secret_value():
            self.smtp_url = None
        if not self.agent_database_url:
            parts = urlsplit(self.database_url)
            self.agent_database_url = urlunsplit(parts._replace(path=f"{parts.path}_agent"))
        return self

    @cached_property
    def service_token(self) -> str:
        """Bearer token with which the agent claims and renews work."""
        given = self.given_service_token
        return given.get_secret_value() if given else self.derive("service-token")

    @cached_property
    def platform_token(self) -> str:
        """Bearer token of the operator: makes tenants."""
        return self.derive("platform-token")

    def derive(self, purpose: str) -> str:
        """A secret for one purpose, derived from the secret key: 64 hex characters."""
        return _derived(self.secret_key.get_secret_value(), purpose)

    def derivations(self, purpose: str) -> tuple[str, ...]:
        """`derive`, and the same of former keys: what was signed or sealed before they were replaced is still ours."""
        return (self.derive(purpose), *(_derived(key.get_secret_value(), purpose) for key in self.old_secret_keys))

    def role_url(self, role: str) -> str:
        """SQLAlchemy URL (asyncpg) of the backend's database for a login role made by the migrate step."""
        parts = urlsplit(self.database_url)
        address = parts.netloc.rpartition("@")[2]
        password = self.derive(f"role:{role}")
        return urlunsplit(parts._replace(scheme="postgresql+asyncpg", netloc=f"{quote(role)}:{password}@{address}"))


def _derived(key: str, purpose: str) -> str:
    return hmac.new(key.encode(), purpose.encode(), hashlib.sha256).hexdigest()


def development_key(data_dir: Path) -> str:
    """The secret key kept in the data folder (mode 600), made on first use."""
    file = data_dir / "secret.key"
    data_dir.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as handle:
            handle.write(secrets.token_hex(32))
    return file.read_text().strip()


@lru_cache
def settings() -> Settings:
    """The settings of this process; a missing or malformed variable is reported by pydantic with its name."""
    return Settings()
