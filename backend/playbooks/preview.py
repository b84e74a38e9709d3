"""What the model would read: a turn's bundle with another playbook in it, put together by the agent, which knows the
prompts. Nothing is leased, thought or written."""

from typing import Any
from uuid import UUID

import httpx
from litestar.serialization import encode_json
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.conversations.bundle import read_bundles, read_sample
from backend.conversations.models import Turn
from backend.errors import NotFound, Unavailable
from backend.playbooks.drafts import sections_of
from backend.playbooks.schemas import AskPreview, PromptPreview
from backend.security import PREVIEW
from backend.settings import Settings

_SECONDS = 10.0


async def bundle_with(session: AsyncSession, settings: Settings, asked: AskPreview) -> dict[str, Any]:
    """The bundle that the conversation's next turn would have, or one of nobody's, with the playbook that is asked
    about. NotFound. The caller rolls the transaction back."""
    sections = await sections_of(session, asked.of)
    told = await read_sample(session) if asked.conversation_id is None else await _latest(session, settings, asked)
    if asked.of == "published":
        return {**told, "token": "none"}  # with the lessons that stand beside it in this conversation
    return {**told, "token": "none", "playbook": {"version": told["playbook"]["version"], **sections.stored()}}


async def put_together(settings: Settings, asked: AskPreview, bundle: dict[str, Any]) -> PromptPreview:
    """What the agent makes of it. Raises `Unavailable` of type agent-away while the agent does not answer."""
    try:
        async with httpx.AsyncClient(base_url=settings.agent_url, timeout=_SECONDS, trust_env=False) as client:
            headers = {"Authorization": f"Bearer {settings.service_token}", "Content-Type": "application/json"}
            answer = await client.post("/prompt", content=encode_json({"bundle": bundle}), headers=headers)
            answer.raise_for_status()
            return PromptPreview.model_validate({**answer.json(), **asked.model_dump()})
    except (httpx.HTTPError, ValueError):
        raise Unavailable(
            "The agent, which puts the prompt together, does not answer; try again in a moment.", type="agent-away"
        ) from None


async def _latest(session: AsyncSession, settings: Settings, asked: AskPreview) -> dict[str, Any]:
    turn_id: UUID | None = await session.scalar(
        select(Turn.id).where(Turn.conversation_id == asked.conversation_id).order_by(Turn.id.desc()).limit(1)
    )
    if turn_id is None:
        raise NotFound("There is no such conversation, or nothing in it was ever to be answered.")
    bundles = await read_bundles(session, settings, {turn_id: PREVIEW}, preview=True)
    bundle: dict[str, Any] = bundles[turn_id]
    return bundle
