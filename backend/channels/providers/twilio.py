"""WhatsApp through Twilio: form webhooks signed over the public URL, sends through the official client.

Sources: twilio.com/docs/usage/security (signatures), /docs/messaging/guides/webhook-request (fields),
/docs/messaging/guides/track-outbound-message-status, /docs/messaging/api/message-resource,
/docs/messaging/api/media-resource, /docs/api/errors.
"""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from backend.channels.providers.base import (
    ChannelAccount,
    Held,
    InboundEvent,
    LookupFailed,
    MediaSource,
    Part,
    RateLimited,
    RawRequest,
    Rejected,
    SendOutcome,
    Sent,
    StatusEvent,
    Unclear,
)
from backend.channels.providers.twilio_forms import Form, inbound_event, status_event, status_of
from backend.channels.providers.twilio_http import TooFast, TwilioHttp
from backend.contacts.phones import is_crowd
from backend.errors import Unauthorized
from backend.settings import Settings

OUTSIDE_WINDOW = "63016"
OPTED_OUT = "21610"
_RATE = frozenset({"429", "20429", "14107", "63038"})
"""Of the account or its API: whoever sends next would be refused as well."""
_PAIR_RATE = frozenset({"63018", "131056"})
"""Too many to one recipient (docs/errors/63018; WhatsApp's own code is 131056). What is too fast for a number Twilio
queues by itself."""
_PASSING = frozenset({"20003", "401", "63010", "63020"})
"""Wrong credentials are mended by the tenant, channel faults by Twilio: worth another try."""
_LISTED = 100
_API_HOST = "api.twilio.com"
_GONE = 404
_SID = re.compile(r"[A-Za-z0-9]{1,64}")


class TwilioChannel:
    """Twilio for every account of this process; one pooled HTTP client."""

    text_limit = 1600

    def __init__(self, settings: Settings) -> None:
        self._public_url = settings.public_url.rstrip("/")
        self._base_url = settings.twilio_base_url
        self._http = TwilioHttp(settings.twilio_base_url)

    def verify(self, request: RawRequest, account: ChannelAccount) -> None:
        url = f"{self._public_url}{request.path}" + (f"?{request.query}" if request.query else "")
        signature = request.headers.get("x-twilio-signature", "")
        validator = RequestValidator(account.credentials.get("auth_token", ""))
        if not signature or not validator.validate(url, Form.parse(request), signature):
            raise Unauthorized(
                "The signature does not fit. Check the auth token of the channel, and that TENDERO_PUBLIC_URL is the "
                "address configured at Twilio."
            )

    def read_inbound(self, request: RawRequest, account: ChannelAccount) -> InboundEvent | None:
        form = Form.parse(request)
        return None if is_crowd(form.first("From")) else inbound_event(form, account.address)

    def read_status(self, request: RawRequest, account: ChannelAccount) -> StatusEvent | None:
        return status_event(Form.parse(request), request.query)

    def classify(self, code: str) -> SendOutcome:
        if code == OUTSIDE_WINDOW:
            return Held(code, "outside the 24 h window")
        if code == OPTED_OUT:
            return Held(code, "the contact opted out", opted_out=True)
        if code in _RATE | _PAIR_RATE:
            return RateLimited(code, None, of_pair=code in _PAIR_RATE)
        return Rejected(code, permanent=code not in _PASSING)

    async def send(self, account: ChannelAccount, part: Part, callback_url: str) -> SendOutcome:
        fields: dict[str, Any] = {"to": part.to, "from_": account.address, "status_callback": callback_url}
        if part.template is not None:
            fields["content_sid"] = part.template["content_sid"]
            fields["content_variables"] = json.dumps(part.template["variables"])
        elif part.body:
            fields["body"] = part.body
        if urls := [item["url"] for item in part.attachments if item.get("url")]:
            fields["media_url"] = urls
        try:
            message = await self._client(account).messages.create_async(**fields)
        except TooFast as slow:
            return RateLimited(slow.code, slow.retry_after, of_pair=slow.code in _PAIR_RATE)
        except (TwilioRestException, TwilioServiceException) as refused:
            if refused.status >= 500:
                return Unclear(str(refused.code or refused.status))
            return self.classify(str(refused.code or refused.status))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol):
            return Rejected("unreachable", permanent=False)
        except (httpx.HTTPError, TwilioException, ValueError) as lost:
            return Unclear(type(lost).__name__)
        return Sent(str(message.sid), status_of(str(message.status)))

    async def find(self, account: ChannelAccount, part: Part, known: frozenset[str]) -> Sent | None:
        filters: dict[str, Any] = {"to": part.to, "from_": account.address, "limit": _LISTED}
        if part.queued_at is not None:
            filters["date_sent_after"] = part.queued_at - timedelta(days=1)
        try:
            listed = await self._client(account).messages.list_async(**filters)
            if "date_sent_after" in filters:
                # A message that is still queued has no date of sending, so the filter may hide it.
                del filters["date_sent_after"]
                listed += await self._client(account).messages.list_async(**filters | {"limit": 20})
        except (TooFast, TwilioException, httpx.HTTPError, ValueError) as failure:
            raise LookupFailed(type(failure).__name__) from failure
        for message in listed:
            if message.body == part.body and message.sid not in known:
                code = str(message.error_code) if message.error_code else None
                return Sent(str(message.sid), status_of(str(message.status)), code)
        return None

    def media_source(self, account: ChannelAccount, attachment: Mapping[str, Any]) -> MediaSource:
        """Twilio's files ask for the account's credentials where an account wants that (docs/usage/tutorials/
        how-to-secure-media); a webhook's address that is not Twilio's own is never shown them."""
        url = str(attachment.get("url", ""))
        if not self._is_own(url):
            return MediaSource(url)
        user, password = _login(account)
        told = base64.b64encode(f"{user}:{password}".encode()).decode()
        return MediaSource(url, {"Authorization": f"Basic {told}"})

    async def erase_media(self, account: ChannelAccount, message_id: str, media_ids: Sequence[str]) -> None:
        """The Media subresource (docs/messaging/api/media-resource): listed and deleted one by one, which serves files
        that came in and copies of those that we sent."""
        if not _SID.fullmatch(message_id):
            return
        try:
            message = self._client(account).messages(message_id)
            for media in await message.media.list_async():
                await self._forget(message.media(media.sid))
        except (TooFast, TwilioException, httpx.HTTPError, ValueError) as failure:
            if _status(failure) != _GONE:
                raise LookupFailed(type(failure).__name__) from failure

    async def close(self) -> None:
        await self._http.close()

    async def _forget(self, media: Any) -> None:
        try:
            await media.delete_async()
        except TwilioRestException as refused:
            if refused.status != _GONE:
                raise

    def _is_own(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
            if self._base_url is not None:
                return (parts.scheme, parts.netloc) == urlsplit(self._base_url)[:2]
            return parts.scheme == "https" and parts.netloc.lower() == _API_HOST
        except ValueError:
            return False

    def _client(self, account: ChannelAccount) -> Any:
        return Client(
            *_login(account),
            account_sid=account.credentials.get("account_sid"),
            http_client=self._http,
            environment={},
        )


def _login(account: ChannelAccount) -> tuple[str, str]:
    """User and password of the API."""
    credentials = account.credentials
    return (
        credentials.get("api_key_sid") or credentials.get("account_sid", ""),
        credentials.get("api_key_secret") or credentials.get("auth_token", ""),
    )


def _status(failure: Exception) -> int | None:
    """The HTTP status of an answer that the library turned into an exception; pages keep it as an argument."""
    if isinstance(failure, TwilioRestException):
        return int(failure.status)
    return next((one.status_code for one in failure.args if hasattr(one, "status_code")), None)
