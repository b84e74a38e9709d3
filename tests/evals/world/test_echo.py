"""The echoing model: its answer names what is not answered yet, and nothing else."""

import random
from datetime import UTC, datetime
from typing import Any

from evals.bench.scripted import context
from evals.world.echo import echo, make_tokens, tokens_in
from graphs.claims import Words
from graphs.lines import NOTE
from graphs.observer import judge


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def assistant(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


def test_only_what_came_after_the_last_answer_is_echoed_in_its_order() -> None:
    one, two, three, four = make_tokens(4, random.Random(1))
    prompt = [{"role": "system", "content": one}, user(f"hola, {two}"), assistant(f"Te leo: {two}")]
    assert tokens_in(echo([*prompt, user(f"hola, {three}"), user(f"y {four}")])) == [three, four]
    assert tokens_in(echo(prompt)) == []


def test_a_stopped_draft_answers_nobody() -> None:
    one, two = make_tokens(2, random.Random(2))
    stopped = [assistant(f"Te leo: {one}"), user(f"{NOTE}\nYour draft was not sent to the customer")]
    assert tokens_in(echo([user(f"hola, {one}"), *stopped])) == [one]
    assert tokens_in(echo([user(one), assistant(one), user(two), *stopped])) == [two]


def test_the_observer_has_nothing_against_any_token() -> None:
    tokens = make_tokens(400, random.Random(3))
    now = datetime(2026, 11, 24, 17, tzinfo=UTC)
    for at in range(0, len(tokens), 4):
        words = [f"hola, {token}" for token in tokens[at : at + 4]]
        verdict = judge(echo([user(line) for line in words]), [], [Words(line, now) for line in words], context(1))
        assert (verdict.faults, verdict.claims) == ([], [])
