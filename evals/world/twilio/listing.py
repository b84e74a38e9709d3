"""Listing messages: Twilio's filters and paging."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode

from evals.world.twilio.resources import message_json
from evals.world.twilio.sending import Form, first
from evals.world.twilio.state import Account, Message, TwilioWorld

DEFAULT_PAGE_SIZE, MOST_PER_PAGE = 50, 1000


def message_page(world: TwilioWorld, account: Account, path: str, query_string: str) -> dict[str, Any]:
    """One page of the account's messages, newest first.

    ``DateSent``, ``DateSent<`` and ``DateSent>`` are inclusive, as dates or as instants in GMT; they hide what is not
    yet sent, which has no such date.
    """
    query = parse_qs(query_string, keep_blank_values=True)
    size = max(1, min(int(first(query, "PageSize") or DEFAULT_PAGE_SIZE), MOST_PER_PAGE))
    rows = [
        message
        for message in reversed(world.messages.values())
        if message.account_sid == account.sid and _matches(message, query)
    ]
    start = int(first(query, "Page") or 0) * size
    if token := first(query, "PageToken").removeprefix("PA"):
        start = next((index + 1 for index, message in enumerate(rows) if message.sid == token), len(rows))
    page = rows[start : start + size]
    following = None
    if start + size < len(rows):
        kept = {key: values[0] for key, values in query.items() if key not in ("Page", "PageToken", "PageSize")}
        kept |= {"PageSize": str(size), "Page": str(start // size + 1), "PageToken": f"PA{page[-1].sid}"}
        following = f"{path}?{urlencode(kept)}"
    return {
        "end": start + len(page) - 1,
        "first_page_uri": f"{path}?PageSize={size}&Page=0",
        "messages": [message_json(message) for message in page],
        "next_page_uri": following,
        "page": start // size,
        "page_size": size,
        "previous_page_uri": None,
        "start": start,
        "uri": f"{path}?{query_string}",
    }


def _matches(message: Message, query: Form) -> bool:
    if (to := first(query, "To")) and message.recipient != to:
        return False
    if (sender := first(query, "From")) and message.sender != sender:
        return False
    on, before, after = (first(query, key) for key in ("DateSent", "DateSent<", "DateSent>"))
    if message.sent is None:
        return not (on or before or after)
    return (
        (not on or message.sent.date() == _instant(on).date())
        and (not before or _comparable(message.sent, before) <= _instant(before))
        and (not after or _comparable(message.sent, after) >= _instant(after))
    )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).replace(tzinfo=UTC)


def _comparable(sent: datetime, text: str) -> datetime:
    """A bound given as a date compares by whole days, one given as an instant by seconds."""
    if len(text) == len("2026-11-20"):
        return sent.replace(hour=0, minute=0, second=0, microsecond=0)
    return sent.replace(microsecond=0)
