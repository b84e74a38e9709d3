"""Documents that only have common words of a question are passed over, and nobody can tell by the answer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from agent.search.guessing import Meaning
from agent.search.phrases import Term
from agent.search.ranking import LEAST_COVERAGE, Documents, counted_from_the_last, fits, score

SIZE = 60
Postings = tuple[NDArray[np.int64], NDArray[np.uint8]]
Words = tuple[list[Term], dict[str, Postings]]


@st.composite
def questions(draw: st.DrawFn) -> Words:
    """Words of a query, some of them guesses and some unknown, with the documents that have what they may mean."""
    terms: list[Term] = []
    postings: dict[str, Postings] = {}
    for place in range(draw(st.integers(1, 5))):
        meant = []
        for guess in range(draw(st.integers(0, 3))):
            stem = f"{place}-{guess}"
            numbers = draw(st.lists(st.integers(0, SIZE - 1), min_size=1, max_size=SIZE, unique=True))
            impacts = draw(st.lists(st.integers(1, 255), min_size=len(numbers), max_size=len(numbers)))
            postings[stem] = np.array(numbers, np.int64), np.array(impacts, np.uint8)
            sure = draw(st.sampled_from([0.2, 0.6, 1.0]))
            meant.append(Meaning((stem,), sure, len(numbers), sure, named=draw(st.booleans())))
        terms.append(Term(f"word{place}", tuple(meant), draw(st.sampled_from([0.4, 1.0]))))
    return terms, postings


NUMBERS = st.integers(0, SIZE - 1)


@given(questions(), st.dictionaries(NUMBERS, st.sampled_from([0.3, 0.9]), max_size=4), st.sets(NUMBERS, max_size=3))
def test_whoever_is_passed_over_would_not_have_been_an_answer(
    question: Words, near: dict[int, float], coded: set[int]
) -> None:
    every = score(*question, SIZE, SIZE, near=near, coded=coded, least=0.0)
    some = score(*question, SIZE, SIZE, near=near, coded=coded)
    assert len(some.numbers) <= len(every.numbers)
    all_of_them, answers = answering(every), answering(some)
    for column in Documents._fields:
        assert getattr(answers, column).tolist() == pytest.approx(getattr(all_of_them, column).tolist(), rel=1e-5)


def test_a_common_word_brings_nobody_by_itself() -> None:
    common, rare = np.arange(0, SIZE, dtype=np.int64), np.array([7], np.int64)
    postings = {"azul": (common, np.full(SIZE, 200, np.uint8)), "bota": (rare, np.full(1, 200, np.uint8))}
    terms = [Term(stem, (Meaning((stem,), 1.0, len(rows[0])),)) for stem, rows in postings.items()]
    found = score(terms, postings, SIZE, SIZE, near={3: 0.5})
    assert found.numbers.tolist() == [3, 7]
    assert found.coverage[0] < LEAST_COVERAGE < found.coverage[1]
    assert (found.words > 0).all()


def test_who_is_not_among_the_nearest_stands_as_near_as_the_last_of_them() -> None:
    """Of four that have the word, the last of the nearest and the two behind it are told apart by their words alone."""
    near = {1: 0.7, 2: 0.5, 9: 0.6}
    terms = [Term("bota", (Meaning(("bota",), 1.0, 4),))]
    postings = {"bota": (np.array([1, 2, 3, 4], np.int64), np.array([200, 200, 201, 202], np.uint8))}
    found = counted_from_the_last(score(terms, postings, SIZE, SIZE, near=near), near)
    assert found.numbers.tolist() == [1, 2, 3, 4, 9]
    assert found.similarity.tolist() == pytest.approx([0.2, 0.0, 0.0, 0.0, 0.6])
    assert found.best(4).numbers.tolist() == [1, 4, 3, 2]


def test_what_vectors_alone_brought_keeps_its_similarity_and_no_vectors_change_nothing() -> None:
    terms = [Term("bota", (Meaning(("bota",), 1.0, 1),))]
    postings = {"bota": (np.array([1], np.int64), np.array([200], np.uint8))}
    found = counted_from_the_last(score(terms, postings, SIZE, SIZE, near={9: 0.6}), {9: 0.6})
    assert dict(zip(found.numbers.tolist(), found.similarity.tolist(), strict=True)) == pytest.approx({1: 0.0, 9: 0.6})
    alone = score(terms, postings, SIZE, SIZE)
    assert counted_from_the_last(alone, {}) is alone


def test_a_guess_beside_the_word_itself_takes_nothing_from_what_is_named_by_it() -> None:
    meant = (Meaning(("bota",), 1.0, 2, named=True), Meaning(("boina",), 0.5, 1, sure=0.5, named=True))
    postings = {"bota": np.array([1, 2], np.int64), "boina": np.array([1], np.int64)}
    terms = [Term("bota", meant), *(Term(word) for word in ("verde", "lona", "ancha", "suave"))]
    rows = {stem: (numbers, np.full(len(numbers), 200, np.uint8)) for stem, numbers in postings.items()}
    both, one = score(terms, rows, SIZE, SIZE).coverage.tolist()
    assert both == one >= LEAST_COVERAGE


def answering(found: Documents) -> Documents:
    return found.where(fits(found, 0.8))
