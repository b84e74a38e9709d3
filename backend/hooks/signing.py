"""Secrets of endpoints and what is signed with them (Standard Webhooks, standardwebhooks.com)."""

import base64
import json
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from standardwebhooks import Webhook

from backend.security import seal, unseal
from backend.settings import Settings

SEALED_COLUMN = "hook_endpoints.secrets"
USER_AGENT = "Tendero-Webhooks/1"


def new_secret() -> str:
    """`whsec_` and 32 random bytes in base64."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def sealed(settings: Settings, tenant_id: UUID, current: str, previous: str | None = None) -> bytes:
    """For the column `hook_endpoints.secrets`."""
    return seal(settings, tenant_id, SEALED_COLUMN, {"current": current, "previous": previous})


def secrets_of(
    settings: Settings, tenant_id: UUID, kept: bytes, previous_until: datetime | None, now: datetime
) -> list[str]:
    """The secrets that sign at this moment, the newest first. Raises `ValueError` if they cannot be opened."""
    opened = unseal(settings, tenant_id, SEALED_COLUMN, kept)
    both = [opened["current"]]
    if opened["previous"] and previous_until is not None and now < previous_until:
        both.append(opened["previous"])
    return both


def signed(
    message_id: UUID, payload: dict[str, Any], with_secrets: Sequence[str], now: datetime
) -> tuple[bytes, dict[str, str]]:
    """Body and headers of one attempt; `now` is machine time."""
    body = json.dumps(payload, separators=(",", ":"), ensure_ascii=False)
    signatures = [Webhook(secret).sign(str(message_id), now, body) for secret in with_secrets]
    return body.encode(), {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "webhook-id": str(message_id),
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
