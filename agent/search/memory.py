"""Rows that were read last, kept decoded. A drawer holds what was read of one thing at one version of it."""

from collections import OrderedDict, deque
from collections.abc import Collection, Hashable
from typing import Any

MOST_KEPT_BYTES = 96_000_000


class Drawer:
    """Rows of one shelf at one version, by kind and key."""

    def __init__(self, version: Hashable) -> None:
        self.version = version
        self.bytes = 0
        self._kinds: dict[str, dict[Any, Any]] = {}
        self._order: deque[tuple[str, Any, int]] = deque()

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
            self.bytes += size
        rows[key] = row

    def drop_oldest(self) -> int:
        """Of all rows the one that was put first; its size."""
        kind, key, size = self._order.popleft()
        del self._kinds[kind][key]
        self.bytes -= size
        return size


class Memory:
    """Drawers, up to a number of bytes over all; of those that were not opened for longest the rows go first."""

    def __init__(self, most_bytes: int = MOST_KEPT_BYTES) -> None:
        self._most_bytes = most_bytes
        self._drawers: OrderedDict[Hashable, Drawer] = OrderedDict()

    @property
    def bytes(self) -> int:
        return sum(drawer.bytes for drawer in self._drawers.values())

    def open(self, name: Hashable, version: Hashable) -> Drawer:
        """What is kept of another version goes."""
        drawer = self._drawers.get(name)
        if drawer is None or drawer.version != version:
            drawer = self._drawers[name] = Drawer(version)
        self._drawers.move_to_end(name)
        return drawer

    def tidy(self) -> None:
        """Back to the number of bytes; after each search."""
        surplus = self.bytes - self._most_bytes
        while surplus > 0:
            name, oldest = next(iter(self._drawers.items()))
            if oldest.bytes:
                surplus -= oldest.drop_oldest()
            else:
                del self._drawers[name]
