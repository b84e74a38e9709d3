"""What a payment is for: an order, or the deposit of a booking. All else in this folder speaks to a `Due` alone.

Whoever changes what is due or its payments locks the row of what is due first, then the payment.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bookings.dates import spoken
from backend.bookings.models import Booking, BookingStatus, DepositStatus
from backend.contacts.models import Contact
from backend.conversations.models import Conversation
from backend.errors import Conflict
from backend.orders.models import Order, OrderStatus
from backend.payments.models import Payment


class Due(ABC):
    """Something that is paid for, over its row."""

    noun: ClassVar[str]
    """order or booking: as evidence, events and people call it."""
    row: Order | Booking

    @property
    def id(self) -> UUID:
        return self.row.id

    @property
    def code(self) -> str:
        return self.row.code

    @property
    def currency(self) -> str:
        return self.row.currency

    @property
    @abstractmethod
    def total(self) -> int:
        """Minor units."""

    @abstractmethod
    def owner(self) -> dict[str, UUID]:
        """The column of a payment that points here."""

    def payments(self) -> ColumnElement[bool]:
        """Which payments are for it."""
        ((column, value),) = self.owner().items()
        own: ColumnElement[bool] = getattr(Payment, column) == value
        return own

    @abstractmethod
    def expect_payable(self, now: datetime) -> None:
        """Conflict if no link may be made: `already-paid`, or why nothing is due."""

    @abstractmethod
    def fault(self) -> str | None:
        """Why money that comes now does not fit, for the person who looks at it."""

    @abstractmethod
    def pay(self, now: datetime) -> None:
        """Its money came."""

    def give_back(self) -> None:  # noqa: B027 - an order's state is a person's to change
        """All of its money went back."""

    @abstractmethod
    def notice(self) -> tuple[str, dict[str, Any]]:
        """Template and values of what the customer is told once it is paid."""

    @abstractmethod
    def lines(self, locale: str, zone: ZoneInfo) -> list[tuple[str, int]]:
        """What a page lists above the total: names and amounts in minor units."""

    def terms(self, zone: ZoneInfo) -> dict[str, Any]:
        """What whoever sends the link has to say besides: {"pay_until": ISO 8601}, or nothing."""
        return {}


@dataclass(frozen=True)
class OrderDue(Due):
    """An order, paid as a whole."""

    noun: ClassVar[str] = "order"
    row: Order

    @property
    def total(self) -> int:
        return self.row.total

    def owner(self) -> dict[str, UUID]:
        return {"order_id": self.row.id}

    def expect_payable(self, now: datetime) -> None:
        if self.row.paid_at is not None:
            raise Conflict(f"Order {self.code} is already paid; nothing is due.", type="already-paid")
        if self.row.status == OrderStatus.CANCELLED:
            raise Conflict(f"Order {self.code} was cancelled; quote again.", type="order-cancelled")

    def fault(self) -> str | None:
        if self.row.paid_at is not None:
            return "the order was already paid: refund this payment"
        if self.row.status == OrderStatus.CANCELLED:
            return "the order was cancelled before it was paid"
        return None

    def pay(self, now: datetime) -> None:
        self.row.paid_at = now
        if self.row.status == OrderStatus.PENDING_PAYMENT:
            self.row.status = OrderStatus.PAID

    def notice(self) -> tuple[str, dict[str, Any]]:
        return "payment_received", {"code": self.code, "amount": self.total, "currency": self.currency}

    def lines(self, locale: str, zone: ZoneInfo) -> list[tuple[str, int]]:
        return [(f"{line['quantity']} × {line['name']}", line["amount"]) for line in self.row.lines]


@dataclass(frozen=True)
class DepositDue(Due):
    """The deposit of a booking: a part of its price, paid beforehand."""

    noun: ClassVar[str] = "booking"
    row: Booking

    @property
    def total(self) -> int:
        return self.row.deposit

    def owner(self) -> dict[str, UUID]:
        return {"booking_id": self.row.id}

    def expect_payable(self, now: datetime) -> None:
        if self.row.deposit_status in (DepositStatus.PAID, DepositStatus.REFUNDED):
            raise Conflict(f"The deposit of booking {self.code} is already paid; nothing is due.", type="already-paid")
        if self.row.deposit_status != DepositStatus.DUE:
            raise Conflict(f"Booking {self.code} needs no deposit; nothing is due.", type="no-deposit")
        if self.row.status not in (BookingStatus.CONFIRMED, BookingStatus.IN_PROGRESS):
            raise Conflict(f"Booking {self.code} is {self.row.status}; book another time.", type="booking-ended")
        if self.row.deposit_due_at is not None and self.row.deposit_due_at <= now:
            raise Conflict(
                f"The time to pay the deposit of booking {self.code} is over, and it is being cancelled; say so and "
                "offer to look for a time again.",
                type="deposit-overdue",
            )

    def fault(self) -> str | None:
        if self.row.status in (BookingStatus.CANCELLED, BookingStatus.NO_SHOW):
            return f"the booking was {self.row.status.lower()} before its deposit was paid"
        if self.row.deposit_status == DepositStatus.DUE:
            return None
        return f"the deposit was {self.row.deposit_status or 'not asked for'} already: refund this payment"

    def pay(self, now: datetime) -> None:
        self.row.deposit_status = DepositStatus.PAID

    def give_back(self) -> None:
        if self.row.deposit_status == DepositStatus.PAID:
            self.row.deposit_status = DepositStatus.REFUNDED

    def notice(self) -> tuple[str, dict[str, Any]]:
        told = {"code": self.code, "amount": self.total, "currency": self.currency, "start": self.row.starts_at}
        return "deposit_received", told

    def lines(self, locale: str, zone: ZoneInfo) -> list[tuple[str, int]]:
        return [(f"{self.row.service_name}, {spoken(self.row.starts_at.astimezone(zone), locale)}", self.row.price)]

    def terms(self, zone: ZoneInfo) -> dict[str, Any]:
        until = self.row.deposit_due_at
        return {} if until is None else {"pay_until": until.astimezone(zone).isoformat()}


async def due_of(session: AsyncSession, payment: Payment, *, lock: bool = False) -> Due:
    """What a payment is for, as it stands now."""
    return await read_due(session, payment.order_id, payment.booking_id, lock=lock)


async def read_due(session: AsyncSession, order_id: UUID | None, booking_id: UUID | None, *, lock: bool = False) -> Due:
    """One of both, which must exist."""
    if order_id is not None:
        orders = select(Order).where(Order.id == order_id).execution_options(populate_existing=True)
        return OrderDue((await session.scalars(orders.with_for_update() if lock else orders)).one())
    bookings = select(Booking).where(Booking.id == booking_id).execution_options(populate_existing=True)
    return DepositDue((await session.scalars(bookings.with_for_update() if lock else bookings)).one())


async def lock_payment(session: AsyncSession, *which: ColumnElement[bool]) -> tuple[Due, Payment] | None:
    """What the one payment is for, and the payment, both locked; None if there is none."""
    ids = select(Payment.id, Payment.order_id, Payment.booking_id).where(*which)
    found = (await session.execute(ids)).one_or_none()
    if found is None:
        return None
    due = await read_due(session, found.order_id, found.booking_id, lock=True)
    query = select(Payment).where(Payment.id == found.id).with_for_update()
    payment = (await session.scalars(query.execution_options(populate_existing=True))).one_or_none()
    return None if payment is None else (due, payment)


async def conversation_of(session: AsyncSession, due: Due) -> UUID | None:
    """Where its customer is written to: where it was agreed on, else where they wrote last; None if nowhere."""
    if due.row.conversation_id is not None:
        return due.row.conversation_id
    latest = (
        select(Conversation.id)
        .where(Conversation.contact_id == due.row.contact_id)
        .order_by(Conversation.active_at.desc(), Conversation.id.desc())
        .limit(1)
    )
    found: UUID | None = await session.scalar(latest)
    return found


async def is_nobodys(session: AsyncSession, due: Due) -> bool:
    """Whether the customer was erased since then."""
    return await session.scalar(select(Contact.erased_at).where(Contact.id == due.row.contact_id)) is not None
