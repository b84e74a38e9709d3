"""People are taken out of words, and what a shop says is not."""

import pytest

from backend.anonymous import Anonymiser
from backend.codes import new_code

KNOWN = Anonymiser(["Lucía Fernández del Río", "lucia.f"], ["Av. Siempreviva 742", "+5215512345678"])


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("Hola, soy Lucía", "Hola, soy «name»"),
        ("¡Claro, LUCÍA FERNÁNDEZ!", "¡Claro, «name» «name»!"),
        ("me llamo ana López", "me llamo «name»"),
        ("a nombre de Pedro Páramo, por favor", "a nombre de «name», por favor"),
        ("Meu nome é João da Silva", "Meu nome é «name»"),
        ("I'm John Smith and I want boots", "I'm «name» and I want boots"),
        ("Le atiende el Sr. Gómez", "Le atiende el Sr. «name»"),
        ("escríbeme a ana.p+x@correo.com.mx", "escríbeme a «email»"),
        ("mi cel es 55 1234 5678", "mi cel es «phone»"),
        ("llama al +52 (55) 1234-5678", "llama al «phone»"),
        ("fone 11 98765-4321", "fone «phone»"),
        ("tarjeta 4111 1111 1111 1111", "tarjeta «phone»"),
        ("mi RFC es GODE561231GR8", "mi RFC es «code»"),
        ("CPF 123.456.789-09", "CPF «code»"),
        ("vivo en Calle Reforma 123 int 4", "vivo en «address»"),
        ("Rua das Flores, 45 apto 2", "«address»"),
        ("at 12 Baker Street", "at «address»"),
        ("C.P. 06600", "«address»"),
        ("mira https://shop.example/x?u=1 ahora", "mira «link» ahora"),
        ("entrega en av. siempreviva 742", "entrega en «detail»"),
        ("id 0198aaaa-7c1a-7d4e-9b1f-3a5c7e9d1b2f", "id «code»"),
    ],
)
def test_people_are_taken_out(words: str, left: str) -> None:
    assert KNOWN(words) == left


@pytest.mark.parametrize(
    "words",
    [
        "Cuesta $1,299.00, o 3 pagos de $433.00",
        "Total: R$ 1.299.000,00 com 10% de desconto",
        "Abrimos el domingo 22/11/2026 de 10:00 a 14:00",
        "2026-11-22 a las 18:30",
        "Talla 38 azul, quedan 12 piezas",
        "soy vegana y busco botas",
        "¿Tienen calle o talla chica?",
        "the room for 4 people at 7 pm",
        "",
    ],
)
def test_what_a_shop_says_stays(words: str) -> None:
    assert KNOWN(words) == words


def test_our_own_codes_are_taken_out() -> None:
    for prefix in ("P", "Q", "B"):
        assert Anonymiser()(f"Tu código es {new_code(prefix)}.") == "Tu código es «code»."


@pytest.mark.parametrize("piece", ["calle a ", "Aa ", "a.", "@", "C.P. "])
def test_words_that_nearly_name_somebody_stay_however_many_they_are(piece: str) -> None:
    """Twenty thousand characters that nearly match everything, in no time."""
    words = (piece * 20_000)[:20_000]
    assert KNOWN(words) == words


@pytest.mark.parametrize(
    ("piece", "masked", "kept"),
    [("1 ", "«phone» " * 526, "1 " * 6), ("me llamo ", "me llamo «name» llamo " * 1111, "me")],
)
def test_words_that_name_somebody_are_masked_however_many_they_are(piece: str, masked: str, kept: str) -> None:
    assert KNOWN((piece * 20_000)[:20_000]) == masked + kept


def test_names_are_no_patterns() -> None:
    assert Anonymiser([".*", "(a+)+$", "[x"])("hola .* aaa [x") == "hola .* aaa [x"
