"""The REST side: preferences, payments, refunds and the account, as Mercado Pago documents them."""

import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Request, Response, get, post, put
from litestar.params import FromPath

from evals.world.mercadopago.checks import check_dates, check_preference, is_number
from evals.world.mercadopago.errors import MercadoPagoError, missing_payment
from evals.world.mercadopago.faults import unless_faulty
from evals.world.mercadopago.notices import deliver, told
from evals.world.mercadopago.payments import WAITING, change, refund
from evals.world.mercadopago.state import Account, Json, MercadoPagoWorld, Stored, World, preference, shown

AnyRequest = Request[Any, Any, Any]
_CHANGED = ("expires", "expiration_date_from", "expiration_date_to", "date_of_expiration", "notification_url")
_MOST_ROWS = 100


def authenticate(request: AnyRequest, world: MercadoPagoWorld) -> Account:
    """The account of the access token. Raises 401."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise MercadoPagoError("Must provide your access_token to proceed", status=401, error="unauthorized", code=5)
    if account := world.accounts.get(token):
        return account
    raise MercadoPagoError("invalid_token", status=401, error="unauthorized", code=401)


async def write(
    request: AnyRequest,
    world: MercadoPagoWorld,
    work: Callable[[Account, Json], Awaitable[Json]],
    *,
    status: int = 200,
    needs_key: bool = False,
) -> Response[Any]:
    """Do a request once per X-Idempotency-Key: the same again gets the first answer, another under it is refused."""
    account = authenticate(request, world)
    raw = await request.body()
    params = _read(raw)
    key = request.headers.get("x-idempotency-key")
    if key is None:
        if needs_key:
            raise MercadoPagoError("Header X-Idempotency-Key can't be null", code=4292)
        return await unless_faulty(world, account, "write", lambda: work(account, params), status)
    fingerprint = hashlib.sha256(request.url.path.encode() + raw).hexdigest()
    stored = world.keys.setdefault((account.id, key), Stored(fingerprint))
    if stored.fingerprint != fingerprint:
        raise MercadoPagoError(
            "The idempotency key was used with another request", status=409, error="idempotency_key_already_used"
        )

    async def once() -> Json:
        if stored.body is None:
            stored.body = await work(account, params)
        return stored.body

    async with stored.lock:
        try:
            return await unless_faulty(world, account, "write", once, status)
        finally:
            if stored.body is None:
                world.keys.pop((account.id, key), None)


@get("/users/me")
async def fetch_user(request: AnyRequest, world: World) -> Json:
    account = authenticate(request, world)
    return {"id": account.id, "site_id": account.site_id, "country_id": account.site_id, "nickname": "TWINWORLD"}


@post("/checkout/preferences", status_code=201)
async def create_preference(request: AnyRequest, world: World) -> Response[Any]:
    base = str(request.base_url).rstrip("/")

    async def work(account: Account, params: Json) -> Json:
        check_preference(account, params)
        made = preference(world, account, params, base)
        world.preferences[made["id"]] = made
        return shown(made)

    return await write(request, world, work, status=201)


@get("/checkout/preferences/{pid:str}")
async def fetch_preference(request: AnyRequest, world: World, pid: FromPath[str]) -> Response[Any]:
    account = authenticate(request, world)

    async def work() -> Json:
        return shown(_preference(world, account, pid))

    return await unless_faulty(world, account, "read", work)


@put("/checkout/preferences/{pid:str}")
async def change_preference(request: AnyRequest, world: World, pid: FromPath[str]) -> Response[Any]:
    async def work(account: Account, params: Json) -> Json:
        check_dates(params)
        known = _preference(world, account, pid)
        known |= {name: params[name] for name in _CHANGED if name in params} | {"last_updated": world.now()}
        return shown(known)

    return await write(request, world, work)


@get("/v1/payments/{payment_id:int}")
async def fetch_payment(request: AnyRequest, world: World, payment_id: FromPath[int]) -> Response[Any]:
    account = authenticate(request, world)

    async def work() -> Json:
        return shown(_payment(world, account, payment_id))

    return await unless_faulty(world, account, "read", work)


@get("/v1/payments/search")
async def search_payments(request: AnyRequest, world: World) -> Response[Any]:
    """Of this seller, by reference and status; ``sort=date_created``, ``criteria``, ``limit`` and ``offset``."""
    account = authenticate(request, world)
    query = request.query_params

    async def work() -> Json:
        limit, offset = _count(query.get("limit", "30")), _count(query.get("offset", "0"))
        if limit > _MOST_ROWS:
            raise MercadoPagoError("Number of rows exceeded the limits", code=1000)
        rows = [item for item in world.payments.values() if item["collector_id"] == account.id]
        for name in ("external_reference", "status"):
            rows = [item for item in rows if name not in query or item[name] == query[name]]
        if query.get("criteria", "desc") == "desc":
            rows.reverse()
        paging = {"total": len(rows), "limit": limit, "offset": offset}
        return {"paging": paging, "results": [shown(item) for item in rows[offset : offset + limit]]}

    return await unless_faulty(world, account, "read", work)


@put("/v1/payments/{payment_id:int}")
async def cancel_payment(request: AnyRequest, world: World, payment_id: FromPath[int]) -> Response[Any]:
    """``{"status": "cancelled"}`` for one that waits; nothing else can be changed here."""

    async def work(account: Account, params: Json) -> Json:
        item = _payment(world, account, payment_id)
        if params.get("status") != "cancelled" or item["status"] not in WAITING:
            raise MercadoPagoError("The action requested is not valid for the current payment state", code=2063)
        change(world, item, "cancelled", "by_collector")
        await deliver(world, told(world, item, "updated"))
        return shown(item)

    return await write(request, world, work)


@post("/v1/payments/{payment_id:int}/refunds", status_code=201)
async def create_refund(request: AnyRequest, world: World, payment_id: FromPath[int]) -> Response[Any]:
    """The whole without a body, or ``{"amount": 10.5}``."""

    async def work(account: Account, params: Json) -> Json:
        item = _payment(world, account, payment_id)
        amount = params.get("amount")
        if amount is not None and not is_number(amount):
            raise MercadoPagoError("amount attribute must be numeric", code=4041)
        made = refund(world, item, amount)
        await deliver(world, told(world, item, "updated"))
        return made

    return await write(request, world, work, status=201, needs_key=True)


def _preference(world: MercadoPagoWorld, account: Account, pid: str) -> Json:
    known = world.preferences.get(pid)
    if known is None or known["collector_id"] != account.id:
        raise MercadoPagoError("preference_id not found", status=404, error="not_found")
    return known


def _payment(world: MercadoPagoWorld, account: Account, payment_id: int) -> Json:
    item = world.payments.get(payment_id)
    if item is None or item["collector_id"] != account.id:
        raise missing_payment()
    return item


def _read(raw: bytes) -> Json:
    if not raw:
        return {}
    try:
        params = json.loads(raw)
    except ValueError:
        params = None
    if not isinstance(params, dict):
        raise MercadoPagoError("Params Error", code=1)
    return params


def _count(value: str) -> int:
    if not value.isdigit():
        raise MercadoPagoError("Params Error", code=1)
    return int(value)
