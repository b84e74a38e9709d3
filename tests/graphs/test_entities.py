"""What one message names, read by rules and checked where a model names more."""

from datetime import date
from typing import Any

import pytest

from graphs.entities import MOST, found, grounded

TODAY = date(2026, 11, 21)


def entities(text: str) -> set[tuple[str, str, str | None]]:
    return {(one.kind, one.text, one.value) for one in found(text, TODAY, "MXN")}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Quiero 2 pares en talla 38 para mañana a las 15:30", ("quantity", "2 pares", "2")),
        ("Quiero 2 pares en talla 38 para mañana a las 15:30", ("size", "talla 38", "38")),
        ("Quiero 2 pares en talla 38 para mañana a las 15:30", ("date", "mañana", "2026-11-22")),
        ("Quiero 2 pares en talla 38 para mañana a las 15:30", ("time", "15:30", "15:30")),
        ("amanhã às 15h30 pode?", ("date", "amanhã", "2026-11-22")),
        ("Is it $1,299.00?", ("amount", "$1,299.00", "1299.00")),
        ("mi correo es ana@example.com.", ("email", "ana@example.com", None)),
        ("miren https://example.com/a?b=1.", ("link", "https://example.com/a?b=1", None)),
        ("mi número es +52 55 1234 5678", ("phone", "+52 55 1234 5678", None)),
        ("mi pedido es AB12-CD", ("code", "AB12-CD", None)),
        ("Soy Ana Ruiz", ("name", "Ana Ruiz", None)),
        ("somos 4 personas", ("quantity", "4 personas", "4")),
    ],
)
def test_things_are_found_as_written_and_as_understood(text: str, expected: Any) -> None:
    assert expected in entities(text)


@pytest.mark.parametrize("text", ["", "hola", "¿tienen botas?", "\0", "🙂" * 500])
def test_where_nothing_is_named_nothing_is_found(text: str) -> None:
    assert entities(text) == set()


def test_a_long_message_has_a_bounded_number_of_them() -> None:
    many = " ".join(f"cliente{number}@example.com" for number in range(200))
    assert len(found(many, TODAY, "MXN")) == MOST


def test_what_a_model_names_must_stand_in_the_message() -> None:
    assert grounded("Busco los tenis Pulso X5", "product", "tenis pulso x5") is not None
    assert grounded("Busco los tenis Pulso X5", "product", "tenis Rayo") is None
    strange = grounded("Busco los tenis", "<script>", "tenis")
    assert strange is not None
    assert strange.kind == "other"
    assert grounded("hola", "product", "") is None
