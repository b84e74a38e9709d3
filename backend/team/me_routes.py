"""Whoever is signed in: their account, their sign-ins, their businesses."""

from typing import Any
from uuid import UUID

from litestar import Controller, Request, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from backend.addresses import client_address
from backend.errors import Forbidden
from backend.scopes import PersonScope
from backend.settings import Settings
from backend.team import accounts, businesses, members, sessions
from backend.team.schemas import (
    Accepted,
    BusinessList,
    NewBusiness,
    PasswordChange,
    PersonChange,
    PersonView,
    SessionList,
)
from backend.team.views import person_view, session_view
from backend.tenants.schemas import TenantView


class MeController(Controller):
    """With an access token; no business needs to be named."""

    path = "/v1/me"
    tags = ("me",)

    @get()
    async def show(self, person: NamedDependency[PersonScope]) -> PersonView:
        """The account."""
        async with person.database.people() as session:
            return person_view(await accounts.load_user(session, person.user_id))

    @patch()
    async def change(self, person: NamedDependency[PersonScope], data: JSONBody[PersonChange]) -> PersonView:
        """Changes the fields that are given."""
        async with person.database.people() as session:
            user = await accounts.load_user(session, person.user_id)
            user.name, user.locale = data.name or user.name, data.locale or user.locale
            await session.flush()
            return person_view(user)

    @post("/password", status_code=204)
    async def change_password(
        self,
        request: Request[Any, Any, Any],
        person: NamedDependency[PersonScope],
        settings: NamedDependency[Settings],
        data: JSONBody[PasswordChange],
    ) -> None:
        """A new password; every other sign-in ends. 401 `wrong-credentials` counts towards the lockout; 422
        `weak-password`."""
        database = person.database
        async with database.people() as session:
            user = await accounts.load_user(session, person.user_id)
        here = person.person.session_id
        address = client_address(request, settings)
        await accounts.change_password(database, settings, user, here, data.current, data.password, address)

    @post("/verification", status_code=202)
    async def verification(self, person: NamedDependency[PersonScope]) -> Accepted:
        """Another letter with a link that verifies the e-mail; at most five an hour."""
        async with person.database.people() as session:
            await accounts.ask_for_verification(session, await accounts.load_user(session, person.user_id))
        return Accepted(detail="Unless the e-mail is verified already, a letter with a link is on its way to it.")

    @get("/sessions")
    async def sessions(self, person: NamedDependency[PersonScope]) -> SessionList:
        """Where one is signed in, latest first."""
        async with person.database.people() as session:
            known = await sessions.open_sessions(session, person.user_id)
        return SessionList(items=[session_view(one, person.person.session_id) for one in known])

    @delete("/sessions")
    async def end_others(self, person: NamedDependency[PersonScope]) -> None:
        """Signs out everywhere else."""
        async with person.database.people() as session:
            await sessions.revoke_all(session, person.user_id, "person", but=person.person.session_id)

    @delete("/sessions/{session_id:uuid}")
    async def end(self, person: NamedDependency[PersonScope], session_id: FromPath[UUID]) -> None:
        """Ends one sign-in, with its access token."""
        async with person.database.people() as session:
            await sessions.revoke(session, person.user_id, session_id)

    @get("/businesses")
    async def businesses(self, person: NamedDependency[PersonScope]) -> BusinessList:
        """Where one works, and as what."""
        async with person.database.people() as session:
            return BusinessList(items=list(await businesses.businesses_of(session, person.user_id)))

    @post("/businesses")
    async def found(
        self,
        person: NamedDependency[PersonScope],
        settings: NamedDependency[Settings],
        data: JSONBody[NewBusiness],
    ) -> TenantView:
        """A further business, with a sandbox; one is its admin. 409 `slug-taken`, `too-many-businesses`."""
        if settings.sign_up != "open":
            raise Forbidden("Businesses are made by whoever runs this installation.", type="sign-up-closed")
        async with person.database.people() as session:
            await businesses.expect_free_slug(session, data.slug)
        return TenantView.of(await businesses.found_business(person.database, person.user_id, data))

    @delete("/businesses/{business_id:uuid}")
    async def leave(self, person: NamedDependency[PersonScope], business_id: FromPath[UUID]) -> None:
        """Leaves a team, from the next call on. 409 `last-admin` for the only admin there is."""
        async with person.database.tenant(business_id, person.actor) as session:
            await members.leave(session, person.user_id)
