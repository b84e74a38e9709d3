"""What keeps `revision` right besides the triggers of the migrations."""

RESTAMP = (
    "UPDATE products SET revision = 0 WHERE revision >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint",
    "UPDATE services SET revision = 0 WHERE revision >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint",
    "UPDATE search_synonyms SET revision = 0 WHERE revision >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint",
    """
    UPDATE removed_services SET revision = pg_current_xact_id()::text::bigint
    WHERE revision >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint
    """,
)
"""Run at every migrate step: a dump restored into another server brings revisions from that server's future. Of the
first three tables a trigger writes the revision, whatever is set."""
