"""Signature version 4 in the Authorization header, checked as Amazon checks it.

Source: docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html.
"""

import hashlib
import hmac
import re
from typing import Any
from urllib.parse import parse_qsl, quote

from litestar import Request

from evals.world.s3.state import KEY_ID, SECRET, Refused

_HEADER = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request, ?"
    r"SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})"
)


def expect_signed(request: Request[Any, Any, Any], body: bytes, secret: str = SECRET) -> None:
    """Raises `Refused` unless the request was signed with the bucket's secret, and its body is what was signed."""
    found = _HEADER.fullmatch(request.headers.get("authorization", ""))
    if found is None:
        raise Refused("AccessDenied")
    key_id, day, region, signed, signature = found.groups()
    if key_id != KEY_ID:
        raise Refused("InvalidAccessKeyId")
    payload = request.headers.get("x-amz-content-sha256", "")
    if payload != "UNSIGNED-PAYLOAD" and payload != hashlib.sha256(body).hexdigest():
        raise Refused("XAmzContentSHA256Mismatch")
    names = signed.split(";")
    if "host" not in names or "x-amz-date" not in names:
        raise Refused("AccessDenied")
    path = request.scope["raw_path"].decode("latin-1").partition("?")[0]
    query = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    canonical = "\n".join(
        (
            request.method,
            path,
            "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in sorted(query)),
            *(f"{name}:{' '.join(request.headers.get(name, '').split())}" for name in names),
            "",
            signed,
            payload,
        )
    )
    scope = f"{day}/{region}/s3/aws4_request"
    to_sign = "\n".join(
        (
            "AWS4-HMAC-SHA256",
            request.headers["x-amz-date"],
            scope,
            hashlib.sha256(canonical.encode()).hexdigest(),
        )
    )
    key = f"AWS4{secret}".encode()
    for step in (day, region, "s3", "aws4_request"):
        key = hmac.new(key, step.encode(), hashlib.sha256).digest()
    if not hmac.compare_digest(hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest(), signature):
        raise Refused("SignatureDoesNotMatch")
