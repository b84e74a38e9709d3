"""Who does what, and what a service may use: pairs of a service with staff and with resources, read and replaced from
either side."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bookings.models import Resource, Service, ServiceResource, StaffMember, StaffService
from backend.database import tenant_of
from backend.errors import Unprocessable


@dataclass(frozen=True)
class Side:
    """One way to look at the pairs of a table: `own` is linked with `others`, ids of `model`."""

    table: type[StaffService] | type[ServiceResource]
    own: str
    others: str
    model: type[Service] | type[StaffMember] | type[Resource]


STAFF_OF = Side(StaffService, "service_id", "staff_id", StaffMember)
SERVICES_OF_STAFF = Side(StaffService, "staff_id", "service_id", Service)
RESOURCES_OF = Side(ServiceResource, "service_id", "resource_id", Resource)
SERVICES_OF_RESOURCE = Side(ServiceResource, "resource_id", "service_id", Service)


async def linked(session: AsyncSession, side: Side, ids: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """The others' ids by the own one."""
    own, others = (getattr(side.table, name) for name in (side.own, side.others))
    found: dict[UUID, list[UUID]] = defaultdict(list)
    query = select(own, others).where(own.in_(list(ids))).order_by(others)
    for key, value in await session.execute(query):
        found[key].append(value)
    return found


async def link(session: AsyncSession, side: Side, own_id: UUID, others: list[UUID]) -> None:
    """Links one service, person or resource with these and no others. Raises Unprocessable for unknown ids."""
    known = set(await session.scalars(select(side.model.id).where(side.model.id.in_(others))))
    unknown = [str(one) for one in others if one not in known]
    if unknown:
        raise Unprocessable(f"{side.others}s holds ids that do not exist here; remove them.", unknown=unknown)
    own: Any = getattr(side.table, side.own)
    await session.execute(delete(side.table).where(own == own_id))
    session.add_all(
        side.table(tenant_id=tenant_of(session), **{side.own: own_id, side.others: other}) for other in known
    )
    await session.flush()
