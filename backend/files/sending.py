"""Files of the business on their way to a customer: those that it marked `sendable`, and no others."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.channels.models import Channel
from backend.conversations.journal import Effect
from backend.conversations.models import Author, Conversation
from backend.conversations.outgoing import queue_message
from backend.database import tenant_of
from backend.errors import Conflict, Unprocessable
from backend.files.carrying import refusal
from backend.files.models import File
from backend.scopes import TurnScope

MOST_LISTED = 20


class SendArguments(BaseModel):
    """Arguments of `send_file`."""

    model_config = ConfigDict(extra="forbid")

    file_ids: Annotated[list[UUID], Field(min_length=1, max_length=3)]


async def send(session: AsyncSession, turn: TurnScope, arguments: SendArguments) -> Effect:
    """A message a file, as WhatsApp takes one with each, under its caption. All of them or none.

    Raises `Conflict` of type person-in-charge; `Unprocessable` of type no-such-file, or not-carried for what the
    channel does not take.
    """
    wanted = list(dict.fromkeys(arguments.file_ids))
    query = select(File).where(File.tenant_id == tenant_of(session), File.id.in_(wanted), File.sendable)
    found = {file.id: file for file in await session.scalars(query)}
    if len(found) < len(wanted):
        raise Unprocessable(
            "There is no such file to send. The files that may be sent are listed with their ids; take one of these, "
            "or answer in words.",
            type="no-such-file",
        )
    in_charge, channel_id, provider = (
        await session.execute(
            select(Conversation.in_charge, Conversation.channel_id, Channel.provider)
            .join(Channel, (Channel.tenant_id == Conversation.tenant_id) & (Channel.id == Conversation.channel_id))
            .where(Conversation.id == turn.conversation_id)
        )
    ).one()
    if in_charge == Author.PERSON:
        raise Conflict("A person of the team is in charge of this chat now; send nothing.", type="person-in-charge")
    for file in found.values():
        if (why := refusal(provider, file.content_type, file.size)) is not None:
            raise Unprocessable(
                f"{file.name} {why}. Say in words what the customer needs of it, or offer a person.", type="not-carried"
            )
    for file_id in wanted:
        file = found[file_id]
        await queue_message(
            session,
            turn.conversation_id,
            channel_id,
            provider,
            Author.AGENT,
            file.caption or file.name,
            turn_id=turn.turn_id,
            attachments=[file.as_attachment()],
        )
    note = "They reach the customer before your message. Write no address of them, and say in a line what they are."
    return Effect({"sent": [found[file_id].name for file_id in wanted], "note": note})
