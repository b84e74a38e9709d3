"""How fast a number may send: one token bucket per channel and process, and the pauses that providers ask for."""

import time
from collections.abc import Callable
from uuid import UUID

DEFAULT_RATE = 20.0
"""Messages a second; WhatsApp allows 80 from one number (developers.facebook.com, messaging limits)."""


class SendRates:
    """Machine time only. A bucket holds one second's worth."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._free_at: dict[UUID, float] = {}

    def reserve(self, channel_id: UUID, rate: float) -> float:
        """Take the next place in line; returns the seconds until it comes."""
        now = self._monotonic()
        # The virtual scheduling form of the token bucket: a place every 1 / rate, up to a second's worth at once.
        free_at = max(self._free_at.get(channel_id, 0.0), now - 1.0)
        self._free_at[channel_id] = free_at + 1.0 / rate
        return max(0.0, free_at + 1.0 / rate - now)

    def pause(self, channel_id: UUID, seconds: float) -> None:
        """The provider said too fast: nobody goes before that."""
        free_at = self._monotonic() + seconds
        self._free_at[channel_id] = max(self._free_at.get(channel_id, 0.0), free_at)
