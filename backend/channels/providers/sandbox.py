"""The sandbox: a channel without a provider, on which a tenant tries everything before connecting a number.

Messages come in through the public API and go out into the outbox alone, where the same API reads them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from backend.channels.providers.base import (
    ChannelAccount,
    InboundEvent,
    MediaSource,
    Part,
    RawRequest,
    Rejected,
    SendOutcome,
    Sent,
    StatusEvent,
)
from backend.conversations.models import OutboxStatus
from backend.errors import NotFound

_NO_WEBHOOK = "The sandbox has no webhook; write to POST /v1/sandbox/messages."


class SandboxChannel:
    """Delivers by recording that it was delivered."""

    text_limit = 1600

    def verify(self, request: RawRequest, account: ChannelAccount) -> None:
        raise NotFound(_NO_WEBHOOK)

    def read_inbound(self, request: RawRequest, account: ChannelAccount) -> InboundEvent | None:
        raise NotFound(_NO_WEBHOOK)

    def read_status(self, request: RawRequest, account: ChannelAccount) -> StatusEvent | None:
        raise NotFound(_NO_WEBHOOK)

    def classify(self, code: str) -> SendOutcome:
        return Rejected(code, permanent=True)

    async def send(self, account: ChannelAccount, part: Part, callback_url: str) -> SendOutcome:
        return Sent(f"sandbox-{part.outbox_id}", OutboxStatus.DELIVERED)

    async def find(self, account: ChannelAccount, part: Part, known: frozenset[str]) -> Sent | None:
        return None

    def media_source(self, account: ChannelAccount, attachment: Mapping[str, Any]) -> MediaSource:
        return MediaSource(str(attachment.get("url", "")))

    async def erase_media(self, account: ChannelAccount, message_id: str, media_ids: Sequence[str]) -> None:
        return None

    async def close(self) -> None:
        return None
