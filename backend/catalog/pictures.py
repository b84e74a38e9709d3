"""Pictures of products, sent to a customer: addresses come from the catalog, and from nowhere else."""

from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalog.cards import visible_cards
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
    """A message a picture, as WhatsApp takes one with each, under the name on the card. Raises Conflict of type
    person-in-charge, Unprocessable of type no-pictures."""
    cards = await visible_cards(session, arguments.product_ids, contact_id=turn.contact_id)
    query = select(Product.id, Product.images).where(Product.id.in_([card.id for card in cards if card.pictures]))
    images = dict((await session.execute(query)).tuples().all())
    shown = [(card.name, images[card.id]) for card in cards if card.id in images]
    if not shown:
        raise Unprocessable("There is no picture of these; describe them in words.", type="no-pictures")
    conversation = await _conversation(session, turn.conversation_id)
    if conversation.in_charge == Author.PERSON:
        raise Conflict("A person of the team is in charge of this chat now; send nothing.", type="person-in-charge")
    attached = [(name, await picture_to_send(session, conversation.provider, several)) for name, several in shown]
    sendable = [(name, picture) for name, picture in attached if picture is not None]
    if not sendable:
        raise Unprocessable("This chat cannot carry their pictures; describe them in words.", type="no-pictures")
    for name, picture in sendable:
        await queue_message(
            session,
            turn.conversation_id,
            conversation.channel_id,
            conversation.provider,
            Author.AGENT,
            name,
            turn_id=turn.turn_id,
            attachments=[picture],
        )
    note = "They reach the customer before your message, each under its name. Do not repeat their addresses."
    return Effect({"shown": [name for name, _ in sendable], "note": note})


async def _conversation(session: AsyncSession, conversation_id: UUID) -> Row[tuple[str, UUID, str]]:
    return (
        await session.execute(
            select(Conversation.in_charge, Conversation.channel_id, Channel.provider)
            .join(Channel, (Channel.tenant_id == Conversation.tenant_id) & (Channel.id == Conversation.channel_id))
            .where(Conversation.id == conversation_id)
        )
    ).one()
