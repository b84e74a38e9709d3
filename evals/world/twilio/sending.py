"""From a request to send to a message on its way: the checks, in the order of their codes, and the acceptance."""

import json
import re
from typing import Any
from urllib.parse import urlsplit

from evals.world.twilio.delivery import report
from evals.world.twilio.errors import TwilioError
from evals.world.twilio.fetching import UNREACHED, fetched
from evals.world.twilio.resources import message_json
from evals.world.twilio.state import Account, Fault, Message, TwilioWorld, new_sid

BODY_LIMIT = 1600
"""Characters; 1,601 are refused with 21617 (twilio.com/docs/messaging/api/message-resource)."""
RECIPIENT = re.compile(r"whatsapp:(\+[1-9]\d{6,14}|[A-Z]{2}\.[0-9A-Za-z]{4,})")

Form = dict[str, list[str]]


def first(form: Form, key: str) -> str:
    """The first value of a form field, or an empty text."""
    return form.get(key, [""])[0]


def checked(world: TwilioWorld, account: Account, form: Form) -> dict[str, Any]:
    """The message to be, or the refusal that Twilio documents for it."""
    to, sender, service = first(form, "To"), first(form, "From"), first(form, "MessagingServiceSid")
    body, content_sid, media_urls = first(form, "Body"), first(form, "ContentSid"), form.get("MediaUrl", [])
    if not to:
        raise TwilioError(21604)
    if service and not sender:
        members = [item.number for item in world.senders.values() if item.messaging_service_sid == service]
        if not members:
            raise TwilioError(21701)
        sender = members[0]
    if not sender:
        raise TwilioError(21603)
    if to.startswith("whatsapp:") != sender.startswith("whatsapp:"):
        raise TwilioError(21910)
    if not RECIPIENT.fullmatch(to):
        raise TwilioError(21211, to)
    known = world.senders.get(sender)
    if known is None or known.account_sid != account.sid:
        raise TwilioError(63007)
    callback = first(form, "StatusCallback") or known.status_callback
    if callback and not (urlsplit(callback).scheme in ("http", "https") and urlsplit(callback).hostname):
        raise TwilioError(21609, callback)
    if content_sid:
        body = _rendered(world, content_sid, first(form, "ContentVariables"))
    elif not body.strip() and not media_urls:
        raise TwilioError(21619)
    if len(body) > BODY_LIMIT:
        raise TwilioError(21617)
    if (known.number, to) in world.unsubscribed:
        raise TwilioError(21610)
    if account.daily_limit is not None and world.sent_today(account.sid) >= account.daily_limit:
        raise TwilioError(63038, account.daily_limit)
    return {
        "sender": sender,
        "recipient": to,
        "body": body,
        "media_urls": media_urls,
        "content_sid": content_sid or None,
        "messaging_service_sid": service or None,
        "status_callback": callback or None,
    }


async def accept(world: TwilioWorld, account: Account, fields: dict[str, Any]) -> dict[str, Any]:
    """Store the message, set its statuses in motion, and give the resource as it is at this moment."""
    now = world.clock.now()
    message = Message(
        sid=new_sid("MM" if fields["media_urls"] else "SM"),
        account_sid=account.sid,
        direction="outbound-api",
        status="accepted" if fields["messaging_service_sid"] else "queued",
        created=now,
        updated=now,
        **fields,
    )
    fault = world.fault_for(account.sid, message.recipient, "fail")
    if fault is None and not message.content_sid and not world.window_open(message.sender, message.recipient):
        fault = Fault(kind="fail", code=63016)
    if fault is None and world.over_pair_rate(account, message.sender, message.recipient):
        fault = Fault(kind="fail", code=63018, status="failed")
    if fault is None and message.media_urls:
        files = await fetched(world, message.media_urls)
        message.media = files or []
        fault = Fault(kind="fail", code=UNREACHED) if files is None else None
    world.messages[message.sid] = message
    resource = message_json(message)
    if fault is None:
        await world.hand_over(message)
    world.spawn(report(world, message, fault))
    return resource


def _rendered(world: TwilioWorld, content_sid: str, variables: str) -> str:
    template = world.templates.get(content_sid)
    if template is None:
        raise TwilioError(21655, content_sid)
    try:
        given = json.loads(variables or "{}")
        return re.sub(r"\{\{(\w+)\}\}", lambda match: str(given[match[1]]), template)
    except (ValueError, KeyError, TypeError):
        raise TwilioError(21656) from None
