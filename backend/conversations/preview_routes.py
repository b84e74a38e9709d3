"""Previews: the bundle of a real conversation, and a token whose tools write nothing that stays."""

from typing import Any
from uuid import UUID

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy import select

from backend.conversations.bundle import read_bundles
from backend.conversations.models import Turn
from backend.database import Database
from backend.errors import NotFound
from backend.scopes import ServiceScope
from backend.security import PREVIEW
from backend.settings import Settings


class PreviewController(Controller):
    """For Studio, with the service token."""

    path = "/internal/preview"
    tags = ("internal",)

    @post("/{conversation_id:uuid}", status_code=200)
    async def preview(
        self,
        service: NamedDependency[ServiceScope],
        conversation_id: FromPath[UUID],
        database: NamedDependency[Database],
        settings: NamedDependency[Settings],
    ) -> dict[str, Any]:
        """What the holder of the conversation's latest turn would get now. Nothing is claimed, nothing changes."""
        async with database.queue() as session:
            latest = (
                await session.execute(
                    select(Turn.tenant_id, Turn.id)
                    .where(Turn.conversation_id == conversation_id)
                    .order_by(Turn.id.desc())
                    .limit(1)
                )
            ).one_or_none()
        if latest is None:
            raise NotFound("There is no such conversation, or nothing in it was ever to be answered.")
        async with database.tenant(latest.tenant_id) as session:
            bundles = await read_bundles(session, settings, {latest.id: PREVIEW}, preview=True)
            await session.rollback()
        bundle: dict[str, Any] = bundles[latest.id]
        return bundle
