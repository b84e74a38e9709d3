"""The mail server: letters by SMTP, read and disturbed through its door."""

from collections.abc import AsyncIterator
from email.message import EmailMessage
from urllib.parse import urlsplit

import aiosmtplib
import httpx
import pytest

from evals.world import smtp
from evals.world.serving import running


@pytest.fixture
async def door() -> AsyncIterator[httpx.AsyncClient]:
    async with (
        running(smtp.create_app()) as url,
        httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as client,
    ):
        yield client


async def send(door: httpx.AsyncClient, to: str, text: str) -> None:
    """As any mail client does."""
    address = urlsplit((await door.get("/_world/smtp")).json()["url"])
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "shop@example.com", to, "Confirmación"
    message.set_content(text)
    await aiosmtplib.send(message, hostname=address.hostname, port=address.port, timeout=20)


async def test_letters_are_kept_as_they_were_sent(door: httpx.AsyncClient) -> None:
    await send(door, "ana@example.com", "¿Todo bien? " + "x" * 2000)
    await send(door, "bia@example.com", "Olá")
    [letter] = (await door.get("/_world/letters", params={"to": "ana@example.com"})).json()["items"]
    assert (letter["subject"], letter["from"], letter["to"]) == (
        "Confirmación",
        "shop@example.com",
        ["ana@example.com"],
    )
    assert letter["text"].startswith("¿Todo bien? xxx")
    await door.delete("/_world/letters")
    assert (await door.get("/_world/letters")).json()["items"] == []


async def test_what_is_to_go_wrong_goes_wrong_for_whom_it_is_meant(door: httpx.AsyncClient) -> None:
    await door.post("/_world/faults", json={"kind": "reject", "to": "ana@example.com"})
    await send(door, "bia@example.com", "Olá")
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
        await send(door, "ana@example.com", "Hola")
    for kind, trouble in (
        ("later", aiosmtplib.SMTPDataError),
        ("lose", aiosmtplib.SMTPServerDisconnected),
        ("drop", aiosmtplib.SMTPServerDisconnected),
    ):
        await door.post("/_world/faults", json={"kind": kind})
        with pytest.raises(trouble):
            await send(door, "ana@example.com", kind)
    letters = (await door.get("/_world/letters")).json()["items"]
    assert [letter["text"].strip() for letter in letters] == ["Olá", "drop"]
    assert (await door.post("/_world/faults", json={"kind": "explode"})).status_code == 400
