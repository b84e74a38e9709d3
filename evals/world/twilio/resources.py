"""Twilio's resources as its API shows them."""

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from evals.world.twilio.delivery import API_VERSION
from evals.world.twilio.errors import LATER
from evals.world.twilio.state import Account, Media, Message

NOT_SENT = "Message was not sent"


def rfc2822(instant: datetime | None) -> str | None:
    return None if instant is None else format_datetime(instant.astimezone(UTC))


def account_json(account: Account) -> dict[str, Any]:
    """The Account resource (twilio.com/docs/iam/api/account)."""
    uri = f"/{API_VERSION}/Accounts/{account.sid}"
    return {
        "auth_token": account.token,
        "date_created": rfc2822(account.created),
        "date_updated": rfc2822(account.created),
        "friendly_name": account.friendly_name,
        "owner_account_sid": account.sid,
        "sid": account.sid,
        "status": "active",
        "subresource_uris": {"messages": f"{uri}/Messages.json"},
        "type": "Full",
        "uri": f"{uri}.json",
    }


def media_json(message: Message, media: Media) -> dict[str, Any]:
    """The Media resource (twilio.com/docs/messaging/api/media-resource)."""
    return {
        "account_sid": message.account_sid,
        "content_type": media.content_type,
        "date_created": rfc2822(message.created),
        "date_updated": rfc2822(message.created),
        "parent_sid": message.sid,
        "sid": media.sid,
        "uri": f"/{API_VERSION}/Accounts/{message.account_sid}/Messages/{message.sid}/Media/{media.sid}.json",
    }


def media_page(message: Message) -> dict[str, Any]:
    """All media of a message on one page; a message carries ten at most."""
    uri = f"/{API_VERSION}/Accounts/{message.account_sid}/Messages/{message.sid}/Media.json?PageSize=50&Page=0"
    return {
        "media_list": [media_json(message, media) for media in message.media],
        "end": max(len(message.media) - 1, 0),
        "first_page_uri": uri,
        "next_page_uri": None,
        "page": 0,
        "page_size": 50,
        "previous_page_uri": None,
        "start": 0,
        "uri": uri,
    }


def message_json(message: Message) -> dict[str, Any]:
    """The Message resource (twilio.com/docs/messaging/api/message-resource)."""
    uri = f"/{API_VERSION}/Accounts/{message.account_sid}/Messages/{message.sid}"
    return {
        "account_sid": message.account_sid,
        "api_version": API_VERSION,
        "body": message.body,
        "date_created": rfc2822(message.created),
        "date_sent": rfc2822(message.sent),
        "date_updated": rfc2822(message.updated),
        "direction": message.direction,
        "error_code": message.error_code,
        "error_message": LATER.get(message.error_code, NOT_SENT) if message.error_code else None,
        "from": message.sender,
        "messaging_service_sid": message.messaging_service_sid,
        "num_media": str(len(message.media) or len(message.media_urls)),
        "num_segments": "0" if message.status == "accepted" else "1",
        "price": None,
        "price_unit": None,
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.recipient,
        "uri": f"{uri}.json",
    }
