"""Taking in a file as it streams: counted, hashed and looked at on its way into the store, never held as a whole."""

import hashlib
import re
import unicodedata
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from backend.database import new_id
from backend.errors import TooLarge, Unprocessable
from backend.files.kinds import HEAD_BYTES, TAIL_BYTES, is_archive, kind_of, name_for
from backend.files.store import FileStore, key_of

LONGEST_NAME = 200
_NEVER_IN_NAMES = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u2028\u2029]+')


@dataclass(frozen=True, slots=True)
class Received:
    """A file whose bytes lie in the store, and of which no row tells yet: `service.keep` makes one."""

    tenant_id: UUID
    blob: UUID
    name: str
    content_type: str
    size: int
    sha256: str


async def receive(
    store: FileStore,
    tenant_id: UUID,
    name: str,
    chunks: AsyncIterator[bytes],
    *,
    most_bytes: int,
    declared: str = "",
    given: str | None = None,
) -> Received:
    """Stream a file into the store. Call it outside of any transaction: it takes as long as its sender.

    `declared` is the sender's Content-Type. Jobs that wrote the bytes themselves say in `given` what they are. Raises
    `TooLarge`, `Unprocessable` (see `kinds`; of type empty-file), `Unavailable`; then nothing is left in the store.
    """
    name = safe_name(name)
    blob, reading = new_id(), _Reading(chunks, most_bytes, name, declared, given)
    await store.put(key_of(tenant_id, blob), reading.through(), given or "application/octet-stream")
    return Received(
        tenant_id, blob, name_for(name, reading.kind), reading.kind, reading.size, reading.digest.hexdigest()
    )


def safe_name(name: str) -> str:
    """A name that every system takes: no folders, no signs that lead elsewhere or turn the reading direction, 200
    characters at most, its ending kept."""
    plain = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    plain = "".join(sign for sign in plain if unicodedata.category(sign) not in ("Cf", "Cs", "Co", "Cn"))
    plain = " ".join(_NEVER_IN_NAMES.sub(" ", plain).split()).strip(". ")
    stem, dot, suffix = plain.rpartition(".")
    if len(plain) > LONGEST_NAME:
        kept = f"{dot}{suffix}" if stem and len(suffix) <= 10 else ""
        plain = f"{plain[: LONGEST_NAME - len(kept)].rstrip('. ')}{kept}"
    return plain or "file"


class _Reading:
    """What is learnt of a file while it passes."""

    def __init__(
        self, chunks: AsyncIterator[bytes], most_bytes: int, name: str, declared: str, given: str | None
    ) -> None:
        self._chunks = chunks
        self._most = most_bytes
        self._name = name
        self._declared = declared
        self._given = given
        self._head, self._tail = bytearray(), bytearray()
        self.size = 0
        self.digest = hashlib.sha256()
        self.kind = ""

    async def through(self) -> AsyncIterator[bytes]:
        """The same chunks. What the file is is known at its end, and a refusal comes before the store has closed it."""
        async for chunk in self._chunks:
            self.size += len(chunk)
            if self.size > self._most:
                raise too_large(self._most)
            self.digest.update(chunk)
            self._tail = (self._tail + chunk)[-TAIL_BYTES:]
            if len(self._head) < HEAD_BYTES:
                self._head += chunk[: HEAD_BYTES - len(self._head)]
                self._look_early()
            yield chunk
        if self.size == 0:
            raise Unprocessable(
                "The file is empty: nothing came as the body. Save or export it again, and send that.",
                type="empty-file",
            )
        head, tail = bytes(self._head), bytes(self._tail)
        self.kind = self._given or kind_of(head, tail, self._name, self._declared)

    def _look_early(self) -> None:
        """What its first bytes rule out is refused before the rest of it comes; of archives they say nothing."""
        if len(self._head) == HEAD_BYTES and not self._given and not is_archive(self._head):
            kind_of(bytes(self._head), b"", self._name, self._declared)


def too_large(most_bytes: int) -> TooLarge:
    """For a file beyond what one may have."""
    return TooLarge(f"A file may have {most_bytes} bytes at most; send a smaller one.", most_bytes=most_bytes)
