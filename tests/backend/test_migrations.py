"""The migrations make just the tables that the models describe."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from backend.embedded.stores import Stores
from backend.migrate import owner_url
from backend.settings import APP_ROLE, QUEUE_ROLE
from backend.tables import metadata


def test_the_migrated_database_is_what_the_models_say(stores: Stores) -> None:
    """A model that was changed without a migration shows here as a difference."""
    engine = create_engine(owner_url(stores.database_url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, metadata)
    engine.dispose()
    assert differences == []


def test_roles_that_serve_requests_cannot_step_around_row_level_security(stores: Stores) -> None:
    """Neither is a superuser, may bypass policies, or make databases and roles."""
    engine = create_engine(owner_url(stores.database_url))
    with engine.connect() as connection:
        rights = connection.execute(
            text(
                "SELECT rolname, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb FROM pg_roles "
                "WHERE rolname = ANY(:roles) ORDER BY rolname"
            ),
            {"roles": [APP_ROLE, QUEUE_ROLE]},
        ).all()
    engine.dispose()
    assert [tuple(row) for row in rights] == [(APP_ROLE, False), (QUEUE_ROLE, False)]
