"""Answers that come as server-sent events (WHATWG HTML, 9.2): read, made whole, and written again."""

import json
import re
from typing import Any

from evals.tapes.canonical import volatile_spans

Json = dict[str, Any]
Place = tuple[Any, ...]
_EVENT_END = re.compile(r"\r?\n\r?\n")
_GROWING = frozenset({"content", "arguments", "delta", "partial_json", "text", "thinking", "refusal"})
"""Fields whose text goes on in the next event."""


def read_events(text: str) -> list[Json]:
    """`[{"event", "data"}]`, `event` only where one is named; `data` is JSON where it can be read as that."""
    events = []
    for block in _EVENT_END.split(text):
        fields: dict[str, str] = {}
        for line in block.splitlines():
            name, _, value = line.partition(":")
            if name in ("event", "data"):
                fields[name] = "\n".join(filter(None, [fields.get(name), value.removeprefix(" ")]))
        if "data" in fields:
            events.append({**fields, "data": _data(fields["data"])})
    return whole(events)


def write_event(event: Json) -> str:
    """One event as it goes over the wire."""
    head = f"event: {event['event']}\n" if "event" in event else ""
    data = event["data"]
    return f"{head}data: {data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)}\n\n"


def whole(events: list[Json]) -> list[Json]:
    """The same events, but with each id, code or link in the one event in which it began: providers cut words
    anywhere, and half an id has no placeholder."""
    pieces: dict[Place, list[tuple[Json | list[Any], Any]]] = {}
    for event in events:
        if isinstance(event["data"], dict):
            _collect(event["data"], (event["data"].get("type"),), pieces)
    for places in pieces.values():
        texts = [holder[key] for holder, key in places]
        for (holder, key), text in zip(places, _joined(texts), strict=True):
            holder[key] = text
    return events


def _collect(value: Any, place: Place, pieces: dict[Place, list[tuple[Any, Any]]]) -> None:
    """Every text of one event, under what tells which text it goes on with."""
    if isinstance(value, dict):
        own = tuple(value.get(name) for name in ("index", "output_index", "content_index", "item_id"))
        for key, each in value.items():
            if isinstance(each, str) and key in _GROWING:
                pieces.setdefault((*place, *own, key), []).append((value, key))
            elif isinstance(each, dict | list):
                _collect(each, (*place, *own, key), pieces)
    elif isinstance(value, list):
        for each in value:
            _collect(each, place, pieces)


def _joined(texts: list[str]) -> list[str]:
    """The texts with what is cut in two moved to the one where it begins."""
    everything = "".join(texts)
    owner = [at for at, text in enumerate(texts) for _ in text]
    for start, end in volatile_spans(everything):
        owner[start:end] = [owner[start]] * (end - start)
    made = [""] * len(texts)
    for letter, at in zip(everything, owner, strict=True):
        made[at] += letter
    return made


def _data(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
