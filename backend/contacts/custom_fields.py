"""Custom fields of a tenant: which details of contacts have a shape."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from backend.contacts.models import ContactField, FieldKind
from backend.contacts.schemas import FieldChange, NewField
from backend.database import new_id, tenant_of
from backend.errors import Conflict, NotFound, Unprocessable

MOST_FIELDS = 200
_RESERVED = frozenset({"name", "email"})


async def add_field(session: AsyncSession, new: NewField) -> ContactField:
    """A further field. Conflict `field-taken`; Unprocessable for keys that mean the contact's own columns."""
    if new.key in _RESERVED:
        raise Unprocessable(f"{new.key} is no custom field; contacts have one of their own.")
    if (await session.scalar(select(func.count()).select_from(ContactField)) or 0) >= MOST_FIELDS:
        raise Conflict(f"A business has {MOST_FIELDS} custom fields at most.", type="too-many-fields")
    field = ContactField(tenant_id=tenant_of(session), id=new_id(), **new.model_dump())
    session.add(field)
    try:
        await session.flush()
    except IntegrityError as error:
        raise Conflict(f"There is a field {new.key!r} already.", type="field-taken") from error
    return field


async def list_fields(session: AsyncSession) -> list[ContactField]:
    """By key."""
    return list(await session.scalars(select(ContactField).order_by(ContactField.key)))


async def get_field(session: AsyncSession, field_id: UUID) -> ContactField:
    """One field; NotFound."""
    field = await session.get(ContactField, (tenant_of(session), field_id))
    if field is None:
        raise NotFound("There is no such field; GET /v1/contact-fields lists them.")
    return field


async def change_field(session: AsyncSession, field_id: UUID, change: FieldChange) -> ContactField:
    """The field with another label or other choices; NotFound."""
    field = await get_field(session, field_id)
    if change.choices and field.kind != FieldKind.CHOICE:
        raise Unprocessable("Only a choice has choices.")
    for name, value in change.model_dump(exclude_unset=True).items():
        setattr(field, name, value)
    await session.flush()
    return field


async def delete_field(session: AsyncSession, field_id: UUID) -> None:
    """Removes the field; details under its key stay as they are. NotFound."""
    await session.delete(await get_field(session, field_id))
    await session.flush()
