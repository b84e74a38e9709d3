"""Which service or person is meant by the words somebody uses."""

import pytest

from backend.bookings.names import matching, means_anyone

SERVICES = ["Corte feminino", "Corte masculino", "Corte e barba", "Barba", "Coloração completa", "Manicure"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("corte feminino", ["Corte feminino"]),
        ("CORTE FEMININO", ["Corte feminino"]),
        ("um corte femenino por favor", ["Corte feminino"]),
        ("corte", ["Corte feminino", "Corte masculino", "Corte e barba"]),
        ("barba", ["Barba"]),
        ("corte e barba", ["Corte e barba"]),
        ("coloracao", ["Coloração completa"]),
        ("manicura", ["Manicure"]),
        ("massagem", []),
        ("", []),
    ],
)
def test_the_best_match_is_found_or_the_choice_is_left_open(words: str, expected: list[str]) -> None:
    assert matching(words, SERVICES, str) == expected


def test_people_are_known_by_any_part_of_their_name() -> None:
    people = ["Ana Souza", "Ana Lima", "Zé"]
    assert matching("com a Ana", people, str) == ["Ana Souza", "Ana Lima"]
    assert matching("Ana Lima", people, str) == ["Ana Lima"]
    assert matching("zé", people, str) == ["Zé"]


@pytest.mark.parametrize("words", ["", "anyone", "qualquer uma", "cualquiera", "tanto faz", "me da igual"])
def test_no_preference_is_no_name(words: str) -> None:
    assert means_anyone(words)
    assert not means_anyone("Ana")
