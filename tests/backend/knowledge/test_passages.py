"""How long passages are, where they end, and what of them stays after a change."""

from uuid import UUID

import pytest

from backend.knowledge.blocks import Block, Unreadable, seen
from backend.knowledge.language import language_of
from backend.knowledge.passages import LEAST, MOST, MOST_PASSAGES, named, passages

DOCUMENT = UUID("01a20113-c7da-74d5-b61f-05cc60c97dd5")


def paragraphs(count: int, words: int, *, first: int = 0, headings: tuple[str, ...] = ()) -> list[Block]:
    return [
        Block(" ".join(f"w{number}x{word}" for word in range(words)) + ".", headings=headings)
        for number in range(first, first + count)
    ]


@pytest.mark.parametrize(("count", "words"), [(40, 12), (10, 70), (1, 1500), (3, 199), (200, 3)])
def test_passages_are_as_long_as_a_good_answer(count: int, words: int) -> None:
    blocks = paragraphs(count, words)
    lengths = [len(one.body.split()) for one in passages(blocks)]
    assert max(lengths) <= MOST + 30
    assert min(lengths[:-1], default=LEAST) >= LEAST // 2
    said = {word for block in blocks for word in block.text.split()}
    assert said == {word for one in passages(blocks) for word in one.body.split()}


def test_a_section_is_never_mixed_with_another() -> None:
    blocks = [*paragraphs(2, 10, headings=("A",)), *paragraphs(2, 10, first=5, headings=("A", "B"))]
    assert [one.heading for one in passages(blocks)] == ["A", "A > B"]


def test_a_paragraph_more_at_the_top_changes_few_passages() -> None:
    blocks = paragraphs(120, 25)
    before = dict(named(DOCUMENT, passages(blocks)))
    after = dict(named(DOCUMENT, passages([*paragraphs(1, 25, first=500), *blocks])))
    assert len(after.keys() - before.keys()) <= 3


def test_the_same_words_twice_are_two_passages_and_too_many_are_refused() -> None:
    twice = [
        Block("Sin cambios.", headings=("A",)),
        Block("x", headings=("B",)),
        Block("Sin cambios.", headings=("A",)),
    ]
    assert len(dict(named(DOCUMENT, passages(twice)))) == 3
    with pytest.raises(Unreadable):
        passages(Block("x", headings=(str(number),)) for number in range(MOST_PASSAGES + 1))


def test_what_nobody_sees_is_not_read() -> None:
    assert seen("Gar\u00adan\u200bt\u202eía\U000e0041\t de \x00 12\u00a0meses") == "Garantía de 12 meses"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Horarios. Abrimos de nueve a seis.", "es"),
        ("Abrimos das nove às seis, de segunda a sexta, e não fechamos para o almoço.", "pt"),
        ("We are open from nine to six, and on Saturday by appointment.", "en"),
        ("Talla 38", "es"),
    ],
)
def test_small_words_tell_the_language_and_few_of_them_nothing(text: str, language: str) -> None:
    assert language_of(text, "es") == language
