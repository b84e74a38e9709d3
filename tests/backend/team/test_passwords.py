"""Which passwords are taken, and how they are kept."""

import asyncio
import time

import pytest
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from backend.errors import Unprocessable
from backend.team.passwords import SHORTEST, expect_strong, hash_password, is_outdated, judge, verify_password


@pytest.mark.parametrize(
    "password",
    [
        "",
        "short",
        "passwordpassword",
        "P4ssw0rd!P4ssw0rd!",
        "contraseña.2026",
        "123456789012",
        "1234567890123456789",
        "aaaaaaaaaaaaaaa",
        "abababababab",
        "qwertyuiopasdf",
        "1qaz2wsx3edc",
        "Administrador2026",
        "hola-tendero!!",
        "panaderia sol 1",
        "PanaderíaSol2026!",
        "sol.panaderia#1",
        "anatorres2026",
        "123456789aaa",
        "zaqwsxcderfv",
        "metallica666",
        "spongebob123",
        "liverpool1892",
        "minhasenha123",
        "motdepasse123",
        "estrellita123",
        "ana.maria.torres",
        "x" * 257,
        "twelve\0charac",
    ],
)
def test_what_is_guessed_first_is_refused(password: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        judge(password, "ana.torres@example.com", "Ana María Torres", "Panadería Sol")
    assert refused.value.type == "weak-password"
    assert not password or password not in str(refused.value.document())


@pytest.mark.parametrize(
    "password",
    [
        "cuatro palabras en fila",
        "correct horse battery",
        "ñandúes corren en la pampa",
        "x7$kQ!v9Lw2&",
        "四つの言葉が並んでいるよ。",
        "hola familia estrella chocolate",
        "p" * 3 + "w-z " * 60,
    ],
)
def test_length_is_the_only_other_rule(password: str) -> None:
    assert not _is_refused(password, "ana.torres@example.com", "Ana María Torres", "Panadería Sol")


def test_the_most_common_passwords_that_are_long_enough_are_refused() -> None:
    """OWASP ASVS 5.0, 6.2.4: those of the lists, and common short ones made long as people make them."""
    known = FREQUENCY_LISTS["passwords"]
    long = [password for password in known if len(password) >= SHORTEST]
    assert len(long) > 200
    short = [password for password in known[:3000] if len(password) < SHORTEST][::10]
    grown = [f"{password}{'1234567890'[: SHORTEST - len(password)]}" for password in short]
    grown += [(password * SHORTEST)[: max(SHORTEST, 2 * len(password))] for password in short]
    assert [password for password in (*long, *grown) if not _is_refused(password)] == []


def test_hostile_passwords_are_judged_in_no_time() -> None:
    """Signs that may be read as letters in thousands of ways, and lengths at which a judgement would take seconds."""
    signs = "4@8({[<369&#!1|0$5+7%2"
    begun = time.perf_counter()
    for length in (12, 22, 40, 41, 72, 73, 256):
        _is_refused((signs * 12)[:length])
        _is_refused((signs[::-1] * 12)[:length], signs, "a" * 300, "\u0301" * 300)
    assert time.perf_counter() - begun < 10


async def test_judging_leaves_the_loop_free() -> None:
    with pytest.raises(Unprocessable):
        await expect_strong("metallica666")
    await expect_strong("cuatro palabras en fila", "ana@example.com")


def _is_refused(password: str, *about: str) -> bool:
    try:
        judge(password, *about)
    except Unprocessable:
        return True
    return False


async def test_what_is_stored_opens_for_its_password_alone() -> None:
    stored = await hash_password("cuatro palabras en fila")
    assert stored.startswith("$argon2id$")
    assert await verify_password(stored, "cuatro palabras en fila")
    assert not await verify_password(stored, "cuatro palabras en filo")
    assert not await verify_password("not a hash", "cuatro palabras en fila")
    assert not is_outdated(stored)
    assert is_outdated("$argon2id$v=19$m=8192,t=1,p=1$c29tZXNhbHQ$7dXf0vJbFPFUuqMHDJPqJA")


async def test_an_account_that_does_not_exist_takes_as_long() -> None:
    stored = await hash_password("cuatro palabras en fila")
    known = await _fastest(stored)
    unknown = await _fastest(None)
    assert unknown > known / 3


async def test_hashing_leaves_the_loop_free() -> None:
    async def ticks() -> int:
        count = 0
        while not hashing.done():
            count += 1
            await asyncio.sleep(0)
        return count

    hashing = asyncio.ensure_future(asyncio.gather(*(hash_password(f"palabra {number}") for number in range(4))))
    assert await ticks() > 3


async def _fastest(stored: str | None) -> float:
    times = []
    for _ in range(5):
        begun = time.perf_counter()
        assert not await verify_password(stored, "no es esta")
        times.append(time.perf_counter() - begun)
    return min(times)
