"""What is kept of customers, and of what they said."""

import sys
from typing import Any

from evals.mutation.fault import Call, Fault

memory_without_consent = Fault(
    "memory-without-consent",
    "Details of a customer are kept without a yes.",
    ("no_memory_please", "consent", "memory"),
)
never_forgets = Fault(
    "never-forgets", "Who asks to be forgotten is told so, and is not.", ("remember_my_allergy", "consent", "memory")
)
agreement_lost = Fault(
    "agreement-lost", "Who agrees to be remembered is told so, and it is not noted.", ("remember_my_size", "memory")
)
loses_history = Fault(
    "loses-history",
    "Each turn begins as if nothing had been said before.",
    ("search_with_typos", "compare", "repair:digression", "search", "booking", "order"),
)
lost_follow_up = Fault(
    "lost-follow-up", "A follow-up is marked as sent and never written.", ("write_me_later", "follow-up", "reminder")
)


@memory_without_consent.plant("backend.conversations.bundle:memory_of")
def _as_if_agreed(call: Call, *arguments: Any) -> Any:
    call.reached()
    return sys.modules["backend.contacts.card"].Memory.AGREED


@memory_without_consent.plant("backend.contacts.service:may_remember")
async def _always(call: Call, *arguments: Any) -> bool:
    return True


@never_forgets.plant("backend.conversations.remembering:withdraw_memory")
async def _kept(call: Call, session: Any, contact: Any, *arguments: Any) -> list[str]:
    call.reached()
    return sorted(contact.details)


@agreement_lost.plant("backend.conversations.remembering:agree_to_memory")
def _not_noted(call: Call, contact: Any, *arguments: Any) -> None:
    call.reached()


@loses_history.plant("graphs.memory:opened")
def _from_nothing(call: Call, state: Any, context: Any) -> Any:
    if state.get("messages"):
        call.reached()
    return call.original({**state, "messages": [], "summary": ""}, context)


@lost_follow_up.plant("backend.conversations.sweeps:_send_follow_up")
async def _unwritten(call: Call, session: Any, follow_up_id: Any) -> None:
    from sqlalchemy import text

    call.reached()
    await session.execute(text("UPDATE follow_ups SET status = 'sent' WHERE id = :id"), {"id": follow_up_id})
