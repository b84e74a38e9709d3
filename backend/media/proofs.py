"""Proofs of payment: put to the open order for a person to compare with the bank, and never believed before that."""

from uuid import UUID

from sqlalchemy import exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.contacts.models import Contact
from backend.conversations.ending import open_handoff
from backend.conversations.models import Conversation, Handoff, Turn
from backend.conversations.notices import notify
from backend.database import tenant_of
from backend.errors import Conflict, NotFound
from backend.media.models import MediaReading
from backend.media.schemas import ProofIn, Review
from backend.orders.models import Order, OrderStatus
from backend.payments.dues import OrderDue
from backend.payments.settle import stop_offering
from backend.scopes import TurnScope

KIND = "payment_proof"
_CASE = "A proof of payment came in; compare it with the bank: POST /v1/payment-proofs/{id}/confirm, or .../reject."


async def put_before_a_person(
    session: AsyncSession, turn: TurnScope, reading: MediaReading, printed: ProofIn | None
) -> None:
    """With the customer's newest order that waits for its payment, if there is one; and a case says so."""
    reading.order_id = await session.scalar(
        select(Order.id)
        .where(Order.contact_id == turn.contact_id, Order.status == OrderStatus.PENDING_PAYMENT)
        .order_by(Order.id.desc())
        .limit(1)
    )
    same = exists().where(
        MediaReading.tenant_id == turn.tenant_id,
        MediaReading.content_hash == reading.content_hash,
        MediaReading.id != reading.id,
    )
    waits = same.where(
        MediaReading.conversation_id == turn.conversation_id,
        MediaReading.order_id.is_not_distinct_from(reading.order_id),
        MediaReading.review == "waiting",
    )
    seen_before, waiting = (await session.execute(select(same, waits))).one()
    told = {name: value for name, value in (printed or ProofIn()).model_dump().items() if value}
    reading.details = {**told, **({"seen_before": True} if seen_before else {})}
    if waiting:
        return
    reading.review = "waiting"
    await session.flush()
    await _tell(session, turn, _CASE.format(id=reading.id))


async def list_proofs(
    session: AsyncSession, status: Review | None, order_id: UUID | None, cursor: UUID | None, limit: int
) -> list[MediaReading]:
    """The newest first."""
    query = select(MediaReading).where(MediaReading.tenant_id == tenant_of(session), MediaReading.review.is_not(None))
    if status is not None:
        query = query.where(MediaReading.review == status)
    if order_id is not None:
        query = query.where(MediaReading.order_id == order_id)
    if cursor is not None:
        query = query.where(MediaReading.id < cursor)
    return list(await session.scalars(query.order_by(MediaReading.id.desc()).limit(limit)))


async def get_proof(session: AsyncSession, proof_id: UUID, *, lock: bool = False) -> MediaReading:
    """One proof; NotFound."""
    query = select(MediaReading).where(MediaReading.id == proof_id, MediaReading.review.is_not(None))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    proof: MediaReading | None = await session.scalar(query)
    if proof is None:
        raise NotFound("There is no such proof; GET /v1/payment-proofs lists them.")
    return proof


async def confirm(session: AsyncSession, proof_id: UUID, order_id: UUID | None, actor: str) -> MediaReading:
    """The order is paid, its links are taken back, and the customer is told: ring the bell (`outbox`) after the commit.

    Raises NotFound; Conflict of type already-reviewed, no-order or order-not-open.
    """
    proof = await get_proof(session, proof_id)
    order = await _order(session, proof, order_id or proof.order_id)
    proof = await get_proof(session, proof_id, lock=True)
    _expect_waiting(proof)
    if order.status != OrderStatus.PENDING_PAYMENT or order.paid_at is not None:
        raise Conflict(
            "This order does not wait for a payment any more; name another in `order_id`, or reject the proof.",
            type="order-not-open",
        )
    now = clock.now()
    await stop_offering(session, OrderDue(order), "a proof of payment was confirmed")
    order.status, order.paid_at = OrderStatus.PAID, now
    proof.order_id = order.id
    proof.review, proof.reviewed_by, proof.reviewed_at = "confirmed", actor, now
    await session.flush()
    if await session.scalar(select(Contact.erased_at).where(Contact.id == order.contact_id)) is None:
        await notify(
            session,
            order.conversation_id,
            "payment_received",
            code=order.code,
            amount=order.total,
            currency=order.currency,
        )
    return proof


async def reject(session: AsyncSession, proof_id: UUID, actor: str) -> MediaReading:
    """It proves nothing: the order stays as it is, and what to say to the customer is a person's to say. Raises
    NotFound; Conflict of type already-reviewed."""
    proof = await get_proof(session, proof_id, lock=True)
    _expect_waiting(proof)
    proof.review, proof.reviewed_by, proof.reviewed_at = "rejected", actor, clock.now()
    await session.flush()
    return proof


def _expect_waiting(proof: MediaReading) -> None:
    if proof.review != "waiting":
        raise Conflict(f"This proof was {proof.review} already.", type="already-reviewed")


async def _order(session: AsyncSession, proof: MediaReading, order_id: UUID | None) -> Order:
    """An order of whoever sent the proof, locked: before the proof, as everywhere before what points at it."""
    if order_id is None:
        raise Conflict("This proof was put to no order; name the one that it pays in `order_id`.", type="no-order")
    contact_id = select(Conversation.contact_id).where(Conversation.id == proof.conversation_id).scalar_subquery()
    order: Order | None = await session.scalar(
        select(Order)
        .where(Order.id == order_id, Order.contact_id == contact_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if order is None:
        raise NotFound("Whoever sent this proof has no such order; GET /v1/orders lists them.")
    return order


async def _tell(session: AsyncSession, turn: TurnScope, words: str) -> None:
    """In a case of its own, or in the one that is open."""
    turn_id = await session.scalar(select(Turn.id).where(Turn.id == turn.turn_id))  # none where a person is in charge
    if await open_handoff(session, turn.conversation_id, turn_id, "payment_proof", words) is None:
        await session.execute(
            update(Handoff)
            .where(Handoff.conversation_id == turn.conversation_id, Handoff.status == "open")
            .values(summary=func.left(func.concat_ws("\n", func.nullif(Handoff.summary, ""), words), 4000))
        )
