"""What Twilio posts to us: inbound messages and status callbacks, as signed forms."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urldefrag, urlencode

from twilio.request_validator import RequestValidator

from evals.world.twilio.errors import LATER
from evals.world.twilio.state import Fault, Message, Sender, TwilioWorld, new_sid
from evals.world.weather import Loss, Weather
from evals.world.webhooks import ConnectionOverrides, Delivery, post

API_VERSION = "2010-04-01"
CHANNEL_INSTALL_SID = "XE" + "0" * 31 + "1"
Signature = Literal["valid", "forged", "missing"]


def signature(token: str, url: str, form: Mapping[str, str]) -> str:
    """``X-Twilio-Signature`` for a form posted to exactly this URL, by Twilio's own library."""
    return str(RequestValidator(token).compute_signature(url, form))


async def post_form(
    world: TwilioWorld,
    account_sid: str,
    url: str,
    form: Mapping[str, str],
    *,
    signed_url: str | None = None,
    sign: Signature = "valid",
    lost: Loss | None = None,
) -> Delivery:
    """Post one signed form. The fragment with connection overrides is neither sent nor signed."""
    bare, overrides = ConnectionOverrides.split(url)
    token = world.accounts[account_sid].token if sign == "valid" else "0" * 32
    headers = {
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        "User-Agent": "TwilioProxy/1.1",
        "I-Twilio-Idempotency-Token": new_sid("")[:32],
    }
    if sign != "missing":
        headers["X-Twilio-Signature"] = signature(token, urldefrag(signed_url or bare).url, form)
    return await post(world.client, bare, urlencode(form).encode(), headers, overrides, lost)


def inbound_form(message: Message, base_url: str, profile_name: str, wa_id: str | None) -> dict[str, str]:
    """The form of an incoming WhatsApp message.

    Source: twilio.com/docs/messaging/guides/webhook-request, and field names of forms seen in the wild.
    """
    context = {"ProfileName": profile_name, **({"WaId": wa_id} if wa_id else {})}
    form = {
        "SmsMessageSid": message.sid,
        "NumMedia": str(len(message.media)),
        "ProfileName": profile_name,
        "MessageType": message_type(message),
        "SmsSid": message.sid,
        "SmsStatus": "received",
        "Body": message.body,
        "To": message.recipient,
        "NumSegments": "1",
        "ReferralNumMedia": "0",
        "MessageSid": message.sid,
        "AccountSid": message.account_sid,
        "ChannelMetadata": json.dumps({"type": "whatsapp", "data": {"context": context}}, separators=(",", ":")),
        "From": message.sender,
        "ApiVersion": API_VERSION,
    }
    if wa_id:
        form["WaId"] = wa_id
    for index, media in enumerate(message.media):
        form[f"MediaUrl{index}"] = f"{base_url}{media_path(message, media.sid)}"
        form[f"MediaContentType{index}"] = media.content_type
    return form


def message_type(message: Message) -> str:
    """Twilio's ``MessageType`` for a text or media message: text, image, audio, video, document."""
    if not message.media:
        return "text"
    kind = message.media[0].content_type.partition("/")[0]
    return kind if kind in ("image", "audio", "video") else "document"


def media_path(message: Message, media_sid: str) -> str:
    return f"/{API_VERSION}/Accounts/{message.account_sid}/Messages/{message.sid}/Media/{media_sid}"


async def deliver_inbound(
    world: TwilioWorld, sender: Sender, form: Mapping[str, str], copies: int, sign: Signature
) -> list[Delivery]:
    """Post an inbound message ``copies`` times at once, as a provider that doubles its deliveries does; or as the
    account's weather has it. One customer's messages never overtake each other, since nothing in a form would tell."""
    url, account = sender.webhook_url, sender.account_sid
    if url is None:
        return []
    if (weather := world.behaviour_of(account).weather) is not None:

        async def send(lost: Loss | None) -> Delivery:
            return await post_form(world, account, url, form, signed_url=sender.public_url, sign=sign, lost=lost)

        passage = weather.passage(f"inbound {world.number(account, 'inbound')}")
        return [await passage.travel(send, world.spawn)]
    posts = [post_form(world, account, url, form, signed_url=sender.public_url, sign=sign) for _ in range(copies)]
    return list(await asyncio.gather(*posts))


def status_form(message: Message, status: str, error_code: int | None) -> dict[str, str]:
    """The form of a status callback.

    Source: twilio.com/docs/messaging/guides/track-outbound-message-status, section on WhatsApp.
    """
    form = {
        "SmsSid": message.sid,
        "SmsStatus": status,
        "MessageStatus": status,
        "To": message.recipient,
        "MessageSid": message.sid,
        "AccountSid": message.account_sid,
        "From": message.sender,
        "ApiVersion": API_VERSION,
    }
    if message.messaging_service_sid:
        form["MessagingServiceSid"] = message.messaging_service_sid
    if status not in ("queued", "accepted"):
        number = message.recipient.removeprefix("whatsapp:")
        form |= {
            "ChannelPrefix": "whatsapp",
            "ChannelInstallSid": CHANNEL_INSTALL_SID,
            "ChannelToAddress": number[:-4] + "XXXX",
            "StructuredMessage": "false",
        }
    if status in ("delivered", "read", "undelivered"):
        form["EventType"] = status.upper()
    if error_code is not None:
        form |= {"ErrorCode": str(error_code), "ChannelStatusMessage": LATER.get(error_code, "Message was not sent")}
    return form


async def report(world: TwilioWorld, message: Message, fault: Fault | None) -> None:
    """Let a message run through its statuses and post each to its callback URL, as the account's behaviour says."""
    behaviour = world.behaviour_of(message.account_sid)
    steps = ["queued", fault.status] if fault else list(behaviour.statuses)
    forms: list[dict[str, Any]] = []
    for status in steps:
        error_code = fault.code if fault and status == fault.status else None
        forms.append(status_form(message, status, error_code))
    if behaviour.weather is not None:
        await _report_through(world, behaviour.weather, message, fault, forms)
        return
    if behaviour.status_reversed:
        forms.reverse()
    for form in forms:
        if behaviour.delay:
            await asyncio.sleep(behaviour.delay)
        _apply(world, message, form["MessageStatus"], fault)
        if message.status_callback:
            copies = [
                post_form(world, message.account_sid, message.status_callback, form)
                for _ in range(behaviour.status_copies)
            ]
            await asyncio.gather(*copies)


async def _report_through(
    world: TwilioWorld, weather: Weather, message: Message, fault: Fault | None, forms: list[dict[str, Any]]
) -> None:
    """Post each status by itself, as the weather has it."""
    number = world.number(message.account_sid, "outbound")
    journeys = []
    for form in weather.order(f"outbound {number}", forms):
        _apply(world, message, form["MessageStatus"], fault)
        if (callback := message.status_callback) is not None:
            passage = weather.passage(f"outbound {number} {form['MessageStatus']}")

            async def send(lost: Loss | None, url: str = callback, form: Mapping[str, str] = form) -> Delivery:
                return await post_form(world, message.account_sid, url, form, lost=lost)

            journeys.append(passage.travel(send, world.spawn))
    await asyncio.gather(*journeys)


_FAILED = ("failed", "undelivered")
_ORDER = ("accepted", "queued", "sending", "sent", "delivered", "read", *_FAILED)
"""A status reported late changes nothing: none takes back a later one, or a failure."""


def _apply(world: TwilioWorld, message: Message, status: str, fault: Fault | None) -> None:
    message.history.append(status)
    if status in _FAILED and fault:
        message.error_code = fault.code
    if _ORDER.index(status) > _ORDER.index(message.status):
        message.status = status
        message.updated = world.clock.now()
    if message.sent is None and status in ("sent", "delivered", "read"):
        message.sent = world.clock.now()
