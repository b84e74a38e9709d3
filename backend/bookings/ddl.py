"""Statements that the first migration runs before it makes the tables."""

STATEMENTS: tuple[str, ...] = ("CREATE TYPE uuidrange AS RANGE (subtype = uuid)",)
"""`uuidrange(staff_id, staff_id, '[]')` lets a GiST exclusion constraint compare ids without the btree_gist extension.
Every role may use the type and its functions: PostgreSQL grants both to PUBLIC when it makes them."""
