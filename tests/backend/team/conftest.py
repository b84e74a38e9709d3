"""People who come in over HTTP, each with a jar of their own for the refresh cookie."""

from dataclasses import dataclass, field
from ipaddress import IPv6Address
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select

from backend.database import Database, new_id
from backend.embedded.stores import Stores
from backend.mail.links import mail_token
from backend.mail.models import Mail
from backend.settings import Settings
from backend.team.cookies import NAME
from tests.backend.conftest import settings_of
from tests.factories import Client

PASSWORD = "cuatro palabras en fila"
BUSINESS: dict[str, Any] = {
    "name": "Panadería Sol",
    "mode": "sales",
    "locale": "es-MX",
    "timezone": "America/Mexico_City",
}


def an_address() -> str:
    """A network address of this test alone."""
    return str(IPv6Address(uuid4().int))


def an_email() -> str:
    """An address of this test alone."""
    return f"ana-{new_id().hex}@example.com"


@dataclass
class Browser:
    """A person with a browser: keeps the access token and the cookie, as a page of ours would."""

    client: Client
    email: str = field(default_factory=an_email)
    password: str = PASSWORD
    address: str = field(default_factory=an_address)
    access: str = ""
    cookie: str = ""
    business: str = ""
    tenant: dict[str, Any] = field(default_factory=dict)

    async def call(self, method: str, path: str, json: Any = None, **headers: str) -> httpx.Response:
        """One call with what the browser has."""
        own = {"Cookie": f"{NAME}={self.cookie}"} if self.cookie else {}
        own |= {"Authorization": f"Bearer {self.access}"} if self.access else {}
        own |= {"X-Forwarded-For": f"203.0.113.9, {self.address}"}
        own |= {"Tendero-Business": self.business} if self.business else {}
        self.client.cookies.clear()
        answer = await self.client.request(method, path, json=json, headers={**own, **headers})
        self._keep(answer)
        return answer

    async def ok(self, method: str, path: str, json: Any = None, **headers: str) -> Any:
        """The JSON of a call that must succeed; None for an empty answer."""
        answer = await self.call(method, path, json, **headers)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def sign_up(self, **changes: Any) -> "Browser":
        """With a business of its own, and in."""
        await self.ok(
            "POST",
            "/v1/sign-up",
            {"email": self.email, "password": self.password, "name": "Ana", "business": {**BUSINESS, **changes}},
        )
        assert (await self.sign_in()).status_code == 200
        self.tenant = await self.ok("GET", "/v1/tenant")
        return self

    async def sign_in(self, password: str | None = None) -> httpx.Response:
        """With e-mail and password."""
        given = {"email": self.email, "password": self.password if password is None else password}
        return await self.call("POST", "/v1/auth/login", given)

    def _keep(self, answer: httpx.Response) -> None:
        for header in answer.headers.get_list("set-cookie"):
            name, _, rest = header.partition("=")
            if name == NAME:
                self.cookie = rest.partition(";")[0].strip('"')
        if answer.is_success and answer.content and "access_token" in (said := answer.json()):
            self.access = said["access_token"]


@pytest.fixture
def settings(stores: Stores) -> Settings:
    """Behind one proxy, so that everybody comes from somewhere else."""
    return settings_of(stores).model_copy(update={"trusted_proxies": 1})


@pytest.fixture
def browser(client: Client) -> Browser:
    """Somebody who has no account yet."""
    return Browser(client)


@pytest.fixture
async def ana(client: Client) -> Browser:
    """Somebody who has just signed up."""
    return await Browser(client).sign_up()


@dataclass
class Letters:
    """The letters that were written to an address, read where a mail server would be."""

    database: Database
    settings: Settings

    async def to(self, email: str, kind: str) -> list[Mail]:
        """Oldest first."""
        async with self.database.people() as session:
            query = select(Mail).where(Mail.address == email, Mail.kind == kind).order_by(Mail.id)
            return list(await session.scalars(query))

    async def token(self, email: str, kind: str) -> str:
        """What the link of the latest letter carries."""
        letter = (await self.to(email, kind))[-1]
        return mail_token(self.settings, letter.id, letter.kind)


@pytest.fixture
def letters(database: Database, settings: Settings) -> Letters:
    """Reads letters."""
    return Letters(database, settings)


async def joined(admin: Browser, letters: Letters, role: str) -> Browser:
    """Somebody new whom the admin asked to join, and who did."""
    member = Browser(admin.client)
    await admin.ok("POST", "/v1/invitations", {"email": member.email, "role": role})
    token = await letters.token(member.email, "invite")
    await member.ok("POST", "/v1/auth/accept-invitation", {"token": token, "password": PASSWORD, "name": "Bia"})
    return member
