"""Words are compared without accents, endings and slips of the finger."""

import pytest

from agent.offline.text import alike, babble, coverage, fold, stem, stems


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("¿Cuánto CUESTAN?", "cuanto cuestan"),
        ("talla 25,5 y 26.5.", "talla 25.5 y 26.5"),
        ("Não, às 10:30!", "nao as 10 30"),
        ("👍", "ok"),
        ("👎🏽 mañana", "no manana"),
    ],
)
def test_text_is_folded(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("one", "other"), [("negras", "negro"), ("camisetas", "camiseta"), ("verdes", "verde"), ("headphones", "headphone")]
)
def test_endings_do_not_matter(one: str, other: str) -> None:
    assert stem(one) == stem(other)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("correr", "corer", True),
        ("tennis", "tenis", True),
        ("audifonos", "audifnos", True),
        ("26", "27", False),
        ("26", "26", True),
        ("gorra", "gorda", True),
        ("luz", "lus", False),
        ("veloz", "feroz", False),
    ],
)
def test_a_slip_of_the_finger_is_forgiven_in_longer_words_only(one: str, other: str, same: bool) -> None:
    assert alike(stem(one), stem(other)) is same


def test_coverage_counts_synonyms_as_the_word() -> None:
    assert coverage([("shoe", "teni"), ("red", "roj")], stems("Tenis azules")) == 0.5
    assert coverage([], stems("Tenis")) == 0.0


@pytest.mark.parametrize("word", ["asdkjh", "qwerty", "xzxzxz", "hhhh", "brrtgh", "asdasdasd"])
def test_a_word_typed_at_random_is_told(word: str) -> None:
    assert babble(word)


@pytest.mark.parametrize("word", ["correr", "trail", "yoga", "shampoo", "gps", "27", "escova", "relampago"])
def test_real_words_are_not_babble(word: str) -> None:
    assert not babble(word)
