"""Where new ids and codes come from: chance, except for steps that are taken again and must make what they made before.

A rehearsal does its earlier steps anew before each later one. An id or a code that it was told must then still be the
one of the same row, so each step draws from a source that its name alone decides.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from random import Random, SystemRandom
from uuid import UUID

_SYSTEM = SystemRandom()
_MILLISECONDS = 80
"""Bits below the time of a UUID version 7."""


class Source:
    """What one step draws from."""

    def __init__(self, name: str, after: UUID, place: int) -> None:
        self.random = Random(name)
        self._time = (after.int >> _MILLISECONDS) + 1 + place
        self._made = 0

    def id(self) -> UUID:
        """A UUID version 7 that is greater than any that this or an earlier step drew before."""
        self._made += 1
        low = self.random.getrandbits(62)
        return UUID(int=self._time << _MILLISECONDS | 7 << 76 | (self._made & 0xFFF) << 64 | 2 << 62 | low)


_source: ContextVar[Source | None] = ContextVar("source", default=None)


def source() -> Source | None:
    """That of the step that is being taken; None outside of rehearsals."""
    return _source.get()


def random() -> Random:
    """For codes."""
    found = _source.get()
    return _SYSTEM if found is None else found.random


@contextmanager
def minting(name: str, after: UUID, place: int) -> Iterator[None]:
    """New ids and codes of this task come from the source of that name while the block runs. `after` is a UUID version
    7 whose time they follow, `place` the step's number among those that share it."""
    token = _source.set(Source(name, after, place))
    try:
        yield
    finally:
        _source.reset(token)
