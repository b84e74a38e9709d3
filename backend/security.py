"""Tokens and sealed columns.

* API keys: random, shown once, stored as SHA-256 (they carry 256 bits, so a slow hash would add nothing).
* Calendar links: the same, as the last part of an address.
* Turn tokens: signed, name one turn and attempt; whether the lease still holds is checked against the row.
* Sealed columns: AES-256-GCM, bound to tenant and column by associated data, so that a row copied to another tenant
  or column does not open. Layout: version (1 byte, 2), key id (4), nonce (12), ciphertext and tag; version 1 had no
  key id. The key id names the secret key, so that former ones (TENDERO_OLD_SECRET_KEYS) still open what they sealed
  until `rotation.py` has sealed it anew.
"""

import hashlib
import hmac
import json
import os
import re
import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import jwt
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backend.errors import Unauthorized
from backend.settings import Settings

_WITHOUT_KEY_ID, _WITH_KEY_ID = b"\x01", b"\x02"
_HEAD, _NONCE = 5, 12
_AUDIENCE = "tendero:turn"
_COLUMNS = "columns"
_CALENDAR_TOKEN = re.compile(r"cal_[A-Za-z0-9_-]{43}")
PREVIEW = -1
"""The attempt that a preview's token names: its tools run in transactions that are rolled back."""


@dataclass(frozen=True)
class TurnTicket:
    """What a turn token says; none of it is ever taken from a request body."""

    tenant_id: UUID
    turn_id: UUID
    attempt: int
    conversation_id: UUID
    contact_id: UUID


def issue_turn_token(settings: Settings, ticket: TurnTicket) -> str:
    """A signed token for the holder of one attempt of one turn."""
    claims = {
        "aud": _AUDIENCE,
        "t": ticket.tenant_id.hex,
        "u": ticket.turn_id.hex,
        "a": ticket.attempt,
        "c": ticket.conversation_id.hex,
        "p": ticket.contact_id.hex,
    }
    return jwt.encode(claims, settings.derive("turn-token"), algorithm="HS256")


def read_turn_token(settings: Settings, token: str) -> TurnTicket:
    """The ticket inside; raises `Unauthorized` for anything that we did not sign."""
    try:
        claims = jwt.decode(token, settings.derive("turn-token"), algorithms=["HS256"], audience=_AUDIENCE)
        return TurnTicket(UUID(claims["t"]), UUID(claims["u"]), int(claims["a"]), UUID(claims["c"]), UUID(claims["p"]))
    except (jwt.PyJWTError, KeyError, ValueError, TypeError):
        raise Unauthorized("The turn token is not one of ours; claim the turn again.") from None


def new_api_key() -> tuple[str, str, bytes]:
    """(key to show once, prefix to recognise it by, digest to store)."""
    key = f"tnd_{secrets.token_urlsafe(32)}"
    return key, key[:12], api_key_digest(key)


def api_key_digest(key: str) -> bytes:
    """What is stored of an API key."""
    return hashlib.sha256(key.encode()).digest()


def new_calendar_token() -> tuple[str, str, bytes]:
    """(token to show once in an address, prefix to recognise it by, digest to store)."""
    token = f"cal_{secrets.token_urlsafe(32)}"
    return token, token[:12], hashlib.sha256(token.encode()).digest()


def calendar_token_digest(token: str) -> bytes | None:
    """What is stored of a calendar link's token; None for what cannot be one."""
    return hashlib.sha256(token.encode()).digest() if _CALENDAR_TOKEN.fullmatch(token) else None


def same(given: str, expected: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(given.encode(), expected.encode())


def seal(settings: Settings, tenant_id: UUID, column: str, data: dict[str, Any]) -> bytes:
    """Encrypt `data` for one tenant's column (`table.column`)."""
    key, nonce = settings.derive(_COLUMNS), os.urandom(_NONCE)
    sealed = _cipher(key).encrypt(nonce, json.dumps(data).encode(), _bound_to(tenant_id, column))
    return _head(key) + nonce + sealed


def unseal(settings: Settings, tenant_id: UUID, column: str, sealed: bytes) -> dict[str, Any]:
    """Decrypt what `seal` made, with the key in force or a former one; raises `ValueError` if key, tenant or column
    differ."""
    start = _HEAD if sealed[:1] == _WITH_KEY_ID else 1
    for key in settings.derivations(_COLUMNS):
        if sealed[:start] not in (_head(key), _WITHOUT_KEY_ID):
            continue
        nonce, rest = sealed[start : start + _NONCE], sealed[start + _NONCE :]
        try:
            data: dict[str, Any] = json.loads(_cipher(key).decrypt(nonce, rest, _bound_to(tenant_id, column)))
        except (InvalidTag, ValueError):
            continue
        return data
    raise ValueError(f"{column} cannot be opened: it was sealed with another TENDERO_SECRET_KEY, tenant or column")


def sealed_head(settings: Settings) -> bytes:
    """How everything begins that the key in force has sealed."""
    return _head(settings.derive(_COLUMNS))


def _head(key: str) -> bytes:
    return _WITH_KEY_ID + hashlib.sha256(b"key id" + key.encode()).digest()[: _HEAD - 1]


def _cipher(key: str) -> AESGCM:
    return AESGCM(bytes.fromhex(key))


def _bound_to(tenant_id: UUID, column: str) -> bytes:
    return f"{tenant_id}:{column}".encode()
