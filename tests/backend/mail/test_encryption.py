"""Letters and passwords on an encrypted line, to a server that proves who it is, or not at all."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from backend.database import Database
from backend.embedded.stores import Stores
from backend.mail.delivery import Postman
from backend.settings import Settings
from evals.world.smtp.server import USER, listening
from evals.world.smtp.state import Mailroom
from tests.backend.conftest import settings_of
from tests.backend.mail.certificates import Authority
from tests.backend.mail.test_letters import a_letter, the_letter

ELSEWHERE = "127.0.0.2"
"""An address of this machine that is taken for another's."""
PASSWORD = "open-sesame"


@pytest.fixture
def settings(fresh_stores: Stores) -> Settings:
    return settings_of(fresh_stores)


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """One that this process trusts, as it would one of the system's."""
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    return authority


@asynccontextmanager
async def room_at(
    settings: Settings, host: str, *, tls: ssl.SSLContext | None = None, implicit: bool = False, login: bool = True
) -> AsyncIterator[Mailroom]:
    """A mail server, to which the settings point, with the password it wants."""
    room = Mailroom(password=PASSWORD if login else None)
    async with listening(room, host=host, tls=tls, implicit=implicit) as url:
        credentials = f"{USER}:{PASSWORD}@" if login else ""
        settings.smtp_url = SecretStr(url.replace("://", f"://{credentials}"))
        yield room


async def outcome(settings: Settings, database: Database) -> tuple[str, str | None]:
    """What became of a letter: its status and code."""
    mail = await a_letter(database)
    assert await Postman(database, settings).round() >= 1
    found = await the_letter(database, mail.address)
    return found.status, found.error_code


@pytest.mark.parametrize("implicit", [False, True], ids=["starttls", "implicit"])
@pytest.mark.parametrize("host", ["127.0.0.1", ELSEWHERE], ids=["here", "elsewhere"])
async def test_a_server_that_encrypts_gets_password_and_letter_encrypted(
    settings: Settings, database: Database, authority: Authority, host: str, implicit: bool
) -> None:
    async with room_at(settings, host, tls=authority.context(host), implicit=implicit) as room:
        assert await outcome(settings, database) == ("sent", None)
        assert (len(room.letters), room.logins) == (1, [True])


async def test_a_server_that_does_not_encrypt_gets_neither_password_nor_letter(
    settings: Settings, database: Database
) -> None:
    async with room_at(settings, ELSEWHERE) as room:
        status, code = await outcome(settings, database)
        assert (status, room.letters, room.logins) == ("queued", [], [])
        assert code is not None
        assert settings.smtp_url is not None
        plain = settings.smtp_url.get_secret_value()
        settings.smtp_url = SecretStr(plain.replace("smtp://", "smtps://"))
        assert (await outcome(settings, database))[0] == "queued"
        assert (room.letters, room.logins) == ([], [])


async def test_this_machines_own_server_may_go_without(settings: Settings, database: Database) -> None:
    async with room_at(settings, "127.0.0.1") as room:
        assert await outcome(settings, database) == ("sent", None)
        assert room.logins == [False]


@pytest.mark.parametrize("login", [True, False], ids=["password", "no-password"])
@pytest.mark.parametrize("implicit", [False, True], ids=["starttls", "implicit"])
@pytest.mark.parametrize("fault", ["stranger", "another", "over"])
async def test_a_server_that_cannot_prove_who_it_is_gets_nothing(
    settings: Settings,
    database: Database,
    authority: Authority,
    tmp_path: Path,
    fault: str,
    implicit: bool,
    login: bool,
) -> None:
    (tmp_path / "stranger").mkdir()
    shown = {
        "stranger": lambda: Authority(tmp_path / "stranger").context(ELSEWHERE),
        "another": lambda: authority.context("127.0.0.3"),
        "over": lambda: authority.context(ELSEWHERE, days=-1),
    }[fault]()
    async with room_at(settings, ELSEWHERE, tls=shown, implicit=implicit, login=login) as room:
        assert (await outcome(settings, database))[0] == "queued"
        assert (room.letters, room.logins) == ([], [])
