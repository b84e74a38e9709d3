"""Ends with whoever started us."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Has the kernel send us SIGTERM when the process in TENDERO_PARENT dies, so that `kill -9` of make stops what it
    started. Without the variable nothing happens: a command started with nohup outlives its shell (prctl(2)).
    """
    starter = int(os.environ.pop("TENDERO_PARENT", "") or 0)
    if starter and sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
        if os.getppid() != starter:
            os.kill(os.getpid(), signal.SIGTERM)
