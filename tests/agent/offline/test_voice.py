"""Three voices with the same lines."""

from string import Formatter

import pytest

from agent.offline.briefing import brief
from agent.offline.language import LANGUAGES, Language
from agent.offline.money import moment, money
from agent.offline.talk import QUESTIONS, VOICES


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_the_same_things_with_the_same_fields(language: Language) -> None:
    spanish = VOICES["es"]
    assert VOICES[language].keys() == spanish.keys()
    assert {key: fields(text) for key, text in VOICES[language].items()} == {
        key: fields(text) for key, text in spanish.items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_questions_are_recognised_by_their_words_alone(language: Language) -> None:
    voice = VOICES[language]
    for key in QUESTIONS:
        assert not fields(voice[key])
        assert voice[key].endswith("?")
        assert [other for other in QUESTIONS if voice[other] in voice[key]] == [key]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_greeting_says_what_this_is(language: Language) -> None:
    assert any(
        words in VOICES[language]["hello"] for words in ("sin modelo de lenguaje", "sem modelo", "without a language")
    )


@pytest.mark.parametrize(
    ("amount", "currency", "locale", "text"),
    [
        (129900, "MXN", "es-MX", "$1,299.00 MXN"),
        (8000, "BRL", "pt-BR", "R$ 80,00"),
        (123456789, "BRL", "pt-BR", "R$ 1.234.567,89"),
        (5000, "CLP", "es-CL", "$5.000 CLP"),
        (150000, "COP", "es-CO", "$1.500,00 COP"),
        (999, "USD", "en-US", "$9.99 USD"),
        (2050, "EUR", "es-ES", "€20,50"),
    ],
)
def test_money_is_written_as_the_shop_writes_it(amount: int, currency: str, locale: str, text: str) -> None:
    assert money(amount, currency, locale) == text


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "viernes 7 de agosto, 10:30"),
        ("pt", "sexta-feira, 7 de agosto, 10:30"),
        ("en", "Friday, August 7, 10:30"),
    ],
)
def test_a_moment_is_told_with_weekday_day_month_and_hour(language: Language, text: str) -> None:
    assert moment("2026-08-07T10:30:00-03:00", language, VOICES[language]) == text
    assert moment("soon", language, VOICES[language]) == ""


def test_another_prompt_leaves_the_rules_poorer_but_working() -> None:
    found = brief("You sell shoes.\n\n# This turn\n\nNow: Friday")
    assert (found.business, found.facts, found.proposals, found.opening) == ("", (), (), "")


@pytest.mark.parametrize(
    ("language", "day"),
    [("es", "sábado 28 de noviembre"), ("pt", "sábado, 28 de novembro"), ("en", "Saturday, November 28")],
)
def test_a_mere_date_is_said_without_an_hour(language: Language, day: str) -> None:
    assert moment("2026-11-28", language, VOICES[language]) == day
