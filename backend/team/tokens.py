"""What a person carries: an access token for a quarter of an hour, and the refresh token behind it.

* Access: a JWT (RFC 9068 in shape), HS256 with a key derived for this alone; algorithm, issuer, audience and type are
  pinned, `kid` names the key. It says who and by which sign-in; roles are looked up at each call.
* Refresh: opaque to clients. Session id, generation, 128 random bits and a MAC over them. The MAC tells a token of
  ours that was spent from one that somebody made up, so a spent one can end its session without any being stored.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import jwt

from backend import clock
from backend.errors import Unauthorized
from backend.settings import Settings

ACCESS_SECONDS = 15 * 60
ISSUER, AUDIENCE = "tendero", "tendero:api"
_TYPE = "at+jwt"
_REFRESH = "refresh-token"
_PREFIX = "tnr_"
_NONCE, _MAC = 16, 32
_LENGTH = 16 + 4 + _NONCE + _MAC


@dataclass(frozen=True, slots=True)
class AccessTicket:
    """What an access token says."""

    user_id: UUID
    session_id: UUID


@dataclass(frozen=True, slots=True)
class RefreshTicket:
    """What a refresh token says. `digest` is what is stored of it."""

    session_id: UUID
    generation: int
    digest: bytes


def looks_like_access(token: str) -> bool:
    """Whether this bearer token is meant to be a person's; API keys have no dots."""
    return token.count(".") == 2


def issue_access(settings: Settings, ticket: AccessTicket) -> str:
    """A signed token that is good for `ACCESS_SECONDS`."""
    now = clock.machine_now()
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(ticket.user_id),
        "sid": str(ticket.session_id),
        "jti": uuid4().hex,
        "iat": now,
        "exp": now + timedelta(seconds=ACCESS_SECONDS),
    }
    key = settings.derive("access-token")
    return jwt.encode(claims, key, algorithm="HS256", headers={"kid": _key_id(key), "typ": _TYPE})


def read_access(settings: Settings, token: str) -> AccessTicket:
    """The ticket inside; Unauthorized for anything that we did not sign, or that is over."""
    key = settings.derive("access-token")
    try:
        header = jwt.get_unverified_header(token)
        if header.get("kid") != _key_id(key) or header.get("typ") != _TYPE:
            raise jwt.InvalidTokenError
        claims = jwt.decode(
            token,
            key,
            algorithms=["HS256"],
            issuer=ISSUER,
            audience=AUDIENCE,
            options={"require": ["exp", "iat", "iss", "aud", "sub", "sid"]},
        )
        return AccessTicket(UUID(claims["sub"]), UUID(claims["sid"]))
    except jwt.ExpiredSignatureError:
        raise Unauthorized("The access token is over; POST /v1/auth/refresh gives a new one.") from None
    except (jwt.PyJWTError, KeyError, ValueError, TypeError, AttributeError):
        raise Unauthorized("The access token is not one of ours; sign in again.") from None


def issue_refresh(settings: Settings, session_id: UUID, generation: int) -> tuple[str, bytes]:
    """(token, digest to store)."""
    said = session_id.bytes + generation.to_bytes(4) + secrets.token_bytes(_NONCE)
    token = _PREFIX + base64.urlsafe_b64encode(said + _mac(settings.derive(_REFRESH), said)).decode().rstrip("=")
    return token, hashlib.sha256(token.encode()).digest()


def read_refresh(settings: Settings, token: str) -> RefreshTicket | None:
    """What it says, if we ever issued it; whether it is still good is for its session to say."""
    encoded = token.removeprefix(_PREFIX)
    try:
        raw = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    said, mac = raw[:-_MAC], raw[-_MAC:]
    keys = settings.derivations(_REFRESH)
    if len(raw) != _LENGTH or not any(hmac.compare_digest(mac, _mac(key, said)) for key in keys):
        return None
    digest = hashlib.sha256(token.encode()).digest()
    return RefreshTicket(UUID(bytes=said[:16]), int.from_bytes(said[16:20]), digest)


def _mac(key: str, said: bytes) -> bytes:
    return hmac.digest(key.encode(), said, "sha256")


def _key_id(key: str) -> str:
    return hashlib.sha256(f"kid:{key}".encode()).hexdigest()[:12]
