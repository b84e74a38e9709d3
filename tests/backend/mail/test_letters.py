"""Letters on a real SMTP connection: sent once, again after what passes, never after what does not."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy import select, update

from backend import clock
from backend.database import Database, new_id
from backend.dispatcher import Dispatcher
from backend.embedded.stores import Stores
from backend.mail.delivery import Postman, server_options
from backend.mail.letters import compose, letter_link
from backend.mail.models import Mail, MailKind
from backend.mail.service import write_letter
from backend.settings import Settings
from evals.world.smtp.server import USER, listening
from evals.world.smtp.state import Fault, Mailroom
from tests.backend.conftest import settings_of
from tests.conftest import SECRET_KEY

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def settings(fresh_stores: Stores) -> Settings:
    """Of databases of this test alone: a postman takes whatever is due."""
    return settings_of(fresh_stores)


@pytest.fixture
async def room(settings: Settings) -> AsyncIterator[Mailroom]:
    """A mail server, to which the settings point."""
    room = Mailroom()
    async with listening(room) as url:
        settings.smtp_url = SecretStr(url)
        yield room


async def a_letter(database: Database, kind: MailKind = MailKind.VERIFY, locale: str = "es-MX", **words: str) -> Mail:
    address = f"ana-{new_id().hex}@example.com"
    async with database.people() as session:
        await write_letter(session, kind, address, locale, words=words)
    return await the_letter(database, address)


async def the_letter(database: Database, address: str) -> Mail:
    async with database.people() as session:
        return (await session.scalars(select(Mail).where(Mail.address == address))).one()


async def again_at_once(database: Database, mail_id: UUID) -> None:
    """As if its pause had passed."""
    async with database.people() as session:
        await session.execute(update(Mail).where(Mail.id == mail_id).values(due_at=clock.machine_now()))


async def test_a_letter_is_sent_once_with_a_link_that_works(
    settings: Settings, database: Database, room: Mailroom
) -> None:
    mail = await a_letter(database)
    dispatcher = Dispatcher(settings)
    await dispatcher.run_until_idle()
    await dispatcher.run_until_idle()
    await dispatcher.close()
    [letter] = room.letters
    assert (letter.recipients, letter.sender) == ([mail.address], "no-reply@localhost")
    assert letter.message["Subject"] == "Confirma tu correo"
    assert letter_link(settings, mail) in letter.text
    assert letter.message["Message-ID"] == f"<{mail.id}@localhost>"
    sent = await the_letter(database, mail.address)
    assert (sent.status, sent.error_code, sent.attempt) == ("sent", None, 1)


@pytest.mark.parametrize(("kind", "status", "tries"), [("reject", "failed", 0), ("later", "queued", 1)])
async def test_what_the_server_refuses_is_tried_again_or_given_up(
    settings: Settings, database: Database, room: Mailroom, kind: str, status: str, tries: int
) -> None:
    mail, healthy = await a_letter(database), await a_letter(database)
    room.faults.append(Fault("reject" if kind == "reject" else "later", mail.address))
    postman = Postman(database, settings)
    assert await postman.round() == 2
    found = await the_letter(database, mail.address)
    assert (found.status, found.error_code) == (status, "550" if kind == "reject" else "451")
    assert (await the_letter(database, healthy.address)).status == "sent"
    assert await postman.round() == 0
    await again_at_once(database, mail.id)
    assert await postman.round() == tries
    assert len(room.to(mail.address)) == tries


async def test_a_connection_that_breaks_costs_no_letter_and_a_mailbox_shows_it_once(
    settings: Settings, database: Database, room: Mailroom
) -> None:
    postman = Postman(database, settings)
    for kind in ("lose", "drop"):
        mail = await a_letter(database)
        room.faults.append(Fault("lose" if kind == "lose" else "drop"))
        assert await postman.round() == 1
        assert (await the_letter(database, mail.address)).status == "queued"
        await again_at_once(database, mail.id)
        assert await postman.round() == 1
        assert (await the_letter(database, mail.address)).status == "sent"
        assert len({letter.message["Message-ID"] for letter in room.to(mail.address)}) == 1


async def test_a_server_that_never_answers_holds_nobody_up(
    settings: Settings, database: Database, room: Mailroom
) -> None:
    mail, healthy = await a_letter(database), await a_letter(database)
    room.faults.append(Fault("hang", mail.address))
    assert await Postman(database, settings, call_seconds=3.0).round() == 2
    found = await the_letter(database, mail.address)
    assert (found.status, found.lease_until) == ("queued", None)
    assert found.due_at > clock.machine_now()
    assert (await the_letter(database, healthy.address)).status == "sent"


async def test_without_a_server_or_with_a_dead_one_letters_wait(settings: Settings, database: Database) -> None:
    mail = await a_letter(database)
    assert await Postman(database, settings).round() == 0
    settings.smtp_url = SecretStr("smtp://127.0.0.1:9")
    assert await Postman(database, settings).round() == 1
    assert (await the_letter(database, mail.address)).status == "queued"


async def test_two_postmen_send_each_letter_once(settings: Settings, database: Database, room: Mailroom) -> None:
    letters = [await a_letter(database) for _ in range(12)]
    postmen = [Postman(database, settings) for _ in range(3)]
    while sum(await asyncio.gather(*(postman.round() for postman in postmen))):
        pass
    assert sorted(letter.recipients[0] for letter in room.letters) == sorted(mail.address for mail in letters)


async def test_a_sender_that_died_is_followed_by_another(
    settings: Settings, database: Database, room: Mailroom
) -> None:
    mail, now = await a_letter(database), clock.machine_now()
    async with database.people() as session:
        dead = {"status": "sending", "attempt": 1, "lease_until": now + timedelta(minutes=1)}
        await session.execute(update(Mail).where(Mail.id == mail.id).values(**dead))
    assert await Postman(database, settings).round() == 0
    async with database.people() as session:
        await session.execute(update(Mail).where(Mail.id == mail.id).values(lease_until=now))
    assert await Postman(database, settings).round() == 1
    assert (await the_letter(database, mail.address)).attempt == 2


async def test_what_is_over_before_it_could_be_sent_is_not_sent(
    settings: Settings, database: Database, room: Mailroom
) -> None:
    mail = await a_letter(database, MailKind.RESET)
    async with database.people() as session:
        await session.execute(update(Mail).where(Mail.id == mail.id).values(expires_at=clock.machine_now()))
    await Postman(database, settings).round()
    assert (await the_letter(database, mail.address)).error_code == "expired"
    assert room.letters == []


async def test_credentials_open_the_server_and_wrong_ones_lose_no_letter(
    settings: Settings, database: Database, room: Mailroom
) -> None:
    room.password = "open: s@same"
    mail = await a_letter(database)
    assert settings.smtp_url is not None
    port = settings.smtp_url.get_secret_value().rpartition(":")[2]
    for password, status in (("wrong", "queued"), ("open%3A%20s%40same", "sent")):
        settings.smtp_url = SecretStr(f"smtp://{USER}:{password}@127.0.0.1:{port}")
        await again_at_once(database, mail.id)
        await Postman(database, settings).round()
        assert (await the_letter(database, mail.address)).status == status


async def test_a_business_with_a_strange_name_writes_no_headers(settings: Settings, database: Database) -> None:
    name = "Sol\r\nBcc: everybody@example.com\n\n" + "x" * 300
    mail = await a_letter(database, MailKind.INVITE, business=name, inviter="$business ${kind} \u202e")
    for locale, subject in (("es", "Te invitan a"), ("pt-BR", "Convite para"), ("en", "You are invited to")):
        mail.locale = locale
        letter = compose(settings, mail)
        assert letter["Bcc"] is None
        assert str(letter["Subject"]).startswith(subject)
        assert len(str(letter["Subject"])) < 120
        assert "everybody@example.com" not in str(letter["To"])
        bytes(letter)


def test_a_password_travels_in_the_clear_to_nobody() -> None:
    assert server_options("smtp://user:secret@mail.example:587")["start_tls"] is True
    assert server_options("smtps://user:secret@mail.example")["use_tls"] is True
    assert server_options("smtps://mail.example")["port"] == 465
    assert server_options("smtp://mail.example")["start_tls"] is None
    for wrong in ("http://mail.example", "smtp://", "mail.example:25"):
        with pytest.raises(ValueError, match="TENDERO_SMTP_URL"):
            server_options(wrong)


async def test_letters_that_are_kept_are_shown_with_their_links(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    mail = await a_letter(database)
    environment = {
        "DATABASE_URL": settings.database_url,
        "TENDERO_SECRET_KEY": SECRET_KEY,
        "TENDERO_DATA_DIR": str(tmp_path),
    }
    shown = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "backend", "mails"],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert letter_link(settings, mail) in shown.stdout
    assert mail.address in shown.stdout
