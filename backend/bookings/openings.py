"""Free slots of a service as the diary has them now, read once for whoever looks, holds or waits."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.bookings.availability import Person, Resource, Slot, free_slots, why_not
from backend.bookings.diary import Diary, able_staff, demand_of, people, resources
from backend.bookings.models import Service, StaffMember


@dataclass(frozen=True)
class Openings:
    """What the diary told of some days: asked again and again without another read."""

    diary: Diary
    service: Service
    around: Sequence[Person]
    things: Sequence[Resource]

    def slots(self, start: datetime, end: datetime) -> list[Slot]:
        """Free starts in [start, end), ascending."""
        return free_slots(
            self.diary.rules, demand_of(self.service), self.around, start, end, self.diary.now, self.things
        )

    def why_not(self, start: datetime) -> str:
        """Why nobody can start at `start`."""
        why = why_not(self.diary.rules, demand_of(self.service), self.around, start, self.diary.now, self.things)
        return why or "taken"


async def openings(
    session: AsyncSession, diary: Diary, service: Service, start: datetime, end: datetime, staff_id: UUID | None = None
) -> Openings:
    """Read [start, end), for one person or for anyone; nobody does a service that is off."""
    return await openings_of(session, diary, service, await who_does(session, service, staff_id), start, end)


async def openings_of(
    session: AsyncSession,
    diary: Diary,
    service: Service,
    staff: Sequence[StaffMember],
    start: datetime,
    end: datetime,
    without: Collection[UUID] = (),
) -> Openings:
    """Read [start, end) of these people; time of the holds and bookings in `without` counts as free."""
    around = await people(session, diary, staff, start, end, without, service)
    return Openings(diary, service, around, await resources(session, diary, service, start, end, without))


async def who_does(session: AsyncSession, service: Service, staff_id: UUID | None) -> Sequence[StaffMember]:
    """Whoever may do it: the one asked for, or all of them; nobody if the service is off."""
    able = await able_staff(session, service.id) if service.active else []
    return [member for member in able if staff_id in (None, member.id)]
