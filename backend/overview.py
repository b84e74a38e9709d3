"""One look at everything that waits, runs or is parked, for the operator and for Prometheus.

One statement through the queue door. It reads the partial indexes of what is not done, never a table, so it costs the
same after a million turns; and it names no tenant.
"""

import json
from datetime import datetime
from typing import Any

from litestar import Controller, get
from litestar.di import NamedDependency
from pydantic import BaseModel

from backend import clock
from backend.bell import Bell
from backend.database import Database
from backend.scopes import PlatformScope
from backend.statements import Statement

LOOK = Statement("""
WITH waiting AS (
    SELECT count(*) FILTER (WHERE due_at <= :now) AS due, count(*) FILTER (WHERE due_at > :now) AS later,
        min(due_at) AS oldest_due
    FROM turns WHERE status = 'waiting'
), active AS (
    SELECT count(*) FILTER (WHERE status = 'running') AS running, count(*) FILTER (WHERE status = 'replied') AS replied,
        count(*) FILTER (WHERE lease_until < :machine_now) AS silent, min(claimed_at) AS oldest_claim
    FROM turns WHERE status IN ('running', 'replied')
), parked AS (
    SELECT count(*) AS quarantined FROM turns WHERE status = 'quarantined'
), pending AS (
    SELECT count(*) FILTER (WHERE status = 'queued') AS queued, count(*) FILTER (WHERE status = 'sending') AS sending,
        count(*) FILTER (WHERE status = 'unknown') AS unknown,
        min(created_at) FILTER (WHERE status = 'queued') AS oldest_queued
    FROM outbox WHERE status IN ('queued', 'sending', 'unknown')
), thoughts AS (
    SELECT count(*) AS reflections FROM reflections WHERE status = 'waiting'
), added AS (
    SELECT coalesce(json_object_agg(relname, n_tup_ins), '{}')::text AS added FROM pg_stat_user_tables
    WHERE schemaname = 'public' AND relname IN ('messages', 'turns', 'outbox', 'reflections')
), processes AS (
    SELECT coalesce(json_agg(json_build_object('name', name, 'connections', connections) ORDER BY name), '[]')::text
        AS processes
    FROM (
        SELECT application_name AS name, count(*) AS connections FROM pg_stat_activity
        WHERE application_name LIKE 'tendero %' GROUP BY application_name
    ) AS connected
)
SELECT * FROM waiting, active, parked, pending, thoughts, added, processes
""")


class Turns(BaseModel):
    """How many turns are in each state. `later`: their quiet window or back-off is not over; `silent`: their lease ran
    out and nobody has claimed them yet."""

    due: int
    later: int
    running: int
    replied: int
    silent: int
    quarantined: int
    oldest_due_seconds: float
    oldest_claim_seconds: float


class Outbox(BaseModel):
    """How many outbox rows are not sent yet."""

    queued: int
    sending: int
    unknown: int
    oldest_queued_seconds: float


class Added(BaseModel):
    """Rows added since the server's statistics began (a crash of the server ends them): for rates. Every finished turn
    adds one to `reflections`. A busy connection tells its own with a second's delay."""

    messages: int = 0
    turns: int = 0
    outbox: int = 0
    reflections: int = 0


class Process(BaseModel):
    """A process that is connected to the database: `tendero <kind> <host>-<process id>`."""

    kind: str
    name: str
    connections: int


class Overview(BaseModel):
    """What waits, runs and is parked in the whole installation."""

    at: datetime
    turns: Turns
    outbox: Outbox
    reflections: int
    added: Added
    processes: list[Process]


async def look(database: Database) -> Overview:
    """Raises what the database raises when it cannot be asked."""
    now = clock.now()
    [row] = await database.look(LOOK, {"now": now, "machine_now": clock.machine_now()})
    found: dict[str, Any] = dict(row)

    def age(of: str) -> float:
        return max(0.0, (now - found[of]).total_seconds()) if found[of] else 0.0

    ages = {"oldest_due_seconds": age("oldest_due"), "oldest_claim_seconds": age("oldest_claim")}
    return Overview(
        at=now,
        turns=Turns.model_validate(found | ages),
        outbox=Outbox.model_validate(found | {"oldest_queued_seconds": age("oldest_queued")}),
        reflections=found["reflections"],
        added=Added.model_validate_json(found["added"]),
        processes=[_process(**each) for each in json.loads(found["processes"])],
    )


def _process(name: str, connections: int) -> Process:
    _, kind, where = f"{name}  ".split(" ", 2)
    return Process(kind=kind, name=where.strip(), connections=connections)


class OverviewController(Controller):
    """For the operator, with the platform token."""

    path = "/internal/overview"
    tags = ("internal",)

    @get()
    async def show(
        self, platform: NamedDependency[PlatformScope], database: NamedDependency[Database], bell: NamedDependency[Bell]
    ) -> dict[str, Any]:
        """Queue, in flight, oldest, parked, unclear, outbox and processes, and how the doorbell is."""
        seen = await look(database)
        return {**seen.model_dump(mode="json"), "bell": await bell.state()}


CONTROLLERS = [OverviewController]
