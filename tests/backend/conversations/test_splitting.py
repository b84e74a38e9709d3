"""Long texts are split where a reader would pause, and nothing is lost."""

from hypothesis import given
from hypothesis import strategies as st

from backend.conversations.splitting import split, units


def test_a_short_text_stays_whole() -> None:
    assert split("Hola. ¿Qué tal?", 1600) == ["Hola. ¿Qué tal?"]


def test_paragraphs_come_before_sentences_and_sentences_before_words() -> None:
    assert split("Uno dos.\n\nTres cuatro. Cinco.", 20) == ["Uno dos.", "Tres cuatro. Cinco."]
    assert split("Uno dos tres. Cuatro cinco.", 20) == ["Uno dos tres.", "Cuatro cinco."]


def test_a_family_emoji_is_not_taken_apart() -> None:
    family = "👨‍👩‍👧‍👦"
    parts = split(family * 10, 30)
    assert "".join(parts) == family * 10
    assert all(set(part.split(family)) == {""} for part in parts)


def test_an_emoji_counts_two_as_phones_count() -> None:
    assert units("a👋") == 3
    assert all(units(part) <= 100 for part in split("👋" * 200, 100))


@given(st.text(max_size=400), st.integers(min_value=8, max_value=60))
def test_no_part_is_empty_or_too_long_and_no_word_is_lost(text: str, limit: int) -> None:
    parts = split(text, limit)
    assert all(part and units(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
