"""What a channel provider is: raw requests become plain events, parts become sends with an honest outcome."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from backend.contacts.models import IdentityKind
from backend.conversations.models import OutboxStatus


@dataclass(frozen=True, slots=True)
class ChannelAccount:
    """One channel with its secrets opened."""

    tenant_id: UUID
    channel_id: UUID
    provider: str
    address: str
    token: str
    credentials: dict[str, str]
    config: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A webhook request as it came in: nothing decoded, nothing trimmed."""

    path: str
    query: str
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes


@dataclass(frozen=True, slots=True)
class InboundEvent:
    """Something a contact sent."""

    provider_id: str
    kind: str
    """Message kinds, and reaction or echo, which are stored and never answered."""
    address: str
    """Where replies go, in the provider's form."""
    identities: tuple[tuple[IdentityKind, str], ...]
    """Ways to recognise the sender, the most certain first."""
    name: str | None = None
    body: str = ""
    attachments: tuple[dict[str, Any], ...] = ()
    location: dict[str, Any] | None = None
    sent_at: datetime | None = None
    """Provider's time; None where the provider tells none."""
    opted_out: bool = False
    """The contact asked for no more messages."""
    payload: dict[str, Any] = field(default_factory=dict)
    """What the provider sent, for the record."""


@dataclass(frozen=True, slots=True)
class StatusEvent:
    """What became of something we sent."""

    provider_id: str
    status: OutboxStatus
    name: str
    """The provider's own word for it."""
    error_code: str | None = None
    outbox_id: UUID | None = None
    """From our callback URL: finds the row even before its provider id was recorded."""
    payload: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """One outbox row on its way out."""

    outbox_id: UUID
    to: str
    body: str
    attachments: tuple[dict[str, Any], ...] = ()
    queued_at: datetime | None = None
    template: dict[str, Any] | None = None
    """{"name", "content_sid", "variables"} of an approved template; `body` is how it reads."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider has it."""

    provider_id: str
    status: OutboxStatus = OutboxStatus.SENT
    error_code: str | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """The provider refused, so nothing was sent. Not permanent: it may be tried again."""

    code: str
    permanent: bool


@dataclass(frozen=True, slots=True)
class Held:
    """The provider will not take it now for a reason that no retry mends."""

    code: str
    reason: str
    opted_out: bool = False


@dataclass(frozen=True, slots=True)
class RateLimited:
    """Too fast; nothing was sent."""

    code: str
    retry_after: float | None
    """Seconds, if the provider named them."""
    of_pair: bool = False
    """For this customer alone; the number's other messages may go."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """The provider may or may not have it: a lost answer, a fault on its side."""

    code: str


SendOutcome = Sent | Rejected | Held | RateLimited | Unclear


@dataclass(frozen=True, slots=True)
class MediaSource:
    """Where a file lies that a customer sent."""

    url: str
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    """Credentials of the account, if the address is the provider's own; a redirect is not shown them."""


class LookupFailed(Exception):
    """The provider could not be asked; nothing was learnt."""


class ChannelProvider(Protocol):
    """One per provider and process, made with the settings."""

    text_limit: int
    """Characters of one message, UTF-16 units."""

    def verify(self, request: RawRequest, account: ChannelAccount) -> None:
        """Raises `Unauthorized` unless the provider signed this very request."""
        ...

    def read_inbound(self, request: RawRequest, account: ChannelAccount) -> InboundEvent | None:
        """Raises `Malformed` or `Unprocessable` for what is no message; None for what needs no record."""
        ...

    def read_status(self, request: RawRequest, account: ChannelAccount) -> StatusEvent | None:
        """Raises `Malformed` or `Unprocessable` for what is no status; None for one that says nothing."""
        ...

    def classify(self, code: str) -> SendOutcome:
        """What an error code of a send or of a status callback means."""
        ...

    async def send(self, account: ChannelAccount, part: Part, callback_url: str) -> SendOutcome:
        """Send once; never raises for anything that the network or the provider does."""
        ...

    async def find(self, account: ChannelAccount, part: Part, known: frozenset[str]) -> Sent | None:
        """Look whether a part with an unclear outcome was taken after all, among messages not in `known`.

        None: the provider does not have it. Raises `LookupFailed` if it could not be asked.
        """
        ...

    def media_source(self, account: ChannelAccount, attachment: Mapping[str, Any]) -> MediaSource:
        """Where one attachment of a stored message is fetched from."""
        ...

    async def erase_media(self, account: ChannelAccount, message_id: str, media_ids: Sequence[str]) -> None:
        """Remove what the provider keeps of the files of one message; `media_ids` are its own names of them, where a
        webhook told any. What is gone already is gone. Raises `LookupFailed` if it could not be asked, or refused."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
