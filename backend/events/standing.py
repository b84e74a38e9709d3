"""Whether those who listen still may: one look at the database for all readers of a process.

A stream outlives the call that opened it, so what counts from the next call on elsewhere (a key or sign-in that was
revoked, a membership that ended, a business that was suspended) is asked again here while it runs.
"""

from collections.abc import Sequence

from backend import clock
from backend.database import Database
from backend.errors import Forbidden, Problem, Unauthorized
from backend.events.tickets import Ticket
from backend.statements import Statement

_STANDING = Statement("""
SELECT tenants.status = 'active' AS active, EXISTS (
    SELECT FROM api_keys
    WHERE api_keys.tenant_id = given.tenant_id AND given.actor = 'key:' || api_keys.id AND api_keys.revoked_at IS NULL
        AND (api_keys.expires_at IS NULL OR api_keys.expires_at > :now)
) OR EXISTS (
    SELECT FROM sessions JOIN memberships ON memberships.user_id = sessions.user_id
    WHERE sessions.id = given.session_id AND given.actor = 'member:' || sessions.user_id
        AND memberships.tenant_id = given.tenant_id AND sessions.revoked_at IS NULL AND sessions.expires_at > :now
) AS known
FROM unnest(CAST(:tenant_ids AS uuid[]), CAST(:actors AS text[]), CAST(:session_ids AS uuid[]))
    WITH ORDINALITY AS given(tenant_id, actor, session_id, place)
LEFT JOIN tenants ON tenants.id = given.tenant_id
ORDER BY given.place
""")


async def refusals(database: Database, tickets: Sequence[Ticket]) -> list[Problem | None]:
    """For each, in their order, why it may not listen any more; None if it may."""
    rows = await database.look(
        _STANDING,
        {
            "tenant_ids": [ticket.tenant_id for ticket in tickets],
            "actors": [ticket.actor for ticket in tickets],
            "session_ids": [ticket.session_id for ticket in tickets],
            "now": clock.machine_now(),
        },
    )
    return [_refusal(row["known"], row["active"]) for row in rows]


async def expect_standing(database: Database, ticket: Ticket) -> None:
    """Unauthorized; Forbidden of type tenant-suspended."""
    [refusal] = await refusals(database, [ticket])
    if refusal is not None:
        raise refusal


def _refusal(known: bool, active: bool | None) -> Problem | None:
    if not known:
        return Unauthorized("The key or the sign-in has ended, or the business is not yours any more.")
    if not active:
        return Forbidden(
            "This business is suspended: what happened can be read page by page with GET /v1/events.",
            type="tenant-suspended",
        )
    return None
