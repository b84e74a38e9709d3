"""The control door ``/_world/`` of the mail server; no mail server has it, and the product never calls it."""

from typing import Any

from litestar import delete, get, post
from litestar.datastructures import State
from litestar.params import FromQuery, JSONBody
from pydantic import BaseModel

from evals.world.smtp.state import Fault, FaultKind, Letter, Mailroom

Json = dict[str, Any]


class FaultIn(BaseModel):
    """What befalls the next letters; see ``Fault``."""

    kind: FaultKind
    to: str | None = None
    times: int = 1


@get("/_world/smtp")
async def address(state: State) -> Json:
    """Where it listens, for TENDERO_SMTP_URL."""
    room: Mailroom = state.room
    return {"url": room.url}


@get("/_world/letters")
async def letters(state: State, to: FromQuery[str | None] = None) -> Json:
    """Letters that were taken, oldest first."""
    room: Mailroom = state.room
    return {"items": [_shown(letter) for letter in (room.letters if to is None else room.to(to))]}


@delete("/_world/letters")
async def burn(state: State) -> None:
    """Forgets every letter."""
    room: Mailroom = state.room
    room.letters.clear()


@post("/_world/faults")
async def fault(state: State, data: JSONBody[FaultIn]) -> Json:
    """Something is to go wrong."""
    room: Mailroom = state.room
    room.faults.extend([Fault(data.kind, data.to)] * data.times)
    return {"faults": len(room.faults)}


def _shown(letter: Letter) -> Json:
    return {
        "from": letter.sender,
        "to": letter.recipients,
        "subject": str(letter.message["Subject"]),
        "message_id": str(letter.message["Message-ID"]),
        "text": letter.text,
    }


ROUTES = [address, letters, burn, fault]
