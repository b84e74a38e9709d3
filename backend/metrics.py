"""What Prometheus may know of the backend's processes, and one look at the database for everything that waits.

Counters and times belong to the process that counted them. What waits, runs or is parked is asked of the database when
somebody scrapes or looks, through the queue door: never by tenant, so that the number of series stays the same.
Stages of a message's way (`tendero_stage_seconds`, business time):

    received_to_claimed   from a turn's first message to the claim that was answered: quiet window, then the queue
    claimed_to_replied    the agent at work
    replied_to_sent       in the outbox
    sent_to_delivered     as the provider tells it
"""

import os
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from litestar.types import Message, Scope
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from backend.overview import Overview

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 45.0, 120.0, 600.0)

STAGES = Histogram("tendero_stage_seconds", "One stage of a message's way.", ["stage"], buckets=_SECONDS)
CLAIMS = Counter("tendero_turn_claims", "Turns handed out; any try but the first is a retry.", ["try"])
REPLIES = Counter("tendero_turn_replies", "Replies that were accepted.", ["outcome"])
FOLDS = Counter("tendero_turn_folds", "Replies sent back because the customer wrote meanwhile.")
QUARANTINES = Counter("tendero_turn_quarantines", "Turns that were parked.")
SENDS = Counter("tendero_outbox_sends", "Attempts to send a row, by what came of it.", ["provider", "outcome"])
"""sent, failed, held, refused (again later), rate_limited, unclear."""
LOOKS = Counter("tendero_outbox_looks", "Looks for a row whose outcome was unclear.", ["found"])
STATUSES = Counter("tendero_statuses", "Status callbacks that were recorded.", ["status"])
WEBHOOKS = Counter("tendero_webhooks", "Answers to providers' webhooks.", ["provider", "kind", "status"])
_PROVIDERS = frozenset({"twilio", "stripe", "mercadopago"})


def stage(name: str, begun: datetime | None, ended: datetime | None) -> None:
    """Note how long a stage took, if both ends are known."""
    if begun is not None and ended is not None:
        STAGES.labels(name).observe(max(0.0, (ended - begun).total_seconds()))


async def count_webhook(message: Message, scope: Scope) -> None:
    """A `before_send` hook: counts answers of `/webhooks/{provider}/{token}[/status]`."""
    if message["type"] != "http.response.start" or not scope["path"].startswith("/webhooks/"):
        return
    _, _, provider, *rest = scope["path"].split("/")
    known = provider if provider in _PROVIDERS else "other"
    kind = "status" if rest[1:2] == ["status"] else "event"
    WEBHOOKS.labels(known, kind, str(message["status"])).inc()


def own_figures() -> bytes:
    """Prometheus text of this process; of all that share PROMETHEUS_MULTIPROC_DIR, if that is set (for several
    processes behind one port, of which a scrape meets only one)."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)
    return generate_latest()


def database_figures(seen: Overview | None) -> bytes:
    """Prometheus text of what the database tells; without it only that it could not be asked."""
    registry = CollectorRegistry()
    Gauge("tendero_database_up", "Whether the database answered.", registry=registry).set(seen is not None)
    if seen is None:
        return generate_latest(registry)
    for name, help_text, label, values in _gauges(seen):
        gauge = Gauge(name, help_text, [label] if label else [], registry=registry)
        for key, value in values.items():
            (gauge.labels(key) if label else gauge).set(value)
    return generate_latest(registry)


def _gauges(seen: Overview) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    turns, outbox = seen.turns, seen.outbox
    by_state = turns.model_dump(include={"due", "later", "running", "replied", "silent", "quarantined"})
    yield "tendero_turns", "Turns that are not done, by state.", "state", by_state
    yield "tendero_turn_queue_age_seconds", "Age of the oldest due turn.", "", {"": turns.oldest_due_seconds}
    yield "tendero_turn_flight_age_seconds", "Age of the oldest claim.", "", {"": turns.oldest_claim_seconds}
    by_status = outbox.model_dump(include={"queued", "sending", "unknown"})
    yield "tendero_outbox_rows", "Outbox rows that are not sent, by status.", "status", by_status
    yield "tendero_outbox_age_seconds", "Age of the oldest queued row.", "", {"": outbox.oldest_queued_seconds}
    yield "tendero_reflections_waiting", "Turns still to be thought over.", "", {"": seen.reflections}
    yield "tendero_rows_added", "Rows added since the server's statistics began.", "table", seen.added.model_dump()
