"""Public addresses of files, for providers and customers: signed, for one file, for a while.

The last part of such an address is 58 bytes in base64url: version (1), tenant (16), file (16), end in seconds since
1970 (5), and the first 20 bytes of their HMAC-SHA256. Former secret keys sign none, and theirs are good until they end.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from backend import clock
from backend.settings import Settings

GOOD_FOR = timedelta(hours=24)
"""A provider fetches a file within minutes, and again when its phone was off."""
_PURPOSE = "file-addresses"
_VERSION = b"\x01"
_SIGNED, _SIGNATURE = 38, 20


@dataclass(frozen=True, slots=True)
class Address:
    """What an address names."""

    tenant_id: UUID
    file_id: UUID


def address_of(settings: Settings, tenant_id: UUID, file_id: UUID, good_for: timedelta = GOOD_FOR) -> str:
    """A public address of a file. The same within an hour, so that caches know it again."""
    end = (int((clock.machine_now() + good_for).timestamp()) // 3600 + 1) * 3600
    signed = _VERSION + tenant_id.bytes + file_id.bytes + end.to_bytes(5)
    token = base64.urlsafe_b64encode(signed + _signature(settings.derive(_PURPOSE), signed)).rstrip(b"=").decode()
    return f"{settings.public_url.rstrip('/')}/files/{token}"


def with_addresses(
    settings: Settings, tenant_id: UUID, attachments: Iterable[Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    """The attachments of a message; those that are files of ours with an address that was made now."""
    for one in attachments:
        if (file_id := one.get("file_id")) is not None:
            yield {**one, "url": address_of(settings, tenant_id, UUID(file_id))}
        else:
            yield dict(one)


def read_token(settings: Settings, token: str) -> Address | None:
    """The file of a token that we signed and that has not run out; None for any other."""
    try:
        whole = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    signed, given = whole[:_SIGNED], whole[_SIGNED:]
    if len(given) != _SIGNATURE or signed[:1] != _VERSION:
        return None
    if not any(hmac.compare_digest(_signature(key, signed), given) for key in settings.derivations(_PURPOSE)):
        return None
    if int.from_bytes(signed[33:]) <= clock.machine_now().timestamp():
        return None
    return Address(UUID(bytes=signed[1:17]), UUID(bytes=signed[17:33]))


def _signature(key: str, signed: bytes) -> bytes:
    return hmac.new(bytes.fromhex(key), signed, hashlib.sha256).digest()[:_SIGNATURE]
