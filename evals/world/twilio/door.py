"""The control door ``/_world/``: what a test or the demo does to the simulated Twilio and its customers.

Nothing here exists at Twilio; the product never calls it.
"""

import asyncio
import base64
from contextlib import suppress
from typing import Any

from litestar import Request, get, post, put
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery, JSONBody
from pydantic import BaseModel, Field

from evals.world.twilio.delivery import Signature, deliver_inbound, inbound_form
from evals.world.twilio.state import (
    Account,
    Behaviour,
    Fault,
    Media,
    Message,
    Sender,
    TwilioWorld,
    World,
    address,
    new_sid,
)


class AccountIn(BaseModel):
    sid: str | None = None
    token: str | None = None
    friendly_name: str = "Twin world"
    daily_limit: int | None = None
    sends_per_second: int | None = None
    pair_burst: int | None = None
    pair_seconds: float = 6.0


class MediaIn(BaseModel):
    content_type: str
    data: str = Field(description="base64")


class LocationIn(BaseModel):
    latitude: float
    longitude: float
    address: str | None = None
    label: str | None = None


class WriteIn(BaseModel):
    """One message of a customer. ``fields`` are added to the form, or replace what is there, as they are."""

    customer: str
    to: str
    body: str = ""
    profile_name: str = "Cliente"
    wa_id: str | None = None
    media: list[MediaIn] = []
    location: LocationIn | None = None
    button_text: str | None = None
    button_payload: str | None = None
    fields: dict[str, str] = {}
    copies: int | None = None
    signature: Signature = "valid"
    sid: str | None = None


class WindowsIn(BaseModel):
    to: str
    customers: list[str]


class BurstIn(BaseModel):
    messages: list[WriteIn]
    at_once: bool = False


@post("/_world/accounts")
async def register_account(world: World, data: JSONBody[AccountIn]) -> dict[str, str]:
    sid, token = data.sid or new_sid("AC"), data.token or new_sid("")
    limits = data.model_dump(exclude={"sid", "token", "friendly_name"})
    world.accounts[sid] = Account(sid, token, world.clock.now(), data.friendly_name, **limits)
    return {"sid": sid, "token": token}


@post("/_world/senders")
async def register_sender(world: World, data: JSONBody[Sender]) -> dict[str, str]:
    if data.account_sid not in world.accounts:
        raise NotFoundException("register the account first")
    data.number = address(data.number)
    world.senders[data.number] = data
    return {"number": data.number}


@put("/_world/templates/{sid:str}")
async def register_template(world: World, sid: FromPath[str], data: JSONBody[dict[str, str]]) -> dict[str, str]:
    """``{"body": "Hola {{1}}"}``: an approved template under its ContentSid."""
    world.templates[sid] = data["body"]
    return {"sid": sid}


@post("/_world/write")
async def write(request: Request[Any, Any, Any], world: World, data: JSONBody[WriteIn]) -> dict[str, Any]:
    """Let a customer write; answers when the webhook (and its copies and retries) has been answered."""
    return await _write(world, data, str(request.base_url).rstrip("/"))


@post("/_world/burst")
async def burst(request: Request[Any, Any, Any], world: World, data: JSONBody[BurstIn]) -> list[dict[str, Any]]:
    base_url = str(request.base_url).rstrip("/")
    if data.at_once:
        return list(await asyncio.gather(*(_write(world, item, base_url) for item in data.messages)))
    return [await _write(world, item, base_url) for item in data.messages]


async def _write(world: TwilioWorld, data: WriteIn, base_url: str) -> dict[str, Any]:
    sender = world.senders.get(address(data.to))
    if sender is None:
        raise NotFoundException("no such sender number")
    now, customer = world.clock.now(), address(data.customer)
    message = Message(
        sid=data.sid or new_sid("MM" if data.media else "SM"),
        account_sid=sender.account_sid,
        sender=customer,
        recipient=sender.number,
        body=data.body,
        direction="inbound",
        status="received",
        created=now,
        updated=now,
        sent=now,
        media=[Media(new_sid("ME"), item.content_type, base64.b64decode(item.data)) for item in data.media],
    )
    if data.signature == "valid":
        world.messages.setdefault(message.sid, message)
        world.last_inbound[sender.number, customer] = now
    number = customer.removeprefix("whatsapp:")
    wa_id = data.wa_id or (number.removeprefix("+") if number.startswith("+") else None)
    form = inbound_form(message, base_url, data.profile_name, wa_id) | _extras(data) | data.fields
    copies = world.behaviour_of(sender.account_sid).webhook_copies if data.copies is None else data.copies
    deliveries = await deliver_inbound(world, sender, form, copies, data.signature)
    return {"sid": message.sid, "deliveries": [item.as_json() for item in deliveries]}


def _extras(data: WriteIn) -> dict[str, str]:
    extras: dict[str, str] = {}
    if data.location:
        extras |= {"Latitude": str(data.location.latitude), "Longitude": str(data.location.longitude)}
        extras |= {"Address": data.location.address} if data.location.address else {}
        extras |= {"Label": data.location.label} if data.location.label else {}
        extras["MessageType"] = "location"
    if data.button_text is not None:
        extras |= {"ButtonText": data.button_text, "Body": data.body or data.button_text, "MessageType": "button"}
    if data.button_payload is not None:
        extras["ButtonPayload"] = data.button_payload
    return extras


@get("/_world/received")
async def received(
    world: World,
    customer: FromQuery[str],
    sender: FromQuery[str | None] = None,
    after: FromQuery[int] = 0,
    count: FromQuery[int] = 0,
    seconds: FromQuery[float] = 0.0,
) -> list[dict[str, Any]]:
    """What reached the customer's phone (from one sender), oldest first, without the first ``after``.

    With ``count`` it answers as soon as there are so many messages in all, or when ``seconds`` are over.
    """
    phone = world.phone(address(customer))

    def rows() -> list[Message]:
        return [item for item in phone.messages if sender is None or item.sender == address(sender)]

    async with phone.arrived:
        with suppress(TimeoutError):
            await asyncio.wait_for(phone.arrived.wait_for(lambda: len(rows()) >= count), seconds)
    return [_received(message) for message in rows()[after:]]


@get("/_world/arrivals")
async def arrivals(world: World, after: FromQuery[int] = 0) -> list[dict[str, Any]]:
    """What reached any phone from the ``after``-th message on, in that order, with the address told for callbacks."""
    fresh = world.arrivals[after:]
    return [_received(message) | {"status_callback": message.status_callback} for message in fresh]


@get("/_world/outbound")
async def outbound(world: World) -> list[dict[str, Any]]:
    """Every message the account tried to send and Twilio accepted, with all statuses it ran through."""
    return [_received(message) for message in world.messages.values() if message.direction == "outbound-api"]


@get("/_world/tally")
async def tally(world: World) -> dict[str, int]:
    """How many messages were accepted, have run through their statuses, and were not delivered."""
    sent = [item.status for item in world.messages.values() if item.direction == "outbound-api"]
    failed = sum(status in ("failed", "undelivered") for status in sent)
    return {"accepted": len(sent), "settled": failed + sent.count(world.behaviour.statuses[-1]), "failed": failed}


@put("/_world/windows")
async def open_windows(world: World, data: JSONBody[WindowsIn]) -> dict[str, int]:
    """These customers wrote to the number just now, by another way: it may write to them for 24 h."""
    for customer in data.customers:
        world.last_inbound[address(data.to), address(customer)] = world.clock.now()
    return {"open": len(data.customers)}


@post("/_world/unsubscribe")
async def unsubscribe(world: World, data: JSONBody[dict[str, str]]) -> dict[str, str]:
    """``{"customer", "to"}``: from now on sends answer 21610."""
    world.unsubscribed.add((address(data["to"]), address(data["customer"])))
    return data


@post("/_world/faults")
async def add_fault(world: World, data: JSONBody[Fault]) -> dict[str, int]:
    data.to = address(data.to) if data.to else None
    world.faults.append(data)
    return {"pending": len(world.faults)}


@put("/_world/faults")
async def clear_faults(world: World, account_sid: FromQuery[str | None] = None) -> dict[str, int]:
    """All of them, or those of one account."""
    world.faults = [fault for fault in world.faults if account_sid not in (None, fault.account_sid)]
    return {"pending": 0}


@put("/_world/web")
async def reach_web(world: World, data: JSONBody[dict[str, str]]) -> dict[str, str]:
    """`{"https://photos.example.com": "http://127.0.0.1:4000"}`: from now on files that we send are fetched, from
    these hosts alone."""
    world.web = data
    return data


@put("/_world/behaviour")
async def set_behaviour(
    world: World, data: JSONBody[Behaviour], account_sid: FromQuery[str | None] = None
) -> Behaviour:
    """Everybody's, or that of one account."""
    if account_sid is None:
        world.behaviour = data
    else:
        world.behaviours[account_sid] = data
    return data


def _received(message: Message) -> dict[str, Any]:
    return {
        "sid": message.sid,
        "from": message.sender,
        "to": message.recipient,
        "body": message.body,
        "media_urls": message.media_urls,
        "media": [
            {"content_type": file.content_type, "data": base64.b64encode(file.data).decode()} for file in message.media
        ],
        "content_sid": message.content_sid,
        "status": message.status,
        "error_code": message.error_code,
        "history": message.history,
        "accepted_at": message.created.isoformat(),
        "received_at": message.received.isoformat() if message.received else None,
    }
