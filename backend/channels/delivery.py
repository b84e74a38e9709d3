"""Sending one outbox row, in three steps: read it, call the provider outside any transaction, record the outcome."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.channels.accounts import open_account
from backend.channels.models import Channel
from backend.channels.providers.base import (
    ChannelAccount,
    ChannelProvider,
    Held,
    LookupFailed,
    Part,
    RateLimited,
    Rejected,
    SendOutcome,
)
from backend.channels.rates import DEFAULT_RATE, SendRates
from backend.channels.schemas import told, webhook_url
from backend.contacts.models import Contact
from backend.conversations.models import Conversation, OutboxEntry, OutboxStatus
from backend.conversations.outbox import SEND_LEASE_SECONDS, Claimed, not_found, record
from backend.conversations.statuses import note_opt_out
from backend.crash import crash_point
from backend.database import Database
from backend.settings import Settings

log = structlog.get_logger()

WINDOW = timedelta(hours=24)
"""Free-form messages are allowed this long after the contact's last one (WhatsApp's customer service window)."""
_LONGEST_WAIT_SECONDS = 2.0
_LATEST_START_SECONDS = SEND_LEASE_SECONDS / 2
"""A sender that comes to its row later than this was frozen meanwhile, and must not send any more."""


@dataclass(frozen=True, slots=True)
class _Letter:
    account: ChannelAccount
    part: Part
    refusal: Held | Rejected | None
    """Why it must not be sent, judged now."""


class Courier:
    """Sends and looks up rows for one process."""

    def __init__(self, database: Database, settings: Settings, providers: Mapping[str, ChannelProvider]) -> None:
        self._database = database
        self._settings = settings
        self._providers = providers
        self._rates = SendRates()

    async def send(self, claimed: Claimed) -> None:
        """Send a claimed row once. Whatever happens before the call is a refusal; after it, the row's lease settles
        it."""
        started = time.monotonic()
        letter = await self._read(claimed)
        if letter is None:
            return
        outcome: SendOutcome | None = letter.refusal
        if outcome is None:
            outcome = await self._call(letter, started)
        await self._record(claimed, outcome)

    async def settle(self, claimed: Claimed) -> None:
        """Ask the provider about a row whose outcome is unclear."""
        letter = await self._read(claimed, OutboxStatus.UNKNOWN)
        if letter is None:
            return
        known = await self._known(claimed)
        try:
            found = await self._providers[letter.account.provider].find(letter.account, letter.part, known)
        except LookupFailed as failure:
            log.warning("outbox.not_settled", outbox=str(claimed.id), error=str(failure))
            return
        async with self._database.tenant(claimed.tenant_id) as session:
            entry = await _locked(session, claimed, OutboxStatus.UNKNOWN)
            if entry is None:
                return
            if found is None:
                not_found(entry)
            elif found.error_code:
                await record(session, entry, self._providers[letter.account.provider].classify(found.error_code))
            else:
                await record(session, entry, found)
            log.info("outbox.looked_up", tenant=str(claimed.tenant_id), outbox=str(claimed.id), status=entry.status)

    async def _call(self, letter: _Letter, started: float) -> SendOutcome:
        account = letter.account
        wait = self._rates.reserve(account.channel_id, float(account.config.get("send_rate", DEFAULT_RATE)))
        if wait > _LONGEST_WAIT_SECONDS:
            return RateLimited("rate", wait)
        await asyncio.sleep(wait)
        if time.monotonic() - started > _LATEST_START_SECONDS:
            return RateLimited("frozen", 0.0)
        callback = f"{webhook_url(self._settings.public_url, account.provider, account.token)}/status"
        crash_point("dispatch.before_send")
        outcome = await self._providers[account.provider].send(
            account, letter.part, told(f"{callback}?outbox={letter.part.outbox_id}", account.provider)
        )
        crash_point("dispatch.before_record")
        if isinstance(outcome, RateLimited) and outcome.retry_after:
            self._rates.pause(account.channel_id, outcome.retry_after)
        return outcome

    async def _read(self, claimed: Claimed, status: OutboxStatus = OutboxStatus.SENDING) -> _Letter | None:
        """The row with all that sending it takes; None if it is somebody else's by now."""
        async with self._database.tenant(claimed.tenant_id) as session:
            row = (
                await session.execute(
                    select(OutboxEntry, Conversation, Contact, Channel)
                    .join(Conversation, Conversation.id == OutboxEntry.conversation_id)
                    .join(Contact, Contact.id == Conversation.contact_id)
                    .join(Channel, Channel.id == OutboxEntry.channel_id)
                    .where(
                        OutboxEntry.tenant_id == claimed.tenant_id,
                        OutboxEntry.id == claimed.id,
                        OutboxEntry.attempt == claimed.attempt,
                        OutboxEntry.status == status,
                    )
                )
            ).one_or_none()
            if row is None:
                return None
            entry, conversation, contact, channel = row
            refusal: Held | Rejected | None = _refusal(conversation.last_inbound_at, contact, channel)
            try:
                account = open_account(self._settings, channel)
            except ValueError:
                account, refusal = _sealed_away(channel), Rejected("credentials", permanent=True)
        part = Part(entry.id, conversation.address, entry.body, tuple(entry.attachments), entry.created_at)
        return _Letter(account, part, refusal)

    async def _record(self, claimed: Claimed, outcome: SendOutcome) -> None:
        async with self._database.tenant(claimed.tenant_id) as session:
            entry = await _locked(session, claimed, None)
            if entry is None:
                return
            await record(session, entry, outcome)
            if isinstance(outcome, Held) and outcome.opted_out:
                await note_opt_out(session, entry)
            log.info(
                "outbox.recorded",
                tenant=str(claimed.tenant_id),
                conversation=str(entry.conversation_id),
                outbox=str(claimed.id),
                status=entry.status,
                code=entry.error_code,
            )

    async def _known(self, claimed: Claimed) -> frozenset[str]:
        """Provider ids of the conversation's other rows, which a lookup must not take for this one's."""
        async with self._database.tenant(claimed.tenant_id) as session:
            own = select(OutboxEntry.conversation_id).where(OutboxEntry.id == claimed.id).scalar_subquery()
            rows = await session.scalars(
                select(OutboxEntry.provider_id).where(
                    OutboxEntry.conversation_id == own,
                    OutboxEntry.provider_id.is_not(None),
                    OutboxEntry.id != claimed.id,
                )
            )
            return frozenset(provider_id for provider_id in rows if provider_id is not None)


def _refusal(last_inbound_at: datetime | None, contact: Contact, channel: Channel) -> Held | None:
    if not channel.enabled:
        return Held("channel_off", "the channel is switched off")
    if contact.opted_out_at is not None:
        return Held("opted_out", "the contact opted out")
    if last_inbound_at is None or clock.now() - last_inbound_at >= WINDOW:
        return Held("window", "outside the 24 h window")
    return None


def _sealed_away(channel: Channel) -> ChannelAccount:
    return ChannelAccount(
        channel.tenant_id, channel.id, channel.provider, channel.address, channel.token, {}, channel.config
    )


async def _locked(session: AsyncSession, claimed: Claimed, status: OutboxStatus | None) -> OutboxEntry | None:
    """The row, if this claim is still its latest: a status callback may have moved it on, which is fine."""
    query = select(OutboxEntry).where(
        OutboxEntry.tenant_id == claimed.tenant_id,
        OutboxEntry.id == claimed.id,
        OutboxEntry.attempt == claimed.attempt,
    )
    if status is not None:
        query = query.where(OutboxEntry.status == status)
    found: OutboxEntry | None = await session.scalar(query.with_for_update())
    return found
