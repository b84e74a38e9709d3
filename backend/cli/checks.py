"""The checks of `make doctor`, in the order in which a person would mend things."""

import os
import platform
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import ValidationError

from backend.cli.installation import backend_url, complaints
from backend.embedded.binaries import postgres_bin, redis_server
from backend.embedded.errors import StoreError
from backend.embedded.given import plain_url, reason
from backend.embedded.ports import port_is_free
from backend.embedded.supervisor import answers
from backend.embedded.surroundings import running
from backend.settings import Settings

FREE_BYTES = 500_000_000
OLDEST_POSTGRES = 15
"""Its foreign keys can clear one column of two, which ours ask for."""
_HERE = ("127.0.0.1", "localhost", "::1")
_KEYS = {"openai": "OPENAI_API_KEY", "google_genai": "GOOGLE_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}
_STAND_IN = "doctor looks, and makes no secret key ......"
_NO_ROLE = "SELECT NOT (rolsuper OR (rolcreaterole AND rolcreatedb)) FROM pg_roles WHERE rolname = current_user"
_VECTOR = "SELECT 1 FROM pg_available_extensions WHERE name = 'vector'"


@dataclass(frozen=True)
class Finding:
    """One check: `state` is ok, note (works, but know this) or wrong; `mend` is one command or step."""

    state: str
    what: str
    mend: str = ""


def examine(environ: Mapping[str, str], folder: Path) -> Iterator[Finding]:
    """Every check of a configuration and of what runs over the data folder. Changes nothing."""
    yield Finding("ok", f"Python {platform.python_version()} on {platform.system()} {platform.machine()}")
    told = running(folder) or {}
    yield _disk(folder)
    yield _database(environ.get("DATABASE_URL"), told.get("DATABASE_URL"))
    yield _redis(environ.get("REDIS_URL"), told.get("REDIS_URL"), runs=bool(told))
    try:
        settings = _settings(environ, told)
    except ValidationError as error:
        what, *_, mend = complaints(error)
        yield Finding("wrong", what, mend.removeprefix("Mend: "))
        return
    yield _secret(environ, settings)
    here = backend_url(folder)
    up = answers(f"{here}/health/ready")
    yield _backend(settings, here, told.get("TENDERO_AGENT_URL") or settings.agent_url, up=up)
    yield _public(environ, told, settings.public_url, here, up=up)
    yield from _models(environ)


def reaches_providers(public_url: str) -> bool:
    """Whether a provider on the Internet could call the address."""
    return public_url.startswith("https://") and urlsplit(public_url).hostname not in _HERE


def _disk(folder: Path) -> Finding:
    place = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    if not place.is_dir():
        return Finding("wrong", f"{place} is a file, not a folder", "set TENDERO_DATA_DIR to a folder")
    if not os.access(place, os.W_OK):
        return Finding("wrong", f"{place} cannot be written", f"chown -R $(id -u) {place}")
    free = shutil.disk_usage(place).free
    if free < FREE_BYTES:
        return Finding("wrong", f"only {free // 10**6} MB are free in {place}", "set TENDERO_DATA_DIR to another disk")
    return Finding("ok", f"{free // 10**9} GB free for the data folder {folder}")


def _database(given: str | None, embedded: str | None) -> Finding:
    import psycopg

    url = given or embedded
    if url is None:
        if postgres_bin() is None:
            return Finding(
                "wrong",
                "there is no embedded Postgres for this platform",
                "set DATABASE_URL=postgresql://user:password@host:5432/tendero in .env",
            )
        return Finding("ok", "Postgres: the embedded one will be started")
    try:
        url = plain_url(url)
    except StoreError as error:
        what, _, mend = str(error).partition("\nMend: ")
        return Finding("wrong", what.rstrip("."), mend)
    where = urlsplit(url)
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            version = connection.info.server_version // 10000
            vector = connection.execute(_VECTOR).fetchone()
            powerless = connection.execute(_NO_ROLE).fetchone()
    except psycopg.Error as error:
        return Finding(
            "wrong",
            f"Postgres at {where.hostname}:{where.port or 5432} does not let {where.username} in: {reason(error)}",
            "correct DATABASE_URL, or unset it to use the embedded one",
        )
    if version < OLDEST_POSTGRES:
        return Finding("wrong", f"Postgres {version} is too old", f"use Postgres {OLDEST_POSTGRES} or later, best 18")
    if vector is None:
        return Finding("wrong", "this Postgres has no pgvector", "use the image pgvector/pgvector, or install pgvector")
    if powerless and powerless[0]:
        return Finding(
            "note",
            f"Postgres {version}: {where.username} may not make roles and databases",
            "run `python -m backend migrate` once as a user that may",
        )
    return Finding("ok", f"Postgres {version} with pgvector{'' if given else ' (embedded, running)'}")


def _redis(given: str | None, embedded: str | None, *, runs: bool) -> Finding:
    import redis

    url = given or embedded
    if url is None:
        if runs or redis_server() is None:
            return Finding("note", "no Redis: answers start up to a second later", "apt-get install -y redis-server")
        return Finding("ok", "Redis: the embedded one will be started")
    mend = "correct REDIS_URL, or unset it to use the embedded one"
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=3, socket_timeout=3) as client:
            client.ping()
    except redis.AuthenticationError:
        return Finding("wrong", f"Redis at {urlsplit(url).hostname} refuses the password", mend)
    except (redis.RedisError, ValueError):
        return Finding("wrong", f"Redis at {urlsplit(url).hostname or 'no host'} does not answer", mend)
    return Finding("ok", f"Redis answers{'' if given else ' (embedded, running)'}")


def _settings(environ: Mapping[str, str], told: Mapping[str, str]) -> Settings:
    given: dict[str, str] = {}
    if not environ.get("DATABASE_URL"):
        given["DATABASE_URL"] = told.get("DATABASE_URL", "postgresql://tendero@127.0.0.1/tendero")
    if not environ.get("TENDERO_SECRET_KEY") and environ.get("TENDERO_ENVIRONMENT", "development") == "development":
        given["secret_key"] = _STAND_IN
    return Settings.model_validate(given)


def _secret(environ: Mapping[str, str], settings: Settings) -> Finding:
    if environ.get("TENDERO_SECRET_KEY"):
        return Finding("ok", f"TENDERO_SECRET_KEY is set ({settings.environment})")
    return Finding("note", "the secret key is kept in the data folder", "in production set TENDERO_SECRET_KEY")


def _backend(settings: Settings, here: str, agent: str, *, up: bool) -> Finding:
    if up and answers(f"{agent}/health/ready"):
        return Finding("ok", f"backend and agent are ready ({here})")
    if up:
        return Finding("wrong", f"the backend is ready, the agent at {agent} is not", "read agent.log, or: make up")
    if not port_is_free(settings.port):
        return Finding(
            "wrong", f"port {settings.port} is taken by another program", "make up ARGS='--port 0'   (a free port)"
        )
    return Finding("note", "nothing is running", "make up")


def _public(environ: Mapping[str, str], told: Mapping[str, str], configured: str, here: str, *, up: bool) -> Finding:
    wanted = environ.get("TENDERO_PUBLIC_URL")
    url = told.get("TENDERO_PUBLIC_URL") or wanted or configured
    if wanted and wanted != url:
        return Finding(
            "wrong", f"TENDERO_PUBLIC_URL is {wanted}, but what runs took {url}", "stop `make up` and start it again"
        )
    host = urlsplit(url).hostname or url
    if host in _HERE:
        return Finding(
            "note",
            "only this machine reaches the webhooks: no provider can call them",
            f"for a real number set TENDERO_PUBLIC_URL to the https address of a proxy or tunnel to {here}",
        )
    if not reaches_providers(url):
        return Finding("wrong", f"TENDERO_PUBLIC_URL must begin with https:// for a provider: {url}", "correct it")
    if up and not answers(f"{url.rstrip('/')}/health/live"):
        return Finding("wrong", f"{host} does not lead to this backend", f"point the proxy or tunnel to {here}")
    return Finding("ok", f"the public address is {url}")


def _models(environ: Mapping[str, str]) -> Iterator[Finding]:
    named = [name.strip() for name in environ.get("TENDERO_MODEL", "").split(",") if name.strip()]
    if not named:
        keys = [key for key in _KEYS.values() if environ.get(key)]
        if keys:
            yield Finding("ok", f"model: by {', '.join(keys)}")
        else:
            yield Finding("note", "no model key: the offline rules answer", "set OPENAI_API_KEY (or another) in .env")
    for name in named:
        yield _model(name, environ)


def _model(name: str, environ: Mapping[str, str]) -> Finding:
    provider, _, model = name.partition(":")
    key = _KEYS.get(provider)
    if provider == "offline":
        return Finding("note", "TENDERO_MODEL=offline: rules answer, no language model")
    if provider == "compatible":
        if "@http" not in model:
            return Finding("wrong", f"the model {name} names no address", "TENDERO_MODEL=compatible:<model>@<base url>")
        return Finding("ok", f"model: {model.partition('@')[0]} at {urlsplit(model.partition('@')[2]).netloc}")
    if key is None or not model:
        return Finding(
            "wrong",
            f"TENDERO_MODEL does not know {name}",
            f"write it as provider:model; providers are {', '.join(_KEYS)}, compatible and offline",
        )
    if not environ.get(key):
        return Finding("wrong", f"the model {name} needs {key}", f"set {key} in .env")
    return Finding("ok", f"model: {name}")
