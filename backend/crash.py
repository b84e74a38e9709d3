"""Named points at which a process may be told to die, so that tests can show what survives."""

import os

POINTS = {
    "receive.before_commit": "an inbound event is read, the database does not have it yet",
    "receive.after_commit": "it is committed, the provider has no 2xx yet",
    "claim.after_commit": "turns are leased, their bundles not yet handed out",
    "tool.after_commit": "a write and its journal entry are committed, the agent has no answer yet",
    "reply.after_commit": "a reply is accepted (or handed back as stale), the agent has no answer yet",
    "dispatch.before_send": "an outbox row is leased, nothing has left",
    "dispatch.before_record": "the provider has answered, the answer is not recorded",
    "status.before_commit": "a status callback is written and not committed",
    "reminder.before_commit": "a reminder is queued and not committed",
    "reminder.after_commit": "it is committed, and not sent",
    "sign-up.before_commit": "an account and its business are written and not committed",
    "sign-up.after_commit": "they are committed, the person has no answer yet",
    "tenant-tool.after_intent": "a call of a tenant's tool is on record, nothing has left",
    "tenant-tool.before_record": "the other system has answered it, the answer is not recorded",
    "hook.before_record": "an endpoint has answered a delivery, the answer is not recorded",
    "payment.after_intent": "a payment is intended, the provider has not been asked",
    "payment.before_record": "the provider has made it, that is not recorded",
    "payment.after_record": "it is recorded, the agent has no answer yet",
    "payment.before_refund_record": "the provider has given it back, that is not recorded",
}
"""Every point of this room, in the order in which a message passes them, with what is done and what is not."""


def crash_point(name: str) -> None:
    """Ends the process at once, as `kill -9` would, when `TENDERO_CRASH_AT` names this one of `POINTS`."""
    if os.environ.get("TENDERO_CRASH_AT") == name:
        os._exit(9)
