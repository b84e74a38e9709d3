"""Merging contacts over HTTP, and parting them again."""

from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from backend.bell import Bell
from backend.contacts import merging, service
from backend.contacts.schemas import ContactView, MergeIn, MergeView
from backend.contacts.stages import stages_of
from backend.fields import Limit, Page, page_of
from backend.scopes import TenantScope

_OF_CONTACTS = {"permission": "contacts:write"}


class MergeController(Controller):
    """Two contacts who are one person."""

    path = "/v1"
    tags = ("contacts",)

    @post("/contacts/{contact_id:uuid}/merge")
    async def merge(
        self,
        tenant: NamedDependency[TenantScope],
        bell: NamedDependency[Bell],
        contact_id: FromPath[UUID],
        data: JSONBody[MergeIn],
    ) -> MergeView:
        """The contact named in the body becomes this one: conversations, orders, bookings and notes follow."""
        async with tenant.transaction() as session:
            record = MergeView.of(await merging.merge(session, contact_id, data.contact_id))
        await bell.ring("turn")
        return record

    @get("/contact-merges", opt={"permission": "contacts:read"})
    async def index(
        self,
        tenant: NamedDependency[TenantScope],
        contact_id: FromQuery[UUID | None] = None,
        cursor: FromQuery[UUID | None] = None,
        limit: Limit = 50,
    ) -> Page[MergeView]:
        """Merges, newest first; with `contact_id` those of one contact, whichever side they were on."""
        async with tenant.transaction() as session:
            found = await merging.list_merges(session, contact_id, cursor, limit + 1)
        return page_of([MergeView.of(record) for record in found], limit)

    @get("/contact-merges/{merge_id:uuid}", opt={"permission": "contacts:read"})
    async def show(self, tenant: NamedDependency[TenantScope], merge_id: FromPath[UUID]) -> MergeView:
        """One merge."""
        async with tenant.transaction() as session:
            return MergeView.of(await merging.get_merge(session, merge_id))

    @post("/contact-merges/{merge_id:uuid}/undo", status_code=200, opt=_OF_CONTACTS)
    async def undo(
        self, tenant: NamedDependency[TenantScope], bell: NamedDependency[Bell], merge_id: FromPath[UUID]
    ) -> ContactView:
        """Parts them again, within 30 days; answers the contact that comes back."""
        async with tenant.transaction() as session:
            contact = await merging.undo(session, merge_id)
            known, stages = await service.identities_of(session, [contact.id]), await stages_of(session, [contact.id])
            shown = ContactView.of(contact, known[contact.id], stages[contact.id])
        await bell.ring("turn")
        return shown
