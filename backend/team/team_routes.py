"""The team of a business over HTTP: members and invitations."""

from uuid import UUID

from litestar import Controller, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from backend.fields import Limit, Page
from backend.scopes import TenantScope
from backend.team import invitations, members
from backend.team.invitations import invitation_view
from backend.team.schemas import InvitationView, MemberChange, MemberView, NewInvitation
from backend.tenants.keys import maker_of


class MemberController(Controller):
    """Who works here, and as what."""

    path = "/v1/members"
    tags = ("team",)

    @get()
    async def index(
        self,
        tenant: NamedDependency[TenantScope],
        cursor: FromQuery[UUID | None] = None,
        limit: Limit = 50,
    ) -> Page[MemberView]:
        """Members, oldest first."""
        async with tenant.transaction() as session:
            found = await members.list_members(session, cursor, limit)
        return Page(items=found, next_cursor=str(found[-1].id) if len(found) == limit else None)

    @get("/{member_id:uuid}")
    async def show(self, tenant: NamedDependency[TenantScope], member_id: FromPath[UUID]) -> MemberView:
        """One member."""
        async with tenant.transaction() as session:
            return await members.get_member(session, member_id)

    @patch("/{member_id:uuid}")
    async def change(
        self, tenant: NamedDependency[TenantScope], member_id: FromPath[UUID], data: JSONBody[MemberChange]
    ) -> MemberView:
        """Another role, from the next call on; keys that they made and that may do more end. 403 `role-too-high`; 409
        `last-admin`."""
        async with tenant.transaction() as session:
            return await members.change_role(session, tenant.scopes, member_id, data.role)

    @delete("/{member_id:uuid}", opt={"while_suspended": True})
    async def remove(self, tenant: NamedDependency[TenantScope], member_id: FromPath[UUID]) -> None:
        """Ends a membership, with the keys that they made, from the next call on. 409 `last-admin`."""
        async with tenant.transaction() as session:
            await members.remove_member(session, tenant.scopes, member_id)


class InvitationController(Controller):
    """Asking people to join, by letter."""

    path = "/v1/invitations"
    tags = ("team",)

    @post(opt={"verified": True})
    async def create(self, tenant: NamedDependency[TenantScope], data: JSONBody[NewInvitation]) -> InvitationView:
        """Sends a letter whose link is good for a week; who was asked before is asked anew. 409 `already-member`,
        `too-many-invitations`; 429 `too-many-letters`."""
        person = tenant.person.user_id if tenant.person else None
        async with tenant.transaction() as session:
            inviter = await maker_of(session, tenant.actor, person)
            return invitation_view(await invitations.invite(session, tenant.scopes, data, inviter))

    @get()
    async def index(
        self,
        tenant: NamedDependency[TenantScope],
        cursor: FromQuery[UUID | None] = None,
        limit: Limit = 50,
    ) -> Page[InvitationView]:
        """Invitations, newest first."""
        async with tenant.transaction() as session:
            found = await invitations.list_invitations(session, cursor, limit)
        items = [invitation_view(invitation) for invitation in found]
        return Page(items=items, next_cursor=str(items[-1].id) if len(items) == limit else None)

    @get("/{invitation_id:uuid}")
    async def show(self, tenant: NamedDependency[TenantScope], invitation_id: FromPath[UUID]) -> InvitationView:
        """One invitation."""
        async with tenant.transaction() as session:
            return invitation_view(await invitations.get_invitation(session, invitation_id))

    @delete("/{invitation_id:uuid}", opt={"while_suspended": True})
    async def revoke(self, tenant: NamedDependency[TenantScope], invitation_id: FromPath[UUID]) -> None:
        """Takes it back; its link stops working. 409 `already-accepted`."""
        async with tenant.transaction() as session:
            await invitations.revoke_invitation(session, invitation_id)
