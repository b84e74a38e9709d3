"""What keeps positions in the events right besides the triggers of migration 0008."""

RESTAMP = (
    """
    UPDATE events SET transaction = pg_current_xact_id()::text::bigint
    WHERE transaction > pg_current_xact_id()::text::bigint
    """,
    """
    UPDATE hook_endpoints SET seen_transaction = 0, seen_sequence = 0
    WHERE seen_transaction > pg_current_xact_id()::text::bigint
    """,
)
"""Run at every migrate step: a dump restored into another server brings transactions from that server's future. What
is stamped anew comes last, so a reader may see it twice and never misses it; an endpoint that starts over makes no
delivery of an event that it has one of."""
