"""The migrations make just the tables that the models describe."""

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from backend import access
from backend.embedded.stores import Stores
from backend.migrate import alembic_config, owner_url
from backend.settings import APP_ROLE, QUEUE_ROLE
from backend.tables import metadata
from tests.backend.conftest import settings_of


def test_the_migrated_database_is_what_the_models_say(stores: Stores) -> None:
    """A model that was changed without a migration shows here as a difference."""
    engine = create_engine(owner_url(stores.database_url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, metadata)
    engine.dispose()
    assert differences == []


def test_the_way_back_leads_forth_again(fresh_stores: Stores) -> None:
    """With the triggers and policies that the migrate step made, which no migration knows of."""
    engine = create_engine(owner_url(fresh_stores.database_url))
    with engine.begin() as connection:
        command.downgrade(alembic_config(connection), "0004")
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), "head")
        access.apply(connection, metadata, settings_of(fresh_stores))
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
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
