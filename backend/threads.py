"""Blocking work in a thread that is waited for, whatever happens to whoever asked for it."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")


async def in_thread(function: Callable[Given, Result], *given: Given.args, **named: Given.kwargs) -> Result:
    """`asyncio.to_thread`, but a caller that is cancelled goes on only when the thread has ended: what it uses may be
    closed then. A database or descriptor closed under a thread takes the process along, or another's file."""
    return await waited_for(_let_it_end, function, *given, **named)


async def waited_for(
    stop: Callable[[], None],
    function: Callable[Given, Result],
    *given: Given.args,
    **named: Given.kwargs,
) -> Result:
    """`in_thread` for work that takes long: `stop` is called once if the caller is cancelled, to have it end early."""
    running = asyncio.ensure_future(asyncio.to_thread(function, *given, **named))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        stop()
        while not running.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait({running})
        if not running.cancelled():
            running.exception()  # nobody is left to be told of it
        raise


def _let_it_end() -> None:
    """Nothing is said to a thread that will soon have ended anyway."""
