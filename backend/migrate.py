"""The migrate step: databases, roles, tables, grants. Safe to run at every start and by several processes at once."""

from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, NullPool, create_engine, text

from backend import access, migrated
from backend.catalog.ddl import RESTAMP
from backend.conversations.ddl import RECEIVE
from backend.events.ddl import RESTAMP as RESTAMP_EVENTS
from backend.knowledge.ddl import RESTAMP as RESTAMP_KNOWLEDGE
from backend.settings import Settings
from backend.tables import metadata

_LOCK = 7_236_001
_FOLDER = Path(__file__).parent / "migrations"


def migrate(settings: Settings) -> None:
    """Bring the backend's database to the newest tables and make the agent's database, with pgvector, if it is
    missing. Raises `sqlalchemy.exc.OperationalError` if the server cannot be reached."""
    engine = create_engine(owner_url(settings.database_url), poolclass=NullPool)
    try:
        _make_agent_database(engine, settings)
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            command.upgrade(alembic_config(connection), "head")
            access.apply(connection, metadata, settings)
            connection.exec_driver_sql(RECEIVE)
            for statement in (*RESTAMP, RESTAMP_KNOWLEDGE, *RESTAMP_EVENTS):
                connection.execute(text(statement))
        migrated.note(settings)
    finally:
        engine.dispose()


def alembic_config(connection: Connection) -> Config:
    """Alembic on an open connection."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    return config


def owner_url(url: str) -> str:
    """The libpq URL as SQLAlchemy's synchronous psycopg URL."""
    return urlunsplit(urlsplit(url)._replace(scheme="postgresql+psycopg"))


def _make_agent_database(engine: Engine, settings: Settings) -> None:
    url = settings.agent_database_url
    name = urlsplit(url).path.lstrip("/")
    if urlsplit(url).netloc == urlsplit(settings.database_url).netloc:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
            if not connection.scalar(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}):
                connection.execute(text(f'CREATE DATABASE "{name}"'))
    agent = create_engine(owner_url(url), poolclass=NullPool)
    try:
        with agent.begin() as connection:
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS vector"))
    finally:
        agent.dispose()
