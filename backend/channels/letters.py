"""What it takes to send an outbox row, read in one statement, and whether it may be sent at all."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from backend import clock
from backend.channels.accounts import unsealed
from backend.channels.providers.base import ChannelAccount, Held, Part, Rejected
from backend.channels.rates import PairLimit
from backend.conversations.models import OutboxStatus
from backend.conversations.outbox import Claimed
from backend.files.addresses import with_addresses
from backend.settings import Settings
from backend.statements import Statement, Statements

WINDOW = timedelta(hours=24)
"""Free-form messages are allowed this long after the contact's last one (WhatsApp's customer service window)."""

_READ = Statement("""
SELECT outbox.body, outbox.attachments, outbox.template, outbox.created_at, outbox.expires_at, conversations.address,
    conversations.last_inbound_at, contacts.opted_out_at, channels.tenant_id, channels.id AS channel_id,
    channels.provider, channels.address AS our_address, channels.token, channels.credentials, channels.config,
    channels.enabled,
    earlier.pair_untils, earlier.sent_ats
FROM outbox
JOIN conversations ON conversations.tenant_id = outbox.tenant_id AND conversations.id = outbox.conversation_id
JOIN contacts ON contacts.tenant_id = conversations.tenant_id AND contacts.id = conversations.contact_id
JOIN channels ON channels.tenant_id = outbox.tenant_id AND channels.id = outbox.channel_id
CROSS JOIN LATERAL (
    SELECT array_agg(pair_until ORDER BY sequence) AS pair_untils, array_agg(sent_at ORDER BY sequence) AS sent_ats
    FROM (
        SELECT sequence, pair_until, sent_at FROM outbox AS sent
        WHERE sent.tenant_id = outbox.tenant_id AND sent.conversation_id = outbox.conversation_id
            AND sent.sequence < outbox.sequence
        ORDER BY sent.sequence DESC LIMIT 10
    ) AS latest
) AS earlier
WHERE outbox.tenant_id = :tenant_id AND outbox.id = :id AND outbox.attempt = :attempt AND outbox.status = :status
""")


@dataclass(frozen=True, slots=True)
class Letter:
    """A row with everything that its way out needs."""

    account: ChannelAccount
    part: Part
    refusal: Held | Rejected | None
    """Why it must not be sent, judged now."""
    pair: PairLimit | None
    pair_until: datetime | None
    """Until when the conversation's earlier messages have used its pair up (machine time)."""


async def read_letter(
    statements: Statements, settings: Settings, claimed: Claimed, status: OutboxStatus
) -> Letter | None:
    """None if the row is no longer in that state under this claim."""
    row = await statements.first(
        _READ, {"tenant_id": claimed.tenant_id, "id": claimed.id, "attempt": claimed.attempt, "status": status}
    )
    if row is None:
        return None
    refusal: Held | Rejected | None = _refusal(row)
    credentials: dict[str, str] = {}
    try:
        credentials = unsealed(settings, claimed.tenant_id, row["credentials"])
    except ValueError:
        refusal = Rejected("credentials", permanent=True)
    account = ChannelAccount(
        tenant_id=row["tenant_id"],
        channel_id=row["channel_id"],
        provider=row["provider"],
        address=row["our_address"],
        token=row["token"],
        credentials=credentials,
        config=json.loads(row["config"]),
    )
    attachments = tuple(with_addresses(settings, claimed.tenant_id, json.loads(row["attachments"])))
    template = json.loads(row["template"]) if row["template"] else None
    part = Part(claimed.id, row["address"], row["body"], attachments, row["created_at"], template)
    pair = PairLimit.of(account.provider, account.config)
    earlier = zip(row["pair_untils"] or (), row["sent_ats"] or (), strict=True)
    return Letter(account, part, refusal, pair, pair.used_until(earlier) if pair else None)


def _refusal(row: Any) -> Held | None:
    if not row["enabled"]:
        return Held("channel_off", "the channel is switched off")
    if row["opted_out_at"] is not None:
        return Held("opted_out", "the contact opted out")
    if row["expires_at"] is not None and row["expires_at"] <= clock.now():
        return Held("expired", "its time was over before it could be sent")
    if row["template"] is not None:
        return None
    if row["last_inbound_at"] is None or clock.now() - row["last_inbound_at"] >= WINDOW:
        return Held("window", "outside the 24 h window")
    return None
