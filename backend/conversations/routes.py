"""Conversations over HTTP: reading, writing as a person, taking over, and what waits for somebody."""

from typing import Annotated, Literal
from uuid import UUID

from litestar import Controller, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from backend.bell import Bell
from backend.conversations import handoffs, inbox, reading, reasons
from backend.conversations.models import Author
from backend.conversations.outgoing import post as post_message
from backend.conversations.preview_routes import PreviewController
from backend.conversations.remembering_routes import RememberingController
from backend.conversations.schemas import (
    Assignment,
    ConversationChange,
    ConversationView,
    HandoffView,
    MessageCreated,
    MessageView,
    NewMessage,
    ReadMark,
    TurnReasons,
    TurnView,
)
from backend.conversations.sending_routes import MessageController
from backend.conversations.tool_routes import ConversationToolController
from backend.conversations.turn_routes import ReflectionController, TurnController
from backend.fields import Limit, Page
from backend.lessons.corrections import note_correction
from backend.scopes import TenantScope

_A_USER_OR_NOBODY = r"^(nobody|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$"


class ConversationController(Controller):
    """Chats of the tenant whose key it is."""

    path = "/v1/conversations"
    tags = ("conversations",)

    @get()
    async def index(
        self,
        tenant: NamedDependency[TenantScope],
        in_charge: FromQuery[Literal["agent", "person"] | None] = None,
        contact_id: FromQuery[UUID | None] = None,
        assigned_to: Annotated[str | None, QueryParameter(pattern=_A_USER_OR_NOBODY)] = None,
        unread: FromQuery[bool | None] = None,
        search: Annotated[str | None, QueryParameter(min_length=1, max_length=300, pattern=r"^[^\x00]+$")] = None,
        sort: FromQuery[inbox.Sort] = "-active_at",
        cursor: Annotated[str | None, QueryParameter(max_length=1000)] = None,
        limit: Limit = 50,
    ) -> Page[ConversationView]:
        """Conversations, those in which somebody wrote last first unless `sort` says otherwise. `search` finds those in
        which a message holds all the words, whatever their case and accents; `assigned_to` is a user's id or `nobody`.
        """
        among = await inbox.find(tenant.database, tenant.tenant_id, search) if search else None
        whose = UUID(assigned_to) if assigned_to not in (None, inbox.NOBODY) else assigned_to
        wanted = inbox.Wanted(in_charge, contact_id, whose, unread, among, sort)
        async with tenant.transaction() as session:
            rows, following = await inbox.list_conversations(session, wanted, cursor, limit)
        items = [ConversationView.of(conversation, name) for conversation, name in rows]
        return Page(items=items, next_cursor=following)

    @get("/{conversation_id:uuid}")
    async def show(self, tenant: NamedDependency[TenantScope], conversation_id: FromPath[UUID]) -> ConversationView:
        """One conversation."""
        async with tenant.transaction() as session:
            return ConversationView.of(*await reading.get_conversation(session, conversation_id))

    @patch("/{conversation_id:uuid}")
    async def change(
        self,
        tenant: NamedDependency[TenantScope],
        conversation_id: FromPath[UUID],
        data: JSONBody[ConversationChange],
    ) -> ConversationView:
        """Changes the fields that are given: whether the agent answers here, and whether every step of it is kept."""
        async with tenant.transaction() as session:
            if changes := data.model_dump(exclude_unset=True):
                await inbox.change_conversation(session, conversation_id, changes)
            return ConversationView.of(*await reading.get_conversation(session, conversation_id))

    @get("/{conversation_id:uuid}/messages")
    async def messages(
        self,
        tenant: NamedDependency[TenantScope],
        conversation_id: FromPath[UUID],
        cursor: Annotated[int | None, QueryParameter(ge=1, le=2**62)] = None,
        limit: Limit = 50,
    ) -> Page[MessageView]:
        """The transcript: the newest page first, the oldest message first in each; `next_cursor` goes back in time."""
        async with tenant.transaction() as session:
            items, before = await reading.list_messages(session, conversation_id, cursor, limit)
        return Page(items=items, next_cursor=None if before is None else str(before))

    @get("/{conversation_id:uuid}/messages/{message_id:uuid}")
    async def message(
        self, tenant: NamedDependency[TenantScope], conversation_id: FromPath[UUID], message_id: FromPath[UUID]
    ) -> MessageView:
        """One message, with what became of its parts."""
        async with tenant.transaction() as session:
            return await reading.get_message(session, conversation_id, message_id)

    @post("/{conversation_id:uuid}/read", status_code=200)
    async def read(
        self, tenant: NamedDependency[TenantScope], conversation_id: FromPath[UUID], data: JSONBody[ReadMark]
    ) -> ConversationView:
        """The team has read up to a message, or all there is."""
        async with tenant.transaction() as session:
            await inbox.mark_read(session, conversation_id, data.message_id)
            return ConversationView.of(*await reading.get_conversation(session, conversation_id))

    @put("/{conversation_id:uuid}/assignee")
    async def assign(
        self, tenant: NamedDependency[TenantScope], conversation_id: FromPath[UUID], data: JSONBody[Assignment]
    ) -> ConversationView:
        """It becomes a member's job, or nobody's. 404 for somebody who is no member."""
        async with tenant.transaction() as session:
            await inbox.assign(session, conversation_id, data.user_id)
            return ConversationView.of(*await reading.get_conversation(session, conversation_id))

    @post("/{conversation_id:uuid}/messages")
    async def write(
        self,
        tenant: NamedDependency[TenantScope],
        conversation_id: FromPath[UUID],
        bell: NamedDependency[Bell],
        data: JSONBody[NewMessage],
    ) -> MessageCreated:
        """Write to the contact as a person of the business; it goes through the outbox like every message. Where a
        person is in charge and puts the agent's answer right, that is noted, and proposed as a lesson."""
        async with tenant.transaction() as session:
            message_id = await post_message(session, conversation_id, Author.PERSON, data.text)
            await note_correction(session, conversation_id, data.text, tenant.actor)
        await bell.ring("outbox")
        return MessageCreated(message_id=message_id)

    @post("/{conversation_id:uuid}/take-over", status_code=200)
    async def take_over(
        self, tenant: NamedDependency[TenantScope], conversation_id: FromPath[UUID]
    ) -> ConversationView:
        """A person is in charge from now on: the agent stays silent, also with what it is writing right now."""
        async with tenant.transaction() as session:
            await handoffs.put_in_charge(session, conversation_id, Author.PERSON)
            return ConversationView.of(*await reading.get_conversation(session, conversation_id))

    @post("/{conversation_id:uuid}/hand-back", status_code=200)
    async def hand_back(
        self, tenant: NamedDependency[TenantScope], conversation_id: FromPath[UUID]
    ) -> ConversationView:
        """The agent answers again, from the contact's next message on."""
        async with tenant.transaction() as session:
            await handoffs.put_in_charge(session, conversation_id, Author.AGENT)
            return ConversationView.of(*await reading.get_conversation(session, conversation_id))

    @get("/{conversation_id:uuid}/turns/{turn_id:uuid}")
    async def why(
        self, tenant: NamedDependency[TenantScope], conversation_id: FromPath[UUID], turn_id: FromPath[UUID]
    ) -> TurnReasons:
        """Why a turn said what it said: tools, evidence, claims, stopped drafts, cost."""
        async with tenant.transaction() as session:
            return await reasons.explain_turn(session, conversation_id, turn_id)

    @get("/{conversation_id:uuid}/messages/{message_id:uuid}/why")
    async def why_message(
        self, tenant: NamedDependency[TenantScope], conversation_id: FromPath[UUID], message_id: FromPath[UUID]
    ) -> TurnReasons:
        """Why the agent said that: claims with their evidence, playbook version, tools, verdicts, models and cost. Of a
        contact's message it tells the turn that answered it; messages of a person or of a notice have none (404)."""
        async with tenant.transaction() as session:
            return await reasons.explain_message(session, conversation_id, message_id)


class HandoffController(Controller):
    """Cases that wait for a person."""

    path = "/v1/handoffs"
    tags = ("conversations",)

    @get()
    async def index(
        self,
        tenant: NamedDependency[TenantScope],
        status: FromQuery[Literal["open", "closed"] | None] = None,
        cursor: FromQuery[UUID | None] = None,
        limit: Limit = 50,
    ) -> Page[HandoffView]:
        """Cases, newest first."""
        async with tenant.transaction() as session:
            found = await handoffs.list_handoffs(session, status, cursor, limit)
        items = [HandoffView.of(handoff) for handoff in found]
        return Page(items=items, next_cursor=str(items[-1].id) if len(items) == limit else None)

    @get("/{handoff_id:uuid}")
    async def show(self, tenant: NamedDependency[TenantScope], handoff_id: FromPath[UUID]) -> HandoffView:
        """One case."""
        async with tenant.transaction() as session:
            return HandoffView.of(await handoffs.get_handoff(session, handoff_id))

    @post("/{handoff_id:uuid}/close", status_code=200)
    async def close(self, tenant: NamedDependency[TenantScope], handoff_id: FromPath[UUID]) -> HandoffView:
        """The case is settled. Hand the conversation back separately."""
        async with tenant.transaction() as session:
            return HandoffView.of(await handoffs.close_handoff(session, handoff_id))


class TurnListController(Controller):
    """Turns, and those that were parked after five tries."""

    path = "/v1/turns"
    tags = ("conversations",)

    @get()
    async def index(
        self,
        tenant: NamedDependency[TenantScope],
        status: FromQuery[Literal["waiting", "running", "replied", "done", "quarantined"] | None] = None,
        conversation_id: FromQuery[UUID | None] = None,
        cursor: FromQuery[UUID | None] = None,
        limit: Limit = 50,
    ) -> Page[TurnView]:
        """Turns, newest first."""
        async with tenant.transaction() as session:
            found = await reading.list_turns(session, conversation_id, status, cursor, limit)
        items = [TurnView.of(turn) for turn in found]
        return Page(items=items, next_cursor=str(items[-1].id) if len(items) == limit else None)

    @get("/{turn_id:uuid}")
    async def show(self, tenant: NamedDependency[TenantScope], turn_id: FromPath[UUID]) -> TurnView:
        """One turn; what it did is told below its conversation."""
        async with tenant.transaction() as session:
            return TurnView.of(await reading.get_turn(session, turn_id))

    @post("/{turn_id:uuid}/requeue", status_code=200)
    async def requeue(
        self, tenant: NamedDependency[TenantScope], turn_id: FromPath[UUID], bell: NamedDependency[Bell]
    ) -> TurnView:
        """Give a parked turn five new tries."""
        async with tenant.transaction() as session:
            turn = TurnView.of(await reading.requeue(session, turn_id))
        await bell.ring("turn")
        return turn


CONTROLLERS = [
    ConversationController,
    MessageController,
    HandoffController,
    TurnListController,
    TurnController,
    ReflectionController,
    ConversationToolController,
    RememberingController,
    PreviewController,
]
