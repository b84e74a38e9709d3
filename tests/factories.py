"""What tests of several rooms need: a business, a conversation with a claimed turn, a proposal that was answered."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
from sqlalchemy import update

from backend import clock
from backend.channels.models import Channel
from backend.contacts.models import Contact
from backend.conversations.models import Author, Conversation, Message, OutboxEntry, OutboxStatus, Turn
from backend.conversations.models import TurnStatus as Status
from backend.conversations.turn_models import Proposal
from backend.database import Database, new_id
from backend.security import TurnTicket, issue_turn_token
from backend.settings import Settings

Client = httpx.AsyncClient
_BUSINESS: dict[str, Any] = {
    "name": "Tienda de prueba",
    "mode": "both",
    "locale": "es-MX",
    "currency": "MXN",
    "timezone": "America/Mexico_City",
    "hours": {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
}


def working_day() -> date:
    """Of such a business, two days ahead or more: its name means no other day."""
    day = clock.now().astimezone(ZoneInfo(_BUSINESS["timezone"])).date() + timedelta(days=2)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day


@dataclass
class Business:
    """A tenant, with its calls to the public API."""

    client: Client
    tenant_id: UUID
    api_key: str

    async def call(self, method: str, path: str, json: Any = None, **params: Any) -> httpx.Response:
        """One call with the tenant's key."""
        headers = {"Authorization": f"Bearer {self.api_key}"}
        return await self.client.request(method, path, json=json, params=params or None, headers=headers)

    async def ok(self, method: str, path: str, json: Any = None, **params: Any) -> Any:
        """The JSON of a call that must succeed; None for an empty answer."""
        answer = await self.call(method, path, json, **params)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None


@dataclass
class OpenTurn:
    """A turn claimed by somebody, with calls to the agent's tools. `message_id` is the customer's latest message."""

    client: Client
    tenant_id: UUID
    turn_id: UUID
    conversation_id: UUID
    contact_id: UUID
    channel_id: UUID
    message_id: UUID
    token: str = field(repr=False)

    async def call(self, tool: str, arguments: dict[str, Any], occurrence: int = 0) -> httpx.Response:
        """One tool call with the turn's token."""
        return await self.client.post(
            f"/internal/tools/{tool}",
            json={"arguments": arguments, "occurrence": occurrence, "message_id": str(self.message_id)},
            headers={"Authorization": f"Bearer {self.token}"},
        )

    async def use(self, tool: str, arguments: dict[str, Any], occurrence: int = 0) -> Any:
        """The ToolAnswer of a call that must succeed."""
        answer = await self.call(tool, arguments, occurrence)
        assert answer.status_code == 200, f"{tool}: {answer.status_code} {answer.text}"
        return answer.json()


async def make_business(client: Client, platform: Settings, **changes: Any) -> Business:
    """A new tenant, made as the platform makes it."""
    answer = await client.post(
        "/v1/tenants",
        json={"slug": f"shop-{new_id().hex}", **_BUSINESS, **changes},
        headers={"Authorization": f"Bearer {platform.platform_token}"},
    )
    assert answer.status_code == 201, answer.text
    made = answer.json()
    return Business(client, UUID(made["tenant"]["id"]), made["api_key"])


async def open_turn(client: Client, database: Database, settings: Settings, tenant_id: UUID) -> OpenTurn:
    """A new contact on a channel of its own, who has written and whose turn is claimed."""
    now = clock.now()
    channel_id, contact_id, conversation_id, turn_id = new_id(), new_id(), new_id(), new_id()
    of = {"tenant_id": tenant_id}
    async with database.tenant(tenant_id) as session:
        session.add(
            Channel(**of, id=channel_id, provider="sandbox", address=f"sandbox:{channel_id}", token=str(new_id()))
        )
        session.add(Contact(**of, id=contact_id, name="Ana", first_seen_at=now, last_seen_at=now))
        await session.flush()
        session.add(
            Conversation(
                **of, id=conversation_id, channel_id=channel_id, contact_id=contact_id, address="sandbox:+5215512345678"
            )
        )
        await session.flush()
        session.add(
            Turn(
                **of,
                id=turn_id,
                conversation_id=conversation_id,
                contact_id=contact_id,
                status=Status.RUNNING,
                due_at=now,
                latest_at=now,
                attempt=1,
                lease_until=clock.machine_now() + timedelta(minutes=10),
            )
        )
    ticket = TurnTicket(tenant_id, turn_id, 1, conversation_id, contact_id)
    turn = OpenTurn(
        client,
        tenant_id,
        turn_id,
        conversation_id,
        contact_id,
        channel_id,
        new_id(),
        issue_turn_token(settings, ticket),
    )
    await customer_writes(database, turn, "hola")
    return turn


async def customer_writes(database: Database, turn: OpenTurn, body: str) -> None:
    """One more message of the customer in this turn."""
    turn.message_id = new_id()
    async with database.tenant(turn.tenant_id) as session:
        session.add(
            Message(
                tenant_id=turn.tenant_id,
                id=turn.message_id,
                conversation_id=turn.conversation_id,
                turn_id=turn.turn_id,
                author=Author.CONTACT,
                body=body,
                sent_at=clock.now(),
            )
        )


async def present_and_answer(database: Database, turn: OpenTurn, answer: str = "sí") -> None:
    """The turn's proposals reach the customer in a message that is sent, and the customer answers it."""
    message_id, now = new_id(), clock.now()
    of = {"tenant_id": turn.tenant_id, "conversation_id": turn.conversation_id}
    async with database.tenant(turn.tenant_id) as session:
        session.add(Message(**of, id=message_id, turn_id=turn.turn_id, author=Author.AGENT, body="¿Va?", sent_at=now))
        await session.flush()
        session.add(
            OutboxEntry(
                **of,
                channel_id=turn.channel_id,
                message_id=message_id,
                body="¿Va?",
                status=OutboxStatus.SENT,
                due_at=now,
                sent_at=now,
            )
        )
        await session.execute(
            update(Proposal)
            .where(Proposal.turn_id == turn.turn_id, Proposal.message_id.is_(None))
            .values(message_id=message_id)
        )
    await customer_writes(database, turn, answer)
