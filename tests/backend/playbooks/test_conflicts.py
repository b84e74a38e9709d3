"""What is doubtful about a playbook, and what is not."""

import pytest

from backend.playbooks.conflicts import find_conflicts
from backend.playbooks.sections import Guideline, Sections

HOURS = {day: [["09:00", "14:00"], ["16:00", "20:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
ALWAYS = {day: [["00:00", "23:59"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


def guided(*rules: tuple[str, str]) -> Sections:
    return Sections(guidelines=[Guideline(when=when, then=then) for when, then in rules])


def test_rules_for_one_situation_are_told_apart_by_what_they_say() -> None:
    found = find_conflicts(
        guided(
            ("piden factura", "Pide el RFC."),
            ("¿Piden  FACTURA?", "Pide el rfc"),
            ("hay queja", "Discúlpate."),
            ("hay quéja", "Llama a una persona."),
            ("saludan", "Saluda."),
        ),
        {},
    )
    assert [(one.kind, one.where) for one in found] == [
        ("duplicate-guideline", ["guidelines.0", "guidelines.1"]),
        ("conflicting-guidelines", ["guidelines.2", "guidelines.3"]),
    ]


def test_marks_alone_are_no_words_in_common() -> None:
    assert find_conflicts(guided(("👍", "Di gracias."), ("👎", "Pregunta qué pasó.")), {}) == []


def test_a_lesson_twice_is_told() -> None:
    [found] = find_conflicts(Sections(lessons=["Ofrece té.", "Saluda.", "ofrece te"]), {})
    assert (found.kind, found.where) == ("duplicate-lesson", ["lessons.0", "lessons.2"])


@pytest.mark.parametrize(
    "text",
    [
        "Abrimos también los domingos.",
        "Atendemos de 9:00 a 22:00.",
        "Estamos abiertos las 24 horas.",
        "We are open 24/7!",
        "We open at 8 am.",
        "Estamos abertos aos sábados.",
        "Fechamos às 21h.",
        "Sé amable.\nHorario: lunes de 10:00 a 14:00",
    ],
)
def test_hours_that_the_business_does_not_have_are_told(text: str) -> None:
    found = find_conflicts(Sections(policies=text, lessons=[" ".join(text.split())]), HOURS)
    assert [(one.kind, one.where) for one in found] == [("hours", ["policies"]), ("hours", ["lessons.0"])]
    assert find_conflicts(Sections(policies=text), {}) == []


@pytest.mark.parametrize(
    "text",
    [
        "Abrimos de lunes a viernes de 9:00 a 14:00 y de 16:00 a 20:00.",
        "Los domingos está cerrado.",
        "No abrimos los sábados.",
        "We close at 8 pm.",
        "Entregamos en 24 horas, también los domingos, hasta las 22:00.",
        "Fechamos às 20h.",
        "Responde en menos de 2 h.",
        "Si preguntan si está abierto, di el horario.",
        "Abierto 99:99 25:00 13 pm",
    ],
)
def test_what_agrees_with_the_hours_or_does_not_speak_of_them_is_fine(text: str) -> None:
    assert find_conflicts(Sections(policies=text), HOURS) == []


def test_a_business_that_is_always_open_may_say_so() -> None:
    assert find_conflicts(Sections(policies="Estamos abiertos las 24 horas."), ALWAYS) == []


def test_the_situation_of_a_guideline_states_no_hours() -> None:
    assert find_conflicts(guided(("piden que abramos: abierto el domingo", "Di que no.")), HOURS) == []
