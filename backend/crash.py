"""Named points at which a process may be told to die, so that tests can show what survives."""

import os


def crash_point(name: str) -> None:
    """Ends the process at once, as `kill -9` would, when `TENDERO_CRASH_AT` names this point.

    Points: receive.before_commit, receive.after_commit, claim.after_commit, tool.after_commit, reply.after_commit,
    dispatch.before_send, dispatch.before_record, status.before_commit, payment.after_intent, payment.before_record,
    payment.after_record.
    """
    if os.environ.get("TENDERO_CRASH_AT") == name:
        os._exit(9)
