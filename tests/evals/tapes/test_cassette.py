"""Tapes as files, and what is told of requests that are not as on tape."""

from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from evals.running.suite import load_suite
from evals.tapes.cassette import Answer, Call, Cassette, Tape, TapeRefused, read_tape, write_cassette, write_head
from evals.tapes.drift import Drift, differences
from evals.tapes.marks import Casting, Marks, Play
from evals.tapes.reporting import print_drift, verdict

SYSTEM = "# Sol\n\nYou sell.\n\n" + "## Truth\n\nSay what is so, and only that.\n" * 8 + "\n## Now\n\nTuesday"
FUNCTION: dict[str, Any] = {"name": "search", "description": "Reads.", "parameters": {}}
TOOL = {"type": "function", "function": FUNCTION}
BODY: dict[str, Any] = {
    "model": "m",
    "messages": [{"role": "system", "content": SYSTEM}, {"role": "user", "content": "hola\n¿tienen 😀?"}],
    "tools": [TOOL],
}
NEXT = {
    **BODY,
    "messages": [*BODY["messages"], {"role": "assistant", "content": "sí"}, {"role": "user", "content": "va"}],
}
PLAY = Play("buys", 2)


def _tape() -> Tape:
    answer = Answer(200, 1.5, {"content-type": "application/json"}, {"say": "sí: no"}, tokens=[12, 3])
    broken = Answer(silence="broken")
    calls = [Call("openai", "/chat/completions", BODY, answer), Call("openai", "/chat/completions", NEXT, broken)]
    return Tape("main", "openai:m", "2026-11-21", {PLAY: Cassette(PLAY, calls)})


def test_a_tape_is_read_as_it_was_written_and_says_everything_once(tmp_path: Path) -> None:
    tape = _tape()
    write_head(tmp_path, tape)
    write_cassette(tmp_path, tape.cassettes[PLAY])
    assert read_tape(tmp_path) == tape
    written = (tmp_path / "buys.2.yaml").read_text("utf-8")
    assert written.count("You sell.") == 1
    assert written.count("¿tienen 😀?") == 1


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("cassette: 9", "version 9"),
        ("a: [", "not readable"),
        ("cassette: 1\nscenario: x", "not a cassette"),
        ("[]", "not a"),
    ],
)
def test_a_broken_cassette_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    write_head(tmp_path, _tape())
    (tmp_path / "odd.1.yaml").write_text(text)
    with pytest.raises(TapeRefused, match=rf"odd\.1\.yaml.*{complaint}"):
        read_tape(tmp_path)


def test_what_changed_is_told_by_its_place() -> None:
    system = SYSTEM.replace("You sell.", "You only sell.")
    now = {
        "model": "m",
        "temperature": 0,
        "messages": [{"role": "system", "content": system}, {"role": "user", "content": "hola\n¿tienen dos?"}],
        "tools": [{**TOOL, "function": {**FUNCTION, "description": "Reads all."}}, {"name": "order"}],
    }
    told = [(one.where, one.was, one.now) for one in differences(BODY, now)]
    assert told[0] == ("system prompt line 3", "You sell.", "You only sell.")
    assert told[1][0] == "tool search is described otherwise"
    assert "Reads all" in told[1][2]
    assert told[2][0] == "tool order is new"
    assert told[3][0] == "history: message 1 (user)"
    assert told[4] == ("setting temperature", "", "0")
    assert differences(BODY, BODY) == ()


def test_the_verdict_counts_scenarios_and_names_the_first_difference() -> None:
    now = {**BODY, "messages": [{"role": "system", "content": SYSTEM.replace("You", "They")}, *BODY["messages"][1:]]}
    drifts = [Drift(Play(f"s{at}", 1), "changed", 1, differences(BODY, now)) for at in range(12)]
    drifts.append(Drift(Play("s0", 1), "never asked", 4))
    assert verdict(drifts, 36) == "12 of 36 scenarios drifted; first difference in system prompt line 3"
    console = Console(width=120)
    with console.capture() as told:
        print_drift(console, drifts, 36)
    assert "system prompt line 3: 12 calls of s0, s1, s2, s3, s4, s5 and 6 more" in told.get()
    assert "- You sell." in told.get()
    assert "never asked for: s0 (call 4)" in told.get()
    assert verdict([], 36) == "no drift in 36 scenarios"


def test_marks_say_whose_a_request_is_and_leave_nothing_behind() -> None:
    casting = Casting("openai:gpt-5-mini?effort=low,compatible:a/b@http://host:1/v1", "http://127.0.0.1:9")
    scenario = load_suite("main").scenarios[0]
    chain = casting.cast(scenario, 3).given.settings["models"]["vendor"]
    mark = Play(scenario.id, 3).mark
    door = next(door for door in casting.upstreams if door.startswith("compatible"))
    assert chain == f"openai:gpt-5-mini{mark}?effort=low,compatible:a/b{mark}@http://127.0.0.1:9/{door}"
    assert casting.upstreams[door] == "http://host:1/v1"
    body = f'{{"model": "gpt-5-mini{mark}"}}'.encode()
    found = Marks([scenario.id]).read("/openai/responses", body)
    assert found == (Play(scenario.id, 3), "/openai/responses", b'{"model": "gpt-5-mini"}')
    assert Marks(["another"]).read("/openai/responses", body)[0] is None
