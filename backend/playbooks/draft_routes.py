"""The draft of a playbook over HTTP."""

from litestar import Controller, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody

from backend.playbooks import as_markdown, as_yaml, drafts
from backend.playbooks.schemas import DraftChange, DraftView, PlaybookFile, PlaybookView, PublishDraft
from backend.scopes import TenantScope


class DraftController(Controller):
    """What may become the next version; nothing of it is in force."""

    path = "/v1/playbook/draft"
    tags = ("playbook",)

    @get()
    async def show(self, tenant: NamedDependency[TenantScope]) -> DraftView:
        """The draft with what is doubtful about it; without one, what it would begin with."""
        async with tenant.transaction() as session:
            return await drafts.show_draft(session)

    @put()
    async def write(self, tenant: NamedDependency[TenantScope], data: JSONBody[DraftChange]) -> DraftView:
        """Saves the whole draft: parts that are not named are emptied. Send the ETag of the GET as If-Match, so that
        nobody's work is overwritten."""
        async with tenant.transaction() as session:
            return await drafts.save_draft(session, data, tenant.actor, whole=True)

    @patch()
    async def change(self, tenant: NamedDependency[TenantScope], data: JSONBody[DraftChange]) -> DraftView:
        """Saves the parts that are named; a new draft takes the others from the version in force."""
        async with tenant.transaction() as session:
            return await drafts.save_draft(session, data, tenant.actor, whole=False)

    @delete()
    async def discard(self, tenant: NamedDependency[TenantScope]) -> None:
        """Throws the draft away; what is in force stays."""
        async with tenant.transaction() as session:
            await drafts.discard_draft(session)

    @post("/import", status_code=200)
    async def take_file(self, tenant: NamedDependency[TenantScope], data: JSONBody[PlaybookFile]) -> DraftView:
        """Saves a file as the whole draft. 422 `playbook-file-unreadable` names the line that cannot be read."""
        parts = (as_yaml if data.format == "yaml" else as_markdown).read(data.text)
        async with tenant.transaction() as session:
            return await drafts.save_draft(session, DraftChange.model_validate(parts), tenant.actor, whole=True)

    @post("/publish")
    async def publish(self, tenant: NamedDependency[TenantScope], data: JSONBody[PublishDraft]) -> PlaybookView:
        """Publishes the draft as the next version, in force from the next turn on. 409 `draft-behind` if another
        version was published since it began; with `revision`, 409 `draft-changed` if it is not what was reviewed."""
        async with tenant.transaction() as session:
            return await drafts.publish_draft(session, tenant.actor, data.note, data.revision)
