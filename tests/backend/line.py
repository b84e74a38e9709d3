"""A business's WhatsApp number as Twilio speaks to it, and the agent's side of the internal API."""

import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import httpx
from twilio.request_validator import RequestValidator

from backend.database import new_id
from backend.settings import Settings
from tests.factories import Business, Client

CUSTOMER = "+5215512345678"


@dataclass
class WhatsAppLine:
    """One Twilio channel; every request is a form signed as Twilio signs it."""

    client: Client
    business: Business
    settings: Settings
    channel_id: UUID
    address: str
    path: str
    auth_token: str = field(repr=False)

    def form(self, body: str, customer: str = CUSTOMER, **fields: str) -> dict[str, str]:
        """The form of an incoming text message."""
        sid = f"SM{new_id().hex}"
        return {
            "SmsMessageSid": sid,
            "NumMedia": "0",
            "ProfileName": "Ana",
            "MessageType": "text",
            "SmsSid": sid,
            "WaId": customer.removeprefix("+"),
            "SmsStatus": "received",
            "Body": body,
            "To": self.address,
            "MessageSid": sid,
            "AccountSid": "AC" + "0" * 32,
            "From": f"whatsapp:{customer}",
            "ApiVersion": "2010-04-01",
            **fields,
        }

    async def post(
        self, form: dict[str, str], *, suffix: str = "", auth_token: str | None = None, signature: str | None = None
    ) -> httpx.Response:
        """Post a form, signed for the configured public URL unless a signature is given ("" leaves it out)."""
        url = f"{self.settings.public_url}{self.path}{suffix}"
        if signature is None:
            signature = RequestValidator(auth_token or self.auth_token).compute_signature(url, form)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if signature:
            headers["X-Twilio-Signature"] = signature
        return await self.client.post(f"{self.path}{suffix}", content=urlencode(form), headers=headers)

    async def write(self, body: str, customer: str = CUSTOMER, **fields: str) -> str:
        """A customer writes; returns the message's SID."""
        form = self.form(body, customer, **fields)
        answer = await self.post(form)
        assert answer.status_code == 200, answer.text
        return form["MessageSid"]

    async def report(self, outbox_id: str, sid: str, status: str, error_code: str | None = None) -> httpx.Response:
        """A status callback."""
        form = {"MessageSid": sid, "MessageStatus": status, "To": f"whatsapp:{CUSTOMER}", "From": self.address}
        if error_code:
            form["ErrorCode"] = error_code
        return await self.post(form, suffix=f"/status?outbox={outbox_id}")

    async def conversation(self) -> dict[str, Any]:
        """The only conversation of the business."""
        [conversation] = (await self.business.ok("GET", "/v1/conversations"))["items"]
        return dict(conversation)

    async def transcript(self) -> list[dict[str, Any]]:
        """Its messages, oldest first."""
        conversation = await self.conversation()
        page = await self.business.ok("GET", f"/v1/conversations/{conversation['id']}/messages")
        return list(page["items"])


async def connect_line(business: Business, settings: Settings, number: str | None = None) -> WhatsAppLine:
    """A Twilio channel made through the API."""
    address = number or f"+1415{new_id().int % 10**7:07d}"
    auth_token = new_id().hex
    made = await business.ok(
        "POST",
        "/v1/channels",
        {
            "provider": "twilio",
            "address": address,
            "credentials": {"account_sid": f"AC{new_id().hex}", "auth_token": auth_token},
        },
    )
    path = urlsplit(made["webhook_url"]).path
    return WhatsAppLine(business.client, business, settings, UUID(made["id"]), f"whatsapp:{address}", path, auth_token)


@dataclass
class Agent:
    """One worker's calls. `claim` gives the business's own turns only."""

    client: Client
    settings: Settings
    name: str = "worker-1"

    async def service(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """A call with the service token."""
        headers = {"Authorization": f"Bearer {self.settings.service_token}"}
        answer = await self.client.post(path, json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def claim(self, business: Business, kind: str = "turn", wait_seconds: float = 0) -> list[dict[str, Any]]:
        """Bundles of the business that were due, or fell due within the wait; acknowledged at once. What other tests
        left due is taken out of the way."""
        gives_up_at = time.monotonic() + wait_seconds
        while True:
            left = max(0.0, gives_up_at - time.monotonic())
            asked = {"worker": self.name, "limit": 64, "wait_seconds": left, "kinds": [kind]}
            items = (await self.service("/internal/leases/claim", asked))["items"]
            if items:
                await self.renew(*items)
            own = [item for item in items if item["tenant"]["id"] == str(business.tenant_id)]
            if own or (not items and time.monotonic() >= gives_up_at):
                return own

    async def one(self, business: Business) -> dict[str, Any]:
        """The only turn that is due."""
        [bundle] = await self.claim(business)
        return bundle

    async def renew(self, *bundles: dict[str, Any]) -> dict[str, Any]:
        """Prolong; {"kept", "lost"}."""
        return await self.service("/internal/leases/renew", {"leases": [_lease(bundle) for bundle in bundles]})

    async def release(self, *bundles: dict[str, Any]) -> dict[str, Any]:
        """Give back."""
        return await self.service("/internal/leases/release", {"leases": [_lease(bundle) for bundle in bundles]})

    async def turn(self, bundle: dict[str, Any], verb: str, body: dict[str, Any] | None = None) -> httpx.Response:
        """A call with the bundle's token."""
        return await self.client.post(
            f"/internal/turns/{bundle['id']}/{verb}",
            json=body or {},
            headers={"Authorization": f"Bearer {bundle['token']}"},
        )

    async def reply(self, bundle: dict[str, Any], text: str = "Claro.", **changes: Any) -> httpx.Response:
        """Reply to the version that the bundle names."""
        return await self.turn(bundle, "reply", {"version": bundle["version"], "text": text, **changes})

    async def answer(self, bundle: dict[str, Any], text: str = "Claro.", **changes: Any) -> dict[str, Any]:
        """Reply and finish, both of which must succeed."""
        replied = await self.reply(bundle, text, **changes)
        assert replied.status_code == 200, replied.text
        finished = await self.turn(bundle, "finish")
        assert finished.status_code == 204, finished.text
        return dict(replied.json())

    async def tool(self, bundle: dict[str, Any], name: str, arguments: dict[str, Any]) -> httpx.Response:
        """A tool call, with the bundle's last message."""
        return await self.client.post(
            f"/internal/tools/{name}",
            json={"arguments": arguments, "occurrence": 0, "message_id": bundle["messages"][-1]["id"]},
            headers={"Authorization": f"Bearer {bundle['token']}"},
        )


def _lease(bundle: dict[str, Any]) -> dict[str, Any]:
    return {"kind": bundle["kind"], "id": bundle["id"], "attempt": bundle["attempt"]}
