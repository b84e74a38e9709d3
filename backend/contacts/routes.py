"""Contacts over HTTP."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from backend.contacts import consent, identities, service
from backend.contacts.card_routes import CardController
from backend.contacts.export_routes import ExportController
from backend.contacts.listing import Archived, Sort, Wanted, list_contacts
from backend.contacts.merge_routes import MergeController
from backend.contacts.models import Contact, Stage
from backend.contacts.note_routes import FieldController, NoteController
from backend.contacts.schemas import (
    BulkChange,
    BulkChanged,
    ConsentChange,
    ContactChange,
    ContactView,
    CountsView,
    IdentityView,
    NewContact,
    NewIdentity,
    TagView,
)
from backend.contacts.stages import stages_of
from backend.fields import Limit, Page
from backend.scopes import TenantScope

WORDS = r"^[^\x00]+$"


async def shown(session: AsyncSession, contact: Contact) -> ContactView:
    """A contact with what they are recognised by."""
    identities = await service.identities_of(session, [contact.id])
    return ContactView.of(contact, identities[contact.id], (await stages_of(session, [contact.id]))[contact.id])


class ContactController(Controller):
    """Customers of the tenant whose key it is."""

    path = "/v1/contacts"
    tags = ("contacts",)

    @get()
    async def index(
        self,
        tenant: NamedDependency[TenantScope],
        search: Annotated[str | None, QueryParameter(min_length=1, max_length=100, pattern=WORDS)] = None,
        tag: Annotated[str | None, QueryParameter(min_length=1, max_length=50, pattern=WORDS)] = None,
        email: Annotated[str | None, QueryParameter(min_length=1, max_length=254, pattern=WORDS)] = None,
        phone: Annotated[str | None, QueryParameter(min_length=1, max_length=40, pattern=WORDS)] = None,
        archived: FromQuery[Archived] = "false",
        seen_since: FromQuery[datetime | None] = None,
        seen_before: FromQuery[datetime | None] = None,
        opted_out: FromQuery[bool | None] = None,
        stage: FromQuery[Stage | None] = None,
        sort: FromQuery[Sort] = "-created_at",
        cursor: Annotated[str | None, QueryParameter(max_length=1000)] = None,
        limit: Limit = 50,
    ) -> Page[ContactView]:
        """Contacts, newest first unless `sort` says otherwise; `search` looks into names, e-mails and numbers. Archived
        ones are left out unless they are asked for."""
        wanted = Wanted(search, tag, email, phone, archived, seen_since, seen_before, opted_out, sort, stage)
        async with tenant.transaction() as session:
            region = await service.region(session) if phone else ""
            contacts, following = await list_contacts(session, wanted, cursor, limit, region)
            ids = [contact.id for contact in contacts]
            known, stages = await service.identities_of(session, ids), await stages_of(session, ids)
        items = [ContactView.of(contact, known[contact.id], stages[contact.id]) for contact in contacts]
        return Page(items=items, next_cursor=following)

    @post()
    async def create(self, tenant: NamedDependency[TenantScope], data: JSONBody[NewContact]) -> ContactView:
        """Somebody who has not written yet."""
        async with tenant.transaction() as session:
            return await shown(session, await service.create_contact(session, data))

    @post("/bulk", status_code=200)
    async def change_many(self, tenant: NamedDependency[TenantScope], data: JSONBody[BulkChange]) -> BulkChanged:
        """Adds and removes tags, archives or brings back up to 1,000 contacts at once."""
        async with tenant.transaction() as session:
            items = await service.change_many(session, data)
        return BulkChanged(changed=sum(item.outcome == "changed" for item in items), items=items)

    @get("/tags")
    async def tags_in_use(self, tenant: NamedDependency[TenantScope]) -> Page[TagView]:
        """Every tag in use, the most used first."""
        async with tenant.transaction() as session:
            counted = await service.tag_counts(session)
        return Page(items=[TagView(tag=tag, contacts=count) for tag, count in counted])

    @get("/{contact_id:uuid}")
    async def show(self, tenant: NamedDependency[TenantScope], contact_id: FromPath[UUID]) -> ContactView:
        """One contact."""
        async with tenant.transaction() as session:
            return await shown(session, await service.get_contact(session, contact_id))

    @patch("/{contact_id:uuid}")
    async def change(
        self, tenant: NamedDependency[TenantScope], contact_id: FromPath[UUID], data: JSONBody[ContactChange]
    ) -> ContactView:
        """Changes the fields that are given: whether the agent answers this customer, what they are called, what is
        known about them. The audit trail keeps what was there before."""
        async with tenant.transaction() as session:
            return await shown(session, await service.change_contact(session, contact_id, data))

    @get("/{contact_id:uuid}/counts")
    async def counts(self, tenant: NamedDependency[TenantScope], contact_id: FromPath[UUID]) -> CountsView:
        """How much there is of a contact, and its first and last times."""
        async with tenant.transaction() as session:
            return await service.counts_of(session, contact_id)

    @put("/{contact_id:uuid}/consent")
    async def agree(
        self, tenant: NamedDependency[TenantScope], contact_id: FromPath[UUID], data: JSONBody[ConsentChange]
    ) -> ContactView:
        """Records what the customer agreed to or withdrew, with time and source."""
        async with tenant.transaction() as session:
            return await shown(session, await consent.change_consent(session, contact_id, data))

    @post("/{contact_id:uuid}/identities")
    async def recognise(
        self, tenant: NamedDependency[TenantScope], contact_id: FromPath[UUID], data: JSONBody[NewIdentity]
    ) -> ContactView:
        """A further number by which the contact is recognised, in all its spellings."""
        async with tenant.transaction() as session:
            await identities.add_phone(session, contact_id, data.phone)
            return await shown(session, await service.get_contact(session, contact_id))

    @get("/{contact_id:uuid}/identities/{identity_id:uuid}")
    async def identity(
        self, tenant: NamedDependency[TenantScope], contact_id: FromPath[UUID], identity_id: FromPath[UUID]
    ) -> IdentityView:
        """One of the things by which the contact is recognised."""
        async with tenant.transaction() as session:
            return IdentityView.of(await identities.get_identity(session, contact_id, identity_id))

    @delete("/{contact_id:uuid}/identities/{identity_id:uuid}")
    async def forget_identity(
        self, tenant: NamedDependency[TenantScope], contact_id: FromPath[UUID], identity_id: FromPath[UUID]
    ) -> None:
        """The contact is no longer recognised by it."""
        async with tenant.transaction() as session:
            await identities.remove_identity(session, contact_id, identity_id)


CONTROLLERS = [ContactController, CardController, NoteController, FieldController, MergeController, ExportController]
