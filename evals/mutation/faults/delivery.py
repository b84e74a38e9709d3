"""Messages on their way in and out."""

import asyncio
import sys
from collections import Counter
from dataclasses import replace
from typing import Any

from evals.mutation.fault import Call, Fault

AGENT_COMES_FIRST_SECONDS = 0.5

lost_message = Fault(
    "lost-message",
    "Every second message of the customer is acknowledged and forgotten.",
    ("no_means_no", "refusal", "order", "booking"),
    broad=True,
)
lost_answer = Fault(
    "lost-answer",
    "What leaves is recorded as sent and never given to the provider.",
    ("shipping_and_instalments", "facts", "search"),
    broad=True,
)
doubled_answer = Fault(
    "doubled-answer",
    "What leaves is given to the provider twice.",
    ("shipping_and_instalments", "facts", "search"),
    broad=True,
)
voice_dropped = Fault(
    "voice-dropped", "A voice note is acknowledged and forgotten.", ("voice_note_and_sticker", "voice", "media")
)
piecemeal = Fault(
    "piecemeal", "Each message of a burst is answered by itself.", ("three_quick_messages", "burst", "bursts")
)
_SEEN: Counter[object] = Counter()


def _forgotten() -> Any:
    return sys.modules["backend.conversations.service"].Receipt(duplicate=True)


@lost_message.plant("backend.channels.webhooks:receive")
async def _every_second(call: Call, database: Any, account: Any, event: Any) -> Any:
    _SEEN[account.tenant_id] += 1
    if _SEEN[account.tenant_id] % 2:
        return await call.original(database, account, event)
    call.reached()
    return _forgotten()


@voice_dropped.plant("backend.channels.webhooks:receive")
async def _no_ears(call: Call, database: Any, account: Any, event: Any) -> Any:
    if not any(str(file.get("content_type", "")).startswith("audio/") for file in event.attachments):
        return await call.original(database, account, event)
    call.reached()
    return _forgotten()


@lost_answer.plant("backend.channels.delivery:Courier._call")
async def _not_sent(call: Call, courier: Any, letter: Any) -> Any:
    call.reached()
    return call.home.Sent(provider_id=f"SM{letter.part.outbox_id.hex}")


@doubled_answer.plant("backend.channels.delivery:Courier._call")
async def _sent_twice(call: Call, courier: Any, letter: Any) -> Any:
    call.reached()
    await call.original(courier, letter)
    return await call.original(courier, letter)


@piecemeal.plant("backend.channels.webhooks:receive")
async def _due_at_once(call: Call, database: Any, account: Any, event: Any) -> Any:
    """The turn is due now, and the next message is kept waiting until the agent has taken it."""
    from sqlalchemy import text

    await asyncio.sleep(AGENT_COMES_FIRST_SECONDS if _SEEN[account.tenant_id] else 0)
    _SEEN[account.tenant_id] += 1
    receipt = await call.original(database, account, event)
    if receipt.turn_id is None:
        return receipt
    call.reached()
    now = sys.modules["backend.clock"].now()
    async with database.tenant(account.tenant_id) as session:
        due = text("UPDATE turns SET due_at = :now WHERE id = :id AND status = 'waiting'")
        await session.execute(due, {"now": now, "id": receipt.turn_id})
    return replace(receipt, due_at=now)


@piecemeal.plant("backend.conversations.replies:_must_go_out")
async def _without_the_rest(call: Call, session: Any, turn: Any) -> bool:
    return True
