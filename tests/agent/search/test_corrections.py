"""What a customer takes back within a message."""

import pytest

from agent.search.asking import Text
from agent.search.queries import asked
from evals.searching.shelf import MemoryShelf

TITLES = [
    "Polera algodón blanca 38",
    "Polera algodón negra 38",
    "Polera algodón negra 40",
    "Trena 5 m",
    "Broca 6 mm",
    "Auricular con cable",
    "Auricular bluetooth",
    "Funda a14",
    "Funda a54",
]
SHELF = MemoryShelf([Text(title) for title in TITLES])


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("quiero la polera blanca, no perdón, la negra", "Polera algodón negra 38"),
        ("polera negra 38... ay no, 40", "Polera algodón negra 40"),
        ("me vê uma trena, digo, uma broca", "Broca 6 mm"),
        ("no era la trena sino la broca", "Broca 6 mm"),
        ("em vez da trena quero uma broca", "Broca 6 mm"),
        ("no quiero auricular con cable, quiero bluetooth", "Auricular bluetooth"),
        ("funda a14 *a54", "Funda a54"),
        ("trena não, broca", "Broca 6 mm"),
    ],
)
def test_what_is_said_instead_is_found_first(query: str, first: str) -> None:
    assert TITLES[SHELF.find(query)[0].number] == first


@pytest.mark.parametrize(
    "query",
    [
        "disculpa, tienen trena?",
        "quiero la trena, perdón",
        "cuál es el mejor taladro",
        "trena *importante*",
        "una trena que no se rompa",
        "no tienen trena de 5 m?",
    ],
)
def test_a_polite_word_or_a_no_takes_nothing_back(query: str) -> None:
    assert not [word.written for word in asked(query) if word.taken_back]


def test_what_is_said_instead_and_is_not_here_leaves_the_rest() -> None:
    assert TITLES[SHELF.find("trena, digo, xwqzt")[0].number] == "Trena 5 m"
