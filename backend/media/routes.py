"""Files that customers sent, over HTTP: what was read in them, proofs of payment, and the agent's door to the files."""

from typing import Any
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, JSONBody

from backend.bell import Bell
from backend.callers import bearer
from backend.fields import Limit, Page, page_of
from backend.media import proofs, service
from backend.media.readers import ReaderScope
from backend.media.schemas import Confirmation, FileOut, ProofView, ReadingIn, ReadingOut, ReadingView, Review
from backend.outbound import Outbound
from backend.scopes import TenantScope
from backend.security import read_turn_token
from backend.settings import Settings


async def _reader(request: Request[Any, Any, Any], state: State) -> ReaderScope:
    return ReaderScope(state.database, read_turn_token(state.settings, bearer(request)))


_OF_READERS = {"reader": Provide(_reader)}


class ReadingController(Controller):
    """What machines read in customers' files; kept for 180 days at most."""

    path = "/v1/media-readings"
    tags = ("conversations",)

    @get()
    async def index(
        self,
        tenant: NamedDependency[TenantScope],
        conversation_id: FromQuery[UUID | None] = None,
        cursor: FromQuery[UUID | None] = None,
        limit: Limit = 50,
    ) -> Page[ReadingView]:
        """Readings, newest first, of one conversation or of all."""
        async with tenant.transaction() as session:
            found = await service.list_readings(session, conversation_id, cursor, limit + 1)
        return page_of([ReadingView.of(reading) for reading in found], limit)

    @get("/{reading_id:uuid}")
    async def show(self, tenant: NamedDependency[TenantScope], reading_id: FromPath[UUID]) -> ReadingView:
        """One reading."""
        async with tenant.transaction() as session:
            return ReadingView.of(await service.get_reading(session, reading_id))


class ProofController(Controller):
    """Images that look like proofs of payment. The agent confirms none of them."""

    path = "/v1/payment-proofs"
    tags = ("orders",)

    @get()
    async def index(
        self,
        tenant: NamedDependency[TenantScope],
        status: FromQuery[Review | None] = None,
        order_id: FromQuery[UUID | None] = None,
        cursor: FromQuery[UUID | None] = None,
        limit: Limit = 50,
    ) -> Page[ProofView]:
        """Proofs, newest first."""
        async with tenant.transaction() as session:
            found = await proofs.list_proofs(session, status, order_id, cursor, limit + 1)
        return page_of([ProofView.of(proof) for proof in found], limit)

    @get("/{proof_id:uuid}")
    async def show(self, tenant: NamedDependency[TenantScope], proof_id: FromPath[UUID]) -> ProofView:
        """One proof."""
        async with tenant.transaction() as session:
            return ProofView.of(await proofs.get_proof(session, proof_id))

    @post("/{proof_id:uuid}/confirm", status_code=200)
    async def confirm(
        self,
        tenant: NamedDependency[TenantScope],
        bell: NamedDependency[Bell],
        proof_id: FromPath[UUID],
        data: JSONBody[Confirmation],
    ) -> ProofView:
        """The money is there: the order is paid, and the customer is told. 409 `already-reviewed`, `no-order`,
        `order-not-open`."""
        async with tenant.transaction() as session:
            proof = ProofView.of(await proofs.confirm(session, proof_id, data.order_id, tenant.actor))
        await bell.ring("outbox")
        return proof

    @post("/{proof_id:uuid}/reject", status_code=200)
    async def reject(self, tenant: NamedDependency[TenantScope], proof_id: FromPath[UUID]) -> ProofView:
        """It proves no payment: the order stays as it is, and the customer is told nothing. 409 `already-reviewed`."""
        async with tenant.transaction() as session:
            return ProofView.of(await proofs.reject(session, proof_id, tenant.actor))


class MediaDoor(Controller):
    """For the agent, with the token of a claimed bundle: of a turn, or of help for a person."""

    path = "/internal/media/{message_id:uuid}/{place:int}"
    tags = ("internal",)
    dependencies = _OF_READERS

    @post("/open", status_code=200)
    async def open_file(
        self,
        reader: NamedDependency[ReaderScope],
        settings: NamedDependency[Settings],
        media_outbound: NamedDependency[Outbound],
        message_id: FromPath[UUID],
        place: FromPath[int],
    ) -> FileOut:
        """What is known of a file of the bundle's conversation, else the file as its provider has it (8 MiB and ten
        seconds at most), else why there is none."""
        return await service.open_file(reader, settings, media_outbound, message_id, place)

    @post("/reading", status_code=200)
    async def keep(
        self,
        reader: NamedDependency[ReaderScope],
        message_id: FromPath[UUID],
        place: FromPath[int],
        data: JSONBody[ReadingIn],
    ) -> ReadingOut:
        """What a model read in it, kept once. A proof of payment is put to the customer's open order, for a person."""
        return await service.keep_reading(reader, message_id, place, data)


CONTROLLERS = [ReadingController, ProofController, MediaDoor]
