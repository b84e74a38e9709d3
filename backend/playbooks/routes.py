"""Playbooks over HTTP: what is in force, and its versions."""

from typing import Annotated

from litestar import Controller, Response, get, post, put
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter

from backend.fields import Page
from backend.permissions import expect
from backend.playbooks import as_markdown, as_yaml, service
from backend.playbooks.diff import differing
from backend.playbooks.draft_routes import DraftController
from backend.playbooks.drafts import sections_of
from backend.playbooks.preview import bundle_with, put_together
from backend.playbooks.schemas import (
    WHICH,
    AskPreview,
    NewInstructions,
    PlaybookDiff,
    PlaybookView,
    PromptPreview,
)
from backend.playbooks.sections import Sections
from backend.scopes import TenantScope
from backend.settings import Settings

Limit = Annotated[int, QueryParameter(ge=1, le=100)]
Which = Annotated[str, QueryParameter(pattern=WHICH)]


class PlaybookController(Controller):
    """What the tenant tells its agent."""

    path = "/v1"
    tags = ("playbook",)

    @get("/playbook")
    async def show(self, tenant: NamedDependency[TenantScope]) -> PlaybookView:
        """The version in force."""
        async with tenant.transaction() as session:
            return await service.published(session)

    @put("/playbook")
    async def write(self, tenant: NamedDependency[TenantScope], data: JSONBody[NewInstructions]) -> PlaybookView:
        """Publishes new instructions as a further version, in force from the next turn on; other parts stay."""
        async with tenant.transaction() as session:
            return await service.publish_instructions(session, data.instructions, tenant.actor)

    @get("/playbook/versions")
    async def versions(
        self,
        tenant: NamedDependency[TenantScope],
        cursor: Annotated[int | None, QueryParameter(ge=1, le=2**31 - 1)] = None,
        limit: Limit = 50,
    ) -> Page[PlaybookView]:
        """Every version, newest first."""
        async with tenant.transaction() as session:
            found = await service.list_versions(session, cursor, limit + 1)
        shown = found[:limit]
        return Page(
            items=[PlaybookView.of(playbook) for playbook in shown],
            next_cursor=str(shown[-1].version) if len(found) > limit else None,
        )

    @get("/playbook/versions/{version:int}")
    async def version(self, tenant: NamedDependency[TenantScope], version: FromPath[int]) -> PlaybookView:
        """One version."""
        async with tenant.transaction() as session:
            return PlaybookView.of(await service.get_version(session, version))

    @post("/playbook/versions/{version:int}/rollback")
    async def roll_back(self, tenant: NamedDependency[TenantScope], version: FromPath[int]) -> PlaybookView:
        """Publishes an earlier version anew, as the next one. A draft stays as it is."""
        async with tenant.transaction() as session:
            return await service.roll_back(session, version, tenant.actor)

    @get("/playbook/diff")
    async def diff(
        self, tenant: NamedDependency[TenantScope], before: Which = "published", after: Which = "draft"
    ) -> PlaybookDiff:
        """What differs between two of: a version by its number, what is `published`, the `draft`."""
        async with tenant.transaction() as session:
            old, new = await sections_of(session, before), await sections_of(session, after)
        return PlaybookDiff(before=before, after=after, sections=differing(old, new, (before, after)))

    @get("/playbook/export.md", media_type="text/markdown; charset=utf-8")
    async def markdown(self, tenant: NamedDependency[TenantScope], of: Which = "published") -> Response[str]:
        """As Markdown, with a heading for each part: a version by its number, what is `published`, or the `draft`."""
        async with tenant.transaction() as session:
            told = as_markdown.write(await sections_of(session, of))
        return Response(told, media_type="text/markdown; charset=utf-8", headers=_file(of, "md"))

    @get(
        "/playbook/export.yaml",
        media_type="application/yaml",
        responses={
            200: ResponseSpec(
                Sections, generate_examples=False, media_type="application/yaml", description="The parts by name."
            )
        },
    )
    async def yaml(self, tenant: NamedDependency[TenantScope], of: Which = "published") -> Response[str]:
        """As YAML: a version by its number, what is `published`, or the `draft`."""
        async with tenant.transaction() as session:
            told = as_yaml.write(await sections_of(session, of))
        return Response(told, media_type="application/yaml", headers=_file(of, "yaml"))

    @post("/playbook/preview", status_code=200, opt={"permission": "playbook:read"})
    async def preview(
        self,
        tenant: NamedDependency[TenantScope],
        settings: NamedDependency[Settings],
        data: JSONBody[AskPreview],
    ) -> PromptPreview:
        """What the model would read, with the draft or a version in force. A conversation's preview also needs
        `conversations:read` and `contacts:read`, as it shows what is known of the customer. 503 `agent-away` while the
        agent does not answer."""
        if data.conversation_id is not None:
            for permission in ("conversations:read", "contacts:read"):
                expect(tenant.scopes, permission)
        async with tenant.transaction() as session:
            bundle = await bundle_with(session, settings, data)
            await session.rollback()
        return await put_together(settings, data, bundle)


def _file(of: str, ending: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="playbook-{of}.{ending}"'}


CONTROLLERS = [PlaybookController, DraftController]
