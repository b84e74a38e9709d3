"""``python -m evals.world twilio --port 0``: run one simulator as a process."""

import argparse
import asyncio
from collections.abc import Callable

from litestar import Litestar

from evals.world import models, stripe, twilio
from evals.world.clock import WorldClock
from evals.world.serving import serve

SIMULATORS: dict[str, Callable[[WorldClock], Litestar]] = {
    "twilio": twilio.create_app,
    "stripe": stripe.create_app,
    "models": models.create_app,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m evals.world", description="One provider simulator, on loopback.")
    parser.add_argument("simulator", choices=sorted(SIMULATORS))
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port and prints it")
    parser.add_argument("--clock-file", help="offset of the world's clock in seconds; default: $TENDERO_CLOCK_FILE")
    parser.add_argument("--with-parent", action="store_true", help="stop when the starting process is gone")
    options = parser.parse_args()
    clock = WorldClock(options.clock_file) if options.clock_file else WorldClock.from_environment()
    asyncio.run(serve(options.simulator, SIMULATORS[options.simulator](clock), options.port, options.with_parent))


if __name__ == "__main__":
    main()
