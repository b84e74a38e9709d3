"""The word lists as they are read: what none of their lines may do."""

from agent.search.lexicon import HELPS, SAME
from agent.search.thesaurus import built_in, phrase

NAMES_OF_WORDS_THAT_SAY_NOTHING = {"post it", "no break"}
SAID = [*SAME, *(side for line in HELPS for side in line)]


def test_no_phrase_is_only_one_word_without_those_that_say_nothing() -> None:
    """`con frio` would mean whatever is cold, `sobre de dormir` all sleep."""
    phrases = {each for group in SAID for each in group if " " in each} - NAMES_OF_WORDS_THAT_SAY_NOTHING
    assert not {each for each in phrases if len(phrase(each)) < 2}


def test_all_that_helps_says_something() -> None:
    assert all(phrase(each) for line in HELPS for side in line for each in side)


def test_a_name_whose_stem_is_another_common_word_is_left_out() -> None:
    """A comba would be a combo, a kite a kit, an amora `mi amor`."""
    assert not {each for each in ("combo", "kit", "amor", "rato", "parche", "oliva") if phrase(each) in built_in().same}
