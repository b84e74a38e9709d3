"""What customers write, and when the provider delivers it: bursts, copies, wrong order; all of it from one seed."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from urllib.parse import urlencode

from evals.world.echo import make_tokens
from evals.world.twilio.delivery import signature

BURSTS = (1, 2, 3, 4, 5)
"""Messages of a burst, each size as likely as the others: three on average, and about that many in a turn."""
COPIES = ((1, 45), (2, 25), (3, 15), (4, 8), (5, 7))
"""Deliveries of one message, and how many messages in a hundred have so many: 2.07 on average."""
_BETWEEN_MESSAGES = 0.6
_LONGEST_DELAY = 1.5
"""Seconds by which the first delivery of a message may be late, and so come behind the next one's."""
_AT_ONCE = 0.02
_LATEST_COPY = 12.0


@dataclass(frozen=True)
class Message:
    """One message of a customer; `number` counts them all, `deliveries` are seconds after the start, in order."""

    number: int
    contact: int
    token: str
    deliveries: tuple[float, ...]


@dataclass(frozen=True)
class Line:
    """A business's number as the provider knows it: where its webhooks go and what signs them."""

    number: str
    url: str
    auth_token: str


def phone(contact: int) -> str:
    """The number of a customer."""
    return f"+52155{10_000_000 + contact}"


def line_of(contact: int, lines: Sequence[Line]) -> Line:
    """Customers are dealt out over the businesses."""
    return lines[contact % len(lines)]


def plan(messages: int, contacts: int, seconds: float, seed: int) -> list[Message]:
    """The whole load, in the order in which customers write."""
    chance = random.Random(seed)
    tokens = make_tokens(messages, chance)
    written: list[tuple[float, int]] = []
    for contact in range(contacts):
        share = messages // contacts + (contact < messages % contacts)
        written += [(at, contact) for at in _writes(share, seconds, chance)]
    written.sort()
    return [
        Message(number, contact, token, _deliveries(at, chance))
        for number, ((at, contact), token) in enumerate(zip(written, tokens, strict=True))
    ]


def form_of(message: Message, lines: Sequence[Line], prefix: str) -> tuple[bytes, str]:
    """The body of its webhook and the signature; `prefix`, eight hexadecimal digits, makes ids of this run unique."""
    line, customer = line_of(message.contact, lines), phone(message.contact)
    form = {
        "MessageSid": f"SM{prefix}{message.number:024x}",
        "AccountSid": "AC" + "0" * 32,
        "From": f"whatsapp:{customer}",
        "To": f"whatsapp:{line.number}",
        "Body": f"hola, {message.token}",
        "NumMedia": "0",
        "ProfileName": "Ana",
        "WaId": customer[1:],
    }
    return urlencode(form).encode(), signature(line.auth_token, line.url, form)


def _writes(count: int, seconds: float, chance: random.Random) -> list[float]:
    """When a customer writes: bursts all over the time, each anywhere in its share of it."""
    sizes: list[int] = []
    while (left := count - sum(sizes)) > 0:
        sizes.append(min(chance.choice(BURSTS), left))
    step = seconds / max(len(sizes), 1)
    starts = [step * place + chance.uniform(0, step) for place in range(len(sizes))]
    return list(
        chain.from_iterable(
            [start + chance.uniform(0, _BETWEEN_MESSAGES) * place for place in range(size)]
            for start, size in zip(starts, sizes, strict=True)
        )
    )


def _deliveries(at: float, chance: random.Random) -> tuple[float, ...]:
    counts, shares = zip(*COPIES, strict=True)
    first = at + chance.uniform(0, _LONGEST_DELAY) * chance.choice((0.0, 1.0))
    copies = [
        first + (chance.uniform(0, _AT_ONCE) if chance.random() < 0.5 else chance.uniform(0, _LATEST_COPY))
        for _ in range(chance.choices(counts, shares)[0] - 1)
    ]
    return tuple(sorted([first, *copies]))
