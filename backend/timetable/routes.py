"""What changes the ordinary week, and the bookings in its way, over HTTP."""

from datetime import datetime, time, timedelta
from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bookings.diary import Diary, open_diary
from backend.bookings.hours import EPOCH, first_instant_from
from backend.bookings.views import booking_view
from backend.fields import Limit, Page, page_of
from backend.scopes import TenantScope
from backend.timetable import conflicts, service
from backend.timetable.models import BusyTime, DateOverride
from backend.timetable.schemas import (
    AbsenceMade,
    AbsenceView,
    BookingInConflict,
    Day,
    HolidayList,
    NewAbsence,
    NewOverride,
    OverrideMade,
    OverrideView,
)

FirstDay = Annotated[Day | None, QueryParameter(name="from")]
LastDay = Annotated[Day | None, QueryParameter(name="to")]


class OverrideController(Controller):
    """Other hours of single days, or none: of the business, or of one person."""

    path = "/v1/date-overrides"
    tags = ("bookings",)

    @post()
    async def create(self, tenant: NamedDependency[TenantScope], data: JSONBody[NewOverride]) -> OverrideMade:
        """Other hours of some days; bookings in the way stay, and are counted. 409 `too-many` beyond 2,000 ahead."""
        async with tenant.transaction() as session:
            override = await service.add_override(session, data)
            diary = await open_diary(session)
            first = first_instant_from(datetime.combine(override.first_day, time()), diary.zone)
            last = first_instant_from(datetime.combine(override.last_day, time()) + timedelta(days=1), diary.zone)
            touched = await conflicts.count(session, conflicts.Within(override.staff_id, max(first, diary.now), last))
        return OverrideMade(**_override(override).model_dump(), conflicts=touched)

    @get()
    async def index(
        self,
        tenant: NamedDependency[TenantScope],
        cursor: FromQuery[UUID | None] = None,
        limit: Limit = 50,
        first: FirstDay = None,
        last: LastDay = None,
        staff_id: FromQuery[UUID | None] = None,
        business: FromQuery[bool] = False,
    ) -> Page[OverrideView]:
        """Overrides, oldest first; `from` and `to` are dates, both included, `business` leaves out those of staff."""
        wanted = service.Between(staff_id, first, last, cursor, limit + 1)
        async with tenant.transaction() as session:
            found = await service.list_overrides(session, wanted, business)
        page = page_of(found, limit)
        return Page(items=[_override(one) for one in page.items], next_cursor=page.next_cursor)

    @get("/{override_id:uuid}")
    async def show(self, tenant: NamedDependency[TenantScope], override_id: FromPath[UUID]) -> OverrideView:
        """One override."""
        async with tenant.transaction() as session:
            return _override(await service.get_override(session, override_id))

    @delete("/{override_id:uuid}")
    async def remove(self, tenant: NamedDependency[TenantScope], override_id: FromPath[UUID]) -> None:
        """Takes it back: what holds otherwise holds again."""
        async with tenant.transaction() as session:
            await service.delete_row(session, await service.get_override(session, override_id))


class AbsenceController(Controller):
    """When staff are away."""

    path = "/v1/absences"
    tags = ("bookings",)

    @post()
    async def create(self, tenant: NamedDependency[TenantScope], data: JSONBody[NewAbsence]) -> AbsenceMade:
        """Somebody is away; bookings in the way stay, and are counted. 409 `too-many` beyond 2,000 ahead."""
        async with tenant.transaction() as session:
            absence = await service.add_absence(session, data)
            diary = await open_diary(session)
            away = conflicts.Within(absence.staff_id, max(absence.starts_at, diary.now), absence.ends_at)
            touched = await conflicts.count(session, away)
            return AbsenceMade(**_absence(diary, absence).model_dump(), conflicts=touched)

    @get()
    async def index(
        self,
        tenant: NamedDependency[TenantScope],
        cursor: FromQuery[UUID | None] = None,
        limit: Limit = 50,
        first: FirstDay = None,
        last: LastDay = None,
        staff_id: FromQuery[UUID | None] = None,
    ) -> Page[AbsenceView]:
        """Absences, oldest first; `from` and `to` are dates, both included."""
        async with tenant.transaction() as session:
            found = await service.list_absences(session, service.Between(staff_id, first, last, cursor, limit + 1))
            diary = await open_diary(session)
        page = page_of(found, limit)
        return Page(items=[_absence(diary, one) for one in page.items], next_cursor=page.next_cursor)

    @get("/{absence_id:uuid}")
    async def show(self, tenant: NamedDependency[TenantScope], absence_id: FromPath[UUID]) -> AbsenceView:
        """One absence."""
        async with tenant.transaction() as session:
            return _absence(await open_diary(session), await service.get_absence(session, absence_id))

    @delete("/{absence_id:uuid}")
    async def remove(self, tenant: NamedDependency[TenantScope], absence_id: FromPath[UUID]) -> None:
        """They are there after all."""
        async with tenant.transaction() as session:
            await service.delete_row(session, await service.get_absence(session, absence_id))


class HolidayController(Controller):
    """Public holidays of the country that the setting `public_holidays` names."""

    path = "/v1/holidays"
    tags = ("bookings",)

    @get()
    async def index(self, tenant: NamedDependency[TenantScope], year: FromQuery[int | None] = None) -> HolidayList:
        """The public holidays of a year, with their names in the business's language and whether it is closed."""
        async with tenant.transaction() as session:
            return await service.list_holidays(session, year)


class ConflictController(Controller):
    """Open bookings that something speaks against."""

    path = "/v1/bookings/conflicts"
    tags = ("bookings",)

    @get()
    async def index(
        self,
        tenant: NamedDependency[TenantScope],
        cursor: Annotated[str | None, QueryParameter(max_length=1000)] = None,
        limit: Limit = 50,
        first: Annotated[datetime | None, QueryParameter(name="from")] = None,
        last: Annotated[datetime | None, QueryParameter(name="to")] = None,
        staff_id: FromQuery[UUID | None] = None,
    ) -> Page[BookingInConflict]:
        """Bookings outside of hours, in an absence, of who or what is gone, and those that nobody closed, by start.

        Ask after changing hours, overrides, absences, the zone, staff or services. A page looks at 2,000 bookings at
        most, so it may be short, or empty, and still go on.
        """
        async with tenant.transaction() as session:
            within = conflicts.Within(staff_id, _since(first), last)
            found, following = await conflicts.find(session, within, cursor, limit)
            items = await _conflicts(session, found)
        return Page(items=items, next_cursor=following)


def _since(instant: datetime | None) -> datetime | None:
    """Before 1970 nothing was booked."""
    return None if instant is None else max(instant, EPOCH)


async def _conflicts(session: AsyncSession, found: list[conflicts.Found]) -> list[BookingInConflict]:
    diary = await open_diary(session)
    return [BookingInConflict(booking=booking_view(diary, one), reasons=reasons) for one, reasons in found]


def _override(row: DateOverride) -> OverrideView:
    return OverrideView(
        id=row.id,
        staff_id=row.staff_id,
        first_day=row.first_day,
        last_day=row.last_day,
        hours=row.hours,
        reason=row.reason,
        created_at=row.created_at,
    )


def _absence(diary: Diary, row: BusyTime) -> AbsenceView:
    return AbsenceView(
        id=row.id,
        staff_id=row.staff_id,
        start=diary.local(row.starts_at),
        end=diary.local(row.ends_at),
        reason=row.reason,
    )


CONTROLLERS = [OverrideController, AbsenceController, HolidayController, ConflictController]
