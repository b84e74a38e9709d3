"""What the API says about people, their sign-ins, and teams."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, EmailStr, Field, StringConstraints

from backend.fields import Currency, Line, Locale, OptionalLine, Slug, WeekHours, Zone
from backend.permissions import Role
from backend.tenants.models import Mode

_LONGEST_EMAIL = 254


def _lower(email: str) -> str:
    if len(email) > _LONGEST_EMAIL or not email.isprintable():
        raise ValueError("must be an e-mail address of at most 254 characters")
    return email.lower()


Email = Annotated[EmailStr, AfterValidator(_lower)]
Password = Annotated[str, StringConstraints(max_length=1024)]
"""Judged by `backend.team.passwords`, which says what is wrong with it."""
LetterToken = Annotated[str, StringConstraints(max_length=200, pattern=r"^[\w.-]+$")]


class NewBusiness(BaseModel):
    """A business to begin with. Without a slug one is made of the name, without a currency that of the locale's country
    is taken."""

    model_config = ConfigDict(extra="forbid")

    name: Line = Field(examples=["Panadería Sol"])
    slug: Slug | None = Field(default=None, examples=["panaderia-sol"])
    mode: Mode = Field(examples=["sales"])
    locale: Locale = Field(examples=["es-MX"])
    timezone: Zone = Field(examples=["America/Mexico_City"])
    currency: Currency | None = Field(default=None, examples=["MXN"])
    hours: WeekHours = WeekHours()


class NewAccount(BaseModel):
    """`{"email": "ana@example.com", "password": "four words in a row", "name": "Ana", "business": {"name": "Panadería
    Sol", "mode": "sales", "locale": "es-MX", "timezone": "America/Mexico_City"}}`."""

    model_config = ConfigDict(extra="forbid")

    email: Email = Field(examples=["ana@example.com"])
    password: Password = Field(examples=["cuatro palabras en fila"])
    name: OptionalLine = ""
    business: NewBusiness


class Credentials(BaseModel):
    model_config = ConfigDict(extra="forbid")

    email: Email = Field(examples=["ana@example.com"])
    password: Password = Field(examples=["cuatro palabras en fila"])


class ForgottenPassword(BaseModel):
    model_config = ConfigDict(extra="forbid")

    email: Email = Field(examples=["ana@example.com"])


class NewPassword(BaseModel):
    """With the token of a letter."""

    model_config = ConfigDict(extra="forbid")

    token: LetterToken
    password: Password


class PasswordChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    current: Password
    password: Password


class Proof(BaseModel):
    """The token of a letter."""

    model_config = ConfigDict(extra="forbid")

    token: LetterToken


class Acceptance(BaseModel):
    """The token of an invitation. Who has no account yet chooses a name and a password; who has one is signed in, or
    gives its password."""

    model_config = ConfigDict(extra="forbid")

    token: LetterToken
    password: Password | None = None
    name: OptionalLine = ""


class PersonChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Line | None = None
    locale: Locale | None = None


class PersonView(BaseModel):
    """Whoever is signed in."""

    id: UUID
    email: str
    name: str
    locale: str
    email_verified: bool
    platform_admin: bool


class BusinessView(BaseModel):
    """A business that the person works for; `slug` goes into the header `Tendero-Business`."""

    id: UUID
    slug: str
    name: str
    status: str
    role: Role


class BusinessList(BaseModel):
    items: list[BusinessView]
    next_cursor: str | None = None


class Accepted(BaseModel):
    """What will happen, as far as it may be told."""

    detail: str


class SignedIn(BaseModel):
    """The access token goes into `Authorization: Bearer`; the refresh token is a cookie that no script can read."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105
    expires_in: int
    """Seconds."""


class SessionView(BaseModel):
    """A sign-in; `current` is the one that asks."""

    id: UUID
    device: str
    signed_in_at: datetime
    last_used_at: datetime
    expires_at: datetime
    current: bool


class SessionList(BaseModel):
    items: list[SessionView]
    next_cursor: str | None = None


class MemberView(BaseModel):
    id: UUID
    user_id: UUID
    email: str
    name: str
    role: Role
    email_verified: bool
    joined_at: datetime


class MemberChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    role: Role


class NewInvitation(BaseModel):
    model_config = ConfigDict(extra="forbid")

    email: Email = Field(examples=["bia@example.com"])
    role: Role = Field(examples=["agent"])


class InvitationView(BaseModel):
    """`status`: open, accepted, revoked or expired."""

    id: UUID
    email: str
    role: Role
    status: str
    created_at: datetime
    expires_at: datetime
