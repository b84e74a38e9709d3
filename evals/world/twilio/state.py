"""What the simulated Twilio remembers: accounts, senders, messages, and how it has been told to misbehave."""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

import httpx
from litestar.di import NamedDependency
from pydantic import BaseModel

from evals.world.clock import WorldClock
from evals.world.weather import Weather
from evals.world.webhooks import poster

SERVICE_WINDOW = timedelta(hours=24)
"""Free-form messages are allowed this long after the customer last wrote (twilio.com/docs/api/errors/63016)."""

FaultKind = Literal["reject", "fail", "hang", "drop", "lose", "media", "file"]


def new_sid(prefix: str) -> str:
    """A SID: two letters and 32 hex digits."""
    return prefix + secrets.token_hex(16)


def address(number: str) -> str:
    """``+5215512345678`` or ``MX.12345`` as a WhatsApp channel address."""
    return number if number.startswith("whatsapp:") else f"whatsapp:{number}"


@dataclass
class Account:
    sid: str
    token: str
    created: datetime
    friendly_name: str = "Twin world"
    daily_limit: int | None = None
    sends_per_second: int | None = None
    pair_burst: int | None = None
    pair_seconds: float = 6.0
    """WhatsApp's limit for one recipient: one message every so many seconds, `pair_burst` of them at once."""


class Sender(BaseModel):
    """A WhatsApp number of an account. ``public_url`` is what is signed if the webhook is reached by another way."""

    number: str
    account_sid: str
    webhook_url: str | None = None
    public_url: str | None = None
    status_callback: str | None = None
    messaging_service_sid: str | None = None


@dataclass
class Media:
    sid: str
    content_type: str
    data: bytes
    ticket: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    """Names the file on the second, unauthenticated host to which Twilio redirects."""


@dataclass
class Message:
    sid: str
    account_sid: str
    sender: str
    recipient: str
    body: str
    direction: Literal["inbound", "outbound-api"]
    status: str
    created: datetime
    updated: datetime
    sent: datetime | None = None
    media: list[Media] = field(default_factory=list)
    media_urls: list[str] = field(default_factory=list)
    content_sid: str | None = None
    messaging_service_sid: str | None = None
    status_callback: str | None = None
    error_code: int | None = None
    received: datetime | None = None
    """When the customer got it; None for what never reached anybody."""
    history: list[str] = field(default_factory=list)


class Fault(BaseModel):
    """One way to misbehave on the next ``times`` sends, to anybody or to one customer, of any account or one.

    reject: answer with ``code``; fail: accept, then report ``code`` as ``status``; hang: accept, answer ``seconds``
    late; drop: accept, and close the connection instead of answering; lose: close it without having accepted; media:
    refuse to list or delete files; file: the host of files answers with ``http_status``, ``seconds`` late, or with
    ``size`` bytes of a ``content_type`` of its own.
    """

    kind: FaultKind
    times: int = 1
    to: str | None = None
    account_sid: str | None = None
    code: int = 20500
    http_status: int | None = None
    retry_after: int | None = None
    status: Literal["failed", "undelivered"] = "undelivered"
    seconds: float = 0.0
    content_type: str | None = None
    size: int | None = None


class Behaviour(BaseModel):
    """How statuses are reported and inbound webhooks delivered. ``delay`` is machine seconds between two statuses.
    Under a ``weather`` it alone says how webhooks travel."""

    statuses: tuple[str, ...] = ("queued", "sent", "delivered", "read")
    status_copies: int = 1
    status_reversed: bool = False
    delay: float = 0.0
    webhook_copies: int = 1
    weather: Weather | None = None


@dataclass
class Phone:
    """A customer's phone: what reached it, in order, and who waits for more."""

    messages: list[Message] = field(default_factory=list)
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)


@dataclass
class TwilioWorld:
    """The whole state of one simulator process."""

    clock: WorldClock
    accounts: dict[str, Account] = field(default_factory=dict)
    senders: dict[str, Sender] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    templates: dict[str, str] = field(default_factory=dict)
    unsubscribed: set[tuple[str, str]] = field(default_factory=set)
    last_inbound: dict[tuple[str, str], datetime] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    behaviour: Behaviour = field(default_factory=Behaviour)
    behaviours: dict[str, Behaviour] = field(default_factory=dict)
    """Of single accounts, in place of everybody's."""
    phones: dict[str, Phone] = field(default_factory=dict)
    arrivals: list[Message] = field(default_factory=list)
    """What reached any phone, in that order."""
    web: dict[str, str] = field(default_factory=dict)
    """The open web as Twilio reaches it: `https://photos.example.com` to where that is served in this world."""
    client: httpx.AsyncClient = field(default_factory=poster)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    _recent: dict[str, list[float]] = field(default_factory=dict)
    _pairs: dict[tuple[str, str], float] = field(default_factory=dict)

    def behaviour_of(self, account_sid: str) -> Behaviour:
        return self.behaviours.get(account_sid, self.behaviour)

    def number(self, account_sid: str, kind: str) -> int:
        """How many of a kind the account has had, this one included."""
        self._counts[account_sid, kind] += 1
        return self._counts[account_sid, kind]

    def fault_for(self, account_sid: str, customer: str, *kinds: FaultKind) -> Fault | None:
        """Take the next due fault of these kinds for a send to this customer, using up one of its times."""
        for fault in self.faults:
            apart = fault.account_sid not in (None, account_sid) or fault.to not in (None, customer)
            if fault.kind in kinds and not apart:
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
                return fault
        return None

    def window_open(self, sender: str, customer: str) -> bool:
        """Whether a free-form message may go to the customer now, by the world's clock."""
        last = self.last_inbound.get((sender, customer))
        return last is not None and self.clock.now() - last <= SERVICE_WINDOW

    def sent_today(self, account_sid: str) -> int:
        since = self.clock.now() - timedelta(hours=24)
        return sum(
            1
            for message in self.messages.values()
            if message.account_sid == account_sid and message.direction != "inbound" and message.created > since
        )

    def over_rate(self, account: Account) -> bool:
        """Count one send of the account and tell whether it exceeds its rate, in machine time."""
        if account.sends_per_second is None:
            return False
        now = time.monotonic()
        recent = [instant for instant in self._recent.get(account.sid, []) if now - instant < 1.0]
        over = len(recent) >= account.sends_per_second
        self._recent[account.sid] = recent if over else [*recent, now]
        return over

    def over_pair_rate(self, account: Account, sender: str, customer: str) -> bool:
        """Count one message to the customer and tell whether it exceeds the pair's rate, in machine time."""
        if account.pair_burst is None:
            return False
        now = time.monotonic()
        used_until = max(self._pairs.get((sender, customer), now), now)
        over = used_until - now > (account.pair_burst - 1) * account.pair_seconds
        self._pairs[sender, customer] = used_until if over else used_until + account.pair_seconds
        return over

    def phone(self, customer: str) -> Phone:
        return self.phones.setdefault(customer, Phone())

    async def hand_over(self, message: Message) -> None:
        """Put a message on the phone of its recipient."""
        phone = self.phone(message.recipient)
        message.received = self.clock.now()
        self.arrivals.append(message)
        async with phone.arrived:
            phone.messages.append(message)
            phone.arrived.notify_all()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.client.aclose()


World: TypeAlias = NamedDependency[TwilioWorld]
