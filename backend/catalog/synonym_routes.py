"""Synonyms over HTTP."""

from uuid import UUID

from litestar import Controller, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from backend.catalog import synonyms
from backend.catalog.synonym_schemas import AllSynonyms, NewSynonyms, SynonymsChange, SynonymsReplaced, SynonymsView
from backend.fields import Limit, Page, page_of
from backend.scopes import TenantScope


class SynonymController(Controller):
    """Words that mean the same to the customers of the tenant whose key it is."""

    path = "/v1/search-synonyms"
    tags = ("catalog",)

    @post()
    async def create(self, tenant: NamedDependency[TenantScope], data: JSONBody[NewSynonyms]) -> SynonymsView:
        """One more list. 409 `too-many-synonyms`."""
        async with tenant.transaction() as session:
            return SynonymsView.of(await synonyms.create_synonyms(session, data))

    @put()
    async def replace(self, tenant: NamedDependency[TenantScope], data: JSONBody[AllSynonyms]) -> SynonymsReplaced:
        """Every list at once, up to 2,000: what is left out is removed."""
        async with tenant.transaction() as session:
            added, removed = await synonyms.replace_all(session, data.synonyms)
        return SynonymsReplaced(added=added, removed=removed)

    @get()
    async def index(
        self, tenant: NamedDependency[TenantScope], cursor: FromQuery[UUID | None] = None, limit: Limit = 50
    ) -> Page[SynonymsView]:
        """Lists, oldest first."""
        async with tenant.transaction() as session:
            found = await synonyms.list_synonyms(session, cursor, limit + 1)
        return page_of([SynonymsView.of(one) for one in found], limit)

    @get("/{synonyms_id:uuid}")
    async def show(self, tenant: NamedDependency[TenantScope], synonyms_id: FromPath[UUID]) -> SynonymsView:
        """One list."""
        async with tenant.transaction() as session:
            return SynonymsView.of(await synonyms.get_synonyms(session, synonyms_id))

    @patch("/{synonyms_id:uuid}")
    async def change(
        self, tenant: NamedDependency[TenantScope], synonyms_id: FromPath[UUID], data: JSONBody[SynonymsChange]
    ) -> SynonymsView:
        """Changes the fields that are given."""
        async with tenant.transaction() as session:
            return SynonymsView.of(await synonyms.change_synonyms(session, synonyms_id, data))

    @delete("/{synonyms_id:uuid}")
    async def remove(self, tenant: NamedDependency[TenantScope], synonyms_id: FromPath[UUID]) -> None:
        """Takes a list away."""
        async with tenant.transaction() as session:
            await synonyms.delete_synonyms(session, synonyms_id)
