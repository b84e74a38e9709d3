"""Rows that were read last, kept decoded. A drawer holds what was read of one thing at one version of it."""

from collections import OrderedDict, deque
from collections.abc import Collection, Hashable
from typing import Any

MOST_KEPT_BYTES = 96_000_000
DRAWER_BYTES = 2_000
"""Of an empty one."""
WHOLE = "copy"
"""The kind of a row that others are made from."""


class Memory:
    """Drawers, up to a number of bytes over all; of those that were not opened for longest the rows go first."""

    def __init__(self, most_bytes: int = MOST_KEPT_BYTES) -> None:
        self.most_bytes = most_bytes
        self._drawers: OrderedDict[Hashable, Drawer] = OrderedDict()
        self.bytes = 0

    def open(self, name: Hashable, version: Hashable) -> "Drawer":
        """What is kept of another version goes."""
        drawer = self._drawers.get(name)
        if drawer is None or drawer.version != version:
            self._drop(name)
            drawer = self._drawers[name] = Drawer(self, version)
        self._drawers.move_to_end(name)
        return drawer

    def tidy(self) -> None:
        """Back to the number of bytes; after each search."""
        while self.bytes > self.most_bytes:
            name, oldest = next(iter(self._drawers.items()))
            if not oldest.drop_oldest():
                self._drop(name)

    def _drop(self, name: Hashable) -> None:
        if (drawer := self._drawers.pop(name, None)) is not None:
            drawer.close()


class Drawer:
    """Rows of one shelf at one version, by kind and key."""

    def __init__(self, memory: Memory, version: Hashable) -> None:
        self.version = version
        self.statements = 0
        """How many it took to fill it."""
        self.is_too_large = False
        """To hold all rows of its shelf."""
        self._memory: Memory | None = memory
        self._bytes = 0
        self._kinds: dict[str, dict[Any, Any]] = {}
        self._order: deque[tuple[str, Any, int]] = deque()
        self._grow(DRAWER_BYTES)

    def find(self, kind: str, keys: Collection[Any]) -> tuple[dict[Any, Any], set[Any]]:
        """(rows that are kept by their keys, keys of those that are not); each key once."""
        known = self._kinds.get(kind, {}).get
        found = {key: row for key in keys if (row := known(key)) is not None}
        return found, set() if len(found) == len(keys) else {key for key in keys if key not in found}

    def put(self, kind: str, key: Any, row: Any, size: int) -> None:
        """A row is not None; `size` in bytes, about."""
        rows = self._kinds.setdefault(kind, {})
        if key not in rows:
            self._order.append((kind, key, size))
            self._grow(size)
        rows[key] = row

    def drop_oldest(self) -> bool:
        """Of all rows the one that was put first, what others are made from behind them; False if there is none."""
        if not self._order:
            return False
        if self._order[0][0] == WHOLE:
            self._order.rotate(-1)
        kind, key, size = self._order.popleft()
        del self._kinds[kind][key]
        self._grow(-size)
        return True

    def close(self) -> None:
        """Searches that still have it go on with it; it is no part of the memory any more."""
        self._grow(-self._bytes)
        self._memory = None

    def _grow(self, size: int) -> None:
        self._bytes += size
        if self._memory is not None:
            self._memory.bytes += size
