"""A person's rights over HTTP: an archive of everything, and an erasure with a receipt."""

from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from backend.fields import Limit, Page, page_of
from backend.privacy import erasing
from backend.privacy.archive import read_archive
from backend.privacy.listing import get_erasure, list_erasures
from backend.privacy.schemas import ArchiveView, ErasureView
from backend.privacy.threads import AgentThreads
from backend.scopes import TenantScope
from backend.settings import Settings


class PrivacyController(Controller):
    """What a customer may ask of the business."""

    path = "/v1/contacts/{contact_id:uuid}"
    tags = ("privacy",)

    @get("/archive", opt={"permission": "exports:read"})
    async def archive(
        self, tenant: NamedDependency[TenantScope], settings: NamedDependency[Settings], contact_id: FromPath[UUID]
    ) -> ArchiveView:
        """Everything there is of this contact, the agent's memory included; 503 while the agent cannot be asked."""
        async with tenant.transaction() as session:
            told, subject = await read_archive(session, contact_id)
        async with AgentThreads(settings) as agent:
            threads = {str(one): await agent.read(one) for one in subject.conversations}
        return ArchiveView(**told, threads={one: thread for one, thread in threads.items() if thread})

    @post("/erasure", status_code=202, opt={"permission": "erasures:write", "while_suspended": True})
    async def erase(self, tenant: NamedDependency[TenantScope], contact_id: FromPath[UUID]) -> ErasureView:
        """Erases this contact everywhere. With the answer the records are empty; the receipt tells when the agent's
        threads are gone too. Orders, bookings and payments keep their amounts and belong to nobody."""
        async with tenant.transaction() as session:
            return ErasureView.of(await erasing.erase_contact(session, contact_id, tenant.actor))


class ErasureController(Controller):
    """Receipts."""

    path = "/v1/erasures"
    tags = ("privacy",)

    @get()
    async def index(
        self,
        tenant: NamedDependency[TenantScope],
        contact_id: FromQuery[UUID | None] = None,
        cursor: FromQuery[UUID | None] = None,
        limit: Limit = 50,
    ) -> Page[ErasureView]:
        """Receipts, newest first."""
        async with tenant.transaction() as session:
            found = await list_erasures(session, contact_id, cursor, limit + 1)
        return page_of([ErasureView.of(receipt) for receipt in found], limit)

    @get("/{erasure_id:uuid}")
    async def show(self, tenant: NamedDependency[TenantScope], erasure_id: FromPath[UUID]) -> ErasureView:
        """One receipt."""
        async with tenant.transaction() as session:
            return ErasureView.of(await get_erasure(session, erasure_id))


CONTROLLERS = [PrivacyController, ErasureController]
