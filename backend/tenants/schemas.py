"""What the API says about tenants."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    EmailStr,
    Field,
    StringConstraints,
    model_validator,
)

from backend.fields import Currency, Key, Line, Locale, OptionalLine, Prose, Slug, WeekHours, Zone
from backend.permissions import SCOPE
from backend.team.models import User
from backend.tenants.models import ApiKey, Fact, Mode, Tenant, TenantStatus
from backend.tenants.settings import TenantSettings, read_settings

Scope = Annotated[str, StringConstraints(max_length=60, pattern=f"^({SCOPE.pattern})$")]
"""See `backend.permissions`."""


class NewTenant(BaseModel):
    """`{"slug": "tecno-centro", "name": "Tecno Centro", "mode": "sales", "locale": "es-MX", "currency": "MXN",
    "timezone": "America/Mexico_City", "hours": {"mon": [["10:00", "20:00"]]}}`."""

    model_config = ConfigDict(extra="forbid")

    slug: Slug
    name: Line
    mode: Mode
    locale: Locale
    currency: Currency
    timezone: Zone
    hours: WeekHours = WeekHours()
    settings: TenantSettings = TenantSettings()


class TenantChange(BaseModel):
    """The fields to change. `settings` is merged key by key; a null takes a setting back to its default."""

    model_config = ConfigDict(extra="forbid")

    name: Line = ""
    mode: Mode | None = None
    locale: Locale = ""
    currency: Currency = ""
    timezone: Zone = ""
    hours: WeekHours | None = None
    settings: dict[str, Any] | None = None


class TenantView(BaseModel):
    """A tenant with every setting in force."""

    id: UUID
    slug: str
    name: str
    mode: Mode
    locale: str
    currency: str
    timezone: str
    status: str
    hours: dict[str, list[list[str]]]
    settings: TenantSettings

    @classmethod
    def of(cls, tenant: Tenant) -> "TenantView":
        return cls(
            id=tenant.id,
            slug=tenant.slug,
            name=tenant.name,
            mode=Mode(tenant.mode),
            locale=tenant.locale,
            currency=tenant.currency,
            timezone=tenant.timezone,
            status=tenant.status,
            hours=tenant.hours,
            settings=read_settings(tenant.settings),
        )


class TenantCreated(BaseModel):
    """`api_key` is shown this once."""

    tenant: TenantView
    api_key: str


class TenantSummary(BaseModel):
    """A business as the operator sees it: that it is there, and nothing of what is in it."""

    id: UUID
    slug: str
    name: str
    mode: Mode
    locale: str
    currency: str
    timezone: str
    status: TenantStatus
    created_at: datetime
    members: int


class Suspension(BaseModel):
    """`reason` is kept for the operators, in the event log."""

    model_config = ConfigDict(extra="forbid")

    reason: OptionalLine = ""


class NewPlatformAdmin(BaseModel):
    model_config = ConfigDict(extra="forbid")

    email: Annotated[EmailStr, AfterValidator(str.lower)] = Field(examples=["ana@example.com"])


class PlatformAdminView(BaseModel):
    id: UUID
    email: str
    name: str

    @classmethod
    def of(cls, user: User) -> "PlatformAdminView":
        return cls(id=user.id, email=user.email, name=user.name)


class PlatformAdminList(BaseModel):
    items: list[PlatformAdminView]
    next_cursor: str | None = None


class NewApiKey(BaseModel):
    """`{"name": "n8n", "scopes": ["contacts:read", "messages:write"]}`; without `expires_at` until it is revoked."""

    model_config = ConfigDict(extra="forbid")

    name: Line = Field(examples=["n8n"])
    scopes: list[Scope] = Field(min_length=1, max_length=100, examples=[["contacts:read", "messages:write"]])
    expires_at: AwareDatetime | None = None


class ApiKeyView(BaseModel):
    """A key without the key: `prefix` is how it begins. `last_used_at` is right to the hour."""

    id: UUID
    name: str
    prefix: str
    scopes: list[str]
    created_at: datetime
    created_by: UUID | None
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, key: ApiKey, last_used_at: datetime | None) -> "ApiKeyView":
        return cls(
            id=key.id,
            name=key.name,
            prefix=key.prefix,
            scopes=key.scopes,
            created_at=key.created_at,
            created_by=key.created_by,
            expires_at=key.expires_at,
            last_used_at=last_used_at,
            revoked_at=key.revoked_at,
        )


class ApiKeyCreated(ApiKeyView):
    """`api_key` is shown this once."""

    api_key: str


class NewFact(BaseModel):
    """`{"text": "Enviamos a todo México en 2 a 4 días hábiles."}`."""

    model_config = ConfigDict(extra="forbid")

    text: Prose = Field(min_length=1)


class KeyedFact(NewFact):
    """`{"key": "shipping", "text": "Enviamos a todo México en 2 a 4 días hábiles."}`."""

    key: Key


class BulkFacts(BaseModel):
    """Up to 200 facts; those whose key is known are written over."""

    model_config = ConfigDict(extra="forbid")

    facts: list[KeyedFact] = Field(min_length=1, max_length=200)

    @model_validator(mode="after")
    def _keys_differ(self) -> "BulkFacts":
        keys = [fact.key for fact in self.facts]
        if len(keys) != len(set(keys)):
            raise ValueError("a key may appear once in the whole list")
        return self


class FactView(BaseModel):
    key: Key
    text: str

    @classmethod
    def of(cls, fact: Fact) -> "FactView":
        return cls(key=fact.key, text=fact.text)


class FactList(BaseModel):
    items: list[FactView]
    next_cursor: str | None = None
