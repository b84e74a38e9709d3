"""The REST side: Accounts and Messages of ``/2010-04-01``, and media, as Twilio documents them."""

import asyncio
import base64
import binascii
from typing import Any
from urllib.parse import parse_qs

from litestar import Request, Response, delete, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from evals.world.serving import BrokenConnection
from evals.world.twilio.errors import TwilioError
from evals.world.twilio.listing import message_page
from evals.world.twilio.resources import account_json, media_page, message_json
from evals.world.twilio.sending import accept, checked, first
from evals.world.twilio.state import Account, Media, Message, TwilioWorld, World

AnyRequest = Request[Any, Any, Any]


def authenticate(request: AnyRequest, world: TwilioWorld, account_sid: str) -> Account:
    """The account of the request's basic credentials, which must own the path. Raises 20003 or 20404."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        user, _, password = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise TwilioError(20003) from None
    account = world.accounts.get(user)
    if scheme.lower() != "basic" or account is None or account.token != password:
        raise TwilioError(20003)
    if account.sid != account_sid:
        raise TwilioError(20404, request.url.path)
    return account


@get("/2010-04-01/Accounts/{account_sid:str}")
async def fetch_account(request: AnyRequest, world: World, account_sid: FromPath[str]) -> dict[str, Any]:
    return account_json(authenticate(request, world, _json_resource(request, account_sid)))


@post("/2010-04-01/Accounts/{account_sid:str}/Messages.json", status_code=201)
async def create_message(request: AnyRequest, world: World, account_sid: FromPath[str]) -> Response[Any]:
    account = authenticate(request, world, account_sid)
    form = parse_qs((await request.body()).decode(), keep_blank_values=True)
    customer = first(form, "To")
    if refusal := world.fault_for(account.sid, customer, "reject"):
        limit = account.daily_limit or 50
        raise TwilioError(refusal.code, limit, status=refusal.http_status, retry_after=refusal.retry_after)
    if world.over_rate(account):
        raise TwilioError(20429, retry_after=1)
    fields = checked(world, account, form)
    trouble = world.fault_for(account.sid, customer, "hang", "drop", "lose")
    if trouble and trouble.kind == "lose":
        return BrokenConnection(None)
    message = await accept(world, account, fields)
    if trouble and trouble.kind == "drop":
        return BrokenConnection(None)
    if trouble:
        await asyncio.sleep(trouble.seconds)
    return Response(message, status_code=201, media_type="application/json")


@get("/2010-04-01/Accounts/{account_sid:str}/Messages.json")
async def list_messages(request: AnyRequest, world: World, account_sid: FromPath[str]) -> dict[str, Any]:
    account = authenticate(request, world, account_sid)
    return message_page(world, account, request.url.path, request.scope["query_string"].decode())


@get("/2010-04-01/Accounts/{account_sid:str}/Messages/{sid:str}")
async def fetch_message(
    request: AnyRequest, world: World, account_sid: FromPath[str], sid: FromPath[str]
) -> dict[str, Any]:
    account = authenticate(request, world, account_sid)
    return message_json(_owned(request, world, account, _json_resource(request, sid)))


@get("/2010-04-01/Accounts/{account_sid:str}/Messages/{sid:str}/Media/{media_sid:str}")
async def fetch_media(
    request: AnyRequest, world: World, account_sid: FromPath[str], sid: FromPath[str], media_sid: FromPath[str]
) -> Response[Any]:
    """Twilio answers with a redirect to a file host that asks for no credentials."""
    message = _owned(request, world, authenticate(request, world, account_sid), sid)
    for media in message.media:
        if media.sid == media_sid:
            return Redirect(f"{str(request.base_url).rstrip('/')}/_files/{media.ticket}", status_code=307)
    raise TwilioError(20404, request.url.path)


@get("/2010-04-01/Accounts/{account_sid:str}/Messages/{sid:str}/Media.json")
async def list_media(
    request: AnyRequest, world: World, account_sid: FromPath[str], sid: FromPath[str]
) -> dict[str, Any]:
    message = _owned(request, world, authenticate(request, world, account_sid), sid)
    _media_fault(world, account_sid)
    return media_page(message)


@delete("/2010-04-01/Accounts/{account_sid:str}/Messages/{sid:str}/Media/{media_sid:str}")
async def delete_media(
    request: AnyRequest, world: World, account_sid: FromPath[str], sid: FromPath[str], media_sid: FromPath[str]
) -> None:
    """204, and 404 from then on."""
    message = _owned(request, world, authenticate(request, world, account_sid), sid)
    _media_fault(world, account_sid)
    left = [media for media in message.media if media.sid != _json_resource(request, media_sid)]
    if len(left) == len(message.media):
        raise TwilioError(20404, request.url.path)
    message.media = left


@get("/_files/{ticket:str}")
async def download_file(request: AnyRequest, world: World, ticket: FromPath[str]) -> Response[bytes]:
    for message in world.messages.values():
        for media in message.media:
            if media.ticket == ticket:
                return await _served(world, message, media)
    raise TwilioError(20404, request.url.path)


async def _served(world: TwilioWorld, message: Message, media: Media) -> Response[bytes]:
    fault = world.fault_for(message.account_sid, "", "file")
    if fault is None:
        return Response(media.data, media_type=media.content_type)
    await asyncio.sleep(fault.seconds)
    data = media.data if fault.size is None else b"<html>".ljust(fault.size, b".")
    kind = fault.content_type or media.content_type
    return Response(data, media_type=kind, status_code=fault.http_status or 200)


def _media_fault(world: TwilioWorld, account_sid: str) -> None:
    if fault := world.fault_for(account_sid, "", "media"):
        raise TwilioError(fault.code, status=fault.http_status, retry_after=fault.retry_after)


def _owned(request: AnyRequest, world: TwilioWorld, account: Account, sid: str) -> Message:
    message = world.messages.get(sid)
    if message is None or message.account_sid != account.sid:
        raise TwilioError(20404, request.url.path)
    return message


def _json_resource(request: AnyRequest, name: str) -> str:
    """The SID before ``.json``; without the suffix the real API speaks XML, which is not simulated."""
    if not name.endswith(".json"):
        raise TwilioError(20404, request.url.path)
    return name.removesuffix(".json")
