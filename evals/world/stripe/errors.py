"""Errors in Stripe's documented shape: ``{"error": {"type", "code", "message", "param"}}``.

Source: docs.stripe.com/api/errors.
"""

from typing import Any

from litestar import Request, Response


class StripeError(Exception):
    """A request that Stripe refuses. ``status`` is the HTTP status."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        type: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        self.status = status
        self.headers = headers or {}
        self.error = {"type": type, "message": message, "code": code, "param": param}
        super().__init__(message)

    @property
    def body(self) -> dict[str, Any]:
        error = {key: value for key, value in self.error.items() if value is not None}
        if code := self.error["code"]:
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
        return {"error": error}


def missing(kind: str, sid: str, param: str = "id") -> StripeError:
    return StripeError(f"No such {kind}: '{sid}'", status=404, code="resource_missing", param=param)


def answer(_: Request[Any, Any, Any], error: StripeError) -> Response[dict[str, Any]]:
    return Response(error.body, status_code=error.status, headers=error.headers, media_type="application/json")
