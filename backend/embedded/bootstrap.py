"""Makes `.venv` ready: `python3 backend/embedded/bootstrap.py [--groups dev,studio]`.

This file must be readable by any Python 3, so that a wrong one gets an answer instead of a SyntaxError; what needs
Python 3.11 is in `install.py`. Standard library only: no pip, no venv module, no package of ours beyond this folder.
"""

import os
import platform
import subprocess
import sys

LOWEST = (3, 11)
BELOW = (3, 14)
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
APT_PYTHON = {"jammy": "python3.11", "bookworm": "python3", "noble": "python3", "trixie": "python3"}
PROBE = "import sys; print(sys.version_info[0], sys.version_info[1])"


def fits(major: int, minor: int) -> bool:
    """True for the versions that the locked wheels exist for."""
    return LOWEST <= (major, minor) < BELOW


def other_python(path: str) -> "str | None":
    """The first fitting `python3.x` in the folders of `path`, tried by running it; None if there is none."""
    for minor in range(BELOW[1] - 1, LOWEST[1] - 1, -1):
        for folder in path.split(os.pathsep):
            program = os.path.join(folder, f"python3.{minor}")
            if not os.access(program, os.X_OK):
                continue
            try:
                printed = subprocess.check_output([program, "-c", PROBE], stderr=subprocess.DEVNULL)
            except (OSError, subprocess.CalledProcessError):
                continue
            if fits(*map(int, printed.split())):
                return program
    return None


def advice(release: str, is_root: bool, has_apt: bool) -> str:
    """The one command that brings a fitting Python to a machine with the release name `release`."""
    if has_apt and release in APT_PYTHON:
        return f"{'' if is_root else 'sudo '}apt-get install -y {APT_PYTHON[release]}"
    if sys.platform == "darwin":
        return "brew install python@3.13"
    return "make PYTHON=/path/to/python3.13   (to be had at https://www.python.org/downloads/)"


def release_name() -> str:
    """The code name of a Debian or Ubuntu, else an empty text (os-release(5))."""
    try:
        with open("/etc/os-release") as file:
            names = dict(line.strip().partition("=")[::2] for line in file)
    except OSError:
        return ""
    return names.get("VERSION_CODENAME", "").strip('"')


def main(arguments: "list[str]", version: "tuple[int, int]", path: str) -> int:
    """Exit status: 0 if `.venv` is ready, 1 with what is wrong and what mends it on standard error.

    `version` is this Python's, `path` the folders in which another is looked for if it does not fit.
    """
    is_root = os.geteuid() == 0
    if not fits(*version):
        program = other_python(path)
        if program is None:
            found = f"{sys.executable} is {platform.python_version()}"
            print(f"Tendero needs Python 3.11, 3.12 or 3.13; {found}, and no other was found.", file=sys.stderr)
            print(f"Mend: {advice(release_name(), is_root, os.path.exists('/usr/bin/apt-get'))}", file=sys.stderr)
            return 1
        os.execv(program, [program, os.path.abspath(__file__), *arguments])
    sys.path[0] = ROOT
    try:
        from backend.embedded.install import install
    except ImportError as error:
        print(f"This Python lacks a part of its standard library: {error.name}.", file=sys.stderr)
        print(f"Mend: {'' if is_root else 'sudo '}apt-get install -y python3", file=sys.stderr)
        return 1
    return install(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], sys.version_info[:2], os.environ.get("PATH", os.defpath)))
