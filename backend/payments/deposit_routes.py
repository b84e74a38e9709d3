"""The deposit of a booking over HTTP, for the tenant."""

from uuid import UUID

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from backend.bookings import deposits
from backend.bookings.schemas import BookingView
from backend.bookings.service import get_booking
from backend.bookings.views import booking_views
from backend.payments.dues import DepositDue
from backend.payments.schemas import PaymentView
from backend.payments.service import Intent, intend, live_link
from backend.scopes import TenantScope
from backend.settings import Settings


class DepositController(Controller):
    """Deposits of the bookings of the tenant whose key it is."""

    path = "/v1/bookings/{booking_id:uuid}"
    tags = ("bookings",)

    @post("/payment-link", status_code=200)
    async def link(
        self, tenant: NamedDependency[TenantScope], settings: NamedDependency[Settings], booking_id: FromPath[UUID]
    ) -> PaymentView:
        """The live link by which the deposit is paid, made if there is none; nobody is told of it. 409 `already-paid`,
        `no-deposit`, `booking-ended`, `deposit-overdue`; 422 `no-payment-account`, `payment-refused`; 503 while the
        provider does not answer."""

        async def begin() -> Intent:
            async with tenant.transaction() as session:
                return await intend(session, settings, DepositDue(await get_booking(session, booking_id)))

        return PaymentView.of((await live_link(tenant.database, tenant.tenant_id, begin)).payment)

    @post("/waive-deposit", status_code=200)
    async def waive(self, tenant: NamedDependency[TenantScope], booking_id: FromPath[UUID]) -> BookingView:
        """Asks for no deposit any more: its link ends, and the booking is not cancelled for it. 409 `no-deposit`. What
        was paid goes back by `POST /v1/payments/{id}/refunds`."""
        async with tenant.transaction() as session:
            booking = await deposits.waive(session, await get_booking(session, booking_id))
            return (await booking_views(session, [booking]))[0]
