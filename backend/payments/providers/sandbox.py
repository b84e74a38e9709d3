"""The sandbox: a page of our own where a tenant tries paying before connecting a real account. No money moves."""

from dataclasses import dataclass
from uuid import UUID

from backend.payments.models import Payment
from backend.payments.providers.base import Link, LinkRequest, Outcome, RefundRequest, Report, Webhook
from backend.payments.tokens import page_url
from backend.settings import Settings

_PREFIX = "sandbox_"


@dataclass(frozen=True)
class SandboxAccount:
    """The tenant's sandbox."""

    settings: Settings
    tenant_id: UUID

    async def create_link(self, request: LinkRequest) -> Link:
        """The page's address; it is the same for the same payment."""
        return Link(
            f"{_PREFIX}{request.payment_id}", page_url(self.settings, "sandbox", self.tenant_id, request.payment_id)
        )

    async def look_up(self, provider_id: str) -> list[Report]:
        """Always pending: the page settles in our own records, so that nothing can be lost on the way."""
        return [Report(f"look-up:{provider_id}", "look-up", Outcome.PENDING, provider_id, None, 0, "")]

    async def close(self, provider_id: str) -> list[Report]:
        """Always expired: the page offers its button for a live payment only."""
        return [Report(f"closed:{provider_id}", "closed", Outcome.EXPIRED, provider_id, None, 0, "")]

    async def read_webhook(self, webhook: Webhook) -> Report | None:
        """There is nobody who could send one: PermissionError."""
        raise PermissionError("the sandbox has no webhook")

    async def refund(self, request: RefundRequest) -> str:
        """Always done: no money moved."""
        return f"{_PREFIX}refund_{request.refund_id}"


def pressed_pay(payment: Payment) -> Report:
    """What the page reports when its button is pressed; pressing twice is one event."""
    return Report(
        event_id=f"paid:{payment.id}",
        kind="sandbox.paid",
        outcome=Outcome.PAID,
        provider_id=f"{_PREFIX}{payment.id}",
        payment_id=payment.id,
        amount=payment.amount,
        currency=payment.currency,
        payload={"amount": payment.amount, "currency": payment.currency},
        charge_id=f"{_PREFIX}{payment.id}",
    )
