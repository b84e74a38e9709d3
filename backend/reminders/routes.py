"""Reminders and attendance over HTTP, for the tenant and for the agent."""

from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from backend.bookings.diary import open_diary
from backend.bookings.schemas import BookingView
from backend.bookings.service import get_booking
from backend.bookings.views import booking_views
from backend.conversations.journal import ToolAnswer, ToolCall, write_once
from backend.fields import Limit, Page, page_of
from backend.reminders import service
from backend.reminders.attendance import confirm_attendance, set_attendance
from backend.reminders.models import ReminderStatus
from backend.reminders.schemas import Attendance, AttendanceArguments, ReminderList, ReminderView
from backend.scopes import TenantScope, TurnScope


class ReminderController(Controller):
    """What customers are reminded of."""

    path = "/v1/reminders"
    tags = ("bookings",)

    @get()
    async def index(
        self,
        tenant: NamedDependency[TenantScope],
        status: FromQuery[ReminderStatus | None] = None,
        cursor: FromQuery[UUID | None] = None,
        limit: Limit = 50,
    ) -> Page[ReminderView]:
        """Reminders of all bookings, newest first; `status=held` are those that need somebody."""
        async with tenant.transaction() as session:
            zone = (await open_diary(session)).zone
            found = page_of(await service.list_reminders(session, status, cursor, limit + 1), limit)
        return Page(items=[ReminderView.of(one, zone) for one in found.items], next_cursor=found.next_cursor)


class BookingReminders(Controller):
    """Reminders of one booking, and whether its customer comes."""

    path = "/v1/bookings"
    tags = ("bookings",)

    @get("/{booking_id:uuid}/reminders")
    async def reminders(self, tenant: NamedDependency[TenantScope], booking_id: FromPath[UUID]) -> ReminderList:
        """Its reminders by due time, also those of starts that it had before."""
        async with tenant.transaction() as session:
            booking = await get_booking(session, booking_id)
            zone = (await open_diary(session)).zone
            found = await service.of_booking(session, booking.id)
        return ReminderList(items=[ReminderView.of(one, zone) for one in found])

    @post("/{booking_id:uuid}/attendance", status_code=200)
    async def attendance(
        self, tenant: NamedDependency[TenantScope], booking_id: FromPath[UUID], data: JSONBody[Attendance]
    ) -> BookingView:
        """The customer said that they come, or takes it back. 409 `nothing-to-confirm` if it has begun or ended."""
        async with tenant.transaction() as session:
            booking = await set_attendance(session, booking_id, data.confirmed)
            return (await booking_views(session, [booking]))[0]


class AttendanceTool(Controller):
    """What the agent may do about attendance."""

    path = "/internal/tools"
    tags = ("tools",)

    @post("/confirm_attendance", status_code=200)
    async def confirm_attendance(
        self, turn: NamedDependency[TurnScope], data: JSONBody[ToolCall[AttendanceArguments]]
    ) -> ToolAnswer:
        """Writes: the customer comes to the booking that they were reminded of."""
        return await write_once(
            turn,
            "confirm_attendance",
            data,
            lambda db: confirm_attendance(db, turn, data.arguments.booking_code, data.message_id),
        )


CONTROLLERS = [ReminderController, BookingReminders, AttendanceTool]
