"""The customer's language: what their latest messages tell, else the locale."""

import pytest

from agent.offline.language import detect


@pytest.mark.parametrize(
    ("texts", "locale", "language"),
    [
        (["hola, quiero unos tenis"], "pt-BR", "es"),
        (["oi, quero marcar um horário"], "es-MX", "pt"),
        (["hi, do you have running shoes?"], "es-MX", "en"),
        (["¿hay en azul?"], "en-US", "es"),
        (["ok"], "pt-BR", "pt"),
        (["hi"], "pt-BR", "pt"),
        ([], "es-MX", "es"),
        ([], "fr-FR", "en"),
        (["I would like to book a haircut", "ok"], "pt-BR", "en"),
        (["oi, quero escova no sábado às 10h com a Camila", "can we go on in English please?"], "pt-BR", "en"),
        (["oi, quero escova no sábado às 10h com a Camila", "the blue one"], "pt-BR", "pt"),
        (["I would like to book a haircut for tomorrow", "Corte masculino"], "pt-BR", "en"),
    ],
)
def test_the_language_is_told(texts: list[str], locale: str, language: str) -> None:
    assert detect(texts, locale) == language
