"""Sending one outbox row, in three steps: read it, call the provider outside any transaction, record the outcome."""

import asyncio
import time
from collections.abc import Mapping

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.channels.letters import Letter, read_letter
from backend.channels.providers.base import (
    ChannelProvider,
    Held,
    LookupFailed,
    RateLimited,
    Rejected,
    SendOutcome,
    Sent,
    Unclear,
)
from backend.channels.rates import DEFAULT_RATE, SendRates
from backend.channels.schemas import told, webhook_url
from backend.conversations.models import OutboxEntry, OutboxStatus
from backend.conversations.outbox import SEND_LEASE_SECONDS, Claimed, advance, not_found, record
from backend.conversations.statuses import note_opt_out
from backend.crash import crash_point
from backend.database import Database
from backend.metrics import LOOKS, SENDS, stage
from backend.settings import Settings

log = structlog.get_logger()

_LONGEST_WAIT_SECONDS = 1.0
"""A row that must wait longer goes back to the queue until its time comes, so that it keeps no sender busy."""
LATEST_START_SECONDS = SEND_LEASE_SECONDS / 3
"""A sender that comes to its row later than this was frozen meanwhile, and must not send any more."""
CALL_SECONDS = SEND_LEASE_SECONDS / 2
"""The provider's time for one send, whatever its connection is busy with; then the outcome is unclear."""


class Courier:
    """Sends and looks up rows for one process."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        providers: Mapping[str, ChannelProvider],
        call_seconds: float = CALL_SECONDS,
    ) -> None:
        self._database = database
        self._settings = settings
        self._providers = providers
        self._call_seconds = call_seconds
        self._rates = SendRates()

    async def send(self, claimed: Claimed) -> bool:
        """Send a claimed row once. Whatever happens before the call is a refusal; after it, the row's lease settles
        it. Returns whether later rows of its conversation waited for it."""
        started = time.monotonic()
        letter = await self._read(claimed)
        if letter is None:
            return False
        outcome: SendOutcome | None = letter.refusal
        if outcome is None:
            outcome = await self._wait(letter, started) or await self._call(letter)
        return await self._record(claimed, letter, outcome)

    async def settle(self, claimed: Claimed) -> bool:
        """Ask the provider about a row whose outcome is unclear. Returns whether later rows may go now."""
        letter = await self._read(claimed, OutboxStatus.UNKNOWN)
        if letter is None:
            return False
        known = await self._known(claimed)
        try:
            found = await self._providers[letter.account.provider].find(letter.account, letter.part, known)
        except LookupFailed as failure:
            LOOKS.labels("no_answer").inc()
            log.warning("outbox.not_settled", **_ids(claimed), error=str(failure))
            return False
        async with self._database.tenant(claimed.tenant_id) as session:
            entry = await _locked(session, claimed, OutboxStatus.UNKNOWN)
            if entry is None:
                return False
            if found is None:
                not_found(entry)
            elif found.error_code:
                await record(session, entry, self._providers[letter.account.provider].classify(found.error_code))
            else:
                await record(session, entry, found)
        LOOKS.labels("nothing" if found is None else "message").inc()
        log.info("outbox.looked_up", **_ids(claimed), status=entry.status)
        return found is not None

    async def _wait(self, letter: Letter, started: float) -> RateLimited | None:
        """Until the pair and then the number may send; or what the row goes back to the queue with."""
        account, row_id = letter.account, letter.part.outbox_id
        wait = letter.pair.wait(letter.pair_until, clock.machine_now()) if letter.pair else 0.0
        if wait > _LONGEST_WAIT_SECONDS:
            return RateLimited("pair_rate", wait, of_pair=True)
        await asyncio.sleep(wait)
        wait = self._rates.reserve(account.channel_id, row_id, float(account.config.get("send_rate", DEFAULT_RATE)))
        if wait > _LONGEST_WAIT_SECONDS:
            self._rates.keep(row_id, wait)
            return RateLimited("rate", wait)
        await asyncio.sleep(wait)
        return RateLimited("frozen", 0.0) if time.monotonic() - started > LATEST_START_SECONDS else None

    async def _call(self, letter: Letter) -> SendOutcome:
        account = letter.account
        callback = f"{webhook_url(self._settings.public_url, account.provider, account.token)}/status"
        crash_point("dispatch.before_send")
        try:
            async with asyncio.timeout(self._call_seconds):
                outcome = await self._providers[account.provider].send(
                    account, letter.part, told(f"{callback}?outbox={letter.part.outbox_id}", account.provider)
                )
        except TimeoutError:
            outcome = Unclear("timeout")
        crash_point("dispatch.before_record")
        if isinstance(outcome, RateLimited) and outcome.retry_after and not outcome.of_pair:
            self._rates.pause(account.channel_id, outcome.retry_after)
        return outcome

    async def _read(self, claimed: Claimed, status: OutboxStatus = OutboxStatus.SENDING) -> Letter | None:
        """The row with all that sending it takes; None if it is somebody else's by now."""
        async with self._database.statements(claimed.tenant_id) as statements:
            return await read_letter(statements, self._settings, claimed, status)

    async def _record(self, claimed: Claimed, letter: Letter, outcome: SendOutcome) -> bool:
        """Whether later rows of its conversation waited for this one."""
        SENDS.labels(letter.account.provider, _kind(outcome)).inc()
        if isinstance(outcome, Sent):
            stage("replied_to_sent", letter.part.queued_at, clock.now())
            async with self._database.statements(claimed.tenant_id) as statements:
                until = letter.pair.after(letter.pair_until, clock.machine_now()) if letter.pair else None
                moved = await advance(statements, claimed, outcome, until)
            if moved is not None:
                _tell(claimed, moved.status, None)
            return moved is not None and moved.held_back
        async with self._database.tenant(claimed.tenant_id) as session:
            entry = await _locked(session, claimed, None)
            if entry is None:
                return False
            await record(session, entry, outcome)
            if isinstance(outcome, Held) and outcome.opted_out:
                await note_opt_out(session, entry)
        _tell(claimed, entry.status, entry.error_code)
        return True

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


def _tell(claimed: Claimed, status: str, code: str | None) -> None:
    log.info("outbox.recorded", **_ids(claimed), status=status, code=code)


def _ids(claimed: Claimed) -> dict[str, str]:
    return {
        "tenant": str(claimed.tenant_id),
        "conversation": str(claimed.conversation_id),
        "message": str(claimed.message_id),
        "outbox": str(claimed.id),
    }


def _kind(outcome: SendOutcome) -> str:
    match outcome:
        case Sent():
            return "sent"
        case Held():
            return "held"
        case RateLimited():
            return "rate_limited"
        case Rejected(permanent=permanent):
            return "failed" if permanent else "refused"
        case Unclear():
            return "unclear"


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
