"""What the words of a query may mean in one shop."""

from agent.search.guessing import Known
from agent.search.queries import asked
from agent.search.vocabulary import MOST_LETTERS_APART, alone, third_look
from agent.search.words import sound, stem

GLUED = "cartulinanegrapliego"


def known(*words: str) -> list[Known]:
    return [Known(stem(word), sound(stem(word)), 2) for word in words]


def test_words_in_one_are_taken_apart() -> None:
    words = asked(f"una {GLUED}")
    parts = third_look(alone(words, []), [])
    assert parts >= {sound(stem(part)) for part in ("cartulina", "negra", "pliego")}


def test_of_many_long_words_only_the_first_are_taken_apart() -> None:
    """Their parts are asked for all at once."""
    others = " ".join(GLUED.translate(str.maketrans("cnp", other)) for other in ("bdf", "fgb", "gfd", "dbg", "tmt"))
    words = asked(f"{GLUED} {others}")
    parts = third_look(alone(words, []), [])
    assert len(words) * len(GLUED) > MOST_LETTERS_APART
    assert sound("cartulin") in parts
    assert sound(stem("tartulima")) not in parts


def test_a_word_that_the_shop_knows_is_not_taken_apart() -> None:
    words = asked(GLUED)
    assert not third_look(alone(words, known(GLUED)), known(GLUED))
