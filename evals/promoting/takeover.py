"""A takeover as a scenario: the backend has made one of it, without the people; here it gets the form of a suite."""

from collections import Counter
from typing import Any

import httpx

from evals.promoting.draft import Draft, Json, PromotionRefused

_SECONDS = 30.0
_LANGUAGES = ("es", "pt", "en")


def fetch(api: str, key: str, conversation: str | None, scenario: str | None) -> tuple[Json, str]:
    """The scenario as the API has it, and the business's locale: of a conversation whose last takeover is kept by this
    (`POST /v1/conversations/{id}/scenario`), or one that is kept already. Raises `PromotionRefused`."""
    headers = {"Authorization": f"Bearer {key}"}
    try:
        with httpx.Client(base_url=api, headers=headers, timeout=_SECONDS) as client:
            tenant = _told(client.get("/v1/tenant"))
            if conversation is not None:
                kept = _told(client.post(f"/v1/conversations/{conversation}/scenario", json={}))
            else:
                kept = _told(client.get(f"/v1/scenarios/{scenario}"))
    except (httpx.HTTPError, httpx.InvalidURL) as failure:
        raise PromotionRefused(
            f"{api} does not answer: {type(failure).__name__}; name the backend with --api"
        ) from None
    return kept, str(tenant["locale"])


def draft_of(kept: Json, locale: str, business: str, language: str | None = None) -> Draft:
    """The scenario in a suite's form; what the suite cannot know becomes a note."""
    spoken = language or locale[:2]
    if spoken not in _LANGUAGES:
        raise PromotionRefused(f"suites are in {', '.join(_LANGUAGES)}, the business speaks {locale}: give --language")
    notes = [f"a person answered step {at}: {said['like']}" for at, said in _numbered(kept) if said.get("like")]
    notes = [f"{note} (say in hears what any good answer has)" for note in notes]
    expect = kept.get("expect") or {}
    end, missing = _end(expect.get("state") or {})
    tools = {"required": expect.get("does") or [], "forbidden": expect.get("never_does") or []}
    if given := {key: names for key, names in tools.items() if names}:
        end["tools"] = given
    return Draft(
        title=str(kept["title"]),
        business=business,
        language=spoken,
        tags=["promoted", "takeover"],
        wants="Asked this in life, and a person had to answer.",
        chat=[_step(said) for _, said in _numbered(kept)],
        expect=end,
        notes=[*notes, *missing],
    )


def _numbered(kept: Json) -> list[tuple[int, Json]]:
    return list(enumerate(kept["chat"], start=1))


def _step(said: Json) -> Json:
    words = {name: said[name] for name in ("hears", "never_hears") if said.get(name)}
    return {"says": said["says"], **words}


def _end(state: Json) -> tuple[Json, list[str]]:
    """`expect` of a suite from the end state of the backend, and what of it a suite wants to know besides."""
    end: Json = {}
    notes = []
    taken: Counter[str] = Counter()
    for order in state.get("orders") or []:
        lines = {item["sku"]: item["quantity"] for item in order["items"]}
        taken.update(lines)
        end.setdefault("orders", []).append({"status": order["status"], "lines": lines})
    if taken:
        end["stock"] = {sku: -count for sku, count in taken.items()}
        notes.append("the payments that the orders have by then: payments: [{status: link_ready}]")
    for booking in state.get("bookings") or []:
        known = {name: booking[name] for name in ("service", "staff") if booking.get(name)}
        end.setdefault("bookings", []).append({"status": booking["status"].lower(), **known})
        if booking.get("start"):
            notes.append(f"{booking['service']} starts: {booking['start']}, as a date from Tuesday 2026-11-24 on")
    if state.get("handed_off"):
        end |= {"cases": [{"status": "open"}], "in_charge": "person"}
    return end, notes


def _told(answer: httpx.Response) -> Any:
    if answer.status_code in (401, 403):
        raise PromotionRefused("the API key was refused; TENDERO_API_KEY must be one of the business itself")
    if answer.is_error:
        kind = answer.headers.get("content-type", "")
        detail = answer.json().get("detail", "") if "json" in kind else ""
        raise PromotionRefused(f"{answer.request.url.path} answered {answer.status_code}: {detail}".rstrip(": "))
    try:
        return answer.json()
    except ValueError:
        raise PromotionRefused("what answers there is no backend of Tendero; name it with --api") from None
