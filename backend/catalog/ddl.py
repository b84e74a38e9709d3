"""What keeps `products.revision` right besides the triggers of the first migration."""

RESTAMP = """
    UPDATE products SET revision = 0 WHERE revision >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint
"""
"""Run at every migrate step: a dump restored into another server brings revisions from that server's future."""
