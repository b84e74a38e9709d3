"""Lists of contacts: filters, orders, and places after which to go on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Select, literal, or_, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from backend.contacts.models import Contact, ContactStage, ContactTag, Identity, IdentityKind, Stage
from backend.contacts.phones import read_number, variants
from backend.database import tenant_of
from backend.requests.cursors import place, read_instant, read_place

Sort = Literal["created_at", "-created_at", "last_seen_at", "-last_seen_at", "name", "-name"]
Archived = Literal["true", "false", "any"]
_BY_INDEX = text("SET LOCAL enable_seqscan = off")
"""Parts of words are looked for in every row of the tenant; without this, in every row of everybody, as soon as one
business has most of them."""
SHOWN = (Contact.merged_into.is_(None), Contact.erased_at.is_(None))
"""Contacts that are somebody else by now, or nobody, are in no list."""


@dataclass(frozen=True)
class Wanted:
    """Which contacts, in which order; every filter that is given must fit."""

    search: str | None = None
    """In names, e-mails and numbers."""
    tag: str | None = None
    email: str | None = None
    phone: str | None = None
    archived: Archived = "false"
    seen_since: datetime | None = None
    seen_before: datetime | None = None
    opted_out: bool | None = None
    sort: Sort = "-created_at"
    stage: Stage | None = None


async def list_contacts(
    session: AsyncSession, wanted: Wanted, cursor: str | None, limit: int, region: str
) -> tuple[list[Contact], str | None]:
    """A page and the place behind it, which is the cursor of the next. Raises `Unprocessable` for what is no place of
    this order."""
    key, down = _key(wanted.sort), wanted.sort.startswith("-")
    # Named besides row-level security's own condition: the planner knows how many rows this very tenant has.
    tenant_id = tenant_of(session)
    query = filtered(select(Contact).where(Contact.tenant_id == tenant_id), wanted, region, tenant_id)
    if wanted.search:
        await session.execute(_BY_INDEX)
    if cursor is not None:
        after = tuple_(*(literal(value) for value in _read(cursor, wanted.sort)))
        here = tuple_(key, Contact.id)
        query = query.where(here < after if down else here > after)
    order = (key.desc(), Contact.id.desc()) if down else (key.asc(), Contact.id.asc())
    query = query.order_by(*order).limit(limit + 1)
    found = list(await session.scalars(query.options(undefer(Contact.sort_name))))
    page = found[:limit]
    return page, _place(page[-1], wanted.sort) if len(found) > limit else None


def filtered(query: Select[Any], wanted: Wanted, region: str, tenant_id: UUID) -> Select[Any]:
    """The query for the contacts that fit."""
    query = query.where(*SHOWN)
    if wanted.archived != "any":
        put_away = Contact.archived_at.is_not(None)
        query = query.where(put_away if wanted.archived == "true" else Contact.archived_at.is_(None))
    if wanted.tag is not None:
        query = query.where(Contact.id.in_(_carriers_of(wanted.tag, tenant_id)))
    if wanted.email is not None:
        query = query.where(Contact.email == wanted.email.strip().lower())
    if wanted.phone is not None:
        query = query.where(Contact.id.in_(_owners_of(wanted.phone, region, tenant_id)))
    if wanted.seen_since is not None:
        query = query.where(Contact.last_seen_at >= wanted.seen_since)
    if wanted.seen_before is not None:
        query = query.where(Contact.last_seen_at < wanted.seen_before)
    if wanted.opted_out is not None:
        query = query.where(Contact.opted_out_at.is_not(None) if wanted.opted_out else Contact.opted_out_at.is_(None))
    if wanted.stage is not None:
        query = query.where(_at(wanted.stage, tenant_id))
    if wanted.search:
        needle = f"%{wanted.search.replace('%', '').replace('_', '').replace(chr(92), '').lower()}%"
        # Only numbers are searched for a part of them: anything else that identifies somebody is asked for whole.
        whole = not any(sign.isdigit() for sign in needle)
        named = Identity.value == wanted.search if whole else Identity.value.ilike(needle)
        own = (Identity.tenant_id == tenant_id, Identity.kind.in_(IdentityKind))
        owners = select(Identity.contact_id).where(*own, named)
        query = query.where(or_(Contact.sort_name.like(needle), Contact.email.like(needle), Contact.id.in_(owners)))
    return query


def _carriers_of(tag: str, tenant_id: UUID) -> Select[tuple[UUID]]:
    return select(ContactTag.contact_id).where(ContactTag.tenant_id == tenant_id, ContactTag.tag == tag)


def _at(stage: Stage, tenant_id: UUID) -> ColumnElement[bool]:
    own = select(ContactStage.id).where(ContactStage.tenant_id == tenant_id)
    if stage is Stage.NEW:
        further = own.where(ContactStage.id == Contact.id, ContactStage.stage != Stage.NEW)
        return ~further.exists()
    return Contact.id.in_(own.where(ContactStage.stage == stage))


def _owners_of(phone: str, region: str, tenant_id: UUID) -> Select[tuple[UUID]]:
    number = read_number(phone, region)
    spellings = list(variants(number)) if number else []
    own = (Identity.tenant_id == tenant_id, Identity.kind == IdentityKind.PHONE)
    return select(Identity.contact_id).where(*own, Identity.value.in_(spellings))


def _key(sort: Sort) -> ColumnElement[Any]:
    columns: dict[str, ColumnElement[Any]] = {
        "name": Contact.sort_name.expression,
        "last_seen_at": Contact.last_seen_at.expression,
        "created_at": Contact.id.expression,
    }
    return columns[sort.removeprefix("-")]


def _place(last: Contact, sort: Sort) -> str:
    values = {"name": last.sort_name, "last_seen_at": last.last_seen_at.isoformat(), "created_at": ""}
    return place(values[sort.removeprefix("-")], last.id)


def _read(cursor: str, sort: Sort) -> tuple[Any, UUID]:
    value, last = read_place(cursor)
    if sort.removeprefix("-") == "name":
        return value, last
    if sort.removeprefix("-") == "created_at":
        return last, last
    return read_instant(value), last
