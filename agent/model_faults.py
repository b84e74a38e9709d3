"""What was wrong with a model's answer, or why there was none, as any provider's package tells it."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from langchain_core.messages import AIMessage

from agent.model_names import UnknownModel

_ENDED_EARLY = frozenset({"length", "max_tokens", "MAX_TOKENS", "max_output_tokens", "model_context_window_exceeded"})
_REFUSED = frozenset(
    {
        *("content_filter", "refusal"),
        *("SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "LANGUAGE", "OTHER", "IMAGE_SAFETY"),
    }
)


@dataclass(frozen=True)
class Fault:
    """`again`: the same model may well answer in a moment. `weight`: how much it counts towards leaving the model
    alone. `wait_seconds`: so long, the provider said, it wants none."""

    kind: str
    again: bool = False
    weight: int = 0
    wait_seconds: float | None = None


def fault_in(answer: AIMessage) -> Fault | None:
    """Why an answer cannot be used; None if it can. One that was cut off is no answer: its last sentence, or the
    arguments of its last call, may be half."""
    told = answer.response_metadata
    reasons = {str(told.get("finish_reason")), str(told.get("stop_reason"))}
    if isinstance(incomplete := told.get("incomplete_details"), dict):
        reasons.add(str(incomplete.get("reason")))
    blocked = (told.get("prompt_feedback") or {}).get("block_reason")
    blocks = answer.content if isinstance(answer.content, list) else []
    said_no = any(isinstance(block, dict) and block.get("type") == "refusal" for block in blocks)
    if blocked or said_no or answer.additional_kwargs.get("refusal") or reasons & _REFUSED:
        return Fault("refused")
    if reasons & _ENDED_EARLY:
        return Fault("truncated")
    if not (answer.text.strip() or answer.tool_calls or answer.invalid_tool_calls):
        return Fault("silent", again=True, weight=1)
    return None


def fault_of(error: Exception) -> Fault:
    """Why a call raised."""
    if isinstance(error, UnknownModel):
        return Fault("unknown", weight=3)
    causes = list(_causes(error))
    if any("Timeout" in kind.__name__ for one in causes for kind in type(one).__mro__):
        return Fault("hung", weight=3)
    status = next((found for one in causes if (found := _status(one)) is not None), None)
    if status == 429:
        return Fault("rate_limited", again=True, weight=1, wait_seconds=_wait(causes))
    if status in (401, 403):
        return Fault("denied", weight=3)
    if status == 404:
        return Fault("unknown", weight=3)
    if status is not None and 400 <= status < 500 and status not in (408, 409):
        return Fault("rejected")
    return Fault("outage", again=True, weight=1, wait_seconds=_wait(causes))


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    for _ in range(5):
        if seen is None:
            return
        yield seen
        seen = seen.__cause__


def _status(error: BaseException) -> int | None:
    """Google's errors have `code` and `details`; aiohttp's broken answers have a `code` too, which no server said."""
    found = getattr(error, "status_code", None)
    if found is None and hasattr(error, "details"):
        found = getattr(error, "code", None)
    return found if isinstance(found, int) else None


def _wait(causes: list[BaseException]) -> float | None:
    """Retry-After in seconds or as a date (RFC 9110), its milliseconds, or google.rpc.RetryInfo."""
    for one in causes:
        headers = getattr(getattr(one, "response", None), "headers", None)
        if headers is not None and (found := _told(headers)) is not None:
            return found
        if (found := _retry_info(getattr(one, "details", None))) is not None:
            return found
    return None


def _told(headers: Mapping[str, str]) -> float | None:
    if (milliseconds := _number(headers.get("retry-after-ms"))) is not None:
        return milliseconds / 1000
    given = headers.get("retry-after")
    if given is None:
        return None
    if (seconds := _number(given)) is not None:
        return seconds
    try:
        return max(0.0, parsedate_to_datetime(given).timestamp() - time.time())
    except (TypeError, ValueError):
        return None


def _retry_info(document: Any) -> float | None:
    error = document.get("error") if isinstance(document, dict) else None
    details = error.get("details") if isinstance(error, dict) else None
    for detail in details if isinstance(details, list) else []:
        if isinstance(detail, dict) and str(detail.get("@type", "")).endswith("google.rpc.RetryInfo"):
            return _number(str(detail.get("retryDelay", "")).removesuffix("s"))
    return None


def _number(text: str | None) -> float | None:
    try:
        found = float(text) if text is not None else None
    except ValueError:
        return None
    return found if found is not None and 0 <= found < 1e6 else None
