"""`--help` loads every command, so no command may load what only its work needs."""

import subprocess
import sys

SECONDS_TO_LOAD = {"litestar", "sqlalchemy", "advanced_alchemy", "numpy", "redis", "structlog"}


def test_the_list_of_commands_loads_no_framework() -> None:
    code = "import sys; from backend.cli import main; main(['--help'], standalone_mode=False); print(*sys.modules)"
    *shown, modules = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert "mails" in "\n".join(shown)
    assert "backend.cli.mails" in modules.split()
    assert not SECONDS_TO_LOAD & {*modules.split()}
