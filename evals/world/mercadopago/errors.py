"""Errors in Mercado Pago's documented shape: ``{"message", "error", "status", "cause": [{"code", "description"}]}``.

Sources: the 400, 401 and 404 tables of the API reference of preferences, payments and refunds.
"""

from typing import Any

from litestar import Request, Response


class MercadoPagoError(Exception):
    """A request that Mercado Pago refuses. ``code`` is the number of the documented cause, if it has one."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        error: str = "bad_request",
        code: int | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        self.status = status
        self.headers = headers or {}
        cause = [] if code is None else [{"code": code, "description": message, "data": None}]
        self.body = {"message": message, "error": error, "status": status, "cause": cause}
        super().__init__(message)


def missing_payment() -> MercadoPagoError:
    return MercadoPagoError("Payment not found", status=404, error="not_found", code=2000)


def answer(_: Request[Any, Any, Any], error: MercadoPagoError) -> Response[dict[str, Any]]:
    return Response(error.body, status_code=error.status, headers=error.headers, media_type="application/json")
