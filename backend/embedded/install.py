"""Installs the locked packages into `.venv` with the locked `uv`; a second run is instant.

Standard library only. What is wrong is told in two lines: what, and the one command that mends it.
"""

import fcntl
import hashlib
import json
import os
import platform
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from backend.embedded.diagnosis import SetupError, about_permission, explain, require_space
from backend.embedded.processes import die_with_parent, exit_on_signals, start_child
from backend.embedded.uv_tool import ready_uv

FOREIGN = {"VIRTUAL_ENV", "CONDA_PREFIX", "UV_PYTHON", "UV_LOCKED", "UV_FROZEN", "UV_PROJECT", "UV_WORKING_DIRECTORY"}
ROOT = Path(__file__).resolve().parent.parent.parent


def install(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Exit status 0 if `root/.venv` holds the locked packages of the groups in `--groups a,b` (default `dev`)."""
    die_with_parent()
    groups = {"dev"}
    if "--groups" in arguments:
        groups = set(arguments[arguments.index("--groups") + 1].split(","))
    try:
        with exit_on_signals():
            if not _is_ready(root, groups):
                _install(root, groups)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    except PermissionError as error:
        print(about_permission(root, error), file=sys.stderr)
        return 1
    except OSError as error:
        print(explain(str(error), root), file=sys.stderr)
        return 1
    return 0


def _install(root: Path, groups: set[str]) -> None:
    cache = root / ".cache"
    cache.mkdir(exist_ok=True)
    with _only_one(cache / "setup.lock"):
        if _is_ready(root, groups):
            return
        started = time.monotonic()
        require_space(root)
        uv = ready_uv(root, cache, _say)
        groups |= _stamped(root).keys()
        _say(f"installing the locked packages ({', '.join(sorted(groups))}) for Python {platform.python_version()}")
        status, printed = _run_uv(uv, root, groups)
        if status != 0:
            raise SetupError(explain(printed, root))
        fingerprint = _fingerprint(root)
        _stamp_file(root).write_text(json.dumps(dict.fromkeys(sorted(groups), fingerprint)))
        _say(f"ready after {time.monotonic() - started:.0f} s")


def _run_uv(uv: Path, root: Path, groups: set[str]) -> tuple[int, str]:
    """Runs `uv sync`, passing its progress on line by line; returns its status and what it printed."""
    argv = [
        str(uv),
        "sync",
        "--frozen",
        "--no-managed-python",
        "--no-python-downloads",
        f"--python={getattr(sys, '_base_executable', sys.executable)}",
        f"--project={root}",
        "--no-default-groups",
        *(f"--group={group}" for group in sorted(groups)),
    ]
    child = start_child(
        "uv", argv, output=subprocess.PIPE, env=_environment(root), cwd=root, death_signal=signal.SIGKILL
    )
    assert child.process.stdout is not None
    printed: list[str] = []
    try:
        for line in child.process.stdout:
            text = line.decode(errors="replace").rstrip()
            printed.append(text)
            if not text.lstrip().startswith(("+ ", "- ", "~ ", "Downloaded ")):
                _say(text.strip())
        return child.process.wait(), "\n".join(printed)
    finally:
        child.stop(0)


def _environment(root: Path) -> dict[str, str]:
    """Ours, without another project's environment, and with a cache that can be written."""
    environment = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    environment["UV_PROJECT_ENVIRONMENT"] = str(root / ".venv")
    environment["NO_COLOR"] = "1"
    if "UV_CACHE_DIR" not in environment:
        home = environment.get("XDG_CACHE_HOME") or environment.get("HOME", "")
        if not home or not os.path.isdir(home) or not os.access(home, os.W_OK):
            environment["UV_CACHE_DIR"] = str(root / ".cache" / "uv")
            environment["HOME"] = str(root / ".cache")
    return environment


def _is_ready(root: Path, groups: set[str]) -> bool:
    stamped = _stamped(root)
    if not groups <= stamped.keys():
        return False
    return set(stamped.values()) == {_fingerprint(root)} and os.access(root / ".venv" / "bin" / "python", os.X_OK)


def _stamped(root: Path) -> dict[str, str]:
    """Fingerprint by group of what `.venv` holds; empty if it is not complete."""
    try:
        return dict(json.loads(_stamp_file(root).read_text()))
    except (OSError, ValueError):
        return {}


def _stamp_file(root: Path) -> Path:
    return root / ".venv" / ".ready.json"


def _fingerprint(root: Path) -> str:
    digest = hashlib.sha256(f"{sys.version_info[:2]} {sysconfig.get_platform()}".encode())
    for name in ("uv.lock", "pyproject.toml"):
        digest.update((root / name).read_bytes())
    return digest.hexdigest()


@contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("another setup is running; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _say(line: str) -> None:
    print(f"setup: {line}", flush=True)
