"""Endpoints of a tenant, their log, and sending again what did not arrive."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.database import new_id, tenant_of
from backend.errors import Conflict, NotFound, Unprocessable
from backend.events.models import Event
from backend.events.positions import Position
from backend.hooks.models import DeliveryStatus, HookDelivery, HookEndpoint
from backend.hooks.planning import delivery_of, wants
from backend.hooks.schedule import SECRET_OVERLAP
from backend.hooks.schemas import HookEndpointChange, NewHookEndpoint
from backend.hooks.signing import SEALED_COLUMN, new_secret, sealed
from backend.outbound import Inside, check_url
from backend.security import unseal
from backend.settings import Settings

MOST_ENDPOINTS = 20
MOST_RECOVERED = 5000
TEST_KIND = "hook.test"
_NEWEST = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")


async def create_endpoint(session: AsyncSession, settings: Settings, new: NewHookEndpoint) -> tuple[HookEndpoint, str]:
    """The endpoint, told of what happens from now on, and its secret to show once. Unprocessable of type
    address-not-allowed; Conflict of type too-many-endpoints."""
    _expect_address(settings, new.url)
    if (await session.scalar(select(func.count()).select_from(HookEndpoint)) or 0) >= MOST_ENDPOINTS:
        raise Conflict(
            f"There are {MOST_ENDPOINTS} endpoints already; delete one of them first.", type="too-many-endpoints"
        )
    secret, at = new_secret(), await _newest(session)
    endpoint = HookEndpoint(
        tenant_id=tenant_of(session),
        id=new_id(),
        url=new.url,
        description=new.description,
        events=list(dict.fromkeys(new.events)),
        secrets=sealed(settings, tenant_of(session), secret),
        enabled=True,
        seen_transaction=at.transaction,
        seen_sequence=at.sequence,
    )
    session.add(endpoint)
    await session.flush()
    return endpoint, secret


async def list_endpoints(session: AsyncSession, after: UUID | None, limit: int) -> Sequence[HookEndpoint]:
    """Newest first."""
    query = select(HookEndpoint).order_by(HookEndpoint.id.desc()).limit(limit)
    if after is not None:
        query = query.where(HookEndpoint.id < after)
    return (await session.scalars(query)).all()


async def get_endpoint(session: AsyncSession, endpoint_id: UUID, *, locked: bool = False) -> HookEndpoint:
    """One endpoint; NotFound."""
    query = select(HookEndpoint).where(HookEndpoint.id == endpoint_id)
    endpoint = await session.scalar(query.with_for_update() if locked else query)
    if endpoint is None:
        raise NotFound("There is no such endpoint; GET /v1/hook-endpoints lists them.")
    found: HookEndpoint = endpoint
    return found


async def change_endpoint(
    session: AsyncSession, settings: Settings, endpoint_id: UUID, change: HookEndpointChange
) -> HookEndpoint:
    """The endpoint with the given fields changed; NotFound, Unprocessable."""
    endpoint = await get_endpoint(session, endpoint_id, locked=True)
    if change.url is not None:
        _expect_address(settings, change.url)
        endpoint.url = change.url
    if change.description is not None:
        endpoint.description = change.description
    if change.events is not None:
        endpoint.events = list(dict.fromkeys(change.events))
    if change.enabled is False and endpoint.enabled:
        endpoint.enabled, endpoint.disabled_reason = False, "by_hand"
    if change.enabled and not endpoint.enabled:
        at = await _newest(session)
        endpoint.enabled, endpoint.disabled_reason, endpoint.failing_since = True, None, None
        endpoint.seen_transaction, endpoint.seen_sequence = at.transaction, at.sequence
    await session.flush()
    return endpoint


async def delete_endpoint(session: AsyncSession, endpoint_id: UUID) -> None:
    """With its log; NotFound."""
    await session.delete(await get_endpoint(session, endpoint_id, locked=True))


async def rotate_secret(session: AsyncSession, settings: Settings, endpoint_id: UUID) -> tuple[HookEndpoint, str]:
    """A new secret to show once; the one before signs too for a day. NotFound."""
    endpoint = await get_endpoint(session, endpoint_id, locked=True)
    tenant_id, secret = tenant_of(session), new_secret()
    before = unseal(settings, tenant_id, SEALED_COLUMN, endpoint.secrets)["current"]
    endpoint.secrets = sealed(settings, tenant_id, secret, before)
    endpoint.previous_until = clock.machine_now() + SECRET_OVERLAP
    await session.flush()
    return endpoint, secret


async def send_test(session: AsyncSession, endpoint_id: UUID) -> HookDelivery:
    """An event of the kind hook.test for this endpoint alone, whatever it wants and even while it is off: it then goes
    when it is switched on. NotFound."""
    endpoint = await get_endpoint(session, endpoint_id)
    event = Event(
        tenant_id=endpoint.tenant_id,
        id=new_id(),
        kind=TEST_KIND,
        subject_id=endpoint.id,
        data={},
        created_at=clock.now(),
    )
    delivery = HookDelivery(**delivery_of(endpoint, event))
    session.add(delivery)
    await session.flush()
    return delivery


async def list_deliveries(
    session: AsyncSession, endpoint_id: UUID, status: str | None, after: UUID | None, limit: int
) -> Sequence[HookDelivery]:
    """The log of an endpoint, newest first; NotFound."""
    await get_endpoint(session, endpoint_id)
    query = select(HookDelivery).where(HookDelivery.endpoint_id == endpoint_id).order_by(HookDelivery.id.desc())
    if status is not None:
        query = query.where(HookDelivery.status == status)
    if after is not None:
        query = query.where(HookDelivery.id < after)
    return (await session.scalars(query.limit(limit))).all()


async def get_delivery(
    session: AsyncSession, endpoint_id: UUID, delivery_id: UUID, *, locked: bool = False
) -> HookDelivery:
    """One delivery; NotFound."""
    query = select(HookDelivery).where(HookDelivery.id == delivery_id, HookDelivery.endpoint_id == endpoint_id)
    delivery = await session.scalar(query.with_for_update() if locked else query)
    if delivery is None:
        raise NotFound("This endpoint has no such delivery; GET its deliveries for the log.")
    found: HookDelivery = delivery
    return found


async def replay(session: AsyncSession, endpoint_id: UUID, delivery_id: UUID) -> HookDelivery:
    """Send it again, now, whatever became of it; an attempt that is under way no longer counts. NotFound."""
    delivery = await get_delivery(session, endpoint_id, delivery_id, locked=True)
    delivery.status, delivery.due_at, delivery.delivered_at = DeliveryStatus.WAITING, clock.now(), None
    delivery.tries, delivery.lease_until = 0, None
    delivery.attempt += 1
    await session.flush()
    return delivery


async def recover(session: AsyncSession, endpoint_id: UUID, since: datetime) -> tuple[int, bool]:
    """Send what failed, and what the endpoint was never told, of the events since then: how many, and whether there are
    more. NotFound."""
    endpoint = await get_endpoint(session, endpoint_id, locked=True)
    known = select(HookDelivery.event_id).where(
        HookDelivery.endpoint_id == endpoint_id, HookDelivery.status != DeliveryStatus.FAILED
    )
    query = (
        select(Event)
        .where(Event.tenant_id == endpoint.tenant_id, Event.created_at >= since, Event.id.not_in(known))
        .order_by(Event.transaction, Event.sequence)
    )
    if "*" not in endpoint.events:
        query = query.where(Event.kind.in_(endpoint.events))
    found = [event for event in await session.scalars(query.limit(MOST_RECOVERED + 1)) if wants(endpoint, event.kind)]
    rows = [delivery_of(endpoint, event) for event in found[:MOST_RECOVERED]]
    if rows:
        now = clock.now()
        again = {"status": DeliveryStatus.WAITING, "due_at": now, "tries": 0, "lease_until": None, "updated_at": now}
        await session.execute(
            insert(HookDelivery).on_conflict_do_update(
                index_elements=["tenant_id", "endpoint_id", "event_id"],
                set_=again,
                where=HookDelivery.status == DeliveryStatus.FAILED,
            ),
            rows,
        )
    return len(rows), len(found) > MOST_RECOVERED


async def _newest(session: AsyncSession) -> Position:
    return Position((await session.scalars(_NEWEST)).one(), 0)


def _expect_address(settings: Settings, url: str) -> None:
    try:
        host, port = check_url(url, settings.outbound_hosts)
    except Inside as refusal:
        raise Unprocessable(f"Give an address out in the world: {refusal}.", type="address-not-allowed") from None
    inside = f"{host}:{port}" in settings.outbound_hosts
    if settings.environment == "production" and not inside and not url.startswith("https://"):
        raise Unprocessable("Give an https:// address.", type="address-not-allowed")
