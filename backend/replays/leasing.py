"""Leasing replays: kind `replay`."""

import json
from typing import Any

from backend import clock
from backend.leased_work import PlainQueueWork, plain_queue
from backend.replays.service import MOST_TRIES
from backend.security import TurnTicket, issue_turn_token
from backend.statements import Statement
from backend.tenants.settings import read_settings

_READ = Statement("""
SELECT replays.tenant_id, replays.id, replays.base_version, replays.base, replays.candidate, replays.runs,
    replays.cases, replays.report, tenants.name, tenants.settings
FROM replays JOIN tenants ON tenants.id = replays.tenant_id
WHERE replays.tenant_id = :tenant_id AND replays.id = ANY(CAST(:ids AS uuid[]))
""")
_OF_A_CASE = ("key", "kind", "moved", "effect", "machinery_only", "skipped")


class ReplayWork(PlainQueueWork):
    """Kind `replay`: both playbooks, the cases, and what an earlier holder found of them. The material of each case is
    asked for when it is played."""

    statements = plain_queue("replays")
    read = _READ
    most_tries = MOST_TRIES

    def _bundle(self, row: Any, attempt: int) -> dict[str, Any]:
        ticket = TurnTicket(row["tenant_id"], row["id"], attempt, row["id"], row["id"])
        told = json.loads(row["report"]).get("cases", [])
        return {
            "kind": "replay",
            "id": str(row["id"]),
            "attempt": attempt,
            "token": issue_turn_token(self._settings, ticket),
            "lease_seconds": self._settings.first_lease_seconds,
            "now": clock.now().isoformat(),
            "tenant": {
                "id": str(row["tenant_id"]),
                "name": row["name"],
                "models": read_settings(json.loads(row["settings"])).models,
            },
            "base": {**json.loads(row["base"]), "version": row["base_version"]},
            "candidate": {**json.loads(row["candidate"]), "version": row["base_version"]},
            "runs": row["runs"],
            "cases": [{"key": case["key"], "kind": case["kind"]} for case in json.loads(row["cases"])],
            "done": [{name: case[name] for name in _OF_A_CASE} for case in told],
        }
