"""Coming in: sign-up, sign-in, refresh, sign-out, and what the letters' links lead to."""

import asyncio
from typing import Any

from litestar import Controller, Request, Response, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from backend import limits
from backend.addresses import client_address
from backend.callers import find_person
from backend.database import Database
from backend.errors import Forbidden, Unauthorized
from backend.limits import Limiter
from backend.mail.links import open_letter
from backend.mail.models import MailKind
from backend.requests.idempotency import ONCE_FOR
from backend.settings import Settings
from backend.team import accounts, invitations, sessions
from backend.team.cookies import given_token, no_cookie, refresh_cookie
from backend.team.schemas import (
    Acceptance,
    Accepted,
    Credentials,
    ForgottenPassword,
    NewAccount,
    NewPassword,
    Proof,
    SignedIn,
)
from backend.team.sessions import Tokens
from backend.team.signing_up import sign_up
from backend.team.tokens import ACCESS_SECONDS, looks_like_access

_QUIET_SECONDS = 0.2
"""What takes a letter or none takes this long either way."""

AnyRequest = Request[Any, Any, Any]


class SignUpController(Controller):
    """A person and their first business, in one call."""

    path = "/v1/sign-up"
    tags = ("sign-up",)
    security = ()

    @post(status_code=202, opt={ONCE_FOR: "email"})
    async def create(
        self,
        request: AnyRequest,
        database: NamedDependency[Database],
        settings: NamedDependency[Settings],
        limiter: NamedDependency[Limiter],
        data: JSONBody[NewAccount],
    ) -> Accepted:
        """Makes an account and a business with a sandbox: sign in with the password that was chosen, and chat at once.
        The answer is the same for an e-mail that has an account already, where nothing is made. A letter asks to verify
        the e-mail, which connecting a real channel needs, or tells whoever has the account. 409 `slug-taken`; 422
        `weak-password`."""
        if settings.sign_up != "open":
            raise Forbidden("Businesses are made by whoever runs this installation.", type="sign-up-closed")
        limits.expect(await limiter.hit(f"sign-up:{client_address(request, settings)}"))
        await asyncio.gather(sign_up(database, data), asyncio.sleep(_QUIET_SECONDS))
        return Accepted(
            detail="Unless this e-mail had an account before, it has one now: sign in with POST /v1/auth/login and the "
            "password you chose. A letter is on its way."
        )


class AuthController(Controller):
    """For whoever has an account. The refresh token travels in a cookie, the access token in the answer."""

    path = "/v1/auth"
    tags = ("sign-in",)
    security = ()

    @post("/login", status_code=200)
    async def login(
        self,
        request: AnyRequest,
        database: NamedDependency[Database],
        settings: NamedDependency[Settings],
        limiter: NamedDependency[Limiter],
        data: JSONBody[Credentials],
    ) -> Response[SignedIn]:
        """Signs in. 401 `wrong-credentials`; 429 `locked-out` after too many tries, for accounts that do not exist just
        as well."""
        address = client_address(request, settings)
        limits.expect(await limiter.hit(f"sign-in:{address}"))
        return _signed_in(
            await accounts.sign_in(database, settings, data.email, data.password, address, _device(request))
        )

    @post("/refresh", status_code=200)
    async def refresh(
        self, request: AnyRequest, database: NamedDependency[Database], settings: NamedDependency[Settings]
    ) -> Response[SignedIn]:
        """A new access token, and a new cookie for the old, which is spent. 401 `session-over`; `refresh-reused` ends
        the sign-in; 409 `refresh-raced` if another tab was faster."""
        return _signed_in(await sessions.rotate(database, settings, given_token(request, settings)))

    @post("/logout", status_code=204)
    async def logout(
        self, request: AnyRequest, database: NamedDependency[Database], settings: NamedDependency[Settings]
    ) -> Response[None]:
        """Ends the sign-in of the cookie: its access token ends with it."""
        await sessions.sign_out(database, settings, given_token(request, settings))
        return Response(None, status_code=204, cookies=[no_cookie()])

    @post("/forgot-password", status_code=202)
    async def forgot(
        self,
        request: AnyRequest,
        database: NamedDependency[Database],
        settings: NamedDependency[Settings],
        limiter: NamedDependency[Limiter],
        data: JSONBody[ForgottenPassword],
    ) -> Accepted:
        """Sends a letter with a link to whoever has this e-mail; the answer is the same if nobody has."""
        limits.expect(await limiter.hit(f"letter:{client_address(request, settings)}"))
        await asyncio.gather(accounts.forgot_password(database, data.email), asyncio.sleep(_QUIET_SECONDS))
        return Accepted(detail="If there is an account with this e-mail, a letter with a link is on its way to it.")

    @post("/reset-password", status_code=204)
    async def reset(
        self,
        request: AnyRequest,
        database: NamedDependency[Database],
        settings: NamedDependency[Settings],
        limiter: NamedDependency[Limiter],
        data: JSONBody[NewPassword],
    ) -> None:
        """A new password, with the token of a letter; ends every sign-in. 422 `link-over`, `weak-password`."""
        limits.expect(await limiter.hit(f"letter:{client_address(request, settings)}"))
        await accounts.reset_password(database, settings, data.token, data.password)

    @post("/verify-email", status_code=204)
    async def verify(
        self,
        request: AnyRequest,
        database: NamedDependency[Database],
        settings: NamedDependency[Settings],
        limiter: NamedDependency[Limiter],
        data: JSONBody[Proof],
    ) -> None:
        """Shows that the e-mail is one's own, with the token of a letter. 422 `link-over`."""
        limits.expect(await limiter.hit(f"letter:{client_address(request, settings)}"))
        async with database.people() as session:
            await accounts.verify_email(session, await open_letter(session, settings, data.token, MailKind.VERIFY))

    @post("/accept-invitation", status_code=200)
    async def accept(
        self,
        request: AnyRequest,
        database: NamedDependency[Database],
        settings: NamedDependency[Settings],
        limiter: NamedDependency[Limiter],
        data: JSONBody[Acceptance],
    ) -> Response[SignedIn]:
        """Joins a business, with the token of a letter, and signs in. Who has no account gets one; who has is signed in
        already, or gives its password. 401 `sign-in-first`; 422 `link-over`, `weak-password`."""
        address = client_address(request, settings)
        limits.expect(await limiter.hit(f"sign-in:{address}"))
        person = await _whoever(request, database, settings)
        _, user = await invitations.accept(database, settings, data, person, address)
        async with database.people() as session:
            return _signed_in(await sessions.start(session, settings, user.id, _device(request)))


async def _whoever(request: AnyRequest, database: Database, settings: Settings) -> Any:
    """The id of who is signed in, if anybody is."""
    if not looks_like_access(request.headers.get("Authorization", "")):
        return None
    try:
        return (await find_person(request, database, settings)).user_id
    except Unauthorized:
        return None


def _signed_in(tokens: Tokens) -> Response[SignedIn]:
    answer = SignedIn(access_token=tokens.access, expires_in=ACCESS_SECONDS)
    return Response(answer, status_code=200, cookies=[refresh_cookie(tokens.refresh)])


def _device(request: AnyRequest) -> str:
    return request.headers.get("User-Agent", "")
