"""Deliveries on their way, in three steps: lease a row, call the endpoint outside any transaction, record the outcome.

What fails is tried again by its own row's `due_at`; an endpoint has four calls under way at most, over all processes,
so a slow one keeps nobody else waiting.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from uuid import UUID

import httpx
import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.crash import crash_point
from backend.database import Database
from backend.hooks.models import DeliveryStatus, HookDelivery, HookEndpoint
from backend.hooks.schedule import FAILING_FOR, next_try
from backend.hooks.signing import secrets_of, signed
from backend.incidents.models import Severity
from backend.incidents.service import note
from backend.outbound import Inside, Outbound
from backend.settings import Settings
from backend.statements import Statement

log = structlog.get_logger()

LEASE_SECONDS = 30.0
CALL_SECONDS = 15.0
AT_ONCE = 256
AT_ONCE_EACH = 4
"""Calls under way to one endpoint."""
_KEPT_ATTEMPTS = 20
_GONE = 410

_CLAIM = Statement("""
WITH heads AS (
    SELECT head.* FROM hook_endpoints
    JOIN tenants ON tenants.id = hook_endpoints.tenant_id AND tenants.status = 'active'
    CROSS JOIN LATERAL (
        SELECT tenant_id, id, lease_until, due_at FROM hook_deliveries
        WHERE hook_deliveries.tenant_id = hook_endpoints.tenant_id AND hook_deliveries.endpoint_id = hook_endpoints.id
            AND hook_deliveries.status = 'waiting' AND hook_deliveries.due_at <= :now
        ORDER BY hook_deliveries.due_at LIMIT :each
    ) AS head
    WHERE hook_endpoints.enabled
), picked AS (
    SELECT hook_deliveries.tenant_id, hook_deliveries.id FROM heads
    JOIN hook_deliveries ON hook_deliveries.tenant_id = heads.tenant_id AND hook_deliveries.id = heads.id
    WHERE hook_deliveries.status = 'waiting' AND hook_deliveries.due_at <= :now
        AND (hook_deliveries.lease_until IS NULL OR hook_deliveries.lease_until < :machine_now)
    ORDER BY heads.due_at LIMIT :limit
    FOR UPDATE OF hook_deliveries SKIP LOCKED
)
UPDATE hook_deliveries SET attempt = hook_deliveries.attempt + 1, lease_until = :lease_until, updated_at = :now
FROM picked WHERE hook_deliveries.tenant_id = picked.tenant_id AND hook_deliveries.id = picked.id
RETURNING hook_deliveries.tenant_id, hook_deliveries.id, hook_deliveries.endpoint_id, hook_deliveries.attempt
""")


@dataclass(frozen=True, slots=True)
class Leased:
    """One delivery for one attempt; `attempt` is the fence of its record."""

    tenant_id: UUID
    id: UUID
    endpoint_id: UUID
    attempt: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an attempt came to."""

    status: int | None
    error: str | None
    milliseconds: int
    wait_seconds: float | None = None

    @property
    def taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


async def claim(database: Database, limit: int) -> list[Leased]:
    """Lease what is due, a few of each endpoint."""
    machine_now = clock.machine_now()
    rows = await database.look(
        _CLAIM,
        {
            "now": clock.now(),
            "machine_now": machine_now,
            "lease_until": machine_now + timedelta(seconds=LEASE_SECONDS),
            "each": AT_ONCE_EACH,
            "limit": limit,
        },
    )
    return [Leased(**row) for row in rows]


class HookCourier:
    """Sends deliveries for one process."""

    def __init__(self, database: Database, settings: Settings, outbound: Outbound | None = None) -> None:
        self._database = database
        self._settings = settings
        self._outbound = outbound or Outbound(settings.outbound_hosts, seconds=CALL_SECONDS)

    async def close(self) -> None:
        """Let go of connections."""
        await self._outbound.close()

    async def deliver(self, leased: Leased) -> None:
        """One attempt; its trouble is its own, and what is not recorded is tried again when the lease is over."""
        try:
            found = await self._read(leased)
            if found is None:
                return
            outcome = found if isinstance(found, Outcome) else await self._call(*found)
            crash_point("hook.before_record")
            await self._record(leased, outcome)
        except Exception as error:
            log.error("hook.failed", **_ids(leased), error=type(error).__name__)

    async def _read(self, leased: Leased) -> tuple[str, bytes, dict[str, str]] | Outcome | None:
        async with self._database.tenant(leased.tenant_id) as session:
            row = (
                await session.execute(
                    select(HookDelivery, HookEndpoint)
                    .join(
                        HookEndpoint,
                        (HookEndpoint.tenant_id == HookDelivery.tenant_id)
                        & (HookEndpoint.id == HookDelivery.endpoint_id),
                    )
                    .where(HookDelivery.id == leased.id, HookDelivery.attempt == leased.attempt)
                )
            ).one_or_none()
        if row is None:
            return None
        delivery, endpoint = row
        now = clock.machine_now()
        try:
            keys = secrets_of(self._settings, leased.tenant_id, endpoint.secrets, endpoint.previous_until, now)
        except ValueError:
            return Outcome(None, "secret_unreadable", 0)
        return endpoint.url, *signed(delivery.event_id, delivery.payload, keys, now)

    async def _call(self, url: str, body: bytes, headers: dict[str, str]) -> Outcome:
        started = time.monotonic()
        status, error, wait = None, None, None
        try:
            answer = await self._outbound.post(url, body, headers)
            status, wait = answer.status_code, _asked_to_wait(answer)
        except Inside:
            error = "address_not_allowed"
        except (TimeoutError, httpx.TimeoutException):
            error = "timeout"
        except httpx.ConnectError:
            error = "cannot_connect"
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            error = "broken_answer"
        return Outcome(status, error, round((time.monotonic() - started) * 1000), wait)

    async def _record(self, leased: Leased, outcome: Outcome) -> None:
        async with self._database.tenant(leased.tenant_id) as session:
            delivery = await session.scalar(
                select(HookDelivery)
                .where(HookDelivery.id == leased.id, HookDelivery.attempt == leased.attempt)
                .with_for_update()
            )
            if delivery is None:
                return
            now = clock.now()
            tried = {
                "at": now.isoformat(),
                "status": outcome.status,
                "error": outcome.error,
                "milliseconds": outcome.milliseconds,
            }
            delivery.attempts = [*delivery.attempts, tried][-_KEPT_ATTEMPTS:]
            delivery.tries += 1
            delivery.lease_until = None
            again = None if outcome.status == _GONE else next_try(delivery.tries, now, outcome.wait_seconds)
            if outcome.taken:
                delivery.status, delivery.delivered_at = DeliveryStatus.DELIVERED, now
            elif again is None:
                delivery.status = DeliveryStatus.FAILED
            else:
                delivery.due_at = again
            await session.flush()
            await _judge(session, leased.endpoint_id, outcome, now)
        log.info("hook.recorded", **_ids(leased), status=outcome.status, error=outcome.error, state=delivery.status)


async def _judge(session: AsyncSession, endpoint_id: UUID, outcome: Outcome, now: datetime) -> None:
    """What an outcome says of its endpoint: well again, failing, or to be switched off."""
    of_endpoint = update(HookEndpoint).where(HookEndpoint.id == endpoint_id)
    if outcome.taken:
        await session.execute(of_endpoint.where(HookEndpoint.failing_since.is_not(None)).values(failing_since=None))
        return
    await session.execute(of_endpoint.where(HookEndpoint.failing_since.is_(None)).values(failing_since=now))
    reason = "gone" if outcome.status == _GONE else "failing"
    overdue = of_endpoint.where(HookEndpoint.enabled)
    if reason == "failing":
        overdue = overdue.where(HookEndpoint.failing_since < now - FAILING_FOR)
    disabled = await session.scalar(
        overdue.values(enabled=False, disabled_reason=reason, updated_at=now).returning(HookEndpoint.id)
    )
    if disabled is not None:
        await note(
            session,
            Severity.WARNING,
            "hooks",
            "endpoint.disabled",
            "A webhook endpoint was switched off; the business must mend it and switch it on again.",
            endpoint_id=endpoint_id,
            reason=reason,
        )


def _asked_to_wait(answer: httpx.Response) -> float | None:
    """Seconds of a Retry-After (RFC 9110, a number or a date) of an answer that says to come back later."""
    told = answer.headers.get("Retry-After", "")
    if answer.status_code not in (429, 503) or not told:
        return None
    try:
        if told.strip().isdigit():
            return float(told)
        return max(0.0, (parsedate_to_datetime(told) - clock.machine_now()).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None


def _ids(leased: Leased) -> dict[str, Any]:
    return {"tenant": str(leased.tenant_id), "endpoint": str(leased.endpoint_id), "delivery": str(leased.id)}
