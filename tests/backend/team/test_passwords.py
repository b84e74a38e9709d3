"""Which passwords are taken, and how they are kept."""

import asyncio
import time

import pytest

from backend.errors import Unprocessable
from backend.team.passwords import expect_strong, hash_password, is_outdated, verify_password


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
        "ana.maria.torres",
        "x" * 257,
        "twelve\0charac",
    ],
)
def test_what_is_guessed_first_is_refused(password: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        expect_strong(password, "ana.torres@example.com", "Ana María Torres", "Panadería Sol")
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
    expect_strong(password, "ana.torres@example.com", "Ana María Torres", "Panadería Sol")


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
