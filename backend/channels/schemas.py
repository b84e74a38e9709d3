"""What the API says about channels, and about the sandbox's messages."""

import re
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from backend.channels.models import Channel
from backend.channels.rates import PAIR_BURST, PAIR_RATE
from backend.fields import Key, Line, OptionalLine, Prose, at_most
from backend.reminders.templates import ReminderField

_RETRIES = {"twilio": "#rc=5&rp=5xx,ct,rt"}
"""Twilio tries again only if the address says so, in a fragment that it neither sends nor signs
(twilio.com/docs/usage/webhooks/webhooks-connection-overrides)."""
_WHATSAPP = re.compile(r"whatsapp:\+[1-9]\d{6,14}")


def _plain(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not hold null bytes")
    return text


class TwilioCredentials(BaseModel):
    """From the Twilio console. The auth token checks signatures; an API key, if given, is used for sending."""

    model_config = ConfigDict(extra="forbid")

    account_sid: str = Field(pattern=r"^AC[0-9a-fA-F]{32}$")
    auth_token: str = Field(min_length=8, max_length=200)
    api_key_sid: str | None = Field(default=None, pattern=r"^SK[0-9a-fA-F]{32}$")
    api_key_secret: str | None = Field(default=None, min_length=8, max_length=200)


class ChannelTemplate(BaseModel):
    """A template that the provider has approved. `text` is how it reads, with variables as {{1}} or {{name}};
    `content_sid` is Twilio's id of it."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=1600), AfterValidator(_plain)]
    content_sid: str | None = Field(default=None, pattern=r"^HX[0-9a-fA-F]{32}$")


class ReminderTemplate(BaseModel):
    """Which of `templates` reminds of a booking, and what fills its variables: {"1": "name", "2": "date"}. A variable
    that is not listed is filled by what it is called."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"name": "recordatorio"}]})

    name: Key
    variables: Annotated[dict[Annotated[str, Field(max_length=40)], ReminderField], at_most(20)] = {}


class ChannelConfig(BaseModel):
    """Options that are no secrets."""

    model_config = ConfigDict(extra="forbid")

    send_rate: float = Field(default=20.0, gt=0, le=1000)
    """Messages a second from this number, by each dispatcher."""
    pair_rate: float = Field(default=PAIR_RATE, gt=0, le=1000)
    """Messages a second to the same customer in the long run; WhatsApp allows one every 6 s."""
    pair_burst: int = Field(default=PAIR_BURST, ge=1, le=1000)
    """So many may go at once; they are paid back."""
    templates: Annotated[dict[Key, ChannelTemplate], at_most(200)] = {}
    """What `POST /v1/messages/send-template` may send, by name."""
    reminder_templates: Annotated[dict[Literal["es", "pt", "en"], ReminderTemplate], at_most(3)] = {}
    """What reminds of bookings outside of the 24 h window, by the customer's language; without theirs the business's
    counts, else the first."""


class NewChannel(BaseModel):
    """`{"provider": "twilio", "address": "+14155238886", "credentials": {"account_sid": "AC...", "auth_token": "..."}}`
    or `{"provider": "sandbox", "address": "sandbox"}`."""

    model_config = ConfigDict(extra="forbid")

    provider: Literal["twilio", "sandbox"]
    address: Line
    credentials: TwilioCredentials | None = None
    config: ChannelConfig = ChannelConfig()

    @model_validator(mode="after")
    def _fits_the_provider(self) -> "NewChannel":
        if self.provider == "twilio":
            if self.credentials is None:
                raise ValueError("twilio needs credentials: account_sid and auth_token")
            self.address = f"whatsapp:{re.sub(r'[^+0-9]', '', self.address.removeprefix('whatsapp:'))}"
            if not _WHATSAPP.fullmatch(self.address):
                raise ValueError("twilio needs a WhatsApp number such as +14155238886 as its address")
            if any(template.content_sid is None for template in self.config.templates.values()):
                raise ValueError("a template at twilio needs its content_sid")
        return self


class ChannelChange(BaseModel):
    """The fields to change."""

    model_config = ConfigDict(extra="forbid")

    enabled: bool | None = None
    credentials: TwilioCredentials | None = None
    config: ChannelConfig | None = None


class ChannelView(BaseModel):
    """A channel. `webhook_url` is what the provider must be told, as it is; secrets are never shown."""

    id: UUID
    provider: str
    address: str
    enabled: bool
    config: dict[str, Any]
    webhook_url: str | None

    @classmethod
    def of(cls, channel: Channel, public_url: str) -> "ChannelView":
        has_webhook = channel.provider != "sandbox"
        return cls(
            id=channel.id,
            provider=channel.provider,
            address=channel.address,
            enabled=channel.enabled,
            config=channel.config,
            webhook_url=told(webhook_url(public_url, channel.provider, channel.token), channel.provider)
            if has_webhook
            else None,
        )


def webhook_url(public_url: str, provider: str, token: str) -> str:
    """Where a provider sends what happens on a channel."""
    return f"{public_url.rstrip('/')}/webhooks/{provider}/{token}"


def told(url: str, provider: str) -> str:
    """The address as the provider must be told it: with what makes it send again what we could not store."""
    return url + _RETRIES.get(provider, "")


class SandboxMedia(BaseModel):
    model_config = ConfigDict(extra="forbid")

    url: Line
    content_type: Line = "application/octet-stream"
    name: OptionalLine = ""


class SandboxLocation(BaseModel):
    model_config = ConfigDict(extra="forbid")

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    label: OptionalLine = ""


class SandboxMessage(BaseModel):
    """`{"from": "+5215512345678", "name": "Ana", "text": "Hola"}`: what a pretended customer writes.

    `id` is the provider's id for it (the same one twice is one message); `sent_at` lets it come from the past.
    """

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    sender: Line = Field(alias="from")
    name: OptionalLine = ""
    text: Annotated[str, Field(max_length=100_000), AfterValidator(_plain)] = ""
    kind: Literal["text", "button", "contacts", "reaction", "unsupported"] = "text"
    media: list[SandboxMedia] = Field(default=[], max_length=10)
    location: SandboxLocation | None = None
    id: OptionalLine = ""
    sent_at: AwareDatetime | None = None


class SandboxAccepted(BaseModel):
    """`turn_id` is null for what is stored and not answered; `duplicate`: this id was here before."""

    message_id: UUID | None
    conversation_id: UUID | None
    turn_id: UUID | None
    duplicate: bool


class SandboxReceived(BaseModel):
    """One message as it reached the pretended customer's phone."""

    id: UUID
    author: str
    body: Prose
    at: datetime


class SandboxInbox(BaseModel):
    """Oldest first; give the last `id` as `after` to go on."""

    items: list[SandboxReceived]
    next_cursor: str | None = None
