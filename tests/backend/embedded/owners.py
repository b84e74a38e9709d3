"""Programs that tests run as processes of their own, to kill them: each prints one line of JSON, then waits.

python tests/backend/embedded/owners.py stores <data folder>
python tests/backend/embedded/owners.py supervisor <log folder>
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from backend.embedded.processes import die_with_parent, exit_on_signals  # noqa: E402
from backend.embedded.stores import embedded_stores  # noqa: E402
from backend.embedded.supervisor import Command, Supervisor  # noqa: E402

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
)
PATIENT = "import time; time.sleep(600)"


def own_stores(folder: Path) -> None:
    with exit_on_signals(), embedded_stores(folder, fsync=False, environ={}) as stores:
        print(json.dumps(stores.environment()), flush=True)
        signal.pause()


def supervise(folder: Path) -> None:
    with Supervisor(folder, drain_seconds=0.5) as supervisor:
        supervisor.start(Command("patient", [sys.executable, "-c", PATIENT]))
        print(json.dumps(supervisor.pids()), flush=True)
        supervisor.run()


def middle(folder: Path) -> None:
    """As `make` would: a parent whose child ties itself to it."""
    us = os.getpid()
    child = os.fork()
    if child == 0:
        die_with_parent(parent=us)
        own_stores(folder)
        os._exit(0)
    while True:
        time.sleep(60)


if __name__ == "__main__":
    {"stores": own_stores, "supervisor": supervise, "make": middle}[sys.argv[1]](Path(sys.argv[2]))
