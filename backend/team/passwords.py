"""Passwords: argon2id off the event loop, and which ones are refused.

Length is the rule and nothing else is (OWASP ASVS 5.0, 6.2): at least 12 characters, any characters, no composition
rules, no forced change; what everybody guesses first is refused.

First come passwords of the lists that leaked ones make, and what is built of their words: zxcvbn holds the 30,000 most
common ones and counts how many guesses a password takes whoever knows them, names, words, dates and keyboards. Every
one of the 3,000 most common that are long enough falls below the bound (6.2.4). Our own words add Spanish and
Portuguese, and what is known about the person and the business is judged with them (6.2.11).
"""

import asyncio
import re
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from math import prod
from typing import Any, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from backend.accents import without_accents
from backend.errors import Unprocessable
from backend.team.guessed_passwords import KEYBOARD_RUNS, WORDS

SHORTEST, LONGEST = 12, 256
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""The least that OWASP's password storage cheat sheet recommends of argon2id: 19 MiB, two passes."""
_HASHING = ThreadPoolExecutor(max_workers=2, thread_name_prefix="passwords")
"""Few at once, so that a flood of sign-ins takes neither all memory nor all cores."""
_LOOKS_LIKE = str.maketrans("013457@$!|", "oieastasil")
_SHORTEST_TELLING_PART = 4
_FEW_WORDS = 2
_FEWEST_LETTERS = 5
_FEWEST_GUESSES = 10**8
"""zxcvbn's own line between what an attacker on the network gets through and what not (score 3)."""
_LONGEST_JUDGED = 40
"""Nobody's list has longer ones, and the time that a judgement takes grows with the square of the length."""
_MOST_READINGS = 32
"""In so many ways may digits and signs be read as letters; each reading is judged, and some signs have four."""
_READ_AS = ("4@", "8", "({[<", "3", "69", "1!|", "17|", "0", "$5", "+7", "%", "2")
"""Which signs zxcvbn reads as one letter."""

Result = TypeVar("Result")


async def hash_password(password: str) -> str:
    """What is stored."""
    return await _away(_HASHER.hash, password)


async def verify_password(stored: str | None, password: str) -> bool:
    """Whether it is the one. Without a stored one it takes as long and fails."""
    return await _away(_verify, stored, password)


def is_outdated(stored: str) -> bool:
    """Whether it was stored at a lower cost than today's."""
    return _HASHER.check_needs_rehash(stored)


async def expect_strong(password: str, *about: str) -> None:
    """`judge`, off the event loop."""
    await _away(judge, password, *about)


def judge(password: str, *about: str) -> None:
    """Unprocessable of type weak-password for what is guessed first: too short, a well-known one, one character again
    and again, a run of keys, or little more than what is known about the person (`about`)."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise _weak(f"A password has {SHORTEST} to {LONGEST} characters; a few words in a row are a good one.")
    if "\0" in password:
        raise _weak("A password has no null bytes.")
    whole, core = _folded(password), _folded(re.sub(r"[\W\d_]+$|^[\W\d_]+", "", password))
    if len(set(password)) < _FEWEST_LETTERS or _is_a_run(password.lower()):
        raise _weak("This password is among the first that anybody tries; take another.")
    if any(_is_made_of(text, WORDS) for text in (whole, core)):
        raise _weak("This password is among the first that anybody tries; take another.")
    if any(_is_made_of(text, _parts(about)) for text in (whole, core)):
        raise _weak("This password says little more than your name, e-mail or business; take another.")
    if _is_guessed_soon(password, about):
        raise _weak("This password is made of what is guessed first; a few words in a row are a good one.")


def _is_guessed_soon(password: str, about: Iterable[str]) -> bool:
    if len(password) > _LONGEST_JUDGED or _readings(password) > _MOST_READINGS:
        return False
    from zxcvbn import zxcvbn  # 30,000 words, wanted by one process of many

    return bool(zxcvbn(password, user_inputs=sorted(WORDS | _parts(about)))["guesses"] < _FEWEST_GUESSES)


def _readings(password: str) -> int:
    given = set(password)
    return prod(max(1, len(given & set(signs))) for signs in _READ_AS)


def _verify(stored: str | None, password: str) -> bool:
    try:
        _HASHER.verify(stored or _nobodys(), password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


@cache
def _nobodys() -> str:
    return _HASHER.hash("the password of an account that does not exist")


def _folded(text: str) -> str:
    """Letters and digits without case and accents, digits that stand for letters as those."""
    plain = without_accents(text)
    return re.sub(r"\W|_", "", plain.lower().translate(_LOOKS_LIKE))


def _parts(about: Iterable[str]) -> frozenset[str]:
    texts = [part for text in about for part in (text.partition("@")[0], *re.split(r"[\W\d_]+", text))]
    words = {_folded(text) for text in texts}
    return frozenset(word for word in words if len(word) >= _SHORTEST_TELLING_PART)


def _is_made_of(text: str, words: frozenset[str]) -> bool:
    """Whether taking away one or two words leaves next to nothing of the text: `passwordpassword1`, `holaadmin`."""
    rest, taken = text, 0
    for word in sorted(words, key=len, reverse=True):
        if word in rest:
            rest, taken = rest.replace(word, ""), taken + 1
    return taken <= _FEW_WORDS and len(rest) < min(len(text), _SHORTEST_TELLING_PART)


def _is_a_run(text: str) -> bool:
    return any(text in run * 4 or text in run[::-1] * 4 for run in KEYBOARD_RUNS)


def _weak(detail: str) -> Unprocessable:
    return Unprocessable(detail, type="weak-password", errors=[{"field": "password", "message": detail}])


async def _away(work: Callable[..., Result], *arguments: Any) -> Result:
    return await asyncio.get_running_loop().run_in_executor(_HASHING, work, *arguments)
