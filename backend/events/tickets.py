"""Tickets: how a browser opens a stream or a socket, to which it cannot add headers. Good for a minute."""

import time
from dataclasses import dataclass
from uuid import UUID

import jwt

from backend.errors import Unauthorized
from backend.settings import Settings

TICKET_SECONDS = 60
_AUDIENCE = "tendero:events"


@dataclass(frozen=True, slots=True)
class Ticket:
    """Who may listen to what."""

    tenant_id: UUID
    actor: str
    session_id: UUID | None
    """The sign-in, of a member."""


def issue_ticket(settings: Settings, ticket: Ticket) -> str:
    """A signed token that opens streams for a minute."""
    claims = {
        "aud": _AUDIENCE,
        "t": ticket.tenant_id.hex,
        "a": ticket.actor,
        "s": None if ticket.session_id is None else ticket.session_id.hex,
        "exp": int(time.time()) + TICKET_SECONDS,
    }
    return jwt.encode(claims, settings.derive("event-ticket"), algorithm="HS256")


def read_ticket(settings: Settings, token: str) -> Ticket:
    """Raises `Unauthorized` for what is not ours or is over."""
    try:
        claims = jwt.decode(
            token,
            settings.derive("event-ticket"),
            algorithms=["HS256"],
            audience=_AUDIENCE,
            options={"require": ["exp"]},
        )
        session = claims["s"]
        return Ticket(UUID(claims["t"]), str(claims["a"]), None if session is None else UUID(session))
    except (jwt.PyJWTError, KeyError, ValueError, TypeError, AttributeError):
        raise Unauthorized("The ticket is not one of ours or is over; POST /v1/events/tickets gives one.") from None
