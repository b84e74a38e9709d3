"""What the API says about contacts."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from backend.contacts.models import Contact, Identity, IdentityKind
from backend.contacts.phones import readable
from backend.fields import Line


class IdentityView(BaseModel):
    """`kind`: wa_id, bsuid or phone; the spellings of one number are rows of their own."""

    kind: str
    value: str

    @classmethod
    def of(cls, identity: Identity) -> "IdentityView":
        shown = readable(identity.value) if identity.kind == IdentityKind.PHONE else identity.value
        return cls(kind=identity.kind, value=shown)


class ContactChange(BaseModel):
    """The fields to change: `{"bot_enabled": false}`, `{"name": "Ana Ruiz"}`.

    With `bot_enabled` false what this customer writes is stored and waits for a person; the agent does not answer, not
    even what waits already. A null forgets the name, until the customer's profile or the customer tells one.
    """

    model_config = ConfigDict(extra="forbid")

    name: Line | None = None
    bot_enabled: bool = True


class ContactView(BaseModel):
    """A customer. `details` says where each value came from and when."""

    id: UUID
    name: str | None
    locale: str | None
    details: dict[str, Any]
    tags: list[str]
    bot_enabled: bool
    opted_out_at: datetime | None
    first_seen_at: datetime
    last_seen_at: datetime
    identities: list[IdentityView]

    @classmethod
    def of(cls, contact: Contact, identities: list[Identity]) -> "ContactView":
        return cls(
            id=contact.id,
            name=contact.name,
            locale=contact.locale,
            details=contact.details,
            tags=contact.tags,
            bot_enabled=contact.bot_enabled,
            opted_out_at=contact.opted_out_at,
            first_seen_at=contact.first_seen_at,
            last_seen_at=contact.last_seen_at,
            identities=[IdentityView.of(identity) for identity in identities],
        )
