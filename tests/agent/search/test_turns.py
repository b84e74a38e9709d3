"""Searches of a process come to their ends one after the other; who waits for something slow holds up nobody."""

import asyncio

import pytest

from agent.search import turns
from agent.search.turns import Turns


async def left_and_free(leaving: asyncio.Task[None], line: Turns) -> None:
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    async with asyncio.timeout(1):
        async with line.next():
            pass


async def test_a_search_that_has_begun_ends_before_the_next_begins() -> None:
    line, told = Turns(), list[str]()

    async def search(name: str) -> None:
        async with line.next():
            for part in range(3):
                told.append(f"{name}{part}")
                await asyncio.sleep(0)

    await asyncio.gather(*map(search, "abc"))
    assert told == ["a0", "a1", "a2", "b0", "b1", "b2", "c0", "c1", "c2"]


async def test_a_caller_that_never_waits_for_anything_lets_others_in_between() -> None:
    line, told = Turns(), list[str]()

    async def ask(name: str) -> None:
        for _ in range(3):
            async with line.next():
                told.append(name)

    await asyncio.gather(*map(ask, "ab"))
    assert told == list("ababab")


async def test_while_one_waits_for_vectors_the_next_goes_on_and_it_comes_back_in_line() -> None:
    line, answered, told = Turns(), asyncio.Event(), list[str]()

    async def slow() -> None:
        async with line.next() as turn:
            async with turn.let_others():
                await answered.wait()
            told.append("slow")

    async def quick() -> None:
        async with line.next():
            answered.set()
            await asyncio.sleep(0)
            told.append("quick")

    await asyncio.gather(slow(), quick())
    assert told == ["quick", "slow"]


async def test_a_database_that_does_not_answer_one_search_holds_the_others_up_for_a_moment_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turns, "PATIENCE_SECONDS", 0.0)
    line, never, begun = Turns(), asyncio.Event(), asyncio.Event()

    async def stuck() -> None:
        async with line.next():
            begun.set()
            await never.wait()

    holding = asyncio.create_task(stuck())
    await begun.wait()
    for _ in range(2):  # without the turn it gives none back
        async with line.next() as turn, turn.let_others():
            assert not holding.done()
    await left_and_free(holding, line)


async def test_who_leaves_the_line_takes_no_turn_along() -> None:
    line, begun, turns_taken = Turns(), asyncio.Event(), list[str]()

    async def wait() -> None:
        begun.set()
        async with line.next():
            turns_taken.append("who left")

    async with line.next():
        leaving = asyncio.create_task(wait())
        await begun.wait()
        await asyncio.sleep(0)
        leaving.cancel()
    await left_and_free(leaving, line)
    assert not turns_taken
