"""What has changed between a request on tape and the one that is asked today, told in a line a reader understands."""

import difflib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from evals.tapes.marks import Play
from evals.tapes.wires import Json, Parts, parts_of, speaker_of, words_of

MOST_LETTERS = 160


@dataclass(frozen=True)
class Difference:
    """One place where they differ; `was` and `now` are empty where there was, or is, nothing."""

    where: str
    was: str = ""
    now: str = ""

    def __str__(self) -> str:
        return self.where


@dataclass(frozen=True)
class Drift:
    """Something that did not go as on tape: `changed`, `not on tape` or `never asked`."""

    play: Play
    kind: str
    call: int
    """Which call of the play, counted from 1; of those on tape, unless there is none."""
    differences: tuple[Difference, ...] = ()


def differences(was: Any, now: Any) -> tuple[Difference, ...]:
    """Between two bodies of requests, the system prompt first, then tools, messages, settings; all that there are."""
    before, after = parts_of(was), parts_of(now)
    return (
        *_lines("system prompt", before.system, after.system),
        *_tools(before.tools, after.tools),
        *_messages(before.messages, after.messages),
        *_settings(before.settings, after.settings),
    )


def newest(body: Any) -> tuple[Difference, ...]:
    """The last message of a request that nothing on tape is like."""
    messages = parts_of(body).messages
    said = messages[-1] if messages else {}
    return (Difference(f"message {len(messages)} ({speaker_of(said)})", "", _short([words_of(said)])),)


def likeness(was: Parts, now: Parts) -> float:
    """How far one stands for the other, 0 to 1: the share of messages that are the same, if the last is, or half. One
    that offers no tools, such as that for a summary, is one question: its heading tells."""
    if was.kind[0] != now.kind[0]:
        return 0.0
    pairs = list(zip_longest(was.messages, now.messages))
    same = sum(one == other for one, other in pairs)
    last = bool(was.messages and now.messages and was.messages[-1] == now.messages[-1])
    share = same / len(pairs) if pairs else 1.0
    if last or share >= 0.5:
        return share
    return 0.5 if was.kind == now.kind and not was.tools else 0.0


def _lines(what: str, was: str, now: str) -> Iterator[Difference]:
    before, after = was.splitlines(), now.splitlines()
    for tag, start, end, into, until in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            shown = f" to {until}" if until > into + 1 else ""
            yield Difference(f"{what} line {into + 1}{shown}", _short(before[start:end]), _short(after[into:until]))


def _tools(was: dict[str, Json], now: dict[str, Json]) -> Iterator[Difference]:
    for name in [*was, *(name for name in now if name not in was)]:
        if name not in now:
            yield Difference(f"tool {name} is gone")
        elif name not in was:
            yield Difference(f"tool {name} is new")
        elif was[name] != now[name]:
            yield Difference(f"tool {name} is described otherwise", *_apart(_told(was[name]), _told(now[name])))


def _messages(was: Sequence[Json], now: Sequence[Json]) -> Iterator[Difference]:
    for number, (before, after) in enumerate(zip_longest(was, now), start=1):
        if before is None:
            yield Difference(f"history: message {number} ({speaker_of(after)}) is new", "", _short([words_of(after)]))
        elif after is None:
            yield Difference(f"history: message {number} ({speaker_of(before)}) is gone", _short([words_of(before)]))
        elif before != after:
            told = words_of(before), words_of(after)
            if told[0] == told[1]:
                told = _told(before), _told(after)
            yield Difference(f"history: message {number} ({speaker_of(after)})", *_apart(*told))


def _settings(was: Json, now: Json) -> Iterator[Difference]:
    for name in sorted(was.keys() | now.keys()):
        if was.get(name) != now.get(name):
            yield Difference(f"setting {name}", _told(was.get(name)), _told(now.get(name)))


def _apart(was: str, now: str) -> tuple[str, str]:
    """Both texts from shortly before the place where they part."""
    common = next((at for at, (one, other) in enumerate(zip(was, now, strict=False)) if one != other), None)
    start = max(0, (min(len(was), len(now)) if common is None else common) - 40)
    return tuple(("…" if start else "") + _short([text[start:]]) for text in (was, now))  # type: ignore[return-value]


def _told(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def _short(lines: Sequence[str]) -> str:
    text = " / ".join(line.strip() for line in lines if line.strip())
    return text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS - 1]}…"
