"""Twilio's webhook forms, read into plain events."""

import re
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from backend.channels.providers.base import InboundEvent, RawRequest, StatusEvent
from backend.contacts.models import IdentityKind
from backend.contacts.phones import as_e164, variants
from backend.conversations.models import OutboxStatus
from backend.errors import Malformed, Unprocessable

_KINDS = {
    "text": "text",
    "image": "image",
    "sticker": "image",
    "audio": "audio",
    "voice": "audio",
    "video": "video",
    "document": "document",
    "location": "location",
    "contacts": "contacts",
    "button": "button",
    "interactive": "button",
    "reaction": "reaction",
}
_STATUSES = {
    "accepted": OutboxStatus.SENT,
    "scheduled": OutboxStatus.SENT,
    "queued": OutboxStatus.SENT,
    "sending": OutboxStatus.SENT,
    "sent": OutboxStatus.SENT,
    "delivered": OutboxStatus.DELIVERED,
    "read": OutboxStatus.READ,
    "undelivered": OutboxStatus.FAILED,
    "failed": OutboxStatus.FAILED,
    "canceled": OutboxStatus.FAILED,
}
_BSUID = re.compile(r"whatsapp:([A-Z]{2}\.[0-9A-Za-z]+)")
_MAX_MEDIA = 10


class Form(dict[str, list[str]]):
    """A form with every value as it was sent; `getlist` is what Twilio's validator asks for."""

    @classmethod
    def parse(cls, request: RawRequest) -> "Form":
        """Raises `Malformed` for anything that is not a URL-encoded form."""
        content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type != "application/x-www-form-urlencoded":
            raise Malformed("Send a form: Content-Type application/x-www-form-urlencoded.")
        form = cls()
        try:
            pairs = parse_qsl(request.body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=500)
        except (UnicodeDecodeError, ValueError):
            raise Malformed("The form cannot be decoded; send it URL-encoded in UTF-8.") from None
        for name, value in pairs:
            form.setdefault(name, []).append(value)
        return form

    def getlist(self, name: str) -> list[str]:
        return self[name]

    def first(self, name: str) -> str:
        """The first value without null bytes, which no text column can hold; empty if the field is missing."""
        return self.get(name, [""])[0].replace("\0", "")

    def stored(self) -> dict[str, str]:
        """For the record."""
        return {name.replace("\0", ""): self.first(name) for name in self}


def inbound_event(form: Form, our_address: str) -> InboundEvent:
    """Raises `Unprocessable` without the fields that every incoming message has."""
    sid, sender = form.first("MessageSid") or form.first("SmsMessageSid"), form.first("From")
    if not sid or not sender or len(sid) > 64 or len(sender) > 200:
        raise Unprocessable("An incoming message has MessageSid and From.")
    attachments = _attachments(form)
    location = _location(form)
    echo = sender == our_address
    customer = form.first("To") if echo else sender
    if not customer or len(customer) > 200:
        raise Unprocessable("What the business itself wrote names the customer in To.")
    return InboundEvent(
        provider_id=sid,
        kind="echo" if echo else _kind(form, attachments, location),
        address=customer,
        identities=_identities("" if echo else form.first("WaId"), customer),
        name=None if echo else form.first("ProfileName").strip()[:300] or None,
        body=form.first("Body") or form.first("ButtonText"),
        attachments=tuple(attachments),
        location=location,
        opted_out=form.first("OptOutType").upper() == "STOP",
        payload=form.stored(),
    )


def status_event(form: Form, query: str) -> StatusEvent | None:
    """None for a word we do not know: new ones must not make Twilio retry."""
    sid, name = form.first("MessageSid") or form.first("SmsSid"), form.first("MessageStatus") or form.first("SmsStatus")
    if not sid or not name or len(sid) > 64:
        raise Unprocessable("A status has MessageSid and MessageStatus.")
    if name not in _STATUSES:
        return None
    outbox_id = next((value for key, value in parse_qsl(query) if key == "outbox"), None)
    return StatusEvent(
        provider_id=sid,
        status=_STATUSES[name],
        name=name,
        error_code=form.first("ErrorCode") or None,
        outbox_id=_uuid(outbox_id),
        payload=form.stored(),
    )


def status_of(name: str) -> OutboxStatus:
    """Twilio's word for the state of a message in ours; whatever it has taken is at least sent."""
    return _STATUSES.get(name, OutboxStatus.SENT)


def _kind(form: Form, attachments: list[dict[str, Any]], location: dict[str, Any] | None) -> str:
    if location:
        return "location"
    named = form.first("MessageType").lower()
    if named == "reaction":
        return "reaction"
    if attachments:
        content_type = attachments[0]["content_type"]
        if "vcard" in content_type:
            return "contacts"
        family = content_type.partition("/")[0]
        return family if family in ("image", "audio", "video") else "document"
    if form.first("ButtonText") or form.first("ButtonPayload"):
        return "button"
    return _KINDS.get(named or "text", "unsupported")


def _identities(wa_id: str, address: str) -> tuple[tuple[IdentityKind, str], ...]:
    found: list[tuple[IdentityKind, str]] = []
    if wa_id := wa_id.strip():
        found.append((IdentityKind.WA_ID, wa_id[:100]))
    if match := _BSUID.fullmatch(address):
        found.append((IdentityKind.BSUID, match[1]))
    elif phone := as_e164(address):
        found.extend((IdentityKind.PHONE, spelling) for spelling in variants(phone))
    return tuple(found) or ((IdentityKind.WA_ID, address.removeprefix("whatsapp:")),)


def _attachments(form: Form) -> list[dict[str, Any]]:
    count = form.first("NumMedia")
    if not count.isascii() or not count.isdigit():
        return []
    urls = ((index, form.first(f"MediaUrl{index}")) for index in range(min(int(count), _MAX_MEDIA)))
    return [
        {
            "url": url,
            "content_type": (form.first(f"MediaContentType{index}") or "application/octet-stream").lower(),
            "name": form.first(f"MediaFileName{index}") or None,
        }
        for index, url in urls
        if url
    ]


def _location(form: Form) -> dict[str, Any] | None:
    try:
        latitude, longitude = float(form.first("Latitude")), float(form.first("Longitude"))
    except ValueError:
        return None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    label = ", ".join(part for part in (form.first("Label"), form.first("Address")) if part)
    return {"latitude": latitude, "longitude": longitude, "label": label or None}


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
