"""The customer's language: their latest telling words, else the business's."""

import pytest

from agent.offline.language import detect


@pytest.mark.parametrize(
    ("texts", "locale", "language"),
    [
        (["hola, quiero unos tenis"], "pt-BR", "es"),
        (["oi, quero marcar um horário"], "es-MX", "pt"),
        (["hi, do you have running shoes?"], "es-MX", "en"),
        (["¿hay en azul?"], "en-US", "es"),
        (["não"], "es-MX", "pt"),
        (["ok"], "pt-BR", "pt"),
        ([], "es-MX", "es"),
        ([], "fr-FR", "en"),
        (["I would like to book a haircut", "ok"], "pt-BR", "en"),
        (["I would like to book a haircut", "Corte masculino"], "pt-BR", "en"),
        (["hola, busco un balón", "obrigado, até logo, tchau"], "es-MX", "pt"),
        (["quiero dos", "27"], "pt-BR", "es"),
    ],
)
def test_the_language_is_told(texts: list[str], locale: str, language: str) -> None:
    assert detect(tuple(texts), locale) == language
