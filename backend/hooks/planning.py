"""From events to deliveries: each endpoint follows the events table by its own position, and none is made twice.

The position moves in the transaction that makes the deliveries. So a process may die anywhere, and several may run.
"""

from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.database import Database, new_id
from backend.events.models import Event
from backend.hooks.models import DeliveryStatus, HookDelivery, HookEndpoint

PAGE = 200
EVERY_KIND = "*"
_BATCH = 100
_SETTLED = text("events.transaction < pg_snapshot_xmin(pg_current_snapshot())::text::bigint")

_WITH_NEWS = text("""
SELECT hook_endpoints.tenant_id, hook_endpoints.id FROM hook_endpoints
JOIN tenants ON tenants.id = hook_endpoints.tenant_id AND tenants.status = 'active'
WHERE hook_endpoints.enabled AND EXISTS (
    SELECT FROM events WHERE events.tenant_id = hook_endpoints.tenant_id
        AND (events.transaction, events.sequence) > (hook_endpoints.seen_transaction, hook_endpoints.seen_sequence)
        AND events.transaction < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
)
LIMIT :limit
""")


async def plan(database: Database) -> int:
    """Make the deliveries of what happened; returns how many endpoints were looked after."""
    async with database.queue() as session:
        rows = (await session.execute(_WITH_NEWS, {"limit": _BATCH})).all()
    for tenant_id, endpoint_id in rows:
        async with database.tenant(tenant_id) as session:
            await _follow(session, endpoint_id)
    return len(rows)


async def _follow(session: AsyncSession, endpoint_id: UUID) -> None:
    endpoint = await session.scalar(
        select(HookEndpoint)
        .where(HookEndpoint.id == endpoint_id, HookEndpoint.enabled)
        .with_for_update(skip_locked=True)
    )
    if endpoint is None:
        return
    page = (
        await session.scalars(
            select(Event)
            .where(
                Event.tenant_id == endpoint.tenant_id,
                text("(events.transaction, events.sequence) > (:transaction, :sequence)").bindparams(
                    transaction=endpoint.seen_transaction, sequence=endpoint.seen_sequence
                ),
                _SETTLED,
            )
            .order_by(Event.transaction, Event.sequence)
            .limit(PAGE)
        )
    ).all()
    if not page:
        return
    now = clock.now()
    # An event from before the endpoint comes up where positions were lost in a restore.
    wanted = [event for event in page if wants(endpoint, event.kind) and event.created_at >= endpoint.created_at]
    if wanted:
        rows = [delivery_of(endpoint, event) for event in wanted]
        await session.execute(insert(HookDelivery).on_conflict_do_nothing(), rows)
    await session.execute(
        update(HookEndpoint)
        .where(HookEndpoint.id == endpoint_id)
        .values(seen_transaction=page[-1].transaction, seen_sequence=page[-1].sequence, updated_at=now)
    )


def wants(endpoint: HookEndpoint, kind: str) -> bool:
    """Whether an endpoint is told of events of this kind."""
    return EVERY_KIND in endpoint.events or kind in endpoint.events


def delivery_of(endpoint: HookEndpoint, event: Event) -> dict[str, object]:
    """The row of a delivery that is due now."""
    now = clock.now()
    return {
        "tenant_id": endpoint.tenant_id,
        "id": new_id(),
        "endpoint_id": endpoint.id,
        "event_id": event.id,
        "kind": event.kind,
        "payload": payload_of(event),
        "happened_at": event.created_at,
        "status": DeliveryStatus.WAITING,
        "due_at": now,
        "attempt": 0,
        "tries": 0,
        "attempts": [],
        "created_at": now,
        "updated_at": now,
    }


def payload_of(event: Event) -> dict[str, object]:
    """What is sent (Standard Webhooks' shape)."""
    subjects = {
        "subject_id": event.subject_id,
        "conversation_id": event.conversation_id,
        "contact_id": event.contact_id,
    }
    return {
        "type": event.kind,
        "timestamp": event.created_at.isoformat(),
        "data": {**{name: str(one) if one else None for name, one in subjects.items()}, **event.data},
    }
