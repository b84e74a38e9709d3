"""`--help` loads every command, so no command may load what only its work needs."""

import subprocess
import sys

import pytest

FRAMEWORKS = {"litestar", "sqlalchemy", "advanced_alchemy", "numpy", "redis", "structlog"}


@pytest.mark.parametrize(
    ("line", "named", "without"),
    [
        (["--help"], "mails", FRAMEWORKS),
        (["chat", "--help"], "--url", FRAMEWORKS | {"psycopg"}),
        (["top", "--help"], "--url", FRAMEWORKS | {"psycopg"}),
    ],
)
def test_what_a_command_is_for_is_told_without_what_its_work_needs(
    line: list[str], named: str, without: set[str]
) -> None:
    code = f"import sys; from backend.cli import main; main({line}, standalone_mode=False); print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    *shown, modules = told.splitlines()
    assert named in "\n".join(shown)
    assert not without & {*modules.split()}
