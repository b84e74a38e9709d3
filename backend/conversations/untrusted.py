"""What a turn may not do any more once it has called a system outside.

The output of a tenant's tool is text that anybody may have written. A model that reads it may do as it says, so from
the moment such a call is intended (its journal entry is committed before the request leaves) the turn takes no step
that cannot be undone, whatever the model was talked into. The customer's next message begins a turn without that.
"""

from pydantic import BaseModel
from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.conversations.turn_models import JournalEntry
from backend.errors import Conflict
from backend.scopes import TurnScope

OUTSIDE = "ext_"
"""How the names of tenants' tools begin, in the journal as for the model."""
IRREVERSIBLE = frozenset({"place_order", "confirm_booking", "reschedule_booking", "cancel_booking", "remember_contact"})
"""Steps that go through the journal at once; `send_payment_link` asks before it goes to the provider."""
_ONLY_WITH_A_PROPOSAL = frozenset({"cancel_booking"})
"""Without one it asks the customer, and does nothing else."""


async def expect_nothing_from_outside(session: AsyncSession, turn: TurnScope) -> None:
    """Conflict of type untrusted-input if this turn, in any of its attempts, has called a tenant's tool."""
    called = await session.scalar(
        select(
            exists().where(
                JournalEntry.tenant_id == turn.tenant_id,
                JournalEntry.turn_id == turn.turn_id,
                func.starts_with(JournalEntry.tool, OUTSIDE),
            )
        )
    )
    if called:
        raise Conflict(
            "Nothing was done: this turn has asked a system outside, and after that nothing that cannot be taken back "
            "is done in the same turn. Tell the customer what you would do and ask; after their answer do it first, "
            "before anything is asked outside.",
            type="untrusted-input",
        )


async def expect_allowed(session: AsyncSession, turn: TurnScope, tool: str, arguments: BaseModel) -> None:
    """`expect_nothing_from_outside` for the steps that cannot be undone."""
    if tool not in IRREVERSIBLE:
        return
    if tool in _ONLY_WITH_A_PROPOSAL and getattr(arguments, "proposal_id", None) is None:
        return
    await expect_nothing_from_outside(session, turn)
