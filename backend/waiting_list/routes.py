"""The waiting list over HTTP: for the tenant, and for the agent with the token of a claimed bundle."""

from typing import Any
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from backend.bookings.diary import open_diary
from backend.bookings.offer import get_service
from backend.contacts.service import get_contact
from backend.conversations.journal import ToolAnswer, ToolCall, write_once
from backend.fields import Limit, Page, page_of
from backend.scopes import TenantScope, TurnScope
from backend.waiting_list import service, tools
from backend.waiting_list.models import WaitingStatus
from backend.waiting_list.schemas import JoinArguments, LeaveArguments, NewWaitingEntry, WaitingEntryView


class WaitingListController(Controller):
    """Who waits for time to become free."""

    path = "/v1/waiting-list"
    tags = ("bookings",)

    @post()
    async def create(self, tenant: NamedDependency[TenantScope], data: JSONBody[NewWaitingEntry]) -> WaitingEntryView:
        """Put a contact on the list; the same wish again is the entry that is there. They are asked in the chat when
        time becomes free. 422 `days-over`, `too-many-days`, `too-far`; 409 `waiting-for-enough`."""
        async with tenant.transaction() as session:
            await get_contact(session, data.contact_id)
            chosen = await get_service(session, data.service_id)
            diary = await open_diary(session)
            entry, _ = await service.add(session, diary, chosen, data.wish(), data.contact_id)
            return WaitingEntryView.of(entry)

    @get()
    async def index(
        self,
        tenant: NamedDependency[TenantScope],
        cursor: FromQuery[UUID | None] = None,
        limit: Limit = 50,
        status: FromQuery[WaitingStatus | None] = None,
        contact_id: FromQuery[UUID | None] = None,
    ) -> Page[WaitingEntryView]:
        """Entries, oldest first."""
        async with tenant.transaction() as session:
            found = await service.list_entries(session, cursor, limit + 1, status, contact_id)
            return page_of([WaitingEntryView.of(entry) for entry in found], limit)

    @get("/{entry_id:uuid}")
    async def show(self, tenant: NamedDependency[TenantScope], entry_id: FromPath[UUID]) -> WaitingEntryView:
        """One entry."""
        async with tenant.transaction() as session:
            return WaitingEntryView.of(await service.get_entry(session, entry_id))

    @post("/{entry_id:uuid}/withdraw", status_code=200)
    async def withdraw(self, tenant: NamedDependency[TenantScope], entry_id: FromPath[UUID]) -> WaitingEntryView:
        """Take them off the list; what was kept for them goes to the next. 409 `illegal-transition` if it has ended."""
        async with tenant.transaction() as session:
            return WaitingEntryView.of(await service.withdraw(session, entry_id))


class WaitingListTools(Controller):
    """What the agent may do about the waiting list."""

    path = "/internal/tools"
    tags = ("tools",)

    @post("/join_waiting_list", status_code=200)
    async def join(self, turn: NamedDependency[TurnScope], data: JSONBody[ToolCall[JoinArguments]]) -> ToolAnswer:
        """Writes: the contact is asked when such a time becomes free."""
        return await write_once(turn, tools.JOIN, data, lambda db: tools.join(db, turn, data.arguments))

    @post("/leave_waiting_list", status_code=200)
    async def leave(self, turn: NamedDependency[TurnScope], data: JSONBody[ToolCall[LeaveArguments]]) -> ToolAnswer:
        """Writes: the contact waits no longer."""
        return await write_once(turn, tools.LEAVE, data, lambda db: tools.leave_list(db, turn, data.arguments))


CONTROLLERS: list[Any] = [WaitingListController, WaitingListTools]
