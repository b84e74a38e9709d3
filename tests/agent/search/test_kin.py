"""Words made of others."""

import pytest

from agent.search.kin import does, plainer
from agent.search.words import sound, stem


@pytest.mark.parametrize(
    ("small", "plain"),
    [("cuadernito", "cuaderno"), ("lapicito", "lapiz"), ("lencinho", "lenco"), ("mochilinha", "mochila"),
     ("chiquita", "chica"), ("caspa", "anticaspa")],
)  # fmt: skip
def test_a_small_thing_and_what_something_is_against_lead_to_the_thing(small: str, plain: str) -> None:
    assert stem(plain) in plainer(stem(small))


@pytest.mark.parametrize("word", ["galinha", "palito"])
def test_too_little_is_left_of_some(word: str) -> None:
    assert list(plainer(stem(word))) == [f"anti{stem(word)}"]


@pytest.mark.parametrize(
    ("verb", "noun", "kin"),
    [
        ("secar", "secador", True),
        ("furar", "furadeira", True),
        ("pintar", "pintura", True),
        ("cortar", "corte", True),
        ("pegar", "pegador", True),
        ("medir", "media", False),
        ("cantar", "cantimplora", False),
        ("mesa", "mesita", False),
    ],
)
def test_a_thing_that_does_it_is_kin_of_the_verb(verb: str, noun: str, kin: bool) -> None:
    assert does(sound(stem(verb)), sound(stem(noun))) is kin
