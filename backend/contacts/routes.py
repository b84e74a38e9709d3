"""Contacts over HTTP."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, get, patch
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from backend.contacts import service
from backend.contacts.schemas import ContactChange, ContactView
from backend.fields import Page
from backend.scopes import TenantScope


class ContactController(Controller):
    """Customers of the tenant whose key it is."""

    path = "/v1/contacts"
    tags = ("contacts",)

    @get()
    async def index(
        self,
        tenant: NamedDependency[TenantScope],
        search: Annotated[str | None, QueryParameter(min_length=1, max_length=100)] = None,
        cursor: FromQuery[UUID | None] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> Page[ContactView]:
        """Contacts, newest first; `search` looks into names and numbers."""
        async with tenant.transaction() as session:
            contacts = await service.list_contacts(session, search, cursor, limit)
            identities = await service.identities_of(session, [contact.id for contact in contacts])
        items = [ContactView.of(contact, identities[contact.id]) for contact in contacts]
        return Page(items=items, next_cursor=str(items[-1].id) if len(items) == limit else None)

    @get("/{contact_id:uuid}")
    async def show(self, tenant: NamedDependency[TenantScope], contact_id: FromPath[UUID]) -> ContactView:
        """One contact."""
        async with tenant.transaction() as session:
            contact = await service.get_contact(session, contact_id)
            identities = await service.identities_of(session, [contact_id])
        return ContactView.of(contact, identities[contact_id])

    @patch("/{contact_id:uuid}")
    async def change(
        self, tenant: NamedDependency[TenantScope], contact_id: FromPath[UUID], data: JSONBody[ContactChange]
    ) -> ContactView:
        """Changes the fields that are given: whether the agent answers this customer, and what they are called."""
        async with tenant.transaction() as session:
            contact = await service.change_contact(session, contact_id, data)
            identities = await service.identities_of(session, [contact_id])
        return ContactView.of(contact, identities[contact_id])


CONTROLLERS = [ContactController]
