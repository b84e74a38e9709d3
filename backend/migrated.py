"""The mark that a finished migrate step leaves on its database, so that the next start need not take it again.

It is a comment on the database: a dump does not carry it, so what was restored is migrated again.
"""

import hashlib
from pathlib import Path

import psycopg
from psycopg import sql

from backend.settings import ROLES, Settings

_FOLDER = Path(__file__).parent
_MADE_FROM = ("*.py", "*/*models.py", "*/ddl.py", "migrations/**/*.py", "migrations/**/*.sql")
_READ = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
_VECTOR = "SELECT 1 FROM pg_extension WHERE extname = 'vector'"


def mark(settings: Settings) -> str:
    """Names the code that makes tables and grants, and the passwords of the roles."""
    digest = hashlib.sha256()
    for path in sorted({path for pattern in _MADE_FROM for path in _FOLDER.glob(pattern)}):
        digest.update(str(path.relative_to(_FOLDER)).encode() + b"\0" + path.read_bytes())
    for role in ROLES:
        digest.update(settings.derive(f"role:{role}").encode())
    return f"tendero {digest.hexdigest()[:32]}"


def is_migrated(settings: Settings) -> bool:
    """Whether both databases are as this code and this secret key want them; False also if one cannot be asked."""
    try:
        with psycopg.connect(settings.database_url, connect_timeout=10) as connection:
            told = connection.execute(_READ).fetchone()
        with psycopg.connect(settings.agent_database_url, connect_timeout=10) as connection:
            vector = connection.execute(_VECTOR).fetchone()
    except psycopg.Error:
        return False
    return told == (mark(settings),) and vector is not None


def note(settings: Settings) -> None:
    """Leaves the mark. A user who does not own the database cannot, and migrates at every start."""
    with psycopg.connect(settings.database_url, autocommit=True, connect_timeout=10) as connection:
        name = sql.Identifier(connection.info.dbname)
        statement = sql.SQL("COMMENT ON DATABASE {} IS {}").format(name, sql.Literal(mark(settings)))
        try:
            connection.execute(statement)
        except psycopg.errors.InsufficientPrivilege:
            return
