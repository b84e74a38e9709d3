"""Named crash points: a test names one in `TENDERO_CRASH_AT`, and the process dies there as if it had been killed."""

import os

_CRASH_AT = os.environ.get("TENDERO_CRASH_AT")
EXIT_STATUS = 9


def crash_point(name: str) -> None:
    """Ends the process at once, with nothing flushed or closed, if `name` was asked for.

    Points of the agent: turn.claimed, turn.tool (the tool committed), turn.replied (the reply is accepted, the
    checkpoint not yet saved), turn.saved (the checkpoint is saved, the turn not yet finished).
    """
    if name == _CRASH_AT:
        os._exit(EXIT_STATUS)
