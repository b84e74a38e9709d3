"""What keeps `knowledge_passages.revision` right besides the triggers of its migration."""

RESTAMP = """
    UPDATE knowledge_passages SET revision = 0
    WHERE revision >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint
"""
"""Run at every migrate step, as for products: a restored dump brings revisions from another server's future."""
