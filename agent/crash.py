"""Named crash points: a test names one in `TENDERO_CRASH_AT`, and the process dies there as if it had been killed."""

import os

EXIT_STATUS = 9
POINTS = {
    "turn.claimed": "turns are claimed and acknowledged, nothing is thought yet",
    "turn.tool": "a tool has answered, nobody has heard it",
    "turn.replied": "the reply is accepted, the checkpoint not saved",
    "turn.saved": "the checkpoint is saved, the turn not finished",
    "reflect.claimed": "a finished turn is claimed to be thought over",
}
"""Every point of this room, with what is done and what is not."""


def crash_point(name: str) -> None:
    """Ends the process at once, with nothing flushed or closed, if this one of `POINTS` was asked for."""
    if os.environ.get("TENDERO_CRASH_AT") == name:
        os._exit(EXIT_STATUS)
