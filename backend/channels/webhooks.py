"""Webhooks: signature on the raw request, parse, store, commit, and only then 2xx."""

from typing import Any

import structlog
from litestar import Controller, MediaType, Request, Response, post
from litestar.datastructures import State
from litestar.params import FromPath

from backend.channels.accounts import account_by_token
from backend.channels.providers import channel_providers
from backend.channels.providers.base import ChannelAccount, ChannelProvider, RawRequest
from backend.conversations.service import receive
from backend.conversations.statuses import take_status
from backend.crash import crash_point
from backend.database import Database
from backend.errors import NotFound, Unauthorized
from backend.settings import Settings

log = structlog.get_logger()

_NOTHING_TO_SAY = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
"""TwiML without an answer: ours goes out through the outbox."""


class WebhookController(Controller):
    """For channel providers; each request is signed by its provider. What they need comes from the application's state:
    resolving dependencies costs a twentieth of a webhook."""

    path = "/webhooks/{provider:str}/{token:str}"
    tags = ("webhooks",)
    security = ()

    @post("/", status_code=200, media_type=MediaType.XML)
    async def message(
        self,
        request: Request[Any, Any, Any],
        provider: FromPath[str],
        token: FromPath[str],
        state: State,
    ) -> Response[str]:
        """Something a contact sent. 401 for a bad signature, 404 for an unknown channel, 503 while nothing can be
        stored: the provider then sends it again."""
        channel, account, raw = await _verified(request, provider, token, state.database, state.settings)
        event = channel.read_inbound(raw, account)
        if event is not None:
            receipt = await receive(state.database, account, event)
            crash_point("receive.after_commit")
            log.info("message.received", **receipt.ids(account.tenant_id))
            if receipt.due_soon():
                await state.bell.ring("turn")
            elif receipt.assist_id is not None:
                await state.bell.ring("assist")
        return Response(_NOTHING_TO_SAY, media_type=MediaType.XML)

    @post("/status", status_code=204)
    async def status(
        self,
        request: Request[Any, Any, Any],
        provider: FromPath[str],
        token: FromPath[str],
        state: State,
    ) -> None:
        """What became of something we sent."""
        channel, account, raw = await _verified(request, provider, token, state.database, state.settings)
        event = channel.read_status(raw, account)
        if event is not None and await take_status(state.database, account, channel, event):
            await state.bell.ring("outbox")


async def _verified(
    request: Request[Any, Any, Any], provider: str, token: str, database: Database, settings: Settings
) -> tuple[ChannelProvider, ChannelAccount, RawRequest]:
    """The channel of a request that its provider signed. Credentials that were changed elsewhere are read anew
    before a signature is refused."""
    channel = channel_providers(settings).get(provider)
    if channel is None:
        raise NotFound("There is no such provider.")
    account = await account_by_token(database, settings, provider, token)
    raw = RawRequest(
        path=request.scope["raw_path"].decode("latin-1").partition("?")[0],
        query=request.scope["query_string"].decode("latin-1"),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=await request.body(),
    )
    try:
        channel.verify(raw, account)
    except Unauthorized:
        account = await account_by_token(database, settings, provider, token, fresh=True)
        channel.verify(raw, account)
    return channel, account, raw
