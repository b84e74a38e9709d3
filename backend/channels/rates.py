"""How fast a number may send, and how fast one customer may be written to.

A number's rate is a line of places in this process's memory: P dispatchers send at most P times `send_rate`, so with
the default up to four stay within WhatsApp's 80 a second (developers.facebook.com, Cloud API, throughput). A pair's
rate (number, customer) is exact over any number of processes: each row that is sent keeps until when it used its pair
up (`outbox.pair_until`), the next row of the conversation reads that with everything else it needs, and a conversation
has one row on its way at a time. All of it is machine time. A row that a callback settled first, or a look, tells when
it was sent.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from backend import clock

DEFAULT_RATE = 20.0
"""Messages a second from one number; WhatsApp allows 80."""
PAIR_RATE = 1 / 6
PAIR_BURST = 45
"""WhatsApp: one message every 6 s to the same customer, up to 45 in a burst that is paid back; beyond that error 131056
(developers.facebook.com, Cloud API, pair rate limits), which Twilio tells as 63018 (twilio.com/docs/errors/63018)."""
_MOST_KEPT = 10_000


class SendRates:
    """The line of each number. A line that stood still lets one second's worth go at once."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._next: dict[UUID, float] = {}
        self._paused: dict[UUID, float] = {}
        self._kept: dict[UUID, float] = {}

    def reserve(self, channel_id: UUID, row_id: UUID, rate: float) -> float:
        """Seconds until the row's place in the line of its number. A row that could not wait so long and comes back
        finds its place kept; otherwise a line longer than anybody's patience would never get shorter."""
        now = self._monotonic()
        paused_until = self._paused.get(channel_id, 0.0)
        place = self._kept.pop(row_id, None)
        if place is None or place < paused_until:
            # The virtual scheduling form of the token bucket: a place every 1 / rate.
            place = max(self._next.get(channel_id, 0.0), now - 1.0, paused_until) + 1.0 / rate
            self._next[channel_id] = place
        return max(0.0, place - now)

    def keep(self, row_id: UUID, wait: float) -> None:
        """The row goes back to the queue and comes again at its place."""
        now = self._monotonic()
        if len(self._kept) >= _MOST_KEPT:
            self._kept = {row: place for row, place in self._kept.items() if place > now}
        self._kept[row_id] = now + wait

    def pause(self, channel_id: UUID, seconds: float) -> None:
        """The provider said too fast: nobody goes before that."""
        until = self._monotonic() + seconds
        self._paused[channel_id] = max(self._paused.get(channel_id, 0.0), until)


@dataclass(frozen=True, slots=True)
class PairLimit:
    """One message every `seconds`, and up to `burst` at once."""

    seconds: float
    burst: int

    @classmethod
    def of(cls, provider: str, config: dict[str, Any]) -> "PairLimit | None":
        """The channel's own (`pair_rate`, `pair_burst`), else WhatsApp's; the sandbox has nobody who would mind."""
        if provider == "sandbox" and "pair_rate" not in config:
            return None
        return cls(1.0 / float(config.get("pair_rate", PAIR_RATE)), int(config.get("pair_burst", PAIR_BURST)))

    def used_until(self, earlier: Iterable[tuple[datetime | None, datetime | None]]) -> datetime | None:
        """Of a conversation's latest rows, oldest first: (until when it used the pair up, when it was sent)."""
        used: datetime | None = None
        virtual = clock.now() - clock.machine_now()
        for until, sent_at in earlier:
            if until is not None:
                used = max(used or until, until)
            elif sent_at is not None:
                used = self.after(used, sent_at - virtual)
        return used

    def wait(self, used_until: datetime | None, now: datetime) -> float:
        """Seconds until the pair may have one more message (generic cell rate algorithm, ITU-T I.371)."""
        if used_until is None:
            return 0.0
        return max(0.0, (used_until - now).total_seconds() - (self.burst - 1) * self.seconds)

    def after(self, used_until: datetime | None, now: datetime) -> datetime:
        """Until when the pair is used up once a message was sent now."""
        return max(used_until or now, now) + timedelta(seconds=self.seconds)
