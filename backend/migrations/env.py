"""Alembic's entry: runs on the owner's connection that `backend.migrate` hands over."""

from alembic import context
from sqlalchemy import Connection

from backend.tables import metadata

connection: Connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, compare_server_default=True)
with context.begin_transaction():
    context.run_migrations()
