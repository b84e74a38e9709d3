"""Circuit breakers: a model that fails again and again is left alone for a while, and then tried by one call."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

FAILURES_TO_OPEN = 3
OPEN_SECONDS = 30.0
LONGEST_OPEN_SECONDS = 600.0
MOST_KNOWN = 512
"""Businesses write names too; the one that failed longest ago is forgotten first."""


@dataclass
class _Breaker:
    failures: int = 0
    open_until: float | None = None
    """None: closed."""
    probing: bool = False


class Breakers:
    """By model name. Closed: everybody may call. Open after `FAILURES_TO_OPEN` failures in a row: nobody may, for
    `OPEN_SECONDS` or as long as the provider asked for. Then half open: one call may, and what comes of it closes or
    opens it again."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: OrderedDict[str, _Breaker] = OrderedDict()

    def admits(self, name: str) -> bool:
        """Whether to call now; if it is half open, this is the one call. Tell what came of it, or `let_go`."""
        breaker = self._known.get(name)
        if breaker is None or breaker.open_until is None:
            return True
        if breaker.probing or self._clock() < breaker.open_until:
            return False
        breaker.probing = True
        return True

    def is_open(self, name: str) -> bool:
        """Open or half open."""
        breaker = self._known.get(name)
        return breaker is not None and breaker.open_until is not None

    def answered(self, name: str) -> bool:
        """Closed, and what was counted is forgotten. Returns whether it was open."""
        breaker = self._known.pop(name, None)
        return breaker is not None and breaker.open_until is not None

    def failed(self, name: str, weight: int, wait_seconds: float | None = None) -> bool:
        """One failure, or as many as `weight` says; at once if the provider wants no call for `wait_seconds`. Returns
        whether this opened it."""
        breaker = self._known.setdefault(name, _Breaker())
        self._known.move_to_end(name)
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        breaker.failures += weight
        breaker.probing = False
        if breaker.failures < FAILURES_TO_OPEN and wait_seconds is None:
            return False
        opened = breaker.open_until is None
        rest = min(max(OPEN_SECONDS, wait_seconds or 0.0), LONGEST_OPEN_SECONDS)
        breaker.open_until = self._clock() + rest
        return opened

    def let_go(self, name: str) -> None:
        """The call ended without a verdict on the model."""
        if (breaker := self._known.get(name)) is not None:
            breaker.probing = False
