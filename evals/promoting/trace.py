"""A trace of LangSmith as a scenario: what the customer wrote, and which tools were used.

A trace comes as a run tree (`child_runs` within each other) or as a list of runs, as LangSmith exports and its API
answers. Where the agent's own input lies in it, it is read; otherwise the run that has read most of the chat tells.
"""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from langsmith import Client
from langsmith.utils import LangSmithError

from evals.promoting.anonymous import Anonymiser
from evals.promoting.draft import Draft, Json, PromotionRefused
from graphs.lines import NOTE

_CUSTOMER = re.compile(r"^Customer: (\{.*\})$", re.M)
_PLACES = ("messages", "chat", "inbound", "input", "generations", "message", "output")
_HUMAN, _AGENT = ("user", "human", "HumanMessage"), ("assistant", "ai", "AIMessage")
_TITLE = 70
MOST_RUNS = 2_000


def read_file(file: Path) -> list[Json]:
    """Every run of an exported trace, the root first. Raises `PromotionRefused`."""
    try:
        found = json.loads(file.read_text("utf-8"))
    except OSError as failure:
        raise PromotionRefused(f"{file}: {failure.strerror}") from None
    except ValueError as broken:
        raise PromotionRefused(f"{file} is no JSON: {broken}") from None
    runs = found.get("runs", [found]) if isinstance(found, dict) else found
    flat = [run for one in runs for run in _flat(one)] if isinstance(runs, list) else []
    if not flat:
        raise PromotionRefused(f"{file} holds no run; export the run, or the runs of one trace, as JSON")
    return sorted(flat, key=lambda run: (run.get("parent_run_id") is not None, str(run.get("dotted_order") or "")))


def fetch(client: Client, run: str) -> list[Json]:
    """Every run of the trace that a run belongs to, the root first (LangSmith's `GET /runs/{id}`, `POST /runs/query`).
    Raises `PromotionRefused`."""
    try:
        one = client.request_with_retries("GET", f"/runs/{run}").json()
        query: Json = {"trace": one["trace_id"], "session": [one["session_id"]], "limit": 100}
        runs: list[Json] = []
        while len(runs) < MOST_RUNS:
            asked = {"data": json.dumps(query), "headers": {"Content-Type": "application/json"}}
            page = client.request_with_retries("POST", "/runs/query", request_kwargs=asked).json()
            runs += page["runs"]
            if not page["runs"] or not (cursor := (page.get("cursors") or {}).get("next")):
                break
            query["cursor"] = cursor
    except LangSmithError as refused:
        raise PromotionRefused(f"LangSmith did not give the run: {type(refused).__name__}") from None
    except (KeyError, ValueError, TypeError):
        raise PromotionRefused("what LangSmith answered is no run of a trace") from None
    return sorted(runs or [one], key=lambda each: str(each.get("dotted_order") or ""))


def draft_of(runs: list[Json], business: str, language: str, hidden: tuple[str, ...] = ()) -> Draft:
    """The scenario of a trace. `hidden` are names that are taken out besides those the trace tells of. Raises
    `PromotionRefused` if no customer speaks in it."""
    lines = _chat_of(runs)
    said = [words for who, words in lines if who == "customer"]
    if not said:
        raise PromotionRefused("no customer speaks in this trace; take the run of a turn, with its children")
    without = Anonymiser([*hidden, *_known(runs)])
    said = [without(words) for words in said]
    answers = [without(words) for who, words in lines if who == "agent"]
    used = list(
        dict.fromkeys(str(run["name"]) for run in runs if run.get("run_type") == "tool" and not run.get("error"))
    )
    notes = ["the end as it should have been: orders, bookings, payments, cases, stock (evals/suites/README.md)"]
    notes += ["hears, in each step what any good answer has"]
    notes += [f"in the trace the agent ended with: {answers[-1]}"] if answers else []
    notes += ["whether the tools below, which were used in the trace, are the right ones"] if used else []
    return Draft(
        title=said[0].splitlines()[0][:_TITLE].strip() or "A trace",
        business=business,
        language=language,
        tags=["promoted", "trace"],
        wants="Wrote this in life; what was answered is to be judged.",
        chat=[{"says": words} for words in said],
        expect={"tools": {"required": used}} if used else {},
        notes=notes,
    )


def _flat(run: Any) -> Iterator[Json]:
    if isinstance(run, dict) and ("inputs" in run or "child_runs" in run):
        yield run
        for child in run.get("child_runs") or []:
            yield from _flat(child)


def _chat_of(runs: list[Json]) -> list[tuple[str, str]]:
    """(customer or agent, words): of the run that knows most of the customer's lines, with its answer at the end."""
    best: list[tuple[str, str]] = []
    for run in runs:
        if run.get("run_type") == "tool":
            continue
        lines = [*_lines(run.get("inputs")), *(line for line in _lines(run.get("outputs")) if line[0] == "agent")]
        if sum(who == "customer" for who, _ in lines) > sum(who == "customer" for who, _ in best):
            best = lines
    return best


def _lines(value: Any) -> Iterator[tuple[str, str]]:
    """Messages wherever they stand, in any of the forms in which LangChain, providers and our graph write them."""
    if isinstance(value, list):
        for each in value:
            yield from _lines(each)
    elif isinstance(value, dict):
        if (line := _line(value)) is not None:
            if line[1].strip() and not line[1].startswith(NOTE):
                yield line
            return
        for name in _PLACES:
            held = value.get(name)
            if isinstance(held, list):
                held = [{"role": "user", "content": one} if isinstance(one, str) else one for one in held]
            yield from _lines(held)


def _line(message: Json) -> tuple[str, str] | None:
    """A message, its words empty if neither of the two says it; None for what is no message."""
    given = message.get("kwargs") if message.get("lc") else message
    if not isinstance(given, dict):
        return None
    if isinstance(given.get("body"), str):
        return "customer", given["body"]
    if "content" not in given and "words" not in given:
        return None
    kind = message["id"][-1] if message.get("lc") else given.get("role") or given.get("type") or given.get("who")
    words = _words(given.get("content", given.get("words")))
    if kind in (*_HUMAN, "customer"):
        return "customer", words
    return ("agent", words) if kind in (*_AGENT, "agent") else ("", "")


def _words(content: Any) -> str:
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) if isinstance(part, dict) else str(part) for part in content)
    return content if isinstance(content, str) else ""


def _known(runs: list[Json]) -> Iterator[str]:
    """Names that the agent was told of the customer: they stand in the system prompt."""
    for text in _texts([run.get("inputs") for run in runs]):
        for found in _CUSTOMER.findall(text):
            with suppress(ValueError):
                yield str(json.loads(found).get("name") or "")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)
