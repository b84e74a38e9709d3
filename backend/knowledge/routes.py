"""Knowledge over HTTP: the tenant's own calls, the agent's tool, and the feed of its search index."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from backend.catalog.search import SearchDoor
from backend.conversations.journal import ToolAnswer, ToolCall
from backend.errors import Unavailable
from backend.fields import Limit, Line, Page, page_of
from backend.knowledge import documents, faqs
from backend.knowledge.cards import passage_cards, passage_evidence
from backend.knowledge.documents import Shelved
from backend.knowledge.feed import read_changes
from backend.knowledge.schemas import (
    BulkFaqs,
    BulkFaqsResult,
    ChangedPassages,
    DocumentChange,
    DocumentView,
    FaqChange,
    FaqView,
    FoundPassage,
    NewDocument,
    NewFaq,
    PassagesArguments,
    PassageView,
    Status,
)
from backend.scopes import ServiceScope, TenantScope, TurnScope
from backend.tenants.service import load_tenant
from backend.tenants.settings import read_settings


class DocumentController(Controller):
    """Documents that customers are answered from."""

    path = "/v1/knowledge/documents"
    tags = ("knowledge",)

    @post()
    async def create(self, tenant: NamedDependency[TenantScope], data: JSONBody[NewDocument]) -> DocumentView:
        """A document of an uploaded file or of text; it is read within seconds. 404 for the file; 409
        `too-many-documents`; 413; 422 `kind-not-read`."""
        async with tenant.transaction() as session:
            return _view(await documents.create_document(session, data))

    @get()
    async def index(
        self,
        tenant: NamedDependency[TenantScope],
        status: FromQuery[Status | None] = None,
        active: FromQuery[bool | None] = None,
        cursor: FromQuery[UUID | None] = None,
        limit: Limit = 50,
    ) -> Page[DocumentView]:
        """Documents, newest first."""
        async with tenant.transaction() as session:
            found = await documents.list_documents(session, status, active, cursor, limit + 1)
        return page_of([_view(one) for one in found], limit)

    @get("/{document_id:uuid}")
    async def show(self, tenant: NamedDependency[TenantScope], document_id: FromPath[UUID]) -> DocumentView:
        """One document, and how far its reading has come."""
        async with tenant.transaction() as session:
            return _view(await documents.get_document(session, document_id))

    @get("/{document_id:uuid}/passages")
    async def passages(
        self,
        tenant: NamedDependency[TenantScope],
        document_id: FromPath[UUID],
        cursor: Annotated[int | None, QueryParameter(ge=0, le=10**6)] = None,
        limit: Limit = 50,
    ) -> Page[PassageView]:
        """What it is found and cited by, in its order."""
        async with tenant.transaction() as session:
            found = await documents.list_passages(session, document_id, cursor, limit + 1)
        items = [PassageView.model_validate(one, from_attributes=True) for one in found[:limit]]
        return Page(items=items, next_cursor=str(found[limit - 1].place) if len(found) > limit else None)

    @patch("/{document_id:uuid}")
    async def change(
        self, tenant: NamedDependency[TenantScope], document_id: FromPath[UUID], data: JSONBody[DocumentChange]
    ) -> DocumentView:
        """Changes the fields that are given; another file or text is read."""
        async with tenant.transaction() as session:
            return _view(await documents.change_document(session, document_id, data))

    @post("/{document_id:uuid}/read", status_code=200)
    async def read(self, tenant: NamedDependency[TenantScope], document_id: FromPath[UUID]) -> DocumentView:
        """Has it read anew."""
        async with tenant.transaction() as session:
            return _view(await documents.read_again(session, document_id))

    @delete("/{document_id:uuid}")
    async def remove(self, tenant: NamedDependency[TenantScope], document_id: FromPath[UUID]) -> None:
        """Removes a document with its passages; its file stays."""
        async with tenant.transaction() as session:
            await documents.delete_document(session, document_id)


class FaqController(Controller):
    """Questions with answers."""

    path = "/v1/knowledge/faqs"
    tags = ("knowledge",)

    @post()
    async def create(self, tenant: NamedDependency[TenantScope], data: JSONBody[NewFaq]) -> FaqView:
        """A question and its answer. 409 `question-taken`, `too-many-faqs`."""
        async with tenant.transaction() as session:
            return FaqView.of(await faqs.create_faq(session, data))

    @post("/bulk", status_code=200)
    async def bulk(self, tenant: NamedDependency[TenantScope], data: JSONBody[BulkFaqs]) -> BulkFaqsResult:
        """Up to 500, as a list or as a table; known questions are written over, all or nothing. 409 `too-many-faqs`;
        422 `csv-unreadable`, with the lines at fault."""
        given = data.faqs or faqs.read_csv(data.csv)
        async with tenant.transaction() as session:
            saved, created = await faqs.save_faqs(session, given)
        return BulkFaqsResult(
            created=created, updated=len({one.id for one in saved}) - created, ids=[one.id for one in saved]
        )

    @get()
    async def index(
        self,
        tenant: NamedDependency[TenantScope],
        active: FromQuery[bool | None] = None,
        cursor: FromQuery[UUID | None] = None,
        limit: Limit = 50,
    ) -> Page[FaqView]:
        """Questions, newest first."""
        async with tenant.transaction() as session:
            found = await faqs.list_faqs(session, active, cursor, limit + 1)
        return page_of([FaqView.of(one) for one in found], limit)

    @get("/{faq_id:uuid}")
    async def show(self, tenant: NamedDependency[TenantScope], faq_id: FromPath[UUID]) -> FaqView:
        """One question."""
        async with tenant.transaction() as session:
            return FaqView.of(await faqs.get_faq(session, faq_id))

    @patch("/{faq_id:uuid}")
    async def change(
        self, tenant: NamedDependency[TenantScope], faq_id: FromPath[UUID], data: JSONBody[FaqChange]
    ) -> FaqView:
        """Changes the fields that are given. 409 `question-taken`."""
        async with tenant.transaction() as session:
            return FaqView.of(await faqs.change_faq(session, faq_id, data))

    @delete("/{faq_id:uuid}")
    async def remove(self, tenant: NamedDependency[TenantScope], faq_id: FromPath[UUID]) -> None:
        """Removes it."""
        async with tenant.transaction() as session:
            await faqs.delete_faq(session, faq_id)


class KnowledgeSearch(Controller):
    """What the agent's index finds."""

    path = "/v1/knowledge/search"
    tags = ("knowledge",)

    @get()
    async def search(
        self,
        tenant: NamedDependency[TenantScope],
        search_door: NamedDependency[SearchDoor],
        q: FromQuery[Line],
        limit: Annotated[int, QueryParameter(ge=1, le=20)] = 5,
    ) -> Page[FoundPassage]:
        """Passages that have most of these words, or else two of them, best first, as the agent finds them; 503 while
        its index does not answer."""
        try:
            found = await search_door.find(tenant.tenant_id, {"query": q, "shelf": "knowledge", "limit": limit})
        except Unavailable:
            raise Unavailable("The search does not answer right now; try again in a moment.") from None
        async with tenant.transaction() as session:
            cards = await passage_cards(session, [hit.id for hit in found.hits])
        return Page(items=[FoundPassage.model_validate(card) for card in cards])


class KnowledgeTools(Controller):
    """What the agent may ask; the turn's token says for whom."""

    path = "/internal/tools"
    tags = ("tools",)

    @post("/knowledge_passages", status_code=200)
    async def passages(
        self, turn: NamedDependency[TurnScope], data: JSONBody[ToolCall[PassagesArguments]]
    ) -> ToolAnswer:
        """Passages that the agent's index found, with what they are cited by; hidden and gone ones are left out."""
        async with turn.transaction() as session:
            cards = await passage_cards(session, data.arguments.passage_ids)
            named = read_settings((await load_tenant(session)).settings).knowledge_sources_named
        return ToolAnswer(result={"passages": cards, "name_the_source": named}, evidence=passage_evidence(cards))


class KnowledgeFeed(Controller):
    """For the agent's search index."""

    path = "/internal/knowledge"
    tags = ("internal",)

    @get("/changes")
    async def changes(
        self,
        service: NamedDependency[ServiceScope],
        after: FromQuery[str | None] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=1000)] = 500,
    ) -> ChangedPassages:
        """What changed after the cursor, over all tenants."""
        return await read_changes(service.database, after, limit)


def _view(one: Shelved) -> DocumentView:
    return DocumentView.of(one.document, one.passages, one.file_name, one.sendable)


CONTROLLERS = [DocumentController, FaqController, KnowledgeSearch, KnowledgeTools, KnowledgeFeed]
