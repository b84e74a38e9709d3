"""Leasing help that was asked for: kind `assist`."""

import json
from typing import Any

from backend import clock
from backend.assist.service import MOST_TRIES
from backend.leased_work import PlainQueueWork, plain_queue
from backend.security import TurnTicket, issue_turn_token
from backend.statements import Statement
from backend.tenants.settings import read_settings
from backend.usage.service import remaining

_READ = Statement("""
SELECT assists.tenant_id, assists.id, assists.kind, assists.conversation_id, conversations.contact_id,
    conversations.debug, tenants.name, tenants.mode, tenants.locale, tenants.settings, latest.said,
    tenants.currency, tenants.timezone,
    (SELECT json_build_object('id', id, 'author', author, 'kind', kind, 'body', body, 'attachments', attachments,
        'at', sent_at) FROM messages
     WHERE messages.tenant_id = assists.tenant_id AND messages.id = assists.message_id) AS about,
    assists.message_id,
    coalesce(spending.cost_micros, 0) AS spent
FROM assists
JOIN tenants ON tenants.id = assists.tenant_id
JOIN conversations ON conversations.tenant_id = assists.tenant_id AND conversations.id = assists.conversation_id
LEFT JOIN spending ON spending.tenant_id = tenants.id
    AND spending.month = CAST(date_trunc('month', CAST(:now AS timestamptz) AT TIME ZONE tenants.timezone) AS date)
CROSS JOIN LATERAL (
    SELECT coalesce(json_agg(json_build_object('id', id, 'author', author, 'kind', kind, 'body', body,
        'attachments', attachments, 'location', location, 'at', sent_at) ORDER BY sequence), '[]') AS said
    FROM (
        SELECT id, author, kind, body, attachments, location, sent_at, sequence FROM messages
        WHERE messages.tenant_id = assists.tenant_id AND messages.conversation_id = assists.conversation_id
        ORDER BY sequence DESC LIMIT 60
    ) AS newest
) AS latest
WHERE assists.tenant_id = :tenant_id AND assists.id = ANY(CAST(:ids AS uuid[]))
""")


class AssistWork(PlainQueueWork):
    """Kind `assist`: what was said lately, and what is wanted."""

    statements = plain_queue("assists")
    read = _READ
    most_tries = MOST_TRIES

    def _bundle(self, row: Any, attempt: int) -> dict[str, Any]:
        tuned = read_settings(json.loads(row["settings"]))
        ticket = TurnTicket(row["tenant_id"], row["id"], attempt, row["conversation_id"], row["contact_id"])
        return {
            "kind": "assist",
            "id": str(row["id"]),
            "attempt": attempt,
            "token": issue_turn_token(self._settings, ticket),
            "lease_seconds": self._settings.first_lease_seconds,
            "now": clock.now().isoformat(),
            "wanted": row["kind"],
            "tenant": {
                "id": str(row["tenant_id"]),
                "name": row["name"],
                "mode": row["mode"],
                "locale": row["locale"],
                "models": tuned.models,
                "currency": row["currency"],
                "timezone": row["timezone"],
            },
            "conversation": {"id": str(row["conversation_id"]), "debug": row["debug"]},
            "messages": json.loads(row["said"]) if row["message_id"] is None else [],
            "about": json.loads(row["about"]) if row["about"] else None,
            "of_message": row["message_id"] is not None,
            "budget": {"remaining_micros": remaining(tuned, row["spent"])},
        }
