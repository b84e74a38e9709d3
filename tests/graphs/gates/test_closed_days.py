"""Days with other hours: nobody is invited to them when they are closed, and what is said of them is held to them."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from graphs.ports import ChangedDays
from tests.graphs.gates.judged import SCENES, faults, stopped_by

CLOSED = ChangedDays(first_day=date(2026, 8, 4), last_day=date(2026, 8, 5), reason="Inventario anual")
SHORT = ChangedDays(first_day=date(2026, 8, 7), last_day=date(2026, 8, 7), hours=[("10:00", "12:00")])


def on(language: str, day: int, hour: int = 12) -> dict[str, Any]:
    """The scene at that hour of a day of August 2026; the 3rd is a Monday."""
    scene = SCENES[language]
    now = datetime(2026, 8, day, hour, tzinfo=ZoneInfo(scene.shop.zone)).astimezone(UTC)
    business = scene.context().business.model_copy(update={"changed_days": [CLOSED, SHORT]})
    return {"now": now, "business": business}


@pytest.mark.parametrize(
    ("language", "draft"),
    [("es", "¡Claro! Ven ahora mismo a la tienda."), ("pt", "Pode vir agora."), ("en", "Sure, come in now!")],
)
def test_nobody_is_invited_on_a_closed_day_and_the_reason_is_named(language: str, draft: str) -> None:
    assert "opening_hours" not in stopped_by(language, draft, **on(language, 3))
    assert "opening_hours" in stopped_by(language, draft, **on(language, 4))
    assert "opening_hours" in stopped_by(language, draft, **on(language, 7, hour=13))
    told = faults(language, draft, **on(language, 5))
    assert "Inventario anual" in told
    assert "it opens Thursday 09:00" in told


@pytest.mark.parametrize(
    ("language", "draft", "true"),
    [
        ("es", "El martes 4 de agosto estamos cerrados por inventario anual.", True),
        ("es", "El martes 4 de agosto abrimos de 9:00 a 14:00.", False),
        ("es", "Sí, el 4 de agosto estamos abiertos.", False),
        ("es", "El viernes 7 de agosto abrimos de 10:00 a 12:00.", True),
        ("es", "El viernes 7 de agosto abrimos de 9:00 a 14:00.", False),
        ("es", "El jueves 6 de agosto abrimos de 9:00 a 14:00.", True),
        ("es", "Mañana cerramos por inventario anual.", True),
        ("pt", "Na terça-feira, 4 de agosto, estamos fechados.", True),
        ("pt", "No dia 4 de agosto abrimos das 9:00 às 14:00.", False),
        ("en", "We are closed on Tuesday, August 4.", True),
        ("en", "On August 4 we are open from 9:00 to 14:00.", False),
    ],
)
def test_what_is_said_of_a_day_is_held_to_its_own_hours(language: str, draft: str, true: bool) -> None:
    said = {"es": "¿abren el 4 o el 7 de agosto?", "pt": "abrem dia 4 de agosto?", "en": "are you open on August 4?"}
    stopped = stopped_by(language, draft, said=said[language], **on(language, 3))
    assert (not stopped) is true, faults(language, draft, **on(language, 3))


@pytest.mark.parametrize(
    ("language", "draft", "true"),
    [
        ("es", "Puedes cancelarla hasta el jueves 6 de agosto a las 10:30.", True),
        ("es", "Puedes cancelarla hasta el jueves 6 de agosto a las 20:30.", False),
        ("pt", "Dá para cancelar até quinta-feira, 6 de agosto, às 10:30.", True),
        ("en", "You can cancel it until Thursday, August 6, 10:30 am.", True),
        ("en", "You can cancel it until Thursday, August 6, 9:30 am.", False),
    ],
)
def test_the_limit_of_a_booking_may_be_told_and_no_other(language: str, draft: str, true: bool) -> None:
    scene = SCENES[language]
    limits = {"start": scene.at(7, "10:30"), "cancel_until": scene.at(6, "10:30")}
    card = {"code": "C-9TR2KD", "status": "CONFIRMED", **limits}
    assert (stopped_by(language, draft, open_cards={"bookings": [card]}) == []) is true
