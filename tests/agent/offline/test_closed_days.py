"""Closed days are told with their reason, and what comes too late is refused with the limit and a person offered."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.agent.offline.conversation import Conversation

TUESDAY = datetime(2026, 11, 24, 15, tzinfo=UTC)
CLOSED = {"first_day": "2026-11-24", "last_day": "2026-11-24", "hours": [], "reason": "Aniversário da casa"}
SHORT = {"first_day": "2026-11-27", "last_day": "2026-11-27", "hours": [["09:00", "12:00"]], "reason": ""}
BOOKING = {
    "booking_id": "b-1",
    "code": "K7Q2MX",
    "start": "2026-11-24T18:00:00-03:00",
    "spoken": "terça-feira, 24 de novembro, 18:00",
    "service": "Escova",
    "staff": "Camila Teixeira",
    "price": 9000,
    "cancel_until": "2026-11-23T18:00:00-03:00",
    "reschedule_until": "2026-11-23T18:00:00-03:00",
}


def refused(reason: str) -> dict[str, Any]:
    over = {"until": BOOKING["cancel_until"], "spoken_until": "segunda-feira, 23 de novembro, 18:00"}
    return {**BOOKING, "status": "refused", "reason": reason, **over, "tell": "..."}


@pytest.mark.parametrize(
    ("asks", "now", "week"),
    [
        ("oi, estão abertos agora?", "fechado (Aniversário da casa).", "sexta-feira, 27 de novembro: 09:00–12:00"),
        ("hola, ¿están abiertos ahora?", "cerrado (Aniversário da casa).", "viernes 27 de noviembre: 09:00–12:00"),
        ("hi, are you open right now?", "closed right now (Aniversário da casa).", "Friday, November 27: 09:00–12:00"),
    ],
)
async def test_closed_today_is_told_with_its_reason(asks: str, now: str, week: str) -> None:
    chat = Conversation("salon", now=TUESDAY, changed_days=[CLOSED, SHORT])
    heard = await chat.say(asks)
    assert not heard.stopped, heard.stopped
    assert now in heard.text
    assert week in heard.text


@pytest.mark.parametrize(
    ("asks", "told", "person"),
    [
        ("preciso cancelar meu horário", "até segunda-feira, 23 de novembro, 18:00", "uma pessoa da equipe"),
        ("quiero cancelar mi cita", "hasta el lunes 23 de noviembre, 18:00", "una persona del equipo"),
        ("I want to cancel my appointment", "until Monday, November 23, 18:00", "a person of the team"),
    ],
)
async def test_a_late_cancellation_is_refused_with_the_limit_and_a_person_offered(
    asks: str, told: str, person: str
) -> None:
    chat = Conversation("salon", now=TUESDAY)
    chat.counter.bookings.append(dict(BOOKING))  # type: ignore[union-attr]
    chat.counter.tools["cancel_booking"] = lambda **_: refused("too_late_to_cancel")
    heard = await chat.say(asks)
    assert heard.tools[-1] == "cancel_booking"
    assert not heard.stopped, heard.stopped
    assert told in heard.text
    assert person in heard.text


async def test_a_move_that_is_not_allowed_is_refused() -> None:
    chat = Conversation("salon", now=TUESDAY)
    chat.counter.bookings.append(dict(BOOKING))  # type: ignore[union-attr]
    chat.counter.tools["find_and_hold_slot"] = lambda **_: refused("moved_too_often")
    heard = await chat.say("quero remarcar meu horário para sexta às 10h")
    assert not heard.stopped, heard.stopped
    assert "não pode mais ser remarcado" in heard.text
