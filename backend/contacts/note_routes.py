"""Notes about contacts, and custom fields, over HTTP."""

from uuid import UUID

from litestar import Controller, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from backend.contacts import custom_fields, notes
from backend.contacts.schemas import FieldChange, FieldView, NewField, NoteIn, NoteView
from backend.fields import Limit, Page, page_of
from backend.scopes import TenantScope


class NoteController(Controller):
    """What the team wrote down about a contact."""

    path = "/v1/contacts/{contact_id:uuid}/notes"
    tags = ("contacts",)

    @get()
    async def index(
        self,
        tenant: NamedDependency[TenantScope],
        contact_id: FromPath[UUID],
        cursor: FromQuery[UUID | None] = None,
        limit: Limit = 50,
    ) -> Page[NoteView]:
        """Notes, newest first."""
        async with tenant.transaction() as session:
            found = await notes.list_notes(session, contact_id, cursor, limit + 1)
        return page_of([NoteView.of(note) for note in found], limit)

    @post()
    async def write(
        self, tenant: NamedDependency[TenantScope], contact_id: FromPath[UUID], data: JSONBody[NoteIn]
    ) -> NoteView:
        """A further note, in the name of whoever calls."""
        async with tenant.transaction() as session:
            return NoteView.of(await notes.add_note(session, contact_id, tenant.actor, data.body))

    @get("/{note_id:uuid}")
    async def show(
        self, tenant: NamedDependency[TenantScope], contact_id: FromPath[UUID], note_id: FromPath[UUID]
    ) -> NoteView:
        """One note."""
        async with tenant.transaction() as session:
            return NoteView.of(await notes.get_note(session, contact_id, note_id))

    @patch("/{note_id:uuid}")
    async def change(
        self,
        tenant: NamedDependency[TenantScope],
        contact_id: FromPath[UUID],
        note_id: FromPath[UUID],
        data: JSONBody[NoteIn],
    ) -> NoteView:
        """Other words for a note; the audit trail keeps the old ones."""
        async with tenant.transaction() as session:
            return NoteView.of(await notes.change_note(session, contact_id, note_id, data.body))

    @delete("/{note_id:uuid}")
    async def remove(
        self, tenant: NamedDependency[TenantScope], contact_id: FromPath[UUID], note_id: FromPath[UUID]
    ) -> None:
        """Removes a note."""
        async with tenant.transaction() as session:
            await notes.delete_note(session, contact_id, note_id)


class FieldController(Controller):
    """Custom fields: which details of contacts have a shape."""

    path = "/v1/contact-fields"
    tags = ("contacts",)

    @get()
    async def index(self, tenant: NamedDependency[TenantScope]) -> Page[FieldView]:
        """Every field, by key."""
        async with tenant.transaction() as session:
            return Page(items=[FieldView.of(field) for field in await custom_fields.list_fields(session)])

    @post()
    async def create(self, tenant: NamedDependency[TenantScope], data: JSONBody[NewField]) -> FieldView:
        """A further field."""
        async with tenant.transaction() as session:
            return FieldView.of(await custom_fields.add_field(session, data))

    @get("/{field_id:uuid}")
    async def show(self, tenant: NamedDependency[TenantScope], field_id: FromPath[UUID]) -> FieldView:
        """One field."""
        async with tenant.transaction() as session:
            return FieldView.of(await custom_fields.get_field(session, field_id))

    @patch("/{field_id:uuid}")
    async def change(
        self, tenant: NamedDependency[TenantScope], field_id: FromPath[UUID], data: JSONBody[FieldChange]
    ) -> FieldView:
        """Another label, or other choices."""
        async with tenant.transaction() as session:
            return FieldView.of(await custom_fields.change_field(session, field_id, data))

    @delete("/{field_id:uuid}")
    async def remove(self, tenant: NamedDependency[TenantScope], field_id: FromPath[UUID]) -> None:
        """Removes the field; details under its key stay as they are."""
        async with tenant.transaction() as session:
            await custom_fields.delete_field(session, field_id)
