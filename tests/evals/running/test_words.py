"""Whether something was said, and which amounts were."""

from decimal import Decimal

import pytest

from evals.running.money import amounts
from evals.running.scenario import AnyOf, Hour, Price
from evals.running.words import said


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("cuesta $1,299.00 MXN", ["1299.00"]),
        ("R$ 75,00 e R$\u00a01.250,50", ["75.00", "1250.50"]),
        ("desde 1,500 pesos, o 90 reais", ["1500", "90"]),
        ("MX$649", ["649"]),
        ("talla 26, a las 14:00, código P-7KM4XP", []),
    ],
)
def test_amounts_are_read_in_both_notations(text: str, found: list[str]) -> None:
    assert amounts(text) == [Decimal(each) for each in found]


def test_words_are_found_without_accents_capitals_and_marks() -> None:
    assert said("agotado", "*AGOTADO* por ahora")
    assert said("no está disponible", "No  esta\ndisponible.")
    assert said("agotad*", "la bota está agotada")


def test_words_are_whole_words() -> None:
    assert not said("pago", "los pagos con un pagaré")
    assert not said("no hay", "no hayamos")


def test_one_of_several_wordings_will_do() -> None:
    either = AnyOf(any_of=["agotad*", "no hay"])
    assert said(either, "ya no hay en 25")
    assert not said(either, "sí hay en 25")


def test_a_price_is_found_however_it_is_written() -> None:
    assert said(Price(price=Decimal("1299")), "vale $1,299.00")
    assert not said(Price(price=Decimal("129.90")), "vale $1,299.00")


@pytest.mark.parametrize("text", ["às 14h", "14:00", "a las 2 pm", "2:00 p.m.", "2 de la tarde", "14 horas"])
def test_a_time_is_found_however_it_is_written(text: str) -> None:
    assert said(Hour(time="14:00"), text)


@pytest.mark.parametrize("text", ["14:30", "2 am", "4h", "114:00", "2 de la mañana"])
def test_another_time_is_not_taken_for_it(text: str) -> None:
    assert not said(Hour(time="14:00"), text)


def test_a_time_without_quotes_is_what_it_looks_like() -> None:
    """YAML 1.1 reads 14:00 as the number 840."""
    assert Hour.model_validate({"time": 840}).time == "14:00"
