"""What can be booked, with whom and where: services, staff and resources."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bookings.group_sessions import resize
from backend.bookings.links import RESOURCES_OF, SERVICES_OF_RESOURCE, SERVICES_OF_STAFF, STAFF_OF, link, linked
from backend.bookings.models import Resource, Service, StaffMember
from backend.bookings.schemas import NewResource, NewService, NewStaff, ResourceChange, ServiceChange, StaffChange
from backend.database import new_id, tenant_of
from backend.errors import Conflict, NotFound, Unprocessable

_LINKS = {"staff_ids", "service_ids", "resource_ids"}


async def create_service(session: AsyncSession, new: NewService) -> Service:
    """A new service. Raises Conflict `name-taken`; Unprocessable for unknown staff or resources, or
    `deposit-above-price`."""
    service = Service(id=new_id(), tenant_id=tenant_of(session), **new.model_dump(exclude=_LINKS))
    _expect_deposit(service)
    session.add(service)
    await _flush(session, new.name)
    await link(session, STAFF_OF, service.id, new.staff_ids)
    await link(session, RESOURCES_OF, service.id, new.resource_ids)
    return service


async def change_service(session: AsyncSession, service_id: UUID, change: ServiceChange) -> Service:
    """Sets the fields that were given. Bookings keep the name, price, time and seat they were made with; a new capacity
    holds for group sessions still to come, too."""
    service = await get_service(session, service_id)
    _set(service, change.model_dump(exclude_unset=True, exclude=_LINKS))
    _expect_deposit(service)
    await _flush(session, change.name)
    if "capacity" in change.model_fields_set:
        await resize(session, service.id, change.capacity)
    if "staff_ids" in change.model_fields_set:
        await link(session, STAFF_OF, service.id, change.staff_ids)
    if "resource_ids" in change.model_fields_set:
        await link(session, RESOURCES_OF, service.id, change.resource_ids)
    return service


async def get_service(session: AsyncSession, service_id: UUID) -> Service:
    """One service; NotFound."""
    service = await session.get(Service, (tenant_of(session), service_id))
    if service is None:
        raise NotFound("There is no such service; GET /v1/services lists them.")
    return service


async def list_services(
    session: AsyncSession, after: UUID | None, limit: int, active: bool | None
) -> Sequence[Service]:
    """Services, oldest first, behind the one named."""
    query = select(Service).order_by(Service.id).limit(limit)
    if after is not None:
        query = query.where(Service.id > after)
    if active is not None:
        query = query.where(Service.active == active)
    return (await session.scalars(query)).all()


async def delete_service(session: AsyncSession, service_id: UUID) -> None:
    """Takes it off the offer with its holds; bookings stay, with the name they had."""
    await session.delete(await get_service(session, service_id))
    await session.flush()


async def create_staff(session: AsyncSession, new: NewStaff) -> StaffMember:
    """A new staff member. Raises Conflict `name-taken`; Unprocessable for unknown services."""
    member = StaffMember(
        id=new_id(), tenant_id=tenant_of(session), name=new.name, hours=new.hours.stored(), active=new.active
    )
    session.add(member)
    await _flush(session, new.name)
    await link(session, SERVICES_OF_STAFF, member.id, new.service_ids)
    return member


async def change_staff(session: AsyncSession, staff_id: UUID, change: StaffChange) -> StaffMember:
    """Sets the fields that were given. Bookings outside the new hours stay."""
    member = await get_staff(session, staff_id)
    _set(member, change.model_dump(exclude_unset=True, exclude=_LINKS | {"hours"}))
    if "hours" in change.model_fields_set:
        member.hours = change.hours.stored()
    await _flush(session, change.name)
    if "service_ids" in change.model_fields_set:
        await link(session, SERVICES_OF_STAFF, member.id, change.service_ids)
    return member


async def get_staff(session: AsyncSession, staff_id: UUID) -> StaffMember:
    """One staff member; NotFound."""
    member = await session.get(StaffMember, (tenant_of(session), staff_id))
    if member is None:
        raise NotFound("There is no such staff member; GET /v1/staff lists them.")
    return member


async def list_staff(session: AsyncSession, after: UUID | None, limit: int) -> Sequence[StaffMember]:
    """Staff, oldest first, behind the one named."""
    query = select(StaffMember).order_by(StaffMember.id).limit(limit)
    if after is not None:
        query = query.where(StaffMember.id > after)
    return (await session.scalars(query)).all()


async def delete_staff(session: AsyncSession, staff_id: UUID) -> None:
    """Removes somebody with their holds; bookings stay, with the name they had, and need somebody else."""
    await session.delete(await get_staff(session, staff_id))
    await session.flush()


async def create_resource(session: AsyncSession, new: NewResource) -> Resource:
    """A new resource. Raises Conflict `name-taken`; Unprocessable for unknown services."""
    resource = Resource(id=new_id(), tenant_id=tenant_of(session), **new.model_dump(exclude=_LINKS))
    session.add(resource)
    await _flush(session, new.name)
    await link(session, SERVICES_OF_RESOURCE, resource.id, new.service_ids)
    return resource


async def change_resource(session: AsyncSession, resource_id: UUID, change: ResourceChange) -> Resource:
    """Sets the fields that were given. What has taken it keeps it, also a seat that it has no more."""
    resource = await get_resource(session, resource_id)
    _set(resource, change.model_dump(exclude_unset=True, exclude=_LINKS))
    await _flush(session, change.name)
    if "service_ids" in change.model_fields_set:
        await link(session, SERVICES_OF_RESOURCE, resource.id, change.service_ids)
    return resource


async def get_resource(session: AsyncSession, resource_id: UUID) -> Resource:
    """One resource; NotFound."""
    resource = await session.get(Resource, (tenant_of(session), resource_id))
    if resource is None:
        raise NotFound("There is no such resource; GET /v1/resources lists them.")
    return resource


async def list_resources(session: AsyncSession, after: UUID | None, limit: int) -> Sequence[Resource]:
    """Resources, oldest first, behind the one named."""
    query = select(Resource).order_by(Resource.id).limit(limit)
    if after is not None:
        query = query.where(Resource.id > after)
    return (await session.scalars(query)).all()


async def delete_resource(session: AsyncSession, resource_id: UUID) -> None:
    """Removes it; what has it booked stays, with its name, and no service needs it any more."""
    await session.delete(await get_resource(session, resource_id))
    await session.flush()


async def staff_of(session: AsyncSession, services: Iterable[Service]) -> dict[UUID, list[UUID]]:
    """Staff ids by service."""
    return await linked(session, STAFF_OF, (one.id for one in services))


def _expect_deposit(service: Service) -> None:
    if (service.deposit or 0) > service.price:
        raise Unprocessable("A deposit is a part of the price; it cannot be more.", type="deposit-above-price")


def _set(row: Any, given: dict[str, Any]) -> None:
    for name, value in given.items():
        setattr(row, name, value)


async def _flush(session: AsyncSession, name: str) -> None:
    try:
        await session.flush()
    except IntegrityError as error:
        raise Conflict(f"The name {name!r} is taken; choose another.", type="name-taken") from error
