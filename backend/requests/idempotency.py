"""A POST or PATCH with an `Idempotency-Key` has its effect once, and every repetition gets the first one's answer.

A row of the key stands for (tenant, caller, method and path, key) for 24 hours:

* it is claimed before the handler runs, with a lease; meanwhile a repetition is 409 `idempotency-in-flight`;
* the handler's first writing transaction marks it, so effect and mark commit together; a holder that woke up after its
  lease was taken over fails there and changes nothing;
* the answer is stored sealed and replayed with `Idempotency-Replayed: true`; another request under the same key is
  422 `idempotency-mismatch`;
* an answer of 400 or more that changed nothing is not kept: the same key may be tried again;
* after a crash without effect the lease runs out and a repetition does the work; after a crash behind the effect it is
  409 `idempotency-answer-lost`: what was asked for is there, and is not done a second time.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.database import Database, new_id
from backend.errors import Conflict, Unprocessable
from backend.requests.models import IdempotentRequest as Row
from backend.security import seal, unseal
from backend.settings import Settings
from backend.statements import Statement, Statements

LEASE = timedelta(seconds=60)
KEPT = timedelta(hours=24)
COLUMN = "idempotency.answer"
ONCE_FOR = "once_for"
"""A route's `opt` names the field of its body that says for whom it is, where nobody has to say who they are."""
OPERATOR = UUID(int=0)
"""Stands for the tenant in requests of operators, and of people outside a business."""
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_WROTE = text("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")
_MARK = Statement("""
WITH before AS MATERIALIZED (
    SELECT pg_current_xact_id_if_assigned() IS NOT NULL AS wrote
), marked AS (
    UPDATE idempotency SET effect_at = :now FROM before
    WHERE before.wrote AND idempotency.id = :id AND idempotency.attempt = :attempt
    RETURNING idempotency.id
)
SELECT before.wrote, EXISTS (SELECT FROM marked) AS held FROM before
""")
_AS_TENANT = text("SELECT set_config('app.tenant_id', :tenant_id, true)")


@dataclass(frozen=True)
class Asked:
    """One request: who asks for what under which key."""

    tenant_id: UUID
    caller: str
    route: str
    key_digest: bytes
    fingerprint: bytes


@dataclass(frozen=True)
class Answer:
    """What was answered."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes


def asked(settings: Settings, tenant_id: UUID, caller: str, route: str, key: str, *parts: bytes) -> Asked:
    """The request of a key; `parts` (query, media type, body) must be the same in every repetition.

    Raises Unprocessable of type idempotency-key-invalid.
    """
    if not _KEY.fullmatch(key):
        raise Unprocessable(
            "Idempotency-Key must be 1 to 255 visible ASCII characters; a UUID is a good one.",
            type="idempotency-key-invalid",
        )
    secret = settings.derive("idempotency").encode()
    whole = b"".join(len(part).to_bytes(8) + part for part in parts)
    fingerprint = hmac.new(secret, whole, hashlib.sha256).digest()
    return Asked(tenant_id, caller, route, hmac.new(secret, key.encode(), hashlib.sha256).digest(), fingerprint)


def nobody(settings: Settings, whom: str) -> str:
    """The caller of a request that names nobody but in its body; who that is stays unreadable."""
    secret = settings.derive("idempotency").encode()
    return f"nobody:{hmac.new(secret, whom.strip().lower().encode(), hashlib.sha256).hexdigest()}"


class Holder:
    """Has claimed a request's key. Watches the transactions of the request's handler."""

    snapshot = False

    def __init__(self, database: Database, settings: Settings, tenant_id: UUID, row_id: UUID, attempt: int) -> None:
        self._database = database
        self._settings = settings
        self._tenant_id = tenant_id
        self._row_id = row_id
        self._attempt = attempt
        self._mine = (Row.id == row_id, Row.attempt == attempt)

    async def begun(self, session: AsyncSession) -> None:
        """Nothing to do: reading needs no key."""

    async def committing(self, session: AsyncSession) -> None:
        """Marks the key in a transaction that wrote something. Conflict if somebody else has taken it over."""
        await session.flush()
        if not await session.scalar(_WROTE):
            return
        of = session.info["tenant_id"]
        if of != self._tenant_id:
            await session.execute(_AS_TENANT, {"tenant_id": str(self._tenant_id)})
        held = await session.scalar(
            update(Row).where(*self._mine).values(effect_at=clock.machine_now()).returning(Row.id)
        )
        if held is None:
            raise in_flight()
        if of != self._tenant_id:
            await session.execute(_AS_TENANT, {"tenant_id": str(of)})

    async def committing_statements(self, statements: Statements, tenant_id: UUID) -> None:
        """`committing` for plain statements of the tenant whose request it is."""
        if tenant_id != self._tenant_id:
            raise RuntimeError("plain statements are marked for the tenant of the request alone")
        values = {"id": self._row_id, "attempt": self._attempt, "now": clock.machine_now()}
        row = await statements.first(_MARK, values)
        if row["wrote"] and not row["held"]:
            raise in_flight()

    async def keep(self, answer: Answer) -> None:
        """Stores what is answered, unless it refused the request and nothing was changed: then the key is free."""
        async with self._database.tenant(self._tenant_id) as session:
            if answer.status >= 400:
                freed = await session.scalar(delete(Row).where(*self._mine, Row.effect_at.is_(None)).returning(Row.id))
                if freed is not None:
                    return
            sealed = seal(self._settings, self._tenant_id, COLUMN, _packed(answer))
            await session.execute(update(Row).where(*self._mine).values(status=answer.status, answer=sealed))

    async def free(self) -> None:
        """Lets go of the key of a request that came to nothing; one that had an effect stays."""
        async with self._database.tenant(self._tenant_id) as session:
            await session.execute(delete(Row).where(*self._mine, Row.effect_at.is_(None)))


async def claim(database: Database, settings: Settings, request: Asked) -> Holder | Answer:
    """The key to hold while the request runs, or the answer it had before.

    Raises Conflict of type idempotency-in-flight or idempotency-answer-lost, Unprocessable of type
    idempotency-mismatch.
    """
    now = clock.machine_now()
    same = (
        Row.tenant_id == request.tenant_id,
        Row.caller == request.caller,
        Row.route == request.route,
        Row.key_digest == request.key_digest,
    )
    async with database.tenant(request.tenant_id) as session:
        await session.execute(delete(Row).where(*same, Row.expires_at <= now))
        taken = (
            await session.execute(
                insert(Row)
                .values(
                    tenant_id=request.tenant_id,
                    id=new_id(),
                    caller=request.caller,
                    route=request.route,
                    key_digest=request.key_digest,
                    fingerprint_digest=request.fingerprint,
                    attempt=1,
                    lease_until=now + LEASE,
                    expires_at=now + KEPT,
                )
                .on_conflict_do_update(
                    index_elements=["tenant_id", "caller", "route", "key_digest"],
                    set_={"attempt": Row.attempt + 1, "lease_until": now + LEASE},
                    where=(
                        Row.status.is_(None)
                        & Row.effect_at.is_(None)
                        & (Row.lease_until <= now)
                        & (Row.fingerprint_digest == request.fingerprint)
                    ),
                )
                .returning(Row.id, Row.attempt)
            )
        ).one_or_none()
        if taken is not None:
            return Holder(database, settings, request.tenant_id, taken.id, taken.attempt)
        known = (await session.execute(select(Row).where(*same))).scalar_one_or_none()
    if known is None:
        raise in_flight()
    if not hmac.compare_digest(known.fingerprint_digest, request.fingerprint):
        raise Unprocessable(
            "This Idempotency-Key was used for another request; take a new key.", type="idempotency-mismatch"
        )
    if known.answer is not None and known.status is not None:
        return _unpacked(known.status, unseal(settings, request.tenant_id, COLUMN, known.answer))
    if known.effect_at is not None and known.lease_until <= now:
        raise Conflict(
            "The request was carried out, and its answer was lost; read what it made instead of sending it again.",
            type="idempotency-answer-lost",
        )
    raise in_flight()


def in_flight() -> Conflict:
    """The same request is being worked on."""
    return Conflict(
        "A request with this Idempotency-Key is being worked on; send it again in a moment.",
        type="idempotency-in-flight",
        retry_after_seconds=1,
    )


async def prune(database: Database) -> int:
    """Removes what is older than a day. Returns for how many tenants."""
    now = clock.machine_now()
    async with database.queue() as session:
        tenants = (await session.scalars(select(Row.tenant_id).where(Row.expires_at <= now).distinct())).all()
    for tenant_id in tenants:
        async with database.tenant(tenant_id) as session:
            await session.execute(delete(Row).where(Row.expires_at <= now))
    return len(tenants)


def _packed(answer: Answer) -> dict[str, Any]:
    return {"headers": [list(pair) for pair in answer.headers], "body": base64.b64encode(answer.body).decode()}


def _unpacked(status: int, packed: dict[str, Any]) -> Answer:
    return Answer(status, [(name, value) for name, value in packed["headers"]], base64.b64decode(packed["body"]))
