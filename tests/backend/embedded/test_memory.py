"""Who gets large memory pages."""

import os
import platform
import subprocess
from pathlib import Path

import pytest

from backend.embedded.memory import LARGE_PAGES, environment_of_a_store

ROOT = Path(__file__).parents[3]


def test_whatever_make_runs_gets_them_where_the_c_library_has_them() -> None:
    told = subprocess.run(
        ["make", "--silent", "-f", "Makefile", "-f", "-", "told"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name not in LARGE_PAGES},
        input="told:\n\t@env\n",
        capture_output=True,
        text=True,
        check=True,
    )
    wanted = {f"{name}={value}" for name, value in LARGE_PAGES.items()}
    assert wanted & set(told.stdout.splitlines()) == (wanted if platform.libc_ver()[0] == "glibc" else set())


def test_a_store_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in LARGE_PAGES.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LANG", "C.UTF-8")
    given = environment_of_a_store()
    assert given["LANG"] == "C.UTF-8"
    assert not LARGE_PAGES.keys() & given.keys()


def test_what_somebody_tuned_for_themselves_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.malloc.arena_max=2")
    assert environment_of_a_store()["GLIBC_TUNABLES"] == "glibc.malloc.arena_max=2"
