"""Free slots of a service as the diary has them now: one question for those who look by themselves."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.bookings.availability import Person, Slot, free_slots
from backend.bookings.diary import Diary, able_staff, demand_of, people
from backend.bookings.models import Service, StaffMember


async def openings(
    session: AsyncSession, diary: Diary, service: Service, start: datetime, end: datetime, staff_id: UUID | None = None
) -> list[Slot]:
    """Free starts in [start, end), with one person or with anyone; none of a service that is off."""
    staff = await who_does(session, service, staff_id)
    around = await people(session, diary, staff, start, end)
    return slots_among(diary, service, around, start, end)


async def who_does(session: AsyncSession, service: Service, staff_id: UUID | None) -> Sequence[StaffMember]:
    """Whoever may do it: the one asked for, or all of them; nobody if the service is off."""
    able = await able_staff(session, service.id) if service.active else []
    return [member for member in able if staff_id in (None, member.id)]


def slots_among(
    diary: Diary, service: Service, around: Collection[Person], start: datetime, end: datetime
) -> list[Slot]:
    """Free starts in [start, end) with these people."""
    return free_slots(diary.rules, demand_of(service), list(around), start, end, diary.now)
