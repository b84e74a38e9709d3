"""``python -m evals.world twilio --port 0``: run one simulator as a process."""

import argparse
import asyncio
from importlib import import_module

from litestar import Litestar

from evals.world.clock import WorldClock
from evals.world.serving import serve

SIMULATORS = ("mercadopago", "models", "s3", "smtp", "stripe", "twilio")
"""Modules of this package with a ``create_app(clock)``; only the one that runs is imported, as they load slowly."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m evals.world", description="One provider simulator, on loopback.")
    parser.add_argument("simulator", choices=SIMULATORS)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port and prints it")
    parser.add_argument("--clock-file", help="offset of the world's clock in seconds; default: $TENDERO_CLOCK_FILE")
    parser.add_argument("--with-parent", action="store_true", help="stop when the starting process is gone")
    options = parser.parse_args()
    clock = WorldClock(options.clock_file) if options.clock_file else WorldClock.from_environment()
    app: Litestar = import_module(f"evals.world.{options.simulator}").create_app(clock)
    asyncio.run(serve(options.simulator, app, options.port, options.with_parent))


if __name__ == "__main__":
    main()
