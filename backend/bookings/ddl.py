"""What the bookings tables need besides tables."""

STATEMENTS = (
    # A GiST exclusion over a uuid needs btree_gist, which the embedded Postgres lacks; a range of one uuid does not.
    "CREATE TYPE uuidrange AS RANGE (subtype = uuid)",
)
