"""A contact's card over HTTP: facts with their history, proposals to decide on, and the stage."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from backend.contacts import facts, service, stages
from backend.contacts.card_schemas import (
    CardField,
    CardView,
    ContactFactView,
    FactStatus,
    StageChange,
    StageView,
)
from backend.contacts.details import fields_by_key
from backend.contacts.models import Contact, ContactFact
from backend.errors import NotFound
from backend.fields import Limit, Page, page_of
from backend.scopes import TenantScope

_MOST_PROPOSED = 200


class CardController(Controller):
    """What is known of a contact, how it came to be known, and how far they have come."""

    path = "/v1/contacts/{contact_id:uuid}"
    tags = ("contacts",)

    @get("/card")
    async def card(self, tenant: NamedDependency[TenantScope], contact_id: FromPath[UUID]) -> CardView:
        """Every field with its value, source and confidence, and what is proposed for it."""
        async with tenant.transaction() as session:
            return await _card(session, await service.get_contact(session, contact_id))

    @get("/facts")
    async def index(
        self,
        tenant: NamedDependency[TenantScope],
        contact_id: FromPath[UUID],
        key: Annotated[str | None, QueryParameter(min_length=1, max_length=63, pattern=r"^[^\x00]+$")] = None,
        status: FromQuery[FactStatus | None] = None,
        cursor: FromQuery[UUID | None] = None,
        limit: Limit = 50,
    ) -> Page[ContactFactView]:
        """What was told or concluded, newest first; with `key` the history of one field."""
        async with tenant.transaction() as session:
            await service.get_contact(session, contact_id)
            found = await facts.list_facts(session, contact_id, key, status, cursor, limit + 1)
        return page_of([ContactFactView.of(fact) for fact in found], limit)

    @get("/facts/{fact_id:uuid}")
    async def show(
        self, tenant: NamedDependency[TenantScope], contact_id: FromPath[UUID], fact_id: FromPath[UUID]
    ) -> ContactFactView:
        """One fact."""
        async with tenant.transaction() as session:
            await service.get_contact(session, contact_id)
            return ContactFactView.of(await facts.get_fact(session, contact_id, fact_id))

    @post("/facts/{fact_id:uuid}/accept", status_code=200)
    async def accept(
        self, tenant: NamedDependency[TenantScope], contact_id: FromPath[UUID], fact_id: FromPath[UUID]
    ) -> ContactFactView:
        """A proposed value becomes a person's word. 409 `fact-settled`, 422 `detail-unfit`."""
        return await _settled(facts.accept, tenant, contact_id, fact_id)

    @post("/facts/{fact_id:uuid}/dismiss", status_code=200)
    async def dismiss(
        self, tenant: NamedDependency[TenantScope], contact_id: FromPath[UUID], fact_id: FromPath[UUID]
    ) -> ContactFactView:
        """A proposed value is not so, and is not proposed again. 409 `fact-settled`."""
        return await _settled(facts.dismiss, tenant, contact_id, fact_id)

    @post("/facts/{fact_id:uuid}/undo", status_code=200)
    async def undo(
        self, tenant: NamedDependency[TenantScope], contact_id: FromPath[UUID], fact_id: FromPath[UUID]
    ) -> ContactFactView:
        """What stood there before stands again, with its source. 409 `fact-settled`: only the latest change of a field
        can be undone."""
        return await _settled(facts.undo, tenant, contact_id, fact_id)

    @get("/stage")
    async def stage(self, tenant: NamedDependency[TenantScope], contact_id: FromPath[UUID]) -> StageView:
        """How far they have come, and why."""
        async with tenant.transaction() as session:
            return await _stage(session, contact_id)

    @put("/stage")
    async def say(
        self, tenant: NamedDependency[TenantScope], contact_id: FromPath[UUID], data: JSONBody[StageChange]
    ) -> StageView:
        """A person's word, which stands whatever happens until it is taken back."""
        async with tenant.transaction() as session:
            await service.get_contact(session, contact_id)
            await stages.say(session, contact_id, data.stage)
            return await _stage(session, contact_id)

    @delete("/stage", status_code=200)
    async def take_back(self, tenant: NamedDependency[TenantScope], contact_id: FromPath[UUID]) -> StageView:
        """What the records say counts again."""
        async with tenant.transaction() as session:
            await service.get_contact(session, contact_id)
            await stages.take_back(session, contact_id)
            return await _stage(session, contact_id)


async def _settled(
    settle: Callable[[AsyncSession, Contact, UUID, str], Awaitable[ContactFact]],
    tenant: TenantScope,
    contact_id: UUID,
    fact_id: UUID,
) -> ContactFactView:
    async with tenant.transaction() as session:
        contact = await service.get_contact(session, contact_id)
        return ContactFactView.of(await settle(session, contact, fact_id, tenant.actor))


async def _stage(session: AsyncSession, contact_id: UUID) -> StageView:
    await service.get_contact(session, contact_id)
    derived = await stages.derive(session, [contact_id])
    if contact_id not in derived:
        raise NotFound("There is no such contact; GET /v1/contacts lists them.")
    return StageView.of(await stages.stage_row(session, contact_id), derived[contact_id])


async def _card(session: AsyncSession, contact: Contact) -> CardView:
    """Name and e-mail, then the business's fields, then other details by key."""
    custom = await fields_by_key(session)
    known = facts.known(contact)
    waiting = await facts.list_facts(session, contact.id, None, facts.PROPOSED, None, _MOST_PROPOSED)
    for key in facts.OWN:
        latest = await facts.list_facts(session, contact.id, key, facts.APPLIED, None, 1)
        if latest and key in known:
            told = {"source": latest[0].source, "confidence": latest[0].confidence, "at": latest[0].created_at}
            known[key] = {**told, **known[key]}
    keys = dict.fromkeys([*facts.OWN, *sorted(custom), *sorted(known), *(fact.key for fact in waiting)])
    return CardView(
        contact_id=contact.id,
        locale=contact.locale,
        stage=await _stage(session, contact.id),
        may_remember=await service.may_remember(session, contact),
        fields=[
            _field(
                key,
                custom[key].label if key in custom else None,
                "text" if key in facts.OWN else custom[key].kind if key in custom else None,
                known.get(key, {}),
                [ContactFactView.of(fact) for fact in waiting if fact.key == key],
            )
            for key in keys
        ],
    )


def _field(
    key: str, label: str | None, kind: str | None, kept: dict[str, Any], proposed: list[ContactFactView]
) -> CardField:
    return CardField(
        key=key,
        label=label,
        kind=kind,
        value=kept.get("value"),
        source=kept.get("source"),
        confidence=kept.get("confidence"),
        at=kept.get("at"),
        proposed=proposed,
    )
