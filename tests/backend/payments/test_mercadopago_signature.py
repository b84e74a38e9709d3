"""Mercado Pago's signature, without a network: the published example, and everything that must not pass."""

import hashlib
import hmac
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine

from backend.payments.providers.base import Webhook
from backend.payments.providers.mercadopago_signature import check_signature
from evals.world.mercadopago.notices import signature

SECRET = "a" * 64
NOW = 1_795_294_537_197
"""Milliseconds since the epoch."""


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(datetime.fromtimestamp(NOW / 1000, UTC), tick=False):
        yield


def webhook(signed: str, data_id: str = "999999999", request_id: str | None = "r-1") -> Webhook:
    headers = {"x-signature": signed} | ({"x-request-id": request_id} if request_id is not None else {})
    return Webhook(b"{}", headers, {"data.id": data_id, "type": "payment"})


@pytest.mark.parametrize("ts", [NOW, NOW // 1000, NOW - 3_599_000])
def test_a_fresh_signature_fits_in_seconds_and_milliseconds(ts: int) -> None:
    check_signature(webhook(signature(SECRET, "999999999", "r-1", ts)), SECRET)
    check_signature(webhook(signature(SECRET, "999999999", "r-1", ts).replace(",", " , ")), SECRET)


@pytest.mark.parametrize(
    ("received", "secret"),
    [
        (webhook(signature("b" * 64, "999999999", "r-1", NOW)), SECRET),
        (webhook(signature(SECRET, "999999999", "r-1", NOW)), ""),
        (webhook(signature(SECRET, "999999998", "r-1", NOW)), SECRET),
        (webhook(signature(SECRET, "999999999", "r-2", NOW)), SECRET),
        (webhook(signature(SECRET, "999999999", "r-1", NOW), request_id=None), SECRET),
        (webhook(signature(SECRET, "999999999", "r-1", NOW).replace(str(NOW), str(NOW + 1))), SECRET),
        (webhook(signature(SECRET, "999999999", "r-1", NOW - 3_601_000)), SECRET),
        (webhook(signature(SECRET, "999999999", "r-1", NOW + 3_601_000)), SECRET),
        *((webhook(text), SECRET) for text in ("", "ts=1", f"ts={NOW},v1=", "v1=ab", "ts=²,v1=ab", f"ts={NOW},v1=ñ")),
    ],
)
def test_what_is_not_signed_with_the_secret_just_now_does_not_pass(received: Webhook, secret: str) -> None:
    with pytest.raises(PermissionError):
        check_signature(received, secret)


def test_the_documented_manifest_leaves_out_what_a_notification_lacks() -> None:
    whole = signature(SECRET, "1", "r-1", NOW)
    assert signature(SECRET, "", "", NOW) != whole
    bare = _signed_without_request_id("1")
    check_signature(webhook(bare, data_id="1", request_id=None), SECRET)
    with pytest.raises(PermissionError):
        check_signature(webhook(bare, data_id="1"), SECRET)


def _signed_without_request_id(data_id: str) -> str:
    digest = hmac.new(SECRET.encode(), f"id:{data_id};ts:{NOW};".encode(), hashlib.sha256).hexdigest()
    return f"ts={NOW},v1={digest}"
