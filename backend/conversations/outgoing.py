"""Putting a message on its way: a row of the transcript, and its parts in the outbox."""

import json
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.channels.models import Channel
from backend.conversations.models import ACTIVE_AGAIN_AFTER, Author, Conversation
from backend.conversations.splitting import split
from backend.database import fetch, new_id, tenant_of
from backend.errors import NotFound
from backend.statements import Statement

TEXT_LIMITS = {"twilio": 1600, "sandbox": 1600}
"""Characters of one message by provider (twilio.com/docs/errors/21617)."""
_NARROWEST = 1600

# A conversation that somebody else holds is not waited for, so that no two who write notices can block each other: who
# holds it takes in a message, which moves it up as well, or changes it in the inbox.
_QUEUE = Statement("""
WITH message AS (
    INSERT INTO messages (tenant_id, id, conversation_id, turn_id, author, kind, body, attachments, sent_at, created_at,
                          updated_at)
    VALUES (:tenant_id, :message_id, :conversation_id, :turn_id, :author, :kind, :body, CAST(:attachments AS jsonb),
            :now, :now, :now)
), written AS (
    UPDATE conversations SET active_at = :now WHERE tenant_id = :tenant_id AND id IN (
        SELECT id FROM conversations
        WHERE tenant_id = :tenant_id AND id = :conversation_id AND active_at < :active_before
        FOR NO KEY UPDATE SKIP LOCKED
    )
)
INSERT INTO outbox (tenant_id, id, conversation_id, channel_id, message_id, part, body, attachments, template, status,
                    due_at, attempt, looks, created_at, updated_at)
SELECT :tenant_id, given.id, :conversation_id, :channel_id, :message_id, given.place - 1, given.body,
    CASE WHEN given.place = 1 THEN CAST(:attachments AS jsonb) ELSE '[]' END, CAST(:template AS jsonb), 'queued',
    :now, 0, 0, :now, :now
FROM unnest(CAST(:ids AS uuid[]), CAST(:parts AS text[])) WITH ORDINALITY AS given(id, body, place)
ORDER BY given.place
""")


async def post(
    session: AsyncSession,
    conversation_id: UUID,
    author: Author,
    body: str,
    *,
    turn_id: UUID | None = None,
    attachments: list[dict[str, Any]] | None = None,
) -> UUID:
    """Write a message to a contact and queue it in parts; the dispatcher sends it after the commit.

    For notices (author system) and persons as well as for the agent. Ring the bell (`outbox`) after the commit.
    Whatever a conversation was folded into takes what persons and notices say: there the contact wrote last. Returns
    the message's id. Raises `NotFound`.
    """
    row = (
        await session.execute(
            select(Conversation.channel_id, Conversation.folded_into, Channel.provider)
            .join(
                Channel,
                (Channel.tenant_id == Conversation.tenant_id) & (Channel.id == Conversation.channel_id),
            )
            .where(Conversation.id == conversation_id)
        )
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such conversation; GET /v1/conversations lists them.")
    into = row.folded_into if row.folded_into is not None and author != Author.AGENT else conversation_id
    return await queue_message(
        session, into, row.channel_id, row.provider, author, body, turn_id=turn_id, attachments=attachments
    )


async def queue_message(
    session: AsyncSession,
    conversation_id: UUID,
    channel_id: UUID,
    provider: str,
    author: Author,
    body: str,
    *,
    turn_id: UUID | None = None,
    attachments: list[dict[str, Any]] | None = None,
    template: dict[str, Any] | None = None,
) -> UUID:
    """`post` for callers that have read the conversation already: one statement. A `template` (see `OutboxEntry`) goes
    in one part, and `body` is how it reads."""
    tenant_id, message_id, now = tenant_of(session), new_id(), clock.now()
    body = body.replace("\0", "")
    parts = [body] if template else split(body, TEXT_LIMITS.get(provider, _NARROWEST)) or [""]
    await fetch(
        session,
        _QUEUE,
        {
            "tenant_id": tenant_id,
            "message_id": message_id,
            "conversation_id": conversation_id,
            "channel_id": channel_id,
            "turn_id": turn_id,
            "author": author,
            "kind": "template" if template else "text",
            "template": json.dumps(template) if template else None,
            "body": body,
            "attachments": json.dumps(attachments or []),
            "ids": [new_id() for _ in parts],
            "parts": parts,
            "active_before": now - ACTIVE_AGAIN_AFTER,
            "now": now,
        },
    )
    return message_id
