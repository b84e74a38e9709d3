"""Ends with whoever started us, and leaves no scratch folder behind for long."""

import ctypes
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCRATCH = Path(__file__).resolve().parent.parent / ".cache" / "worlds"
_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Ask the kernel to interrupt us when our parent dies, so that `kill -9` of make stops what it started.

    No effect where the kernel cannot do it (macOS). The signal is SIGINT, which unwinds every `finally`.
    """
    for number in (signal.SIGTERM, signal.SIGINT):  # a shell's background job starts with SIGINT ignored
        signal.signal(number, signal.default_int_handler)
    if sys.platform == "linux":
        parent = int(os.environ.pop("TENDERO_PARENT", "") or os.getppid())
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(signal.SIGINT), 0, 0, 0)
        if os.getppid() != parent:
            raise KeyboardInterrupt


@contextmanager
def scratch_folder(name: str, *, keep: bool = False) -> Iterator[Path]:
    """A folder for one run below `.cache/worlds`; those of dead runs are removed first."""
    SCRATCH.mkdir(parents=True, exist_ok=True)
    for old in SCRATCH.glob("*-[0-9]*"):
        if not Path(f"/proc/{old.name.rpartition('-')[2]}").exists() and not (old / "kept").exists():
            shutil.rmtree(old, ignore_errors=True)
    folder = SCRATCH / f"{name}-{os.getpid()}"
    folder.mkdir()
    try:
        yield folder
    finally:
        if keep:
            (folder / "kept").touch()
        else:
            shutil.rmtree(folder, ignore_errors=True)
