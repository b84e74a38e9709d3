"""Conversations over HTTP: reading, writing as a person, taking over, and what waits for somebody."""

from typing import Annotated, Literal
from uuid import UUID

from litestar import Controller, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from backend.bell import Bell
from backend.conversations import handoffs, reading
from backend.conversations.models import Author
from backend.conversations.outgoing import post as post_message
from backend.conversations.preview_routes import PreviewController
from backend.conversations.schemas import (
    ConversationChange,
    ConversationView,
    HandoffView,
    MessageCreated,
    MessageView,
    NewMessage,
    TurnReasons,
    TurnView,
)
from backend.conversations.tool_routes import ConversationToolController
from backend.conversations.turn_routes import ReflectionController, TurnController
from backend.fields import Page
from backend.scopes import TenantScope

Limit = Annotated[int, QueryParameter(ge=1, le=200)]


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
        cursor: FromQuery[UUID | None] = None,
        limit: Limit = 50,
    ) -> Page[ConversationView]:
        """Conversations, newest first."""
        async with tenant.transaction() as session:
            rows = await reading.list_conversations(session, in_charge, contact_id, cursor, limit)
        items = [ConversationView.of(conversation, name) for conversation, name in rows]
        return Page(items=items, next_cursor=str(items[-1].id) if len(items) == limit else None)

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
        """Keep every step of the agent for debugging, or no longer."""
        async with tenant.transaction() as session:
            await reading.set_debug(session, conversation_id, data.debug)
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

    @post("/{conversation_id:uuid}/messages")
    async def write(
        self,
        tenant: NamedDependency[TenantScope],
        conversation_id: FromPath[UUID],
        bell: NamedDependency[Bell],
        data: JSONBody[NewMessage],
    ) -> MessageCreated:
        """Write to the contact as a person of the business; it goes through the outbox like every message."""
        async with tenant.transaction() as session:
            message_id = await post_message(session, conversation_id, Author.PERSON, data.text)
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
            return await reading.explain_turn(session, conversation_id, turn_id)


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
        cursor: FromQuery[UUID | None] = None,
        limit: Limit = 50,
    ) -> Page[TurnView]:
        """Turns, newest first."""
        async with tenant.transaction() as session:
            found = await reading.list_turns(session, status, cursor, limit)
        items = [TurnView.of(turn) for turn in found]
        return Page(items=items, next_cursor=str(items[-1].id) if len(items) == limit else None)

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
    HandoffController,
    TurnListController,
    TurnController,
    ReflectionController,
    ConversationToolController,
    PreviewController,
]
