"""Words made of others."""

import pytest

from agent.search.kin import does, plainer
from agent.search.words import sound, stem


@pytest.mark.parametrize(
    ("small", "plain"),
    [("cuadernito", "cuaderno"), ("lapicito", "lapiz"), ("lencinho", "lenco"), ("mochilinha", "mochila"),
     ("chiquita", "chica"), ("caspa", "anticaspa"), ("papitas", "papa"), ("bolinho", "bolo"), ("tacita", "taza"),
     ("paozinho", "pao"), ("silbatazo", "silbato"), ("mamadeirona", "mamadeira"), ("canivetao", "canivete")],
)  # fmt: skip
def test_a_small_or_large_thing_and_what_something_is_against_lead_to_the_thing(small: str, plain: str) -> None:
    assert stem(plain) in plainer(stem(small), small)


@pytest.mark.parametrize(
    ("small", "other"),
    [("galinha", "galo"), ("palito", "pala"), ("caminho", "cama"), ("vizinho", "vi"), ("limao", "lima")],
)
def test_a_short_thing_has_the_gender_of_the_small_one(small: str, other: str) -> None:
    assert stem(other) not in plainer(stem(small), small)


@pytest.mark.parametrize(
    ("verb", "noun", "kin"),
    [
        ("secar", "secador", True),
        ("furar", "furadeira", True),
        ("pintar", "pintura", True),
        ("cortar", "corte", True),
        ("pegar", "pegador", True),
        ("montar", "montagem", True),
        ("depilar", "depilacao", True),
        ("medir", "media", False),
        ("cantar", "cantimplora", False),
        ("mesa", "mesita", False),
    ],
)
def test_a_thing_that_does_it_is_kin_of_the_verb(verb: str, noun: str, kin: bool) -> None:
    assert does(sound(stem(verb)), sound(stem(noun))) is kin
