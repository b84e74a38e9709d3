"""Simulated customers and the control doors of the simulators, as async clients."""

import base64
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Protocol, Self

from evals.world.calling import caller

Json = dict[str, Any]


class Door:
    """The control door of one simulator process."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._client = caller(self.url, seconds=60)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def call(self, method: str, path: str, content: Any = None, **query: Any) -> Any:
        """One call of the door. Raises httpx.HTTPStatusError for what the door refuses."""
        given = {key: value for key, value in query.items() if value is not None}
        answer = await self._client.request(method, f"/_world/{path}", json=content, params=given)
        answer.raise_for_status()
        return answer.json() if answer.content else None


class TwilioDoor(Door):
    """What a test does to the simulated Twilio. Keywords are the fields of ``evals/world/twilio/door.py``."""

    async def account(self, **fields: Any) -> Json:
        """Register an account; gives ``{"sid", "token"}``."""
        return dict(await self.call("POST", "accounts", fields))

    async def sender(self, number: str, account_sid: str, webhook_url: str | None, **fields: Any) -> None:
        given = {"number": number, "account_sid": account_sid, "webhook_url": webhook_url, **fields}
        await self.call("POST", "senders", given)

    async def fault(self, kind: str, **fields: Any) -> None:
        await self.call("POST", "faults", {"kind": kind, **fields})

    async def mend(self, account_sid: str) -> None:
        """Take back the faults of one account."""
        await self.call("PUT", "faults", account_sid=account_sid)

    async def behave(self, account_sid: str | None = None, **fields: Any) -> None:
        """Set how statuses and webhooks are delivered, to everybody or of one account; what is not given goes back to
        its default."""
        await self.call("PUT", "behaviour", fields, account_sid=account_sid)

    async def reach_web(self, hosts: Json) -> None:
        """Fetch the files of what is sent, from these hosts: `{"https://photos.example.com": "http://127.0.0.1:1"}`."""
        await self.call("PUT", "web", hosts)

    async def outbound(self) -> list[Json]:
        return list(await self.call("GET", "outbound"))

    async def arrivals(self, after: int) -> list[Json]:
        """What reached any phone, without the first ``after`` messages."""
        return list(await self.call("GET", "arrivals", after=after))

    async def tally(self) -> dict[str, int]:
        """``{"accepted", "settled", "failed"}`` of everything that was sent."""
        return dict(await self.call("GET", "tally"))

    async def open_windows(self, number: str, customers: Sequence[str]) -> None:
        """For customers whose messages do not come from the simulator."""
        await self.call("PUT", "windows", {"to": number, "customers": list(customers)})


class StripeDoor(Door):
    """What a test does to the simulated Stripe. Keywords are the fields of ``evals/world/stripe/door.py``."""

    async def account(self, **fields: Any) -> Json:
        """Register a merchant; gives ``{"id", "secret_key", "webhook_secret"}``."""
        return dict(await self.call("POST", "accounts", fields))

    async def pay(self, url: str, **fields: Any) -> Json:
        return dict(await self.call("POST", "pay", {"url": url, **fields}))

    async def fault(self, kind: str, **fields: Any) -> None:
        await self.call("POST", "faults", {"kind": kind, **fields})

    async def mend(self, secret_key: str) -> None:
        """Take back the faults of one account."""
        await self.call("PUT", "faults", secret_key=secret_key)


class MercadoPagoDoor(Door):
    """What a test does to the simulated Mercado Pago. Keywords: fields of ``evals/world/mercadopago/door.py``."""

    async def account(self, **fields: Any) -> Json:
        """Register a seller; gives ``{"id", "access_token", "webhook_secret"}``."""
        return dict(await self.call("POST", "accounts", fields))

    async def pay(self, url: str, **fields: Any) -> Json:
        return dict(await self.call("POST", "pay", {"url": url, **fields}))

    async def fault(self, kind: str, **fields: Any) -> None:
        await self.call("POST", "faults", {"kind": kind, **fields})


class Till(Protocol):
    """Where a customer pays, whoever the provider is."""

    url: str

    async def pay(self, url: str, **fields: Any) -> Json: ...

    async def call(self, method: str, path: str, content: Any = None, **query: Any) -> Any: ...


class Customer:
    """A person with a phone who writes to one business number, reads what comes back, and pays."""

    def __init__(
        self, twilio: TwilioDoor, number: str, business: str, *, name: str = "Cliente", tills: Sequence[Till] = ()
    ) -> None:
        self.twilio = twilio
        self.tills = tills
        self.number = number
        self.business = business
        self.name = name
        self._read = 0

    async def write(self, body: str = "", *, media: Sequence[tuple[str, bytes]] = (), **fields: Any) -> Json:
        """Write one message; media are (content type, bytes). Gives its sid and what became of the webhook."""
        return dict(await self.twilio.call("POST", "write", self._message(body, media, fields)))

    async def burst(self, *bodies: str, at_once: bool = False) -> list[Json]:
        """Write several messages in quick succession, or (``at_once``) all in the same instant."""
        messages = [self._message(body, (), {}) for body in bodies]
        return list(await self.twilio.call("POST", "burst", {"messages": messages, "at_once": at_once}))

    async def receive(self, count: int = 1, timeout: float = 10.0) -> list[Json]:
        """The messages that came since the last call, as soon as there are ``count``.

        Raises TimeoutError, naming how many came, when the machine seconds are over; nothing is then marked as read.
        """
        wanted = self._read + count
        query = {"customer": self.number, "sender": self.business, "after": self._read, "count": wanted}
        fresh = list(await self.twilio.call("GET", "received", **query, seconds=timeout))
        if len(fresh) < count:
            raise TimeoutError(f"{len(fresh)} of {count} messages came within {timeout:g} s")
        self._read += len(fresh)
        return fresh

    async def inbox(self) -> list[Json]:
        """Everything received so far, oldest first, read or not."""
        return list(await self.twilio.call("GET", "received", customer=self.number, sender=self.business))

    async def pay(self, url: str, **fields: Any) -> Json:
        """Open a payment link and pay. Raises ValueError if it is no page of a payment simulator's."""
        return await self.till(url).pay(url, **fields)

    def till(self, url: str) -> Till:
        """The payment simulator whose page that is. Raises ValueError."""
        for till in self.tills:
            if url.startswith(till.url):
                return till
        raise ValueError("this customer knows no payment simulator with that page")

    def _message(self, body: str, media: Sequence[tuple[str, bytes]], fields: Json) -> Json:
        files = [{"content_type": kind, "data": base64.b64encode(data).decode()} for kind, data in media]
        sender = {"customer": self.number, "to": self.business, "profile_name": self.name}
        return {**sender, "body": body, "media": files, **fields}
