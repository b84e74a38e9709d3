"""Leases: how the agent's workers get work, keep it and give it back.

A claim is a long poll that holds no connection: it looks, and looks again when the bell rings, when the next work
falls due, or after a second. A lease lasts 5 s until it is renewed for the first time, then 30 s (machine time).
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol
from uuid import UUID

from litestar import Controller, Request, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from pydantic import BaseModel, Field

from backend.assist.leasing import AssistWork
from backend.bell import LOOK_AGAIN_SECONDS, LOOKS_APART_SECONDS, Bell
from backend.conversations.leasing import TurnWork
from backend.conversations.reflecting import ReflectWork
from backend.database import Database
from backend.scopes import ServiceScope
from backend.settings import Settings

BUSY_SECONDS = 0.01
LONGEST_PATIENCE_SECONDS = 0.25

Kind = Literal["turn", "reflect", "assist"]


class Lease(BaseModel):
    """One holder's claim to one piece of work; `attempt` is its fencing token."""

    kind: Kind
    id: UUID
    attempt: int


class Claim(BaseModel):
    """`{"worker": "host-12-ab", "limit": 16, "wait_seconds": 20, "kinds": ["turn"]}`."""

    worker: str = Field(min_length=1, max_length=200)
    limit: int = Field(default=1, ge=1, le=64)
    wait_seconds: float = Field(default=0.0, ge=0, le=60)
    kinds: list[Kind] = ["turn"]


class Claimed(BaseModel):
    """Bundles, each with everything its work needs; empty after the wait."""

    items: list[dict[str, Any]]


class LeaseList(BaseModel):
    leases: list[Lease] = Field(max_length=1000)


class Renewed(BaseModel):
    """Ids that the caller still holds, and ids that it must stop working on."""

    kept: list[UUID]
    lost: list[UUID]


class WorkKind(Protocol):
    """What can be leased."""

    async def claim(self, worker: str, limit: int) -> list[dict[str, Any]]:
        """Lease due work and bundle it."""
        ...

    async def seconds_until_due(self) -> float | None:
        """How long until something falls due; None: nothing is waiting."""
        ...

    async def renew(self, leases: Mapping[UUID, int]) -> set[UUID]:
        """Prolong leases (id -> attempt); returns those that hold."""
        ...

    async def release(self, leases: Mapping[UUID, int]) -> set[UUID]:
        """Give back, uncounted; returns those that were held."""
        ...


def work_kinds(database: Database, settings: Settings) -> dict[str, WorkKind]:
    """Every kind of work by name."""
    return {
        "turn": TurnWork(database, settings),
        "reflect": ReflectWork(database, settings),
        "assist": AssistWork(database, settings),
    }


class LeaseController(Controller):
    """For our own services, with the service token."""

    path = "/internal/leases"
    tags = ("internal",)

    @post("/claim", status_code=200)
    async def claim(
        self,
        request: Request[Any, Any, Any],
        service: NamedDependency[ServiceScope],
        data: JSONBody[Claim],
        database: NamedDependency[Database],
        settings: NamedDependency[Settings],
        bell: NamedDependency[Bell],
    ) -> Claimed:
        """Due work, leased to the worker; waits up to `wait_seconds` for some."""
        known = work_kinds(database, settings)
        kinds = [known[name] for name in dict.fromkeys(data.kinds)]
        gives_up_at = time.monotonic() + data.wait_seconds
        # Ends when the worker hangs up: what it no longer waits for must not be leased to it.
        gone = asyncio.ensure_future(request.receive())
        try:
            while not gone.done():
                # Armed before the look, so that a ring during it is not lost.
                ring = asyncio.ensure_future(bell.wait(LOOK_AGAIN_SECONDS, *data.kinds))
                looked_at = time.monotonic()
                try:
                    await _let_others_in()
                    items = await _look(kinds, data.worker, data.limit)
                    left = gives_up_at - time.monotonic()
                    if items or left <= 0 or bell.closing:
                        return Claimed(items=items)
                    timeout = min(left, await _pause(kinds))
                    await asyncio.wait({ring, gone}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    ring.cancel()
                await asyncio.sleep(looked_at + LOOKS_APART_SECONDS - time.monotonic())
        finally:
            gone.cancel()
        return Claimed(items=[])

    @post("/renew", status_code=200)
    async def renew(
        self,
        service: NamedDependency[ServiceScope],
        data: JSONBody[LeaseList],
        database: NamedDependency[Database],
        settings: NamedDependency[Settings],
    ) -> Renewed:
        """Prolong leases in one batch; the first renewal acknowledges a claim."""
        kept: set[UUID] = set()
        known = work_kinds(database, settings)
        for name, leases in _by_kind(data.leases).items():
            kept |= await known[name].renew(leases)
        return _answer(data.leases, kept)

    @post("/release", status_code=200)
    async def release(
        self,
        service: NamedDependency[ServiceScope],
        data: JSONBody[LeaseList],
        database: NamedDependency[Database],
        settings: NamedDependency[Settings],
        bell: NamedDependency[Bell],
    ) -> Renewed:
        """Give work back at once, for a shutdown; it does not count as a try."""
        released: set[UUID] = set()
        known = work_kinds(database, settings)
        for name, leases in _by_kind(data.leases).items():
            released |= await known[name].release(leases)
        if released:
            await bell.ring("turn")
        return _answer(data.leases, released)


async def _let_others_in() -> None:
    """What arrives comes first: a turn that waits does so in the database, a webhook in this process. So nothing is
    handed out while one round of the event loop takes long, for a while."""
    gives_in_at = time.monotonic() + LONGEST_PATIENCE_SECONDS
    while (began := time.monotonic()) < gives_in_at:
        await asyncio.sleep(0)
        if time.monotonic() - began <= BUSY_SECONDS:
            return
        await asyncio.sleep(BUSY_SECONDS)


async def _look(kinds: Sequence[WorkKind], worker: str, limit: int) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    for kind in kinds:
        if len(items) < limit:
            items += await kind.claim(worker, limit - len(items))
    return items


async def _pause(kinds: Sequence[WorkKind]) -> float:
    waits = [await kind.seconds_until_due() for kind in kinds]
    return min([LOOK_AGAIN_SECONDS, *(max(wait, 0.01) for wait in waits if wait is not None)])


def _by_kind(leases: Sequence[Lease]) -> dict[str, dict[UUID, int]]:
    grouped: dict[str, dict[UUID, int]] = {}
    for lease in leases:
        grouped.setdefault(lease.kind, {})[lease.id] = lease.attempt
    return grouped


def _answer(asked: Sequence[Lease], held: set[UUID]) -> Renewed:
    ids = [lease.id for lease in asked]
    return Renewed(kept=[one for one in ids if one in held], lost=[one for one in ids if one not in held])


CONTROLLERS = [LeaseController]
