"""Pictures of products, sent to a customer: addresses come from the catalog, and from nowhere else."""

from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalog.models import Product
from backend.catalog.schemas import PictureArguments
from backend.channels.models import Channel
from backend.conversations.journal import Effect
from backend.conversations.models import Author, Conversation
from backend.conversations.outgoing import queue_message
from backend.errors import Conflict, Unprocessable
from backend.files.pictures import picture_to_send
from backend.scopes import TurnScope


async def show(session: AsyncSession, turn: TurnScope, arguments: PictureArguments) -> Effect:
    """A message a picture, as WhatsApp takes one with each, under the product's name. Raises Conflict of type
    person-in-charge, Unprocessable of type no-pictures."""
    wanted = list(dict.fromkeys(arguments.product_ids))
    query = select(Product.id, Product.name, Product.images).where(
        Product.id.in_(wanted), Product.visible, Product.deleted_at.is_(None)
    )
    found = {row.id: row for row in await session.execute(query) if row.images}
    shown = [found[product_id] for product_id in wanted if product_id in found]
    if not shown:
        raise Unprocessable("There is no picture of these; describe them in words.", type="no-pictures")
    conversation = await _conversation(session, turn.conversation_id)
    if conversation.in_charge == Author.PERSON:
        raise Conflict("A person of the team is in charge of this chat now; send nothing.", type="person-in-charge")
    attached = [await picture_to_send(session, conversation.provider, row.images) for row in shown]
    sendable = [(row, picture) for row, picture in zip(shown, attached, strict=True) if picture is not None]
    if not sendable:
        raise Unprocessable("This chat cannot carry their pictures; describe them in words.", type="no-pictures")
    for row, picture in sendable:
        await queue_message(
            session,
            turn.conversation_id,
            conversation.channel_id,
            conversation.provider,
            Author.AGENT,
            row.name,
            turn_id=turn.turn_id,
            attachments=[picture],
        )
    note = "They reach the customer before your message, each under its name. Do not repeat their addresses."
    return Effect({"shown": [row.name for row, _ in sendable], "note": note})


async def _conversation(session: AsyncSession, conversation_id: UUID) -> Row[tuple[str, UUID, str]]:
    return (
        await session.execute(
            select(Conversation.in_charge, Conversation.channel_id, Channel.provider)
            .join(Channel, (Channel.tenant_id == Conversation.tenant_id) & (Channel.id == Conversation.channel_id))
            .where(Conversation.id == conversation_id)
        )
    ).one()
