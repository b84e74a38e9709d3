"""What can be booked and with whom: services and staff, and who does what."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bookings.models import Service, StaffMember, StaffService
from backend.bookings.schemas import NewService, NewStaff, ServiceChange, StaffChange
from backend.database import new_id, tenant_of
from backend.errors import Conflict, NotFound, Unprocessable


async def create_service(session: AsyncSession, new: NewService) -> Service:
    """A new service. Raises Conflict `name-taken`; Unprocessable for unknown staff or `deposit-above-price`."""
    service = Service(id=new_id(), tenant_id=tenant_of(session), **new.model_dump(exclude={"staff_ids"}))
    _expect_deposit(service)
    session.add(service)
    await _flush(session, new.name)
    await _link(session, StaffService.service_id, service.id, new.staff_ids)
    return service


async def change_service(session: AsyncSession, service_id: UUID, change: ServiceChange) -> Service:
    """Sets the fields that were given. Bookings keep the name, price and time they were made with."""
    service = await get_service(session, service_id)
    _set(service, change.model_dump(exclude_unset=True, exclude={"staff_ids"}))
    _expect_deposit(service)
    await _flush(session, change.name)
    if "staff_ids" in change.model_fields_set:
        await _link(session, StaffService.service_id, service.id, change.staff_ids)
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
    await _link(session, StaffService.staff_id, member.id, new.service_ids)
    return member


async def change_staff(session: AsyncSession, staff_id: UUID, change: StaffChange) -> StaffMember:
    """Sets the fields that were given. Bookings outside the new hours stay."""
    member = await get_staff(session, staff_id)
    _set(member, change.model_dump(exclude_unset=True, exclude={"service_ids", "hours"}))
    if "hours" in change.model_fields_set:
        member.hours = change.hours.stored()
    await _flush(session, change.name)
    if "service_ids" in change.model_fields_set:
        await _link(session, StaffService.staff_id, member.id, change.service_ids)
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


async def staff_of(session: AsyncSession, services: Iterable[Service]) -> dict[UUID, list[UUID]]:
    """Staff ids by service."""
    return await _linked(session, StaffService.service_id, StaffService.staff_id, [one.id for one in services])


async def services_of(session: AsyncSession, staff: Iterable[StaffMember]) -> dict[UUID, list[UUID]]:
    """Service ids by staff member."""
    return await _linked(session, StaffService.staff_id, StaffService.service_id, [one.id for one in staff])


async def _linked(session: AsyncSession, by: Any, what: Any, ids: list[UUID]) -> dict[UUID, list[UUID]]:
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for key, value in await session.execute(select(by, what).where(by.in_(ids)).order_by(what)):
        found[key].append(value)
    return found


async def _link(session: AsyncSession, side: Any, own_id: UUID, others: list[UUID]) -> None:
    """Who does what, replaced for one service or staff member."""
    mine, theirs = ("service_id", "staff_id") if side is StaffService.service_id else ("staff_id", "service_id")
    other_model = StaffMember if theirs == "staff_id" else Service
    known = set(await session.scalars(select(other_model.id).where(other_model.id.in_(others))))
    unknown = [str(one) for one in others if one not in known]
    if unknown:
        raise Unprocessable(f"{theirs}s holds ids that do not exist here; remove them.", unknown=unknown)
    await session.execute(delete(StaffService).where(side == own_id))
    session.add_all(StaffService(tenant_id=tenant_of(session), **{mine: own_id, theirs: other}) for other in known)
    await session.flush()


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
