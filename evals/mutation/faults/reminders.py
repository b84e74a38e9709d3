"""What customers are reminded of, and what becomes of their yes."""

from typing import Any

from evals.mutation.fault import Call, Fault

reminds_nobody = Fault(
    "reminds-nobody",
    "A reminder that is due is written down as sent, and nobody gets it.",
    ("reminded_and_coming_es", "reminder"),
)
attendance_only_said = Fault(
    "attendance-only-said",
    "The customer is thanked for saying that they come, and nobody notes it.",
    ("reminded_and_coming_pt", "reminder"),
)


@reminds_nobody.plant("backend.reminders.sweep:_send")
async def _keep_it(call: Call, session: Any, house: Any, reminder: Any, *rest: Any) -> None:
    call.reached()
    reminder.status = "sent"


@attendance_only_said.plant("backend.reminders.attendance:_set")
async def _forget_it(call: Call, session: Any, found: Any, confirmed: bool) -> Any:
    call.reached()
    return found
