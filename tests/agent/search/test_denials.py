"""What the thing shall not be or have."""

import pytest

from agent.search.asking import Text
from agent.search.denials import denied
from agent.search.queries import asked
from evals.searching.shelf import MemoryShelf

TITLES = [
    "Polera algodón blanca 38",
    "Polera algodón negra 38",
    "Auricular con cable",
    "Auricular bluetooth",
    "Funda a14",
    "Funda a54",
    "Gaseosa cola lata",
    "Gaseosa cola sin azúcar lata",
    "Alface crespa",
    "Alface americana",
]
SHELF = MemoryShelf([Text(title) for title in TITLES])


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("gaseosa cola que no tenga azúcar", "Gaseosa cola sin azúcar lata"),
        ("gaseosa cola, no puede tener azúcar", "Gaseosa cola sin azúcar lata"),
        ("auricular sin cable", "Auricular bluetooth"),
        ("el auricular no lo quiero con cable", "Auricular bluetooth"),
        ("auricular pero no con cable", "Auricular bluetooth"),
        ("alface que não seja crespa, por favor", "Alface americana"),
        ("alface sem ser a crespa", "Alface americana"),
        ("polera 38, blanca no", "Polera algodón negra 38"),
        ("polera 38, la blanca no me gusta", "Polera algodón negra 38"),
        ("polera 38 de cualquier color menos blanco", "Polera algodón negra 38"),
        ("una funda que no sea la a14", "Funda a54"),
    ],
)
def test_what_is_denied_stands_behind_the_rest(query: str, first: str) -> None:
    assert TITLES[SHELF.find(query)[0].number] == first


@pytest.mark.parametrize(
    "query",
    [
        "no, gracias",
        "una polera que no se rompa",
        "hola, no tienen poleras?",
        "hola, no la tienen en azul?",
        "más o menos 2 kilos",
        "para que no entre luz",
        "si no me gusta el color, lo cambian?",
        "la blanca no, la negra",
    ],
)
def test_a_no_that_is_about_nothing_denies_nothing(query: str) -> None:
    assert denied(query) == (query, "")


def test_what_is_denied_alone_is_not_asked_for() -> None:
    assert not [word.written for word in asked("una que no sea nike") if not word.chat]
