"""Messages from callers outside, such as n8n: to a number or into a conversation, in free words or by a template."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from sqlalchemy.exc import IntegrityError

from backend.bell import Bell
from backend.conversations.models import Author
from backend.conversations.sending import Target, send_template, send_text, target_of
from backend.errors import Conflict
from backend.fields import Key, Prose, at_most
from backend.scopes import TenantScope

Number = Annotated[str, StringConstraints(strip_whitespace=True, min_length=7, max_length=40)]
Variable = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=r"^[^\x00]+$")]


class _Addressed(BaseModel):
    to: Number | None = Field(default=None, description="A number with its country: +5215512345678.")
    conversation_id: UUID | None = None
    channel_id: UUID | None = Field(default=None, description="With `to`, where the business has several numbers.")

    @model_validator(mode="after")
    def _to_one(self) -> "_Addressed":
        if (self.to is None) == (self.conversation_id is None):
            raise ValueError("give either `to` or `conversation_id`")
        if self.channel_id is not None and self.to is None:
            raise ValueError("`channel_id` goes with `to`")
        return self


class TextToSend(_Addressed):
    """`{"to": "+5215512345678", "text": "Tu pedido va en camino."}`. Outside of the 24 h after the customer's last
    message it is held, and `message.status` says so; use a template then."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"to": "+5215512345678", "text": "Tu pedido va en camino."}]},
    )

    text: Prose = Field(min_length=1)


class TemplateToSend(_Addressed):
    """`{"to": "+5215512345678", "template": "order_shipped", "variables": {"1": "Ana"}}`: a template that the provider
    has approved and that the channel's `config.templates` names."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"to": "+5215512345678", "template": "order_shipped", "variables": {"1": "Ana"}}]
        },
    )

    template: Key
    variables: Annotated[dict[Annotated[str, Field(max_length=40)], Variable], at_most(50)] = {}


class MessageSent(BaseModel):
    """It is on its way; `message.status` tells what becomes of it."""

    message_id: UUID
    conversation_id: UUID
    contact_id: UUID


class MessageController(Controller):
    """For callers outside."""

    path = "/v1/messages"
    tags = ("conversations",)

    @post("/send", status_code=202)
    async def send(
        self, tenant: NamedDependency[TenantScope], bell: NamedDependency[Bell], data: JSONBody[TextToSend]
    ) -> MessageSent:
        """Free words to a number or into a conversation. 422 `not-a-number`, `channel-needed`."""

        async def write(session: Any, target: Target) -> UUID:
            return await send_text(session, target, _author(tenant), data.text)

        return await _send(tenant, bell, data, write)

    @post("/send-template", status_code=202)
    async def send_template(
        self, tenant: NamedDependency[TenantScope], bell: NamedDependency[Bell], data: JSONBody[TemplateToSend]
    ) -> MessageSent:
        """An approved template, which no window holds back. 422 `template-unknown`, `template-variables`."""

        async def write(session: Any, target: Target) -> UUID:
            return await send_template(session, target, _author(tenant), data.template, data.variables)

        return await _send(tenant, bell, data, write)


async def _send(tenant: TenantScope, bell: Bell, data: _Addressed, write: Any) -> MessageSent:
    try:
        async with tenant.transaction() as session:
            target = await target_of(session, data.conversation_id, data.to, data.channel_id)
            message_id = await write(session, target)
    except IntegrityError:
        raise Conflict("This number was met for the first time this very moment; send it again.") from None
    await bell.ring("outbox")
    return MessageSent(message_id=message_id, conversation_id=target.conversation_id, contact_id=target.contact_id)


def _author(tenant: TenantScope) -> Author:
    """A member of the team speaks for themselves; what a program sends is a notice of the business."""
    return Author.PERSON if tenant.person is not None else Author.SYSTEM


CONTROLLERS = [MessageController]
