"""Words are read by ear, and no further."""

import pytest

from agent.offline.glossary import term


@pytest.mark.parametrize(
    ("word", "language", "meant"),
    [
        ("zapatiya", "es", {"zapatiy", "zapatill", "teni"}),
        ("zapatilla", "es", {"zapatill", "teni"}),
        ("colorido", "pt", {"colorid"}),
    ],
)
def test_a_long_word_is_what_it_sounds_like_and_not_what_it_looks_like(
    word: str, language: str, meant: set[str]
) -> None:
    assert set(term(word, language)) == meant
