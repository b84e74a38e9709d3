"""Values picked out of words, per language."""

import pytest

from agent.offline import slots
from agent.offline.language import Language
from agent.offline.talk import PHRASES


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("es", "quiero una cita el viernes a las 5 de la tarde", "el viernes a las 5 de la tarde"),
        ("es", "tienen lugar mañana por la mañana?", "mañana por la mañana"),
        ("es", "el 7 de agosto a las 10:30 por favor", "el 7 de agosto a las 10:30"),
        ("es", "buenas tardes, quiero una cita", None),
        ("es", "la segunda", None),
        ("es", "pasado mañana a la una", "pasado mañana a la una"),
        ("es", "para la próxima semana", "la próxima semana"),
        ("es", "quiero 2 balones", None),
        ("es", "el sábado 28", "el sábado 28"),
        ("pt", "tem horário para corte na segunda às 8?", "na segunda às 8"),
        ("pt", "então quinta às 14h", "quinta às 14h"),
        ("pt", "sexta-feira de manhã", "sexta-feira de manhã"),
        ("pt", "amanhã à tarde", "amanhã à tarde"),
        ("pt", "marca amnha as 10h", "amnha as 10h"),
        ("pt", "corte sábado ao meio-dia e meia", "sábado ao meio-dia e meia"),
        ("es", "un peinado el 3 a las 4 de la tarde", "el 3 a las 4 de la tarde"),
        ("es", "me llevo el 3", None),
        ("pt", "boa tarde, tudo bem?", None),
        ("pt", "pode ser a segunda opção", None),
        ("pt", "dia 7 às 10h30", "dia 7 às 10h30"),
        ("en", "on Friday at 3pm please", "on Friday at 3pm"),
        ("en", "tomorrow morning", "tomorrow morning"),
        ("en", "5pm on Friday with Aurora then", "5pm on Friday"),
        ("en", "good evening, I may come", None),
        ("en", "the second one", None),
        ("en", "next week", "next week"),
    ],
)
def test_the_words_about_time_are_taken_as_written(language: Language, text: str, found: str | None) -> None:
    assert slots.when(text, PHRASES[language]) == found


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("es", "a las 10", "a las 10"),
        ("es", "10 y media", "10 y media"),
        ("pt", "14", "14"),
        ("en", "at nine", "at nine"),
    ],
)
def test_a_bare_number_is_an_hour_once_it_was_asked_for(language: Language, text: str, found: str) -> None:
    assert slots.when(text, PHRASES[language], True) == found


@pytest.mark.parametrize(
    ("language", "text", "items"),
    [
        ("es", "quiero 2 gorras y un balón", [("quiero gorras", 2, None), ("balon", 1, None)]),
        ("es", "dame dos del primero", [("dame del primero", 2, 1)]),
        ("es", "me llevo el Veloz 3 talla 26", [("me llevo el veloz 3 talla 26", None, None)]),
        ("es", "el segundo, por favor", [("el segundo", None, 2)]),
        ("es", "3x calcetas", [("calcetas", 3, None)]),
        ("pt", "vou levar duas bolas e a gorra", [("vou levar bolas", 2, None), ("a gorra", None, None)]),
        ("pt", "o último", [("o ultimo", None, -1)]),
        ("en", "I'll take two caps and a ball", [("i ll take caps", 2, None), ("ball", 1, None)]),
        ("en", "the third one", [("the third one", None, 3)]),
    ],
)
def test_an_order_is_split_into_its_lines(
    language: Language, text: str, items: list[tuple[str, int | None, int | None]]
) -> None:
    found = slots.items(text, PHRASES[language])
    assert [(item.text, item.quantity, item.ordinal) for item in found] == items


@pytest.mark.parametrize(
    ("language", "text", "most"),
    [
        ("es", "algo de menos de 500 pesos", 500.0),
        ("es", "hasta $1,500", 1500.0),
        ("es", "máximo 299.90", 299.9),
        ("es", "quiero 500 piezas", None),
        ("pt", "até R$ 80", 80.0),
        ("pt", "no máximo 1.200,50 reais", 1200.5),
        ("en", "under $50", 50.0),
        ("en", "up to 1,000", 1000.0),
    ],
)
def test_a_price_limit_is_read(language: Language, text: str, most: float | None) -> None:
    assert slots.limit(text, PHRASES[language]) == most


@pytest.mark.parametrize(
    ("language", "text", "name", "rest"),
    [
        ("es", "me llamo Ana", "Ana", ""),
        ("es", "Hola, soy ana María y busco tenis", "Ana María", "Hola, y busco tenis"),
        ("es", "soy de Monterrey", None, "soy de Monterrey"),
        ("es", "soy talla 27", None, "soy talla 27"),
        ("pt", "meu nome é João Pedro", "João Pedro", ""),
        ("pt", "aqui é a Bia, tudo bem?", "Bia", "tudo bem?"),
        ("en", "my name is Emily", "Emily", ""),
        ("en", "I am looking for shoes", None, "I am looking for shoes"),
    ],
)
def test_a_name_is_taken_and_leaves_the_text(language: Language, text: str, name: str | None, rest: str) -> None:
    assert slots.name(text, PHRASES[language]) == (name, rest)


@pytest.mark.parametrize(
    ("language", "text", "topic"),
    [
        ("es", "recuérdame mañana a las 10 lo de las calcetas", "las calcetas"),
        ("es", "escríbeme hoy a las 6 de la tarde para ver lo de los tenis", "los tenis"),
        ("es", "recuérdame mañana", None),
        ("pt", "me lembra sexta às 9h de levar o shampoo", "levar o shampoo"),
        ("en", "remind me tomorrow to buy socks", "buy socks"),
    ],
)
def test_what_to_be_reminded_of_is_told_without_the_time(language: Language, text: str, topic: str | None) -> None:
    assert slots.topic(text, PHRASES[language]) == topic


@pytest.mark.parametrize(
    ("language", "text", "address"),
    [
        ("es", "sí, a la calle Durango 12, Roma Norte", "a la calle Durango 12, Roma Norte"),
        ("es", "sí por favor, paso por él", "paso por él"),
        ("es", "sí", None),
        ("pt", "sim, rua Harmonia 418", "rua Harmonia 418"),
        ("en", "yes, 12 Main street", "12 Main street"),
    ],
)
def test_where_an_order_goes_is_taken_from_the_yes(language: Language, text: str, address: str | None) -> None:
    assert slots.address(text, PHRASES[language]) == address


def test_words_typed_at_random_are_told_from_wishes() -> None:
    assert slots.nonsense(["asdkjh", "qwe"])
    assert not slots.nonsense(["tenis", "asdkjh"])
    assert not slots.nonsense(["gps"])
    assert not slots.nonsense([])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hola, busco unos tenis talla M", ["tenis", "m"]),
        ("balón No. 5", ["balon", "5"]),
        ("quiero el Veloz 3 negro", ["veloz", "3", "negro"]),
    ],
)
def test_content_words_are_what_is_wished_for(text: str, words: list[str]) -> None:
    assert slots.content_words(text, PHRASES["es"]) == words
