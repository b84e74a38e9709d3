"""Which of the offered slots is meant."""

from datetime import UTC, datetime
from typing import Any

import pytest

from agent.offline.briefing import Briefing
from agent.offline.moments import choose, nearest
from agent.offline.reading import Thread, Turn
from agent.offline.talk import Talk

OFFERS: list[dict[str, Any]] = [
    {"start": "2026-11-26T09:00:00-03:00", "staff": "Bruno Carvalho"},
    {"start": "2026-11-26T15:30:00-03:00", "staff": "Aurora Nunes"},
    {"start": "2026-11-27T09:00:00-03:00", "staff": "Aurora Nunes"},
]


def talk(text: str, locale: str) -> Talk:
    briefing = Briefing(locale=locale, now=datetime(2026, 11, 25, 12, tzinfo=UTC))
    return Talk(Thread(briefing, (), Turn(said=(text,))), frozenset())


@pytest.mark.parametrize(
    ("text", "locale", "place"),
    [
        ("el segundo", "es-MX", 1),
        ("la última", "es-MX", 2),
        ("a las 3 y media", "es-MX", 1),
        ("a las 3:30 de la tarde", "es-MX", 1),
        ("el viernes", "es-MX", 2),
        ("con Bruno", "es-MX", 0),
        ("mañana a las 9", "es-MX", 0),
        ("2", "es-MX", 1),
        ("cualquiera", "es-MX", 0),
        ("el jueves", "es-MX", None),
        ("a las 11", "es-MX", None),
        ("sí", "es-MX", None),
        ("o primeiro", "pt-BR", 0),
        ("às 15h30", "pt-BR", 1),
        ("sexta às 9h", "pt-BR", 2),
        ("com a Aurora na sexta", "pt-BR", 2),
        ("tanto faz", "pt-BR", 0),
        ("the second one", "en-US", 1),
        ("3:30pm", "en-US", 1),
        ("friday", "en-US", 2),
        ("any", "en-US", 0),
    ],
)
def test_an_offer_is_picked_by_place_hour_day_or_person(text: str, locale: str, place: int | None) -> None:
    chosen = choose(talk(text, locale), text, OFFERS)
    assert chosen == (None if place is None else OFFERS[place])


def test_a_yes_takes_the_only_offer() -> None:
    assert choose(talk("sí", "es-MX"), "sí", OFFERS[:1]) == OFFERS[0]


def test_nothing_is_picked_from_nothing() -> None:
    assert choose(talk("el primero", "es-MX"), "el primero", []) is None


@pytest.mark.parametrize(
    ("asked", "hours"),
    [
        ("2026-11-27T12:15:00-03:00", ["2026-11-26T12:15", "2026-11-27T11:30", "2026-11-27T13:00"]),
        ("2026-11-27", ["2026-11-25T13:00", "2026-11-26T12:15", "2026-11-27T11:30"]),
        ("soon", ["2026-11-25T13:00", "2026-11-26T12:15", "2026-11-27T11:30"]),
    ],
)
def test_what_is_nearest_to_the_wish_is_shown_in_order_of_time(asked: str, hours: list[str]) -> None:
    free = ("2026-11-25T13:00", "2026-11-26T12:15", "2026-11-27T11:30", "2026-11-27T13:00", "2026-11-28T12:30")
    offers = [{"start": f"{start}:00-03:00"} for start in free]

    assert [offer["start"][:16] for offer in nearest(offers, asked, 3)] == hours
