"""Payments over HTTP: the tenant's own calls, the agent's tool, the customer's pages, and the webhooks' door."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, get, post, put
from litestar.di import NamedDependency
from litestar.enums import MediaType
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bell import Bell
from backend.conversations.journal import ToolAnswer, ToolCall
from backend.database import Database, tenant_of
from backend.errors import NotFound
from backend.fields import Page
from backend.payments import accounts, service
from backend.payments.deposit_routes import DepositController
from backend.payments.dues import due_of
from backend.payments.links import send_payment_link
from backend.payments.models import PaymentAccount, PaymentProvider, PaymentStatus
from backend.payments.pages import HEADERS, PaymentPage, page_state
from backend.payments.providers.sandbox import pressed_pay
from backend.payments.refunds import give_back, list_refunds
from backend.payments.schemas import (
    AccountChange,
    AccountView,
    LinkArguments,
    NewRefund,
    PaymentView,
    RefundView,
)
from backend.payments.settle import settle
from backend.payments.tokens import read_page_token
from backend.payments.webhooks import PaymentWebhooks
from backend.scopes import TenantScope, TurnScope
from backend.settings import Settings
from backend.tenants.service import load_tenant


class PaymentController(Controller):
    """Payments of the tenant whose key it is."""

    path = "/v1"
    tags = ("payments",)

    @get("/payments")
    async def index(
        self,
        tenant: NamedDependency[TenantScope],
        cursor: FromQuery[UUID | None] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 50,
        status: FromQuery[PaymentStatus | None] = None,
        order_id: FromQuery[UUID | None] = None,
        booking_id: FromQuery[UUID | None] = None,
    ) -> Page[PaymentView]:
        """Payments, newest first."""
        async with tenant.transaction() as session:
            found = await service.list_payments(session, cursor, limit + 1, status, order_id, booking_id)
        shown = found[:limit]
        return Page(
            items=[PaymentView.of(payment) for payment in shown],
            next_cursor=str(shown[-1].id) if len(found) > limit else None,
        )

    @get("/payments/{payment_id:uuid}")
    async def show(self, tenant: NamedDependency[TenantScope], payment_id: FromPath[UUID]) -> PaymentView:
        """One payment."""
        async with tenant.transaction() as session:
            return PaymentView.of(await service.get_payment(session, payment_id))

    @get("/payments/{payment_id:uuid}/refunds")
    async def refunds(self, tenant: NamedDependency[TenantScope], payment_id: FromPath[UUID]) -> Page[RefundView]:
        """What was given back of one payment by this business, newest first."""
        async with tenant.transaction() as session:
            return Page(items=[RefundView.of(refund) for refund in await list_refunds(session, payment_id)])

    @post("/payments/{payment_id:uuid}/refunds")
    async def refund(
        self,
        tenant: NamedDependency[TenantScope],
        settings: NamedDependency[Settings],
        payment_id: FromPath[UUID],
        data: JSONBody[NewRefund],
    ) -> RefundView:
        """Gives a payment back, whole or in part. `intended`: the provider has not answered, and is asked again by
        itself. 409 `nothing-to-refund`, `refund-pending`; 422 `refund-too-much`, `payment-refused`."""
        return RefundView.of(await give_back(tenant, settings, payment_id, data.amount, data.reason))

    @get("/payment-accounts")
    async def accounts(
        self, tenant: NamedDependency[TenantScope], settings: NamedDependency[Settings]
    ) -> Page[AccountView]:
        """Where the money goes, without secrets."""
        async with tenant.transaction() as session:
            return Page(items=[_account(settings, item) for item in await accounts.list_accounts(session)])

    @get("/payment-accounts/{provider:str}")
    async def account(
        self,
        tenant: NamedDependency[TenantScope],
        settings: NamedDependency[Settings],
        provider: FromPath[PaymentProvider],
    ) -> AccountView:
        """The account at one provider, without secrets."""
        async with tenant.transaction() as session:
            return _account(settings, await accounts.get_account(session, provider))

    @put("/payment-accounts/{provider:str}")
    async def connect(
        self,
        tenant: NamedDependency[TenantScope],
        settings: NamedDependency[Settings],
        provider: FromPath[PaymentProvider],
        data: JSONBody[AccountChange],
    ) -> AccountView:
        """Connects or changes an account; secrets that are left out stay."""
        async with tenant.transaction() as session:
            return _account(settings, await accounts.put_account(session, settings, provider, data))


class PaymentTools(Controller):
    """What the agent does about payments."""

    path = "/internal/tools"
    tags = ("tools",)

    @post("/send_payment_link", status_code=200)
    async def send_payment_link(
        self,
        turn: NamedDependency[TurnScope],
        settings: NamedDependency[Settings],
        data: JSONBody[ToolCall[LinkArguments]],
    ) -> ToolAnswer:
        """Irreversible. The live link of an order of this customer or of their booking's deposit, made if there is
        none."""
        return await send_payment_link(turn, settings, data)


class PaymentPages(Controller):
    """What a customer sees."""

    path = "/pay"
    include_in_schema = False

    @get("/status/{token:str}", media_type=MediaType.HTML)
    async def status(
        self, database: NamedDependency[Database], settings: NamedDependency[Settings], token: FromPath[str]
    ) -> Response[str]:
        """Where a provider sends the customer back to."""
        tenant_id, payment_id = read_page_token(settings, token)
        async with database.tenant(tenant_id) as session:
            return await _page(session, payment_id, with_button=False)

    @get("/sandbox/{token:str}", media_type=MediaType.HTML)
    async def sandbox(
        self, database: NamedDependency[Database], settings: NamedDependency[Settings], token: FromPath[str]
    ) -> Response[str]:
        """The sandbox's checkout."""
        tenant_id, payment_id = read_page_token(settings, token)
        async with database.tenant(tenant_id) as session:
            await _sandbox_account(session, payment_id)
            return await _page(session, payment_id, with_button=True)

    @post("/sandbox/{token:str}", media_type=MediaType.HTML, status_code=200)
    async def press_pay(
        self,
        database: NamedDependency[Database],
        settings: NamedDependency[Settings],
        bell: NamedDependency[Bell],
        token: FromPath[str],
    ) -> Response[str]:
        """Pays; again is harmless."""
        tenant_id, payment_id = read_page_token(settings, token)
        async with database.tenant(tenant_id) as session:
            account_id = await _sandbox_account(session, payment_id)
            payment = await service.get_payment(session, payment_id)
            announced = False
            if page_state(payment) == "waiting":
                announced = (await settle(session, account_id, pressed_pay(payment))).announced
            page = await _page(session, payment_id, with_button=True)
        if announced:
            await bell.ring("outbox")
        return page


def _account(settings: Settings, account: PaymentAccount) -> AccountView:
    return AccountView.of(account, accounts.is_ready(settings, account), settings.public_url)


async def _get_account(session: AsyncSession, account_id: UUID) -> PaymentAccount:
    account = await session.get(PaymentAccount, (tenant_of(session), account_id))
    if account is None:
        raise NotFound(accounts.UNKNOWN_ADDRESS)
    return account


async def _sandbox_account(session: AsyncSession, payment_id: UUID) -> UUID:
    payment = await service.get_payment(session, payment_id)
    account = await _get_account(session, payment.account_id)
    if account.provider != PaymentProvider.SANDBOX:
        raise NotFound("this payment page does not exist")
    return account.id


async def _page(session: AsyncSession, payment_id: UUID, *, with_button: bool) -> Response[str]:
    payment = await service.get_payment(session, payment_id)
    page = PaymentPage(await load_tenant(session), await due_of(session, payment), payment, with_button=with_button)
    return Response(page.html(), media_type=MediaType.HTML, headers=HEADERS)


CONTROLLERS = [PaymentController, DepositController, PaymentTools, PaymentWebhooks, PaymentPages]
